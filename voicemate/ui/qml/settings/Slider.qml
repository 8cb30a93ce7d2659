import QtQuick
import QtQuick.Templates as T
import ".."

// A value between two ends. It shows `held`; `asked` comes when the handle is let go, or with a key.
T.Slider {
    id: slider

    property real held: 0
    property string words: ""
    signal asked(real to)

    function sync() { if (!pressed) value = held }
    onHeldChanged: sync()
    onFromChanged: sync()
    onToChanged: sync()
    Component.onCompleted: sync()
    onPressedChanged: if (!pressed && Math.abs(value - held) > stepSize / 100) asked(value)
    // While it is dragged nothing is asked for: a size would change under the pointer.
    onMoved: if (!pressed) asked(value)

    implicitWidth: Theme.u(200)
    implicitHeight: Theme.u(36)
    leftPadding: 0
    rightPadding: 0
    snapMode: T.Slider.SnapAlways
    focusPolicy: Qt.StrongFocus
    opacity: enabled ? 1 : 0.55
    Accessible.role: Accessible.Slider
    Accessible.description: words
    Keys.onPressed: event => {
        const to = event.key === Qt.Key_Home ? from : event.key === Qt.Key_End ? slider.to : NaN
        if (!isNaN(to)) {
            value = to
            asked(value)
            event.accepted = true
        }
    }

    background: Item {
        Rectangle {
            id: rail
            anchors.verticalCenter: parent.verticalCenter
            width: parent.width
            height: Theme.u(6)
            radius: height / 2
            color: Theme.look.line
            Rectangle {
                width: slider.handle.x + slider.handle.width / 2
                height: parent.height
                radius: height / 2
                color: Theme.look.accent
            }
        }
    }
    handle: Rectangle {
        width: Theme.u(22)
        height: width
        radius: width / 2
        x: slider.visualPosition * (slider.width - width)
        y: (slider.height - height) / 2
        color: slider.pressed ? Theme.look.accent_pressed : Theme.look.accent
        border.color: Theme.look.surface
        border.width: Theme.u(3)
        FocusRing {
            control: slider
            shown: slider.activeFocus
        }
    }
}
