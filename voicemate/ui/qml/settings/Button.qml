import QtQuick
import QtQuick.Templates as T
import ".."

// A button with words. `primary` is the one thing to do, `danger` cannot be undone.
T.AbstractButton {
    id: button

    property string icon_name: ""
    property bool primary: false
    property bool danger: false
    readonly property color ink: !enabled ? Theme.look.faint : primary ? Theme.look.on_accent
        : danger ? Theme.look.trouble : Theme.look.text

    // Words that do not fit stand in two lines.
    implicitWidth: Math.ceil(words.implicitWidth) + leftPadding + rightPadding
        + (sign.visible ? sign.width + Theme.gap : 0)
    implicitHeight: Math.max(Theme.touch, Math.ceil(words.implicitHeight) + Theme.u(18))
    leftPadding: Theme.u(16)
    rightPadding: Theme.u(16)
    focusPolicy: Qt.TabFocus
    hoverEnabled: true
    opacity: enabled ? 1 : 0.75
    Accessible.role: Accessible.Button
    Accessible.name: text
    Keys.onReturnPressed: click()
    Keys.onEnterPressed: click()

    background: Rectangle {
        radius: Math.min(height / 2, Theme.u(22))
        color: button.primary ? (button.pressed ? Theme.look.accent_pressed : Theme.look.accent)
            : button.pressed ? Theme.look.line : button.hovered ? Theme.look.raised : Theme.look.surface
        border.color: button.primary ? "transparent" : button.danger ? Theme.look.trouble : Theme.look.line
        border.width: button.primary ? 0 : 1
        FocusRing { control: button }
    }
    contentItem: Item {
        id: inside
        readonly property real before: sign.visible ? sign.width + Theme.gap : 0
        readonly property real start: Math.max(0, (width - before - words.width) / 2)
        Icon {
            id: sign
            anchors.verticalCenter: parent.verticalCenter
            x: inside.start
            visible: button.icon_name !== ""
            name: button.icon_name || "check"
            size: Theme.u(18)
            color: button.ink
        }
        Text {
            id: words
            anchors.verticalCenter: parent.verticalCenter
            x: inside.start + inside.before
            width: Math.min(Math.ceil(implicitWidth), parent.width - inside.before)
            horizontalAlignment: sign.visible ? Text.AlignLeft : Text.AlignHCenter
            text: button.text
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: button.ink
            font.pixelSize: Theme.t(15)
            font.weight: Font.DemiBold
            Accessible.ignored: true
        }
    }
}
