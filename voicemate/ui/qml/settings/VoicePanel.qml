import QtQuick
import VoiceMate
import ".."

// The voice: which one, with a taste of it, its speed, pitch and loudness. With `brief` only the
// choice and the taste.
Panel {
    id: panel

    property bool brief: false
    function shown() { App.desk.look_for_voices() }

    Section {
        title: qsTr("Its voice")
        PickerRow {
            id: picker
            name: "voice"
            title: qsTr("Voice")
            options: App.desk.voices
            chosen: App.desk.voice
            problem: App.desk.problems.choose_voice || App.desk.problems.voices
            onAsked: value => App.desk.choose_voice(value)
            Connections {
                target: App.desk
                function onSettled(area) { if (area === "choose_voice") picker.show_what_holds() }
            }
        }
        SettingRow {
            problem: App.desk.problems.speak
            Button {
                objectName: "speak_sample"
                width: Math.min(implicitWidth, parent ? parent.width : 0)
                height: implicitHeight
                icon_name: "play"
                text: qsTr("Hear it")
                onClicked: App.desk.speak_sample()
            }
        }
        SliderRow {
            visible: !panel.brief
            key: "voice.rate"
            title: qsTr("Speed")
            from: 0.5
            to: 2
            step: 0.05
            low: qsTr("slower")
            high: qsTr("faster")
            words: value => qsTr("%1 ×").arg(Number(value.toFixed(2)))
        }
        SliderRow {
            visible: !panel.brief
            key: "voice.pitch"
            title: qsTr("Pitch")
            note: qsTr("Only some voices can be made higher or deeper.")
            from: 0.5
            to: 2
            step: 0.05
            low: qsTr("deeper")
            high: qsTr("higher")
            words: value => qsTr("%1 ×").arg(Number(value.toFixed(2)))
        }
        SliderRow {
            visible: !panel.brief
            key: "voice.volume"
            title: qsTr("Loudness")
            from: 0
            to: 1
            step: 0.05
            words: value => qsTr("%1 %").arg(Math.round(value * 100))
        }
    }
    Section {
        visible: App.desk.voices_to_install.length > 0
        title: qsTr("Further voices")
        note: qsTr("They are packages of their own. Install one with its command in a terminal, then start VoiceMate again.")
        Repeater {
            model: App.desk.voices_to_install
            CopyBox {
                required property var modelData
                title: modelData.label
                text: modelData.value
            }
        }
    }
}
