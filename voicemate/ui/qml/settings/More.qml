import QtQuick
import ".."
import QtQuick.Templates as T

// What few people need, behind a word that opens it.
Column {
    id: more

    property string title: qsTr("More")
    property bool opened: false
    default property alias rows: inside.data

    width: parent ? parent.width : implicitWidth
    spacing: Theme.u(10)

    T.AbstractButton {
        id: door
        objectName: "more"
        implicitHeight: Math.max(Theme.touch, Math.ceil(words.implicitHeight) + Theme.u(12))
        implicitWidth: sign.width + Theme.gap + Math.ceil(words.implicitWidth) + Theme.u(8)
        width: Math.min(implicitWidth, more.width)
        focusPolicy: Qt.TabFocus
        text: more.title
        Accessible.role: Accessible.Button
        Accessible.name: text
        Accessible.description: more.opened ? qsTr("open") : qsTr("closed")
        Keys.onReturnPressed: click()
        Keys.onEnterPressed: click()
        onClicked: more.opened = !more.opened
        background: Rectangle {
            radius: Theme.u(8)
            color: "transparent"
            FocusRing { control: door }
        }
        contentItem: Item {
            Icon {
                id: sign
                anchors.verticalCenter: parent.verticalCenter
                name: more.opened ? "down" : "next"
                size: Theme.u(18)
                color: Theme.look.soft
            }
            Words {
                id: words
                anchors { left: sign.right; leftMargin: Theme.gap; right: parent.right; verticalCenter: parent.verticalCenter }
                text: more.title
                color: Theme.look.soft
                font.weight: Font.DemiBold
                Accessible.ignored: true
            }
        }
    }
    Column {
        id: inside
        visible: more.opened
        width: parent.width
        spacing: Theme.u(18)
    }
}
