import QtQuick
import VoiceMate

// Held down it listens; a tap starts and the next one ends. Works with mouse, touch and Space.
Item {
    id: talk

    property bool down: area.pressed || key_down
    property bool key_down: false
    readonly property bool on: App.now.listening
    readonly property color ground: App.now.muted ? Theme.look.raised
        : down || on ? Theme.look.accent_pressed : Theme.look.accent
    readonly property color ink: App.now.muted ? Theme.look.soft : Theme.look.on_accent
    readonly property string words: App.now.muted ? qsTr("Microphone closed")
        : on ? (App.now.latched ? qsTr("Tap to finish") : qsTr("Listening …"))
        : App.now.face === "speaking" ? qsTr("Hold to interrupt") : qsTr("Hold to talk")

    implicitWidth: Math.ceil(says.implicitWidth) + Theme.u(88)
    implicitHeight: Theme.u(56)
    activeFocusOnTab: true

    Accessible.role: Accessible.Button
    Accessible.name: words
    Accessible.description: qsTr("Hold Space to talk, let go to have an answer; or press once to start and once to end.")
    Accessible.focusable: true
    Accessible.onPressAction: App.toggle()

    Rectangle {
        id: pill
        property Item control: talk
        anchors.fill: parent
        radius: height / 2
        color: talk.ground
        Behavior on color { ColorAnimation { duration: Theme.quick } }

        FocusRing {
            control: talk
            shown: talk.activeFocus
        }

        Row {
            id: row
            anchors.centerIn: parent
            spacing: Theme.u(10)
            Icon {
                anchors.verticalCenter: parent.verticalCenter
                name: App.now.muted ? "mic-off" : "mic"
                color: talk.ink
                size: Theme.u(22)
            }
            Text {
                id: says
                anchors.verticalCenter: parent.verticalCenter
                text: talk.words
                width: Math.min(Math.ceil(implicitWidth), talk.width - Theme.u(62))
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: Theme.t(10)
                verticalAlignment: Text.AlignVCenter
                textFormat: Text.PlainText
                color: talk.ink
                font.pixelSize: Theme.t(17)
                font.weight: Font.DemiBold
            }
        }
    }

    MouseArea {
        id: area
        anchors.fill: parent
        cursorShape: Qt.PointingHandCursor
        onPressed: App.press()
        onReleased: App.release()
        onCanceled: App.release()
    }
}
