import QtQuick
import VoiceMate
import ".."

// The language to talk in.
Page {
    id: page

    heading: qsTr("Which language shall we speak?")
    icon_name: "globe"

    Says { text: qsTr("I listen and answer in it, and this window uses it too.") }
    Column {
        width: parent.width
        spacing: Theme.gap
        Repeater {
            model: [{ tag: "en", name: "English" }, { tag: "ko", name: "한국어" }]
            Choice {
                required property var modelData
                objectName: "language_" + modelData.tag
                text: modelData.name
                checked: App.desk.values.companion_language === modelData.tag
                onClicked: App.desk.set("companion.language", modelData.tag)
            }
        }
    }
}
