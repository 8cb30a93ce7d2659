import QtQuick
import VoiceMate
import ".."

// The window: colours, size, motion, and its place on the desktop.
Panel {
    function shown() { App.desk.look_at_login() }

    Section {
        title: qsTr("Looks")
        PickerRow {
            key: "window.theme"
            title: qsTr("Colours")
            options: [
                { value: "system", label: qsTr("As the desktop has them") },
                { value: "light", label: qsTr("Light") },
                { value: "dark", label: qsTr("Dark") }
            ]
        }
        SliderRow {
            key: "window.scale"
            title: qsTr("Size of the text")
            from: 0.8
            to: 2
            step: 0.1
            digits: 1
            words: value => qsTr("%1 %").arg(Math.round(value * 100))
        }
        SwitchRow {
            key: "window.reduced_motion"
            title: qsTr("Less motion")
            note: qsTr("Nothing moves but the words that light up.")
        }
    }
    Section {
        title: qsTr("On the desktop")
        SwitchRow {
            key: "window.tray"
            title: qsTr("Icon in the tray")
        }
        SwitchRow {
            key: "window.close_to_tray"
            title: qsTr("Stay when the window is closed")
            note: App.desk.values.window_tray ? qsTr("It goes on in the tray, and the key goes on working.")
                : qsTr("This needs the icon in the tray: without it nobody would find VoiceMate again.")
            enabled: App.desk.values.window_tray
        }
        SwitchRow {
            objectName: "start_at_login"
            title: qsTr("Start with the desktop")
            note: !App.desk.state.login_known || App.desk.state.can_start_at_login ? ""
                : qsTr("This cannot be arranged from here on this system.")
            enabled: App.desk.state.can_start_at_login
            on: App.desk.state.starts_at_login
            problem: App.desk.problems.login
            onAsked: to => App.desk.start_at_login(to)
        }
    }
}
