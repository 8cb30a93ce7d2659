import QtQuick
import VoiceMate
import ".."

// What stays on this machine.
Page {
    heading: qsTr("What you say stays here")
    icon_name: "home"

    Point {
        icon_name: "home"
        title: qsTr("Nothing leaves this computer")
        says: qsTr("I need no internet to talk with you. Only the parts that I am made of are downloaded, once, and only when you say so.")
    }
    Point {
        icon_name: App.now.microphone_open ? "mic" : "mic-off"
        title: qsTr("You see when I can hear you")
        says: App.now.microphone_open
            ? qsTr("This sign tells whether the microphone is open. It is open now.")
            : qsTr("This sign tells whether the microphone is open. It is closed now.")
        ink: App.now.microphone_open ? Theme.look.sign_listening : Theme.look.sign_speaking
    }
    Point {
        icon_name: "file"
        title: qsTr("Our conversation is kept in one file")
        says: qsTr("It lets me remember. You can see where it is, and delete it, in the settings under Privacy.")
    }
}
