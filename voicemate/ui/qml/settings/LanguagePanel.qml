import QtQuick
import VoiceMate
import ".."

// The language of the conversation.
Panel {
    Section {
        title: qsTr("Language")
        PickerRow {
            key: "companion.language"
            title: qsTr("You talk in")
            options: [
                { value: "en", label: "English" },
                { value: "ko", label: "한국어 (Korean)" }
            ]
        }
    }
    Section {
        title: qsTr("What it changes")
        Column {
            width: parent.width
            spacing: Theme.u(12)
            Repeater {
                model: [
                    ["mic", qsTr("Another recogniser listens: each understands one language. If none for yours is installed, get it under Models.")],
                    ["voice", qsTr("Another voice speaks. A voice that you have chosen by name may not know the language: look under Companion.")],
                    ["talks", qsTr("It answers in that language. Small language models know English better than any other.")],
                    ["globe", qsTr("The words of this window follow.")]
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
}
