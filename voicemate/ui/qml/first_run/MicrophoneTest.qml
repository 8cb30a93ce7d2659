import QtQuick
import QtQuick.Window
import VoiceMate
import ".."
import "../settings"

// Whether it hears: the microphone is opened here, by the person, and not before.
Page {
    id: page

    readonly property bool is_open: App.now.microphone_open && !App.now.muted
    readonly property string hears: App.desk.state.hears
    readonly property bool heard: is_open && (hears === "heard" || page.once)
    property bool once: false

    heading: !is_open ? qsTr("May I hear you?") : heard ? qsTr("I hear you") : qsTr("Say something")
    icon_name: is_open ? (heard ? "check" : "mic") : "mic-off"
    waits: App.first_run.opening
    primary: is_open ? qsTr("Next") : App.first_run.opening ? qsTr("Opening …")
        : App.first_run.refused ? qsTr("Try again") : qsTr("Open the microphone")
    secondary: is_open || App.first_run.opening ? "" : qsTr("Go on without")

    function go() {
        if (is_open)
            App.first_run.next()
        else
            App.first_run.open_microphone()
    }

    onHearsChanged: if (is_open && hears === "heard") once = true
    onIs_openChanged: if (!is_open) once = false
    Component.onCompleted: App.desk.look_for_devices()

    Says {
        visible: !page.is_open && !App.first_run.refused
        text: qsTr("The microphone is closed. I open it only when you say so, and you can close it at any time.")
    }
    Says {
        visible: !page.is_open && !App.first_run.refused
        text: qsTr("While it is open, I listen to you only as long as you hold the key. Of what was before, I have the last moment in mind, and let it go again.")
    }
    Says {
        visible: App.first_run.refused && !page.is_open
        text: [App.now.trouble, App.now.hint].filter(part => part).join("\n")
        color: Theme.look.trouble
    }
    LevelMeter {
        visible: page.is_open
        // Not while the window is in the tray.
        watching: visible && page.Window.window !== null && page.Window.window.visible
    }
    Says {
        visible: page.once && page.hears === "waiting"
        text: qsTr("I have heard you. You can go on.")
        color: Theme.look.good
    }
    Says {
        visible: picker.visible
        horizontalAlignment: Text.AlignLeft
        text: qsTr("Microphone")
        color: Theme.look.text
    }
    Picker {
        id: picker
        objectName: "first_run_microphones"
        width: parent.width
        visible: options.length > 1
        options: App.desk.microphones
        held: App.desk.values.audio_microphone
        Accessible.name: qsTr("Microphone")
        onAsked: value => App.desk.set("audio.microphone", value)
    }
    Says {
        visible: text !== ""
        text: App.desk.problems.devices || App.desk.problems.audio_microphone
        color: Theme.look.trouble
    }
}
