import QtQuick
import VoiceMate
import QtQuick.Templates as T

// What was heard and what is answered; words light up as they are spoken.
Flickable {
    id: captions

    contentWidth: width
    contentHeight: room.height
    clip: true
    boundsBehavior: Flickable.StopAtBounds
    interactive: contentHeight > height
    activeFocusOnTab: interactive
    Accessible.role: Accessible.StaticText
    Accessible.name: qsTr("Captions")

    // Where the words are that sound, or that were just heard, when not all of them fit.
    readonly property real reading: column.y + (answer.visible
        ? answer.y + answer.height * App.moving.progress : heard.y + heard.height)
    onReadingChanged: follow()
    onContentHeightChanged: follow()
    onHeightChanged: follow()
    function follow() {
        if (App.now.live && !moving && !bar.pressed)
            contentY = Math.max(0, Math.min(contentHeight - height, reading - height / 2))
    }

    Keys.onUpPressed: contentY = Math.max(0, contentY - Theme.u(40))
    Keys.onDownPressed: contentY = Math.max(0, Math.min(contentHeight - height, contentY + Theme.u(40)))

    Rectangle {
        anchors.fill: parent
        color: "transparent"
        border.color: Theme.look.focus
        border.width: 2
        radius: Theme.u(4)
        visible: captions.activeFocus
    }

    // Short captions stand in the middle of their room, long ones scroll.
    Item {
        id: room
        width: captions.width
        height: Math.max(captions.height, column.height)
        Column {
            id: column
            anchors.verticalCenter: parent.verticalCenter
            anchors.horizontalCenter: parent.horizontalCenter
            // Room for the scroll bar, on both sides so that the middle stays the middle.
            width: parent.width - 2 * Theme.u(10)
            spacing: Theme.u(10)

            Text {
                id: empty
                visible: !heard.visible && !answer.visible && !stopped.visible
                    && ["idle", "muted", "loading"].indexOf(App.now.face) >= 0
                width: parent.width
                text: App.now.face === "loading"
                    ? qsTr("You can talk or type already: I answer as soon as I am ready.")
                    : qsTr("Say hello, or ask me something.\nI am a program. What you say stays on this computer.")
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                horizontalAlignment: Text.AlignHCenter
                lineHeight: 1.25
                color: Theme.look.soft
                font.pixelSize: Theme.t(15)
                Accessible.role: Accessible.StaticText
                Accessible.name: text
            }
            Text {
                id: stopped
                objectName: "stopped"
                visible: text !== ""
                width: parent.width
                text: App.now.stopped_at ? qsTr("Stopped at “%1”").arg(App.now.stopped_at) : ""
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                horizontalAlignment: Text.AlignHCenter
                color: Theme.look.faint
                font.pixelSize: Theme.t(13)
                Accessible.role: Accessible.StaticText
                Accessible.name: text
            }
            Text {
                id: heard
                objectName: "heard"
                visible: text !== ""
                width: parent.width
                text: App.now.heard ? "“" + App.now.heard + (App.now.heard_final ? "”" : " …") : ""
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                horizontalAlignment: Text.AlignHCenter
                lineHeight: 1.15
                color: Theme.look.soft
                font.pixelSize: Theme.t(App.now.answered ? 15 : 19)
                Accessible.role: Accessible.StaticText
                Accessible.name: qsTr("You said: %1").arg(App.now.heard)
            }
            Text {
                id: answer
                objectName: "answer"
                visible: text !== ""
                width: parent.width
                text: App.now.answer
                textFormat: Text.StyledText
                wrapMode: Text.Wrap
                horizontalAlignment: Text.AlignHCenter
                lineHeight: 1.2
                color: Theme.look.text
                font.pixelSize: Theme.t(19)
                Accessible.role: Accessible.StaticText
                Accessible.name: qsTr("%1 says: %2").arg(App.now.name).arg(App.now.answer_text)
            }
            Row {
                id: cut
                objectName: "cut"
                visible: App.now.interrupted
                anchors.horizontalCenter: parent.horizontalCenter
                spacing: Theme.u(6)
                Icon {
                    name: "stop"
                    size: Theme.u(14)
                    color: Theme.look.faint
                    anchors.verticalCenter: parent.verticalCenter
                }
                Text {
                    text: qsTr("stopped here")
                    textFormat: Text.PlainText
                    color: Theme.look.faint
                    font.pixelSize: Theme.t(13)
                    Accessible.role: Accessible.StaticText
                    Accessible.name: text
                }
            }
        }
    }

    T.ScrollBar {
        id: bar
        anchors { right: parent.right; top: parent.top; bottom: parent.bottom }
        visible: captions.interactive && captions.height > Theme.u(20)
        orientation: Qt.Vertical
        size: captions.height / Math.max(1, captions.contentHeight)
        position: captions.contentY / Math.max(1, captions.contentHeight)
        onPositionChanged: if (pressed) captions.contentY = position * captions.contentHeight
        implicitWidth: Theme.u(6)
        contentItem: Rectangle { radius: width / 2; color: Theme.look.line }
    }
}
