import QtQuick
import VoiceMate
import ".."
import "../settings"

// The key to talk with: which one it is, whether it is held, and taking another one.
Page {
    id: page

    readonly property QtObject key: App.desk.key.now
    readonly property bool held: App.now.listening

    heading: key.heard ? qsTr("Hold a key and talk") : qsTr("Talk by holding a button")
    icon_name: "key"
    // What is pressed now is the new key, and means nothing else.
    waits: key.waiting
    takes_keys: key.waiting

    // Where the keyboard is while the new key is waited for.
    Item {
        id: nowhere
        Accessible.ignored: true
    }
    onWaitsChanged: {
        if (waits)
            nowhere.forceActiveFocus(Qt.OtherFocusReason)
        else
            change.forceActiveFocus(Qt.OtherFocusReason)
    }
    Component.onDestruction: App.desk.key.stop()

    Says {
        text: page.key.heard
            ? qsTr("Hold it, say what you want to say, and let go: then I answer. It works in every program. Holding it while I speak interrupts me.")
            : qsTr("No key can be used in other programs here yet. In my window you hold the big button, or the space bar, and talk.")
    }
    Rectangle {
        id: lamp
        objectName: "first_run_lamp"
        readonly property bool lit: page.held
        anchors.horizontalCenter: parent.horizontalCenter
        visible: page.key.heard
        width: Math.min(parent.width, Math.max(Theme.u(180), cap.implicitWidth + Theme.u(56)))
        height: Math.max(Theme.u(76), cap.implicitHeight + Theme.u(28))
        radius: Theme.radius
        color: lit ? Theme.look.listening : Theme.look.surface
        border.color: lit ? Theme.look.sign_listening : Theme.look.line
        border.width: lit ? 3 : 1
        Accessible.role: Accessible.Indicator
        Accessible.name: lit ? qsTr("The key is held") : qsTr("The key is up")
        Column {
            id: cap
            anchors.centerIn: parent
            spacing: Theme.u(2)
            Text {
                anchors.horizontalCenter: parent.horizontalCenter
                text: page.key.waiting ? qsTr("Press the key you want") : page.key.binding
                textFormat: Text.PlainText
                color: lamp.lit ? Theme.look.feature : Theme.look.text
                font.pixelSize: Theme.t(20)
                font.weight: Font.DemiBold
            }
            Text {
                anchors.horizontalCenter: parent.horizontalCenter
                text: page.key.waiting ? qsTr("Esc keeps the one you have") : lamp.lit ? qsTr("Held: it works") : qsTr("Try it: hold it down")
                textFormat: Text.PlainText
                color: lamp.lit ? Theme.look.feature : Theme.look.soft
                font.pixelSize: Theme.t(14)
            }
        }
    }
    Says {
        visible: page.key.heard && App.now.muted
        text: qsTr("The microphone is closed, so holding the key does nothing yet.")
    }
    Button {
        anchors.horizontalCenter: parent.horizontalCenter
        visible: page.key.heard && App.now.muted
        text: qsTr("Open the microphone")
        onClicked: App.first_run.open_microphone()
    }
    Button {
        id: change
        objectName: "first_run_change_key"
        anchors.horizontalCenter: parent.horizontalCenter
        visible: page.key.can_capture
        enabled: !page.key.waiting
        text: qsTr("Take another key")
        onClicked: App.desk.key.capture()
    }
    Says {
        visible: !page.key.heard
        text: qsTr("The settings, under Key, show how your desktop can pass a key on to me.")
    }
    Says {
        visible: text !== ""
        text: App.desk.problems.capture || App.desk.problems.key_key
        color: Theme.look.trouble
    }
}
