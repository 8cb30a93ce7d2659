import QtQuick
import ".."

// How much of something is done, 0 to 1; -1 where nobody knows.
Item {
    id: progress

    property real part: 0
    property string name: ""

    implicitHeight: Theme.u(8)
    implicitWidth: Theme.u(200)
    Accessible.role: Accessible.ProgressBar
    Accessible.name: name

    Rectangle {
        anchors.fill: parent
        radius: height / 2
        color: Theme.look.line
    }
    Rectangle {
        height: parent.height
        radius: height / 2
        width: progress.part < 0 ? parent.width * 0.4 : Math.max(progress.part > 0 ? height : 0, progress.part * parent.width)
        color: Theme.look.accent
        opacity: progress.part < 0 ? 0.5 : 1
        Behavior on width { NumberAnimation { duration: Theme.quick } }
    }
}
