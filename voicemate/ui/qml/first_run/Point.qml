import QtQuick
import ".."

// One thing to know: an icon, what it is, and a sentence about it.
Item {
    id: point

    required property string icon_name
    property color ink: Theme.look.sign_speaking
    property string title
    property string says

    width: parent ? parent.width : 0
    implicitHeight: Math.max(sign.height, words.implicitHeight)
    Accessible.role: Accessible.StaticText
    Accessible.name: title ? title + ". " + says : says

    Rectangle {
        id: sign
        width: Theme.u(40)
        height: width
        radius: width / 2
        color: Theme.look.raised
        Icon {
            anchors.centerIn: parent
            name: point.icon_name
            size: Theme.u(20)
            color: point.ink
        }
    }
    Column {
        id: words
        anchors { left: sign.right; right: parent.right; leftMargin: Theme.u(12) }
        y: Math.max(0, (sign.height - title.height) / 2)
        spacing: Theme.u(2)
        Text {
            id: title
            width: parent.width
            visible: text !== ""
            text: point.title
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.look.text
            font.pixelSize: Theme.t(15)
            font.weight: Font.DemiBold
            Accessible.ignored: true
        }
        Text {
            width: parent.width
            visible: text !== ""
            text: point.says
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            lineHeight: 1.2
            color: Theme.look.soft
            font.pixelSize: Theme.t(14)
            Accessible.ignored: true
        }
    }
}
