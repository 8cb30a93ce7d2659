import QtQuick
import VoiceMate
import ".."

// Microphone and speaker: which ones, whether they work. With `brief` nothing but that.
// `watching`: somebody looks, so the level moves.
Panel {
    id: panel

    property bool brief: false
    property bool watching: visible
    function shown() { App.desk.look_for_devices() }

    Section {
        title: qsTr("Microphone")
        PickerRow {
            key: "audio.microphone"
            title: qsTr("Which one")
            options: App.desk.microphones
            problem: App.desk.problems.audio_microphone || App.desk.problems.devices
        }
        LevelMeter { watching: panel.watching && panel.visible }
    }
    Section {
        title: qsTr("Speaker")
        PickerRow {
            key: "audio.speaker"
            title: qsTr("Which one")
            options: App.desk.speakers
        }
        SettingRow {
            problem: App.desk.problems.speak
            Button {
                objectName: "test_speaker"
                width: Math.min(implicitWidth, parent ? parent.width : 0)
                height: implicitHeight
                icon_name: "voice"
                text: qsTr("Try the speaker")
                onClicked: App.desk.test_speaker()
            }
        }
        SwitchRow {
            visible: !panel.brief
            key: "audio.cues"
            title: qsTr("Short sounds")
            note: qsTr("They say: I listen, I understood, I think longer, something is wrong.")
        }
    }
    Button {
        objectName: "refresh_devices"
        width: Math.min(implicitWidth, panel.width)
        height: implicitHeight
        icon_name: "refresh"
        enabled: !App.desk.state.devices_busy
        text: App.desk.state.devices_busy ? qsTr("Looking …") : qsTr("Look for devices again")
        onClicked: App.desk.look_for_devices()
    }
    More {
        visible: !panel.brief
        Section {
            SliderRow {
                key: "audio.pre_roll_ms"
                title: qsTr("Heard from before the key")
                note: qsTr("So that a word that came a little early is not lost.")
                from: 0
                to: 2000
                step: 50
                digits: 0
                words: value => qsTr("%1 s").arg(value / 1000)
            }
            SliderRow {
                key: "audio.post_roll_ms"
                title: qsTr("Heard after the key")
                note: qsTr("While you still speak when you let go.")
                from: 0
                to: 2000
                step: 50
                digits: 0
                words: value => qsTr("%1 s").arg(value / 1000)
            }
        }
    }
}
