import QtQuick
import VoiceMate
import ".."

// What stays, where, and how to be rid of it.
Panel {
    id: panel

    readonly property QtObject kept: App.desk.kept.now
    function shown() { App.desk.kept.look() }

    Section {
        title: qsTr("In plain words")
        Column {
            width: parent.width
            spacing: Theme.u(12)
            Repeater {
                model: [
                    ["face", qsTr("%1 is a program. Nobody listens in, and nobody is there who feels.").arg(App.now.name)],
                    ["home", qsTr("What you say is understood and answered on this computer. VoiceMate uses the network only while you download a model.")],
                    ["mic", qsTr("The sound of your voice is never kept. What it understood, and what it answered, is kept as text, so that it knows what you talked about.")]
                ]
                Row {
                    required property var modelData
                    width: parent.width
                    spacing: Theme.u(10)
                    Icon { id: sign; name: parent.modelData[0]; size: Theme.u(20); color: Theme.look.sign_listening }
                    Words {
                        width: parent.width - sign.width - parent.spacing
                        text: parent.modelData[1]
                        color: Theme.look.soft
                        font.pixelSize: Theme.t(14)
                        lineHeight: 1.15
                    }
                }
            }
        }
    }
    Section {
        title: qsTr("The microphone")
        SwitchRow {
            objectName: "close_microphone"
            title: qsTr("Close the microphone")
            note: App.now.muted ? qsTr("It is closed: nothing can be heard until you open it.")
                : qsTr("It is open, so that your first word is not lost. Nothing of it is kept unless the key is down.")
            on: App.now.muted
            onAsked: App.mute()
        }
    }
    Section {
        title: qsTr("What is kept")
        SettingRow {
            title: !panel.kept.known ? qsTr("Looking …")
                : panel.kept.turns === 0 ? qsTr("No conversation is kept.")
                : panel.kept.turns === 1 ? qsTr("One turn of your conversation (%1).").arg(panel.kept.size)
                : qsTr("%1 turns of your conversation (%2).").arg(panel.kept.turns).arg(panel.kept.size)
            note: qsTr("Deleting takes away every turn and all that was made of them, for good. Settings and models stay. Copies in a backup of yours are beyond its reach.")
            problem: App.desk.problems.kept
            Column {
                width: parent ? parent.width : 0
                spacing: Theme.u(10)
                Confirm {
                    name: "forget"
                    visible: panel.kept.turns > 0 || panel.kept.forgetting
                    busy: panel.kept.forgetting
                    text: busy ? qsTr("Deleting …") : qsTr("Delete the conversation")
                    question: panel.kept.turns === 1 ? qsTr("Delete the one turn that is kept? It cannot be brought back.")
                        : qsTr("Delete all %1 turns? They cannot be brought back.").arg(panel.kept.turns)
                    yes: qsTr("Delete everything")
                    onConfirmed: App.desk.kept.forget()
                }
                Words {
                    objectName: "forgotten"
                    width: parent.width
                    visible: text !== ""
                    text: panel.kept.forgotten
                    color: Theme.look.good
                    font.weight: Font.Medium
                    font.pixelSize: Theme.t(14)
                }
            }
        }
        SliderRow {
            key: "conversation.remember_turns"
            title: qsTr("How far back it looks")
            note: qsTr("So many past turns it may see again when it answers.")
            from: 0
            to: Math.max(60, held)
            step: 1
            digits: 0
            words: value => Math.round(value) === 1 ? qsTr("1 turn") : qsTr("%1 turns").arg(Math.round(value))
        }
    }
    Section {
        visible: App.desk.kept.places.length > 0
        title: qsTr("Where everything lies")
        Repeater {
            model: App.desk.kept.places
            CopyBox {
                required property var modelData
                title: modelData.label
                text: modelData.value
            }
        }
    }
}
