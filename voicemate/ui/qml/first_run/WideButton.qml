import QtQuick
import QtQuick.Templates as T
import ".."

// The button that leads on. A key that repeats leads on once.
T.AbstractButton {
    id: button

    implicitHeight: Math.max(Theme.u(52), words.implicitHeight + Theme.u(20))
    focusPolicy: Qt.StrongFocus
    hoverEnabled: true
    Accessible.role: Accessible.Button
    Accessible.name: text
    Keys.onReturnPressed: event => { if (!event.isAutoRepeat) click() }
    Keys.onEnterPressed: event => { if (!event.isAutoRepeat) click() }

    background: Rectangle {
        radius: Math.min(height / 2, Theme.u(28))
        color: !button.enabled ? Theme.look.raised
            : button.pressed ? Theme.look.accent_pressed : Theme.look.accent
        FocusRing { control: button; shown: button.activeFocus }
    }
    contentItem: Item {
        Text {
            id: words
            anchors { left: parent.left; right: parent.right; verticalCenter: parent.verticalCenter; margins: Theme.u(16) }
            text: button.text
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            horizontalAlignment: Text.AlignHCenter
            color: button.enabled ? Theme.look.on_accent : Theme.look.soft
            font.pixelSize: Theme.t(17)
            font.weight: Font.DemiBold
            Accessible.ignored: true
        }
    }
}
