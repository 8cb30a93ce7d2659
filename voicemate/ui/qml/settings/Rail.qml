import QtQuick
import QtQuick.Templates as T
import ".."

// A scroll bar, seen only where there is something to scroll.
T.ScrollBar {
    id: bar
    visible: size < 1
    implicitWidth: Theme.u(8)
    padding: Theme.u(1)
    Accessible.ignored: true
    contentItem: Rectangle {
        implicitWidth: Theme.u(6)
        radius: width / 2
        color: bar.pressed || bar.hovered ? Theme.look.faint : Theme.look.line
    }
}
