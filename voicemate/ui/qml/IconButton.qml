import QtQuick
import QtQuick.Templates as T

// A round button with an icon; `text` is its name for screen readers and in its tip.
T.AbstractButton {
    id: button

    required property string icon_name
    property string keys: ""
    property bool raised: false
    property bool turned: false
    property color ink: Theme.look.soft
    property bool filled: false
    property real icon_size: Theme.u(20)

    implicitWidth: Theme.touch
    implicitHeight: Theme.touch
    focusPolicy: Qt.TabFocus
    hoverEnabled: true
    Accessible.name: text
    Accessible.description: keys

    // A key that is held down clicks once.
    Keys.onReturnPressed: event => { if (!event.isAutoRepeat) click() }
    Keys.onEnterPressed: event => { if (!event.isAutoRepeat) click() }

    background: Rectangle {
        radius: width / 2
        color: button.pressed || button.checked ? Theme.look.line
             : button.hovered || button.raised ? Theme.look.raised : "transparent"
        FocusRing { control: button }
    }
    contentItem: Item {
        Icon {
            anchors.centerIn: parent
            name: button.icon_name
            size: button.icon_size
            color: button.enabled ? button.ink : Theme.look.line
            filled: button.filled
            rotation: button.turned ? 180 : 0
        }
    }
    Tip {
        visible: (button.hovered || button.visualFocus) && !button.pressed
        text: button.keys ? button.text + "  ·  " + button.keys : button.text
    }
}
