import QtQuick
import VoiceMate

// Something the person should know, and what to do about it.
Rectangle {
    id: trouble

    readonly property string spoken: (App.now.trouble + " " + App.now.hint).trim()

    visible: App.now.trouble !== ""
    implicitHeight: visible ? words.implicitHeight + Theme.u(24) : 0
    radius: Theme.radius
    color: Theme.look.trouble_ground
    Accessible.role: Accessible.AlertMessage
    Accessible.name: spoken

    Icon {
        id: icon
        anchors { left: parent.left; top: parent.top; margins: Theme.u(14) }
        name: "warn"
        color: Theme.look.trouble
    }
    Column {
        id: words
        anchors {
            left: icon.right; right: close.left; verticalCenter: parent.verticalCenter
            leftMargin: Theme.u(10)
        }
        spacing: Theme.u(2)
        Text {
            width: parent.width
            text: App.now.trouble
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.look.text
            font.pixelSize: Theme.t(14)
            font.weight: Font.DemiBold
        }
        Text {
            width: parent.width
            visible: text !== ""
            text: App.now.hint
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.look.soft
            font.pixelSize: Theme.t(13)
        }
    }
    IconButton {
        id: close
        anchors { right: parent.right; top: parent.top; margins: Theme.u(4) }
        implicitWidth: Theme.u(34)
        implicitHeight: Theme.u(34)
        icon_name: "close"
        icon_size: Theme.u(16)
        text: qsTr("Close this notice")
        onClicked: App.dismiss()
    }
}
