import QtQuick
import VoiceMate
import ".."
import "../settings"

// The voice: choosing one has it speak.
Page {
    id: page

    heading: qsTr("How shall I sound?")
    icon_name: "voice"

    Component.onCompleted: App.desk.look_for_voices()

    Says {
        text: App.desk.voices.length > 0 ? qsTr("Choose a voice and listen to it. You can change it later in the settings.")
            : App.desk.state.voices_busy ? qsTr("Looking for voices …") : qsTr("I found no voice here. You will see my answers as text.")
    }
    Button {
        objectName: "first_run_listen"
        anchors.horizontalCenter: parent.horizontalCenter
        visible: App.desk.voices.length > 0
        text: qsTr("Listen")
        onClicked: App.desk.speak_sample()
    }
    Column {
        width: parent.width
        spacing: Theme.gap
        Repeater {
            model: App.desk.voices.length
            Choice {
                required property int index
                readonly property var option: App.desk.voices[index] ?? { value: "", label: "" }
                objectName: "voice_" + option.value
                text: option.label
                checked: App.desk.voice === option.value
                onClicked: {
                    App.desk.choose_voice(option.value)
                    App.desk.speak_sample()
                }
            }
        }
    }
    Says {
        visible: text !== ""
        text: App.desk.problems.choose_voice || App.desk.problems.voices || App.desk.problems.speak
        color: Theme.look.trouble
    }
}
