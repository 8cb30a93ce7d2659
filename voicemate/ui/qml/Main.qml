import QtQuick
import VoiceMate
import QtQuick.Window

Window {
    id: window

    readonly property bool seen: visible && visibility !== Window.Minimized
    readonly property bool moves: ["listening", "thinking", "speaking", "loading"].indexOf(App.now.face) >= 0
    signal hide_wanted()

    title: App.now.name
    // A screen that is too low for it, as for large text, has room at the sides.
    readonly property real room_above: Screen.desktopAvailableHeight - Theme.u(40)
    width: Math.min(Theme.u(460) * Math.max(1, Math.min(1.4, Theme.u(760) / room_above)), Screen.desktopAvailableWidth)
    height: Math.min(Theme.u(760), room_above)
    minimumWidth: Math.min(Theme.u(340), Screen.desktopAvailableWidth)
    minimumHeight: Math.min(Theme.u(520), Screen.desktopAvailableHeight - Theme.u(40))
    color: Theme.look.ground

    onActiveChanged: if (!active) root.let_go()
    onSeenChanged: App.set_visible(seen)
    onClosing: close => {
        close.accepted = false
        root.let_go()
        window.hide_wanted()
    }

    // 30 times a second, and only while something moves that can be seen.
    Timer {
        interval: Theme.still ? 100 : 33
        repeat: true
        running: window.seen && window.moves && root.visible
        onTriggered: {
            if (!Theme.still)
                face.time += interval / 1000
            // Only where Python knows what moves: while an engine is loaded it may be kept busy
            // for longer than a picture may take.
            if (App.now.face === "listening" || App.now.face === "speaking")
                App.tick()
        }
        onRunningChanged: if (!running) face.time = 0
    }

    Item {
        id: root
        anchors.fill: parent
        focus: true
        visible: !App.first_run.active && !settings.opened
        enabled: visible
        onVisibleChanged: if (visible) forceActiveFocus(Qt.OtherFocusReason)
        // What a screen reader says when the window comes: the keys are heard here.
        Accessible.role: Accessible.Pane
        Accessible.name: qsTr("%1 is: %2").arg(App.now.name).arg(App.now.label)
        Accessible.description: App.now.detail
        Accessible.focusable: true

        function let_go() {
            release_due.stop()
            if (talk.key_down) {
                talk.key_down = false
                App.release()
            }
        }
        function talk_key(event, down) {
            event.accepted = true
            if (event.isAutoRepeat)
                return
            if (!down) {
                if (talk.key_down)
                    release_due.restart()
            } else if (release_due.running) {
                release_due.stop()
            } else if (!talk.key_down) {
                talk.key_down = true
                App.press()
            }
        }
        // X11 tells a key that repeats as pairs of up and down, and Qt sees through that only when
        // both have arrived together: an up counts when no down has come right after it.
        Timer {
            id: release_due
            interval: Qt.platform.pluginName === "xcb" ? 20 : 0
            onTriggered: Qt.callLater(root.let_go_unless_down)
        }
        function let_go_unless_down() {
            if (!release_due.running)
                let_go()
        }

        Keys.onPressed: event => {
            if (event.key === Qt.Key_Space) {
                talk_key(event, true)
            } else if (event.key === Qt.Key_Escape) {
                // A talk key that is still down counts for nothing any more until it has gone up.
                App.discard()
                event.accepted = true
            } else if ((event.key === Qt.Key_Return || event.key === Qt.Key_Enter) && talk.activeFocus) {
                if (!event.isAutoRepeat)
                    App.toggle()
                event.accepted = true
            }
        }
        Keys.onReleased: event => {
            if (event.key === Qt.Key_Space)
                talk_key(event, false)
        }

        Shortcut { autoRepeat: false; context: Qt.ApplicationShortcut; sequences: ["Ctrl+M"]; onActivated: App.mute() }
        Shortcut { autoRepeat: false; context: Qt.ApplicationShortcut; sequences: ["Ctrl+H"]; enabled: root.visible; onActivated: history.opened ? history.close() : history.open() }
        Shortcut { autoRepeat: false; context: Qt.ApplicationShortcut; sequences: ["Ctrl+L"]; enabled: root.visible; onActivated: say.input.forceActiveFocus(Qt.ShortcutFocusReason) }
        Shortcut { autoRepeat: false; context: Qt.ApplicationShortcut; sequences: ["Ctrl+R"]; enabled: root.visible && App.now.conversing && !App.now.live; onActivated: App.repeat() }
        Shortcut { autoRepeat: false; context: Qt.ApplicationShortcut; sequences: ["Ctrl+,"]; enabled: App.now.has_settings && !App.first_run.active; onActivated: settings.opened ? settings.close() : settings.open() }
        Shortcut { autoRepeat: false; context: Qt.ApplicationShortcut; sequences: [StandardKey.Quit]; onActivated: App.quit() }

        // The top: doors.
        Item {
            id: top
            anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.u(10) }
            height: Theme.touch
            IconButton {
                id: history_button
                objectName: "history_button"
                icon_name: "talks"
                text: qsTr("Conversation")
                keys: "Ctrl+H"
                onClicked: history.open()
            }
            Text {
                anchors.centerIn: parent
                width: parent.width - 2 * Theme.touch - 2 * Theme.gap
                horizontalAlignment: Text.AlignHCenter
                elide: Text.ElideRight
                text: App.now.name
                textFormat: Text.PlainText
                color: Theme.look.text
                font.pixelSize: Theme.t(15)
                font.weight: Font.DemiBold
            }
            IconButton {
                objectName: "settings_button"
                anchors.right: parent.right
                visible: App.now.has_settings
                icon_name: "sliders"
                text: qsTr("Settings")
                keys: "Ctrl+,"
                onClicked: settings.open()
            }
        }

        Trouble {
            id: trouble
            objectName: "trouble"
            anchors { left: parent.left; right: parent.right; top: top.bottom }
            anchors { leftMargin: Theme.margin; rightMargin: Theme.margin; topMargin: visible ? Theme.u(6) : 0 }
        }
        FirstRunReminder {
            id: reminder
            objectName: "first_run_reminder"
            anchors { horizontalCenter: parent.horizontalCenter; top: trouble.bottom; topMargin: visible ? Theme.u(6) : 0 }
        }

        // The middle: the face, and below it what is said. The captions need their room first.
        Item {
            id: middle
            anchors { left: parent.left; right: parent.right; top: reminder.bottom; bottom: actions.top; margins: Theme.margin }
            anchors { topMargin: Theme.u(8); bottomMargin: Theme.u(4) }
            readonly property real below: label.height + captions_room + Theme.u(30)
            readonly property real captions_room: Theme.t(19) * 7.8
            // Little room and large text: then what the face does stands beside it.
            readonly property bool cramped: height - below < Theme.u(64)

            Face {
                id: face
                objectName: "face"
                x: middle.cramped ? Theme.u(12) : Math.round((parent.width - width) / 2)
                width: Math.round(Math.max(Theme.u(72), Math.min(parent.width * 0.62, Theme.u(250), middle.height - middle.below)))
                height: width
                expression: App.now.face
                // With reduced motion they stand still, half open.
                level: Theme.still ? 0.5 : App.moving.level
                open: Theme.still ? 0.4 : App.moving.open
                wide: Theme.still ? 0.6 : App.moving.wide
                Accessible.role: Accessible.Graphic
                Accessible.name: qsTr("%1 is: %2").arg(App.now.name).arg(App.now.label)
            }
            Column {
                id: label
                readonly property int alignment: middle.cramped ? Text.AlignLeft : Text.AlignHCenter
                x: middle.cramped ? face.x + face.width + Theme.u(18) : 0
                y: middle.cramped ? (face.height - height) / 2 : face.height + Theme.u(10)
                width: parent.width - x
                spacing: Theme.u(2)
                Text {
                    objectName: "label"
                    width: parent.width
                    horizontalAlignment: label.alignment
                    text: App.now.label
                    textFormat: Text.PlainText
                    color: face.sign
                    font.pixelSize: Theme.t(16)
                    font.weight: Font.DemiBold
                }
                Text {
                    width: parent.width
                    horizontalAlignment: label.alignment
                    elide: middle.cramped ? Text.ElideRight : Text.ElideMiddle
                    text: App.now.detail || " "
                    textFormat: Text.PlainText
                    color: Theme.look.faint
                    font.pixelSize: Theme.t(13)
                }
            }
            Captions {
                anchors { top: middle.cramped ? face.bottom : label.bottom; topMargin: Theme.u(14) }
                anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
            }
        }

        AnswerActions {
            id: actions
            anchors { horizontalCenter: parent.horizontalCenter; bottom: controls.top; bottomMargin: Theme.u(8) }
        }

        Item {
            id: controls
            anchors { left: parent.left; right: parent.right; bottom: say.top }
            anchors { leftMargin: Theme.margin; rightMargin: Theme.margin; bottomMargin: Theme.u(14) }
            height: talk.height
            IconButton {
                objectName: "mute_button"
                raised: true
                anchors { left: parent.left; verticalCenter: parent.verticalCenter }
                implicitWidth: Theme.u(48)
                implicitHeight: Theme.u(48)
                icon_size: Theme.u(22)
                icon_name: App.now.muted ? "mic-off" : "mic"
                text: App.now.muted ? qsTr("Open the microphone") : qsTr("Close the microphone")
                keys: "Ctrl+M"
                checked: App.now.muted
                Accessible.checkable: true
                Accessible.checked: checked
                onClicked: App.mute()
            }
            TalkButton {
                id: talk
                objectName: "talk"
                // In the middle, unless its words need the room beside the other button.
                x: Math.max(Theme.u(60), Math.round((parent.width - width) / 2))
                width: Math.min(Math.max(implicitWidth, Theme.u(230)), parent.width - Theme.u(60))
            }
        }

        SayLine {
            id: say
            anchors { left: parent.left; right: parent.right; bottom: status.top }
            anchors { leftMargin: Theme.margin; rightMargin: Theme.margin; bottomMargin: Theme.u(12) }
            onTalk_key: (event, down) => root.talk_key(event, down)
        }

        StatusLine {
            id: status
            objectName: "status"
            anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
            anchors { leftMargin: Theme.margin; rightMargin: Theme.margin; bottomMargin: Theme.u(12) }
        }
    }

    Loader {
        anchors.fill: parent
        active: App.first_run.active
        source: "FirstRun.qml"
    }

    // Made in slices when it is wanted, so that the window goes on meanwhile.
    Loader {
        id: settings
        objectName: "settings"
        readonly property bool opened: settings.active && settings.status === Loader.Ready
        anchors.fill: parent
        active: false
        asynchronous: true
        source: "settings/SettingsPage.qml"
        function open() {
            root.let_go()
            active = true
        }
        function close() { active = false }
        onLoaded: item.open()
        Connections {
            target: settings.item
            function onClosed() { Qt.callLater(settings.close) }
        }
    }

    History {
        id: history
        objectName: "drawer"
        onClosed: root.forceActiveFocus()
    }
}
