import QtQuick
import ".."

// A button for what cannot be undone: it asks first, and the keyboard stands on keeping it.
Item {
    id: confirm

    property string text: ""
    property string icon_name: "trash"
    property string question: ""
    property string yes: ""
    property string no: qsTr("Keep it")
    property bool asking: false
    property bool busy: false
    property string name: ""
    signal confirmed()

    function leave() {
        asking = false
        button.forceActiveFocus(Qt.TabFocusReason)
    }

    readonly property real room: parent ? parent.width : button.implicitWidth
    width: asking ? room : Math.min(button.implicitWidth, room)
    height: implicitHeight
    implicitHeight: asking ? ask.height : button.height

    Button {
        id: button
        objectName: confirm.name
        visible: !confirm.asking
        width: Math.min(implicitWidth, confirm.room)
        height: implicitHeight
        danger: true
        enabled: !confirm.busy
        icon_name: confirm.icon_name
        text: confirm.text
        onClicked: {
            confirm.asking = true
            keep.forceActiveFocus(Qt.TabFocusReason)
        }
    }
    Rectangle {
        id: ask
        visible: confirm.asking
        width: parent.width
        height: question.height + answers.height + Theme.u(36)
        radius: Theme.u(10)
        color: Theme.look.trouble_ground
        Accessible.role: Accessible.AlertMessage
        Accessible.name: confirm.question
        Keys.onEscapePressed: confirm.leave()
        Words {
            id: question
            anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.u(14) }
            text: confirm.question
        }
        Flow {
            id: answers
            anchors { left: parent.left; right: parent.right; top: question.bottom; margins: Theme.u(14); topMargin: Theme.u(10) }
            spacing: Theme.gap
            Button {
                id: keep
                objectName: confirm.name ? confirm.name + "_keep" : ""
                width: Math.min(implicitWidth, parent.width)
                height: implicitHeight
                text: confirm.no
                onClicked: confirm.leave()
            }
            Button {
                objectName: confirm.name ? confirm.name + "_yes" : ""
                width: Math.min(implicitWidth, parent.width)
                height: implicitHeight
                danger: true
                text: confirm.yes
                onClicked: {
                    confirm.leave()
                    confirm.confirmed()
                }
            }
        }
    }
}
