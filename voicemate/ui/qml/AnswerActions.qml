import QtQuick
import VoiceMate

// What can be done with an answer.
Row {
    id: actions

    property bool copied: false
    readonly property bool there: App.now.answered

    spacing: Theme.u(2)
    // The room stays, so that nothing jumps when an answer comes.
    opacity: there ? 1 : 0
    enabled: there
    Behavior on opacity { NumberAnimation { duration: Theme.quick } }

    IconButton {
        objectName: "copy"
        icon_name: actions.copied ? "check" : "copy"
        text: actions.copied ? qsTr("Copied") : qsTr("Copy the answer")
        ink: actions.copied ? Theme.look.good : Theme.look.soft
        onClicked: { App.copy(); actions.copied = true; forget.restart() }
        Timer { id: forget; interval: 1600; onTriggered: actions.copied = false }
    }
    IconButton {
        visible: App.now.can_repeat && !App.now.live
        objectName: "repeat"
        icon_name: "repeat"
        text: qsTr("Say it again")
        keys: "Ctrl+R"
        onClicked: App.repeat()
    }
    IconButton {
        visible: App.now.live
        objectName: "stop"
        icon_name: "stop"
        text: qsTr("Stop")
        keys: "Esc"
        onClicked: App.discard()
    }
    IconButton {
        visible: App.now.can_rate
        objectName: "good"
        icon_name: "up"
        text: qsTr("Good answer")
        checked: App.now.thumb === 1
        filled: checked
        ink: checked ? Theme.look.good : Theme.look.soft
        Accessible.checkable: true
        Accessible.checked: checked
        onClicked: App.rate(1)
    }
    IconButton {
        visible: App.now.can_rate
        objectName: "bad"
        icon_name: "up"
        turned: true
        text: qsTr("Bad answer")
        checked: App.now.thumb === -1
        filled: checked
        ink: checked ? Theme.look.trouble : Theme.look.soft
        Accessible.checkable: true
        Accessible.checked: checked
        onClicked: App.rate(-1)
    }
}
