import QtQuick
import ".."

// Plain text that wraps, never markup: a name of a device or a model may hold anything.
Text {
    textFormat: Text.PlainText
    wrapMode: Text.Wrap
    color: Theme.look.text
    font.pixelSize: Theme.t(15)
    Accessible.role: Accessible.StaticText
    Accessible.name: text
}
