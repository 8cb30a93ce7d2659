import QtQuick
import VoiceMate
import ".."

// Who answers: name, manner, voice. The voice alone is `VoicePanel`.
Panel {
    function shown() { voice.shown() }

    Section {
        title: qsTr("Who it is")
        FieldRow {
            key: "companion.name"
            title: qsTr("Name")
            longest: 40
        }
        FieldRow {
            key: "companion.persona"
            title: qsTr("How it is and talks")
            note: qsTr("In your words: kind, short, funny, an expert for gardens … It stays a program, and says so when asked.")
            hint: qsTr("Friendly and brief: the one it comes with")
            tall: true
            longest: 4000
        }
    }
    VoicePanel { id: voice }
    Section {
        title: qsTr("How it answers")
        SliderRow {
            key: "model.temperature"
            title: qsTr("Liveliness")
            from: 0
            to: Math.max(1.4, held)
            step: 0.1
            digits: 1
            low: qsTr("always alike")
            high: qsTr("full of ideas")
            words: value => value.toFixed(1)
        }
        SliderRow {
            key: "model.max_spoken_s"
            title: qsTr("Longest answer")
            note: qsTr("After this time it ends with its sentence.")
            from: 5
            to: Math.max(120, held)
            step: 5
            digits: 0
            words: value => qsTr("%1 s").arg(Math.round(value))
        }
    }
}
