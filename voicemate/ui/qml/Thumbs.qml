import QtQuick
import VoiceMate

// What the person thinks of an answer; the same thumb again takes it back.
Row {
    id: thumbs

    property int thumb: 0
    property real side: Theme.touch
    property real icon_size: Theme.u(20)
    signal rated(int thumb)

    component Thumb: IconButton {
        required property int means
        icon_name: "up"
        icon_size: thumbs.icon_size
        implicitWidth: thumbs.side
        implicitHeight: thumbs.side
        checked: thumbs.thumb === means
        filled: checked
        Accessible.checkable: true
        Accessible.checked: checked
        onClicked: thumbs.rated(means)
    }

    spacing: Theme.u(2)

    Thumb {
        objectName: "good"
        means: 1
        text: qsTr("Good answer")
        ink: checked ? Theme.look.good : Theme.look.soft
    }
    Thumb {
        objectName: "bad"
        means: -1
        turned: true
        text: qsTr("Bad answer")
        ink: checked ? Theme.look.trouble : Theme.look.soft
    }
}
