import QtQuick
import VoiceMate
import ".."
import "../settings"

// The first words of both.
Page {
    id: page

    readonly property string greeting: qsTr("Hello, I am %1. I am a program on this computer, not a person. Tell me something, or ask me something.").arg(App.now.name)
    readonly property QtObject key: App.desk.key.now

    heading: qsTr("We can talk")
    primary: qsTr("Start")
    Component.onCompleted: App.first_run.greet(greeting)

    Timer {
        interval: Theme.still ? 100 : 33
        repeat: true
        running: App.now.face === "listening" || App.now.face === "speaking"
        onTriggered: App.tick()
    }
    picture: Face {
        anchors.horizontalCenter: parent.horizontalCenter
        width: Math.round(Math.min(Theme.u(132), page.height * 0.3))
        height: width
        expression: App.now.face
        level: App.moving.level
        open: App.moving.open
        wide: App.moving.wide
        Accessible.role: Accessible.Graphic
        Accessible.name: qsTr("%1 is: %2").arg(App.now.name).arg(App.now.label)
    }

    Text {
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        text: App.now.label
        textFormat: Text.PlainText
        color: Theme.sign(App.now.face)
        font.pixelSize: Theme.t(14)
        font.weight: Font.DemiBold
        Accessible.ignored: true
    }
    Says {
        visible: App.now.heard !== ""
        text: "“" + App.now.heard + "”"
    }
    Says {
        objectName: "first_run_greeting"
        text: App.now.answer_text || page.greeting
        color: Theme.look.text
        font.pixelSize: Theme.t(17)
    }
    Button {
        objectName: "first_run_again"
        anchors.horizontalCenter: parent.horizontalCenter
        text: qsTr("Say it again")
        onClicked: App.first_run.greet(page.greeting)
    }
    Says {
        text: App.now.muted ? qsTr("The microphone is closed. Open it to talk; you can also type to me.")
            : page.key.heard ? qsTr("Now you: hold %1 and talk.").arg(page.key.binding)
            : qsTr("Now you: press Start, then hold the big button and talk.")
    }
    Button {
        anchors.horizontalCenter: parent.horizontalCenter
        objectName: "first_run_open"
        visible: App.now.muted
        text: qsTr("Open the microphone")
        onClicked: App.first_run.open_microphone()
    }
    Trouble {
        width: parent.width
    }
}
