import QtQuick
import VoiceMate

// Copies something, and shows for a moment that it has.
IconButton {
    id: button

    property bool copied: false
    property string what
    signal wanted()

    icon_name: copied ? "check" : "copy"
    text: copied ? qsTr("Copied") : what
    ink: copied ? Theme.look.good : Theme.look.soft
    onClicked: { button.wanted(); copied = true; over.restart() }
    Timer { id: over; interval: 1600; onTriggered: button.copied = false }
}
