import QtQuick
import VoiceMate
import QtQuick.Templates as T
import ".."
import "../settings"

// What the pages of the first run have in common: a picture, a heading, and below it what they say.
Flickable {
    id: page

    property string heading
    property string icon_name: ""
    // What Enter does here, by its name and its deed; a page may have both otherwise.
    property string primary: qsTr("Next")
    property bool waits: false
    // A key that is pressed means something to the page alone.
    property bool takes_keys: false
    property string secondary: ""
    default property alias content: below.data
    // In place of the icon.
    property Item picture: null
    onPictureChanged: picture.parent = top

    // Called by name by the frame; pages have their own.
    function go() { App.first_run.next() }
    function go_second() { App.first_run.next() }

    contentWidth: width
    contentHeight: column.height + 2 * column.y
    clip: true
    boundsBehavior: Flickable.StopAtBounds
    interactive: contentHeight > height
    // Qt's software renderer does not clip a shape that is wholly outside: a picture of its own does.
    layer.enabled: interactive

    // What the keyboard reaches is scrolled into view.
    function show(item) {
        const at = item.mapToItem(column, 0, 0).y
        if (at < contentY)
            contentY = Math.max(0, at - Theme.gap)
        else if (at + item.height > contentY + height)
            contentY = Math.min(contentHeight - height, at + item.height - height + 2 * Theme.gap)
    }
    function scroll(pages) {
        contentY = Math.max(0, Math.min(contentHeight - height, contentY + pages * height * 0.8))
    }

    Column {
        id: column
        y: Theme.u(14)
        // Room for the ring around what has the focus, and for the bar.
        x: Theme.u(8)
        width: page.width - 2 * x
        spacing: Theme.u(14)

        Item {
            id: top
            width: parent.width
            height: page.picture ? page.picture.height : sign.height
            Rectangle {
                id: sign
                visible: !page.picture
                anchors.horizontalCenter: parent.horizontalCenter
                width: Math.round(Math.min(Theme.u(72), page.height * 0.2))
                height: width
                radius: width / 2
                color: Theme.look.raised
                Icon {
                    anchors.centerIn: parent
                    name: page.icon_name || "check"
                    size: sign.width * 0.45
                    color: Theme.look.sign_speaking
                }
            }
        }
        Text {
            objectName: "heading"
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            wrapMode: Text.Wrap
            text: page.heading
            textFormat: Text.PlainText
            color: Theme.look.text
            font.pixelSize: Theme.t(22)
            font.weight: Font.DemiBold
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        Column {
            id: below
            width: parent.width
            spacing: Theme.u(14)
        }
    }

    T.ScrollBar.vertical: Rail {}
}
