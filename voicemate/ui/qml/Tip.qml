import QtQuick
import QtQuick.Templates as T

// What a control does, and its key, beside the pointer.
T.ToolTip {
    id: tip
    delay: 700
    timeout: 6000
    margins: Theme.gap
    y: -height - Theme.u(6)
    x: parent ? Math.round((parent.width - width) / 2) : 0
    implicitWidth: Math.min(words.implicitWidth + 2 * padding, Theme.u(260))
    implicitHeight: words.implicitHeight + 2 * padding
    padding: Theme.u(7)
    contentItem: Text {
        id: words
        text: tip.text
        textFormat: Text.PlainText
        color: Theme.look.ground
        font.pixelSize: Theme.t(12)
        wrapMode: Text.Wrap
    }
    background: Rectangle {
        radius: Theme.u(6)
        color: Theme.look.text
    }
}
