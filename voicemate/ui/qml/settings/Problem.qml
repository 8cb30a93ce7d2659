import QtQuick
import ".."

// What went wrong with the control above it. `text`: what happened, and on the next line what to do.
Rectangle {
    id: problem

    property string text: ""
    readonly property int cut: text.indexOf("\n")

    visible: text !== ""
    implicitHeight: visible ? words.implicitHeight + Theme.u(20) : 0
    radius: Theme.u(10)
    color: Theme.look.trouble_ground
    Accessible.role: Accessible.AlertMessage
    Accessible.name: text

    Icon {
        id: sign
        anchors { left: parent.left; top: parent.top; margins: Theme.u(10) }
        name: "warn"
        size: Theme.u(18)
        color: Theme.look.trouble
    }
    Column {
        id: words
        anchors { left: sign.right; right: parent.right; verticalCenter: parent.verticalCenter; leftMargin: Theme.gap; rightMargin: Theme.u(12) }
        spacing: Theme.u(2)
        Words {
            width: parent.width
            text: problem.cut < 0 ? problem.text : problem.text.slice(0, problem.cut)
            font.pixelSize: Theme.t(14)
            font.weight: Font.DemiBold
        }
        Words {
            width: parent.width
            visible: text !== ""
            text: problem.cut < 0 ? "" : problem.text.slice(problem.cut + 1)
            color: Theme.look.soft
            font.pixelSize: Theme.t(13)
        }
    }
}
