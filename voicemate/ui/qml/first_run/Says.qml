import QtQuick
import ".."

// A paragraph.
Text {
    width: parent ? parent.width : 0
    wrapMode: Text.Wrap
    horizontalAlignment: Text.AlignHCenter
    textFormat: Text.PlainText
    lineHeight: 1.25
    color: Theme.look.soft
    font.pixelSize: Theme.t(15)
    Accessible.role: Accessible.StaticText
    Accessible.name: text
}
