import QtQuick
import VoiceMate
import QtQuick.Templates as T

// A line to type in.
Item {
    id: say

    property alias input: field
    signal talk_key(var event, bool down)

    implicitHeight: Math.max(Theme.u(44), field.implicitHeight)

    function send() {
        if (field.text.trim() === "")
            return
        App.say(field.text)
        field.clear()
    }

    T.TextField {
        id: field
        objectName: "line"
        anchors.fill: parent
        implicitHeight: Theme.t(15) + Theme.u(28)
        leftPadding: Theme.u(18)
        rightPadding: button.width + Theme.u(10)
        verticalAlignment: TextInput.AlignVCenter
        font.pixelSize: Theme.t(15)
        color: Theme.look.text
        selectionColor: Theme.look.accent
        selectedTextColor: Theme.look.on_accent
        placeholderTextColor: Theme.look.faint
        selectByMouse: true
        maximumLength: 2000
        Accessible.name: qsTr("Type to %1").arg(App.now.name)
        onAccepted: say.send()
        // In an empty line a space means nothing, so the key talks there too.
        Keys.onPressed: event => {
            if (event.key === Qt.Key_Space && text === "" && preeditText === "")
                say.talk_key(event, true)
            else if (event.key === Qt.Key_Escape && text !== "" && !App.now.live) {
                clear()
                event.accepted = true
            }
        }
        Keys.onReleased: event => {
            if (event.key === Qt.Key_Space)
                say.talk_key(event, false)
        }

        background: Rectangle {
            radius: height / 2
            color: Theme.look.surface
            border.color: field.activeFocus ? Theme.look.focus : Theme.look.line
            border.width: field.activeFocus ? Math.max(2, Theme.u(2)) : 1
        }
        Text {
            anchors.fill: parent
            anchors.leftMargin: field.leftPadding
            anchors.rightMargin: field.rightPadding
            verticalAlignment: Text.AlignVCenter
            visible: field.text === "" && field.preeditText === ""
            text: qsTr("Or type to %1").arg(App.now.name)
            textFormat: Text.PlainText
            elide: Text.ElideRight
            color: Theme.look.faint
            font: field.font
            Accessible.ignored: true
        }
    }
    IconButton {
        id: button
        anchors { right: parent.right; verticalCenter: parent.verticalCenter; rightMargin: Theme.u(4) }
        implicitWidth: Theme.u(36)
        implicitHeight: Theme.u(36)
        icon_name: "send"
        text: qsTr("Send")
        keys: "Enter"
        enabled: field.text.trim() !== ""
        ink: Theme.look.sign_speaking
        onClicked: say.send()
    }
}
