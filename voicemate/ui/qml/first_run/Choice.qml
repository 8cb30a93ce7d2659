import QtQuick
import QtQuick.Templates as T
import ".."

// One of several: a circle that is filled, a name, and a word about it. The arrow keys go around.
T.RadioButton {
    id: choice

    property string says: ""

    width: parent ? parent.width : implicitWidth
    implicitHeight: Math.max(Theme.u(48), words.implicitHeight + Theme.u(20))
    focusPolicy: Qt.StrongFocus
    hoverEnabled: true
    Accessible.role: Accessible.RadioButton
    Accessible.name: says ? text + ". " + says : text
    Accessible.checkable: true
    Accessible.checked: checked

    Keys.onDownPressed: nextItemInFocusChain(true).forceActiveFocus(Qt.TabFocusReason)
    Keys.onUpPressed: nextItemInFocusChain(false).forceActiveFocus(Qt.BacktabFocusReason)

    background: Rectangle {
        radius: Theme.radius
        color: choice.checked || choice.hovered ? Theme.look.raised : Theme.look.surface
        border.color: choice.checked ? Theme.look.accent : Theme.look.line
        border.width: choice.checked ? 2 : 1
        FocusRing { control: choice; shown: choice.visualFocus }
    }
    indicator: Rectangle {
        x: Theme.u(14)
        y: (choice.height - height) / 2
        width: Theme.u(20)
        height: width
        radius: width / 2
        color: "transparent"
        border.color: choice.checked ? Theme.look.accent : Theme.look.faint
        border.width: 2
        Rectangle {
            anchors.centerIn: parent
            visible: choice.checked
            width: parent.width * 0.5
            height: width
            radius: width / 2
            color: Theme.look.accent
        }
    }
    contentItem: Item {
        implicitHeight: words.implicitHeight
        Column {
            id: words
            anchors { left: parent.left; right: parent.right; verticalCenter: parent.verticalCenter }
            anchors { leftMargin: Theme.u(46); rightMargin: Theme.u(14) }
            spacing: Theme.u(1)
            Text {
                width: parent.width
                text: choice.text
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: Theme.look.text
                font.pixelSize: Theme.t(15)
            }
            Text {
                width: parent.width
                visible: text !== ""
                text: choice.says
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: Theme.look.soft
                font.pixelSize: Theme.t(13)
            }
        }
    }
}
