import QtQuick
import ".."

// A group of rows under a title, on a ground of its own.
Column {
    id: section

    property string title: ""
    property string note: ""
    default property alias rows: inside.data

    width: parent ? parent.width : implicitWidth
    spacing: Theme.u(8)

    Words {
        width: parent.width
        visible: text !== ""
        text: section.title
        font.pixelSize: Theme.t(16)
        font.weight: Font.DemiBold
        Accessible.role: Accessible.Heading
    }
    Words {
        width: parent.width
        visible: text !== ""
        text: section.note
        color: Theme.look.soft
        font.pixelSize: Theme.t(14)
        bottomPadding: Theme.u(2)
    }
    // Never hidden itself: what is in it would not count as visible, and it would never come back.
    Item {
        id: card
        readonly property bool filled: inside.visibleChildren.length > 0
        width: parent.width
        height: filled ? inside.height + 2 * Theme.u(14) : 0
        Rectangle {
            anchors.fill: parent
            visible: card.filled
            radius: Theme.radius
            color: Theme.look.surface
            border.color: Theme.look.line
        }
        Column {
            id: inside
            anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.u(14) }
            spacing: Theme.u(18)
        }
    }
}
