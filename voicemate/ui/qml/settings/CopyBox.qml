import QtQuick
import VoiceMate
import ".."

// A text to be taken elsewhere: a command, a line for a configuration, a path.
Item {
    id: box

    property string title: ""
    property string text: ""
    property bool copied: false

    width: parent ? parent.width : implicitWidth
    implicitHeight: ground.y + ground.height

    Words {
        id: label
        visible: text !== ""
        width: parent.width
        text: box.title
        font.pixelSize: Theme.t(14)
        font.weight: Font.Medium
    }
    Rectangle {
        id: ground
        y: label.visible ? label.height + Theme.u(4) : 0
        width: parent.width
        height: Math.max(button.height, line.height) + Theme.u(8)
        radius: Theme.u(10)
        color: Theme.look.raised
        TextEdit {
            id: line
            anchors { left: parent.left; right: button.left; verticalCenter: parent.verticalCenter; leftMargin: Theme.u(12); rightMargin: Theme.u(4) }
            text: box.text
            textFormat: TextEdit.PlainText
            wrapMode: TextEdit.Wrap
            readOnly: true
            selectByMouse: true
            color: Theme.look.text
            selectionColor: Theme.look.accent
            selectedTextColor: Theme.look.on_accent
            font.family: "monospace"
            font.pixelSize: Theme.t(13)
            Accessible.role: Accessible.StaticText
            Accessible.name: box.text
        }
        IconButton {
            id: button
            anchors { right: parent.right; rightMargin: Theme.u(4); verticalCenter: parent.verticalCenter }
            implicitWidth: Theme.u(34)
            implicitHeight: Theme.u(34)
            icon_size: Theme.u(17)
            icon_name: box.copied ? "check" : "copy"
            ink: box.copied ? Theme.look.good : Theme.look.soft
            text: box.copied ? qsTr("Copied") : box.title ? qsTr("Copy: %1").arg(box.title) : qsTr("Copy")
            onClicked: { App.desk.copy(box.text); box.copied = true; forget.restart() }
            Timer { id: forget; interval: 1600; onTriggered: box.copied = false }
        }
    }
}
