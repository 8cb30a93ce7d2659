import QtQuick
import QtQuick.Window
import VoiceMate
import ".."

// The key to talk with from any program. With `brief` only the key and how to change it.
Panel {
    id: panel

    property bool brief: false
    readonly property QtObject now: App.desk.key.now
    function take_escape() {
        if (!now.waiting)
            return false
        App.desk.key.stop()
        return true
    }
    // Nobody waits for a key on a page that has gone.
    onVisibleChanged: if (!visible) App.desk.key.stop()
    Component.onDestruction: App.desk.key.stop()

    Section {
        title: qsTr("The key to talk with")
        SettingRow {
            title: qsTr("The key")
            problem: App.desk.problems.capture || App.desk.problems.key_key
            Column {
                width: parent ? parent.width : 0
                spacing: Theme.u(12)
                Rectangle {
                    id: cap
                    width: Math.min(parent.width, Math.max(Theme.u(64), Math.ceil(letters.implicitWidth) + Theme.u(36)))
                    height: letters.height + Theme.u(22)
                    radius: Theme.u(10)
                    color: Theme.look.raised
                    border.color: panel.now.waiting ? Theme.look.focus : Theme.look.faint
                    border.width: panel.now.waiting ? Math.max(2, Theme.u(2)) : 1
                    Words {
                        id: letters
                        objectName: "binding"
                        anchors { left: parent.left; right: parent.right; verticalCenter: parent.verticalCenter; margins: Theme.u(14) }
                        horizontalAlignment: Text.AlignHCenter
                        text: panel.now.waiting ? "…" : panel.now.binding
                        font.pixelSize: Theme.t(17)
                        font.weight: Font.DemiBold
                        Accessible.name: qsTr("The key is %1").arg(panel.now.binding)
                    }
                }
                // While it waits every key is a possible answer, and none does what it usually does.
                FocusScope {
                    id: waiting
                    objectName: "waiting_for_key"
                    visible: panel.now.waiting
                    width: parent.width
                    height: visible ? asks.height : 0
                    Accessible.role: Accessible.AlertMessage
                    Accessible.name: asks.text
                    onVisibleChanged: {
                        if (visible)
                            forceActiveFocus(Qt.OtherFocusReason)
                        else if (activeFocus || !panel.Window.activeFocusItem)
                            change.forceActiveFocus(Qt.OtherFocusReason)
                    }
                    Keys.onShortcutOverride: event => event.accepted = true
                    Keys.onPressed: event => {
                        if (event.key === Qt.Key_Escape)
                            App.desk.key.stop()
                        event.accepted = true
                    }
                    Keys.onReleased: event => event.accepted = true
                    Words {
                        id: asks
                        width: parent.width
                        text: qsTr("Press the new key now, also together with Ctrl or Alt. Esc keeps %1.").arg(panel.now.binding)
                        color: Theme.look.sign_listening
                        font.weight: Font.DemiBold
                    }
                }
                Flow {
                    width: parent.width
                    spacing: Theme.gap
                    Button {
                        id: change
                        objectName: "change_key"
                        visible: panel.now.can_capture && !panel.now.waiting
                        width: Math.min(implicitWidth, parent.width)
                        height: implicitHeight
                        icon_name: "key"
                        text: qsTr("Change the key")
                        onClicked: App.desk.key.capture()
                    }
                    Button {
                        objectName: "keep_key"
                        visible: panel.now.waiting
                        width: Math.min(implicitWidth, parent.width)
                        height: implicitHeight
                        focusPolicy: Qt.NoFocus
                        text: qsTr("Keep the old one")
                        onClicked: App.desk.key.stop()
                    }
                    Button {
                        objectName: "usual_key"
                        visible: !panel.now.waiting && App.desk.values.key_key !== ""
                        width: Math.min(implicitWidth, parent.width)
                        height: implicitHeight
                        text: qsTr("Take the usual key")
                        onClicked: App.desk.reset("key.key")
                    }
                }
            }
        }
        PickerRow {
            visible: !panel.brief
            key: "key.mode"
            title: qsTr("How it is used")
            options: [
                { value: "auto", label: qsTr("Hold it to talk, or tap to start and to stop") },
                { value: "hold", label: qsTr("Only hold it to talk") },
                { value: "toggle", label: qsTr("Only tap to start and tap to stop") }
            ]
        }
    }
    Section {
        title: qsTr("How it is heard")
        Row {
            width: parent.width
            spacing: Theme.gap
            Icon {
                id: sign
                name: panel.now.heard ? "check" : "warn"
                size: Theme.u(20)
                color: panel.now.heard ? Theme.look.good : Theme.look.trouble
            }
            Column {
                width: parent.width - sign.width - parent.spacing
                spacing: Theme.u(3)
                Words {
                    objectName: "heard_by"
                    width: parent.width
                    text: panel.now.heard ? qsTr("It is heard %1.").arg(panel.now.heard_by)
                        : qsTr("It is not heard while another window is in front.")
                    font.weight: Font.Medium
                }
                Words {
                    width: parent.width
                    visible: text !== ""
                    text: panel.now.why
                    color: Theme.look.soft
                    font.pixelSize: Theme.t(14)
                }
            }
        }
    }
    More {
        visible: !panel.brief || !panel.now.heard
        title: panel.brief ? qsTr("Bind it in the desktop instead") : qsTr("More")
        Section {
            visible: !panel.brief
            FieldRow {
                key: "key.key"
                title: qsTr("The key, by its name")
                note: qsTr("Such as F9, Right Ctrl, Pause or Ctrl+Space. Empty: the usual one.")
                longest: 40
                problem: ""
            }
            PickerRow {
                key: "key.backend"
                title: qsTr("Who listens to it")
                options: [
                    { value: "auto", label: qsTr("Whoever can on this desktop") },
                    { value: "x11", label: qsTr("VoiceMate, on X11") },
                    { value: "portal", label: qsTr("The desktop, on Wayland (portal)") },
                    { value: "evdev", label: qsTr("VoiceMate, straight from the keyboard (evdev)") },
                    { value: "pynput", label: qsTr("VoiceMate, on Windows and macOS (pynput)") },
                    { value: "none", label: qsTr("Nobody: I bind it in the desktop myself") }
                ]
            }
        }
        Section {
            visible: App.desk.key.lines.length > 0
            title: qsTr("To bind it in the desktop")
            note: qsTr("Where a desktop does not let programs listen to keys, it can run a command at a key itself. Copy the lines for yours.")
            Repeater {
                model: App.desk.key.lines
                CopyBox {
                    required property var modelData
                    title: modelData.label
                    text: modelData.value
                }
            }
        }
    }
}
