import QtQuick
import QtQuick.Templates as T
import ".."

// On or off. It shows `value`, which its owner changes when `asked` has been heard.
T.AbstractButton {
    id: toggle

    property bool value: false
    signal asked(bool on)

    implicitWidth: Theme.u(48)
    implicitHeight: Theme.u(28)
    focusPolicy: Qt.TabFocus
    hoverEnabled: true
    opacity: enabled ? 1 : 0.55
    Accessible.role: Accessible.CheckBox
    Accessible.name: text
    Accessible.checkable: true
    Accessible.checked: value
    Keys.onReturnPressed: click()
    Keys.onEnterPressed: click()
    Keys.onLeftPressed: if (value) click()
    Keys.onRightPressed: if (!value) click()
    onClicked: asked(!value)

    background: Rectangle {
        radius: height / 2
        color: toggle.value ? Theme.look.accent : Theme.look.raised
        border.color: toggle.value ? Theme.look.accent : Theme.look.faint
        border.width: Math.max(1, Theme.u(1.5))
        FocusRing { control: toggle }
    }
    contentItem: Item {
        Rectangle {
            readonly property real room: Theme.u(4)
            width: parent.height - 2 * room
            height: width
            radius: width / 2
            y: room
            x: toggle.value ? parent.width - width - room : room
            color: toggle.value ? Theme.look.on_accent : Theme.look.faint
            Behavior on x { NumberAnimation { duration: Theme.quick } }
        }
    }
}
