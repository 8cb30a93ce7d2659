import QtQuick
import VoiceMate
import ".."

// A control with its label, a word of explanation, and what went wrong with it. With `beside` the
// control stands on the right of the words, else below them. With `key` (a setting such as
// "voice.rate") it knows what holds, as `held`, and asks for another by `ask`.
Item {
    id: row

    property string key: ""
    property string title: ""
    property string note: ""
    property bool beside: false
    property string problem: key !== "" ? App.desk.problems[fact] : ""
    readonly property string fact: key.replace(".", "_")
    readonly property var held: key !== "" ? App.desk.values[fact] : undefined
    default property alias control: place.data
    readonly property Item only: place.children.length > 0 ? place.children[0] : null

    function ask(value) { App.desk.set(key, String(value)) }
    // The desk has decided: whoever shows something else shows what holds.
    signal decided()
    Connections {
        target: App.desk
        enabled: row.key !== ""
        function onSettled(area) { if (area === row.key) row.decided() }
    }

    width: parent ? parent.width : implicitWidth
    implicitHeight: trouble.visible ? trouble.y + trouble.height : Math.max(words.height, place.y + place.height)

    Column {
        id: words
        anchors { left: parent.left; right: row.beside ? place.left : parent.right; rightMargin: row.beside ? Theme.u(14) : 0 }
        spacing: Theme.u(3)
        Words {
            width: parent.width
            visible: text !== ""
            text: row.title
            font.weight: Font.Medium
        }
        Words {
            width: parent.width
            visible: text !== ""
            text: row.note
            color: Theme.look.soft
            font.pixelSize: Theme.t(13)
        }
    }
    Item {
        id: place
        y: row.beside ? Math.max(0, (words.height - height) / 2) : words.height + (words.height > 0 ? Theme.u(8) : 0)
        anchors.right: parent.right
        width: row.beside ? (row.only ? row.only.implicitWidth : 0) : parent.width
        height: row.only ? row.only.height : 0
    }
    Problem {
        id: trouble
        anchors { left: parent.left; right: parent.right }
        y: Math.max(words.height, place.y + place.height) + Theme.u(8)
        text: row.problem
    }
}
