import QtQuick
import VoiceMate

// What can be done with an answer.
Row {
    id: actions

    readonly property bool there: App.now.answered

    spacing: Theme.u(2)
    // The room stays, so that nothing jumps when an answer comes.
    opacity: there ? 1 : 0
    enabled: there
    Behavior on opacity { NumberAnimation { duration: Theme.quick } }

    CopyButton {
        objectName: "copy"
        what: qsTr("Copy the answer")
        onWanted: App.copy()
    }
    IconButton {
        visible: App.now.conversing && !App.now.live
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
    Thumbs {
        visible: App.now.conversing
        thumb: App.now.thumb
        onRated: thumb => App.rate(thumb)
    }
}
