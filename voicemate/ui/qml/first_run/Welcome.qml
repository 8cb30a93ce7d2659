import QtQuick
import VoiceMate
import ".."

// Who it is.
Page {
    id: page

    heading: qsTr("Hello, I am %1").arg(App.now.name)
    picture: Face {
        anchors.horizontalCenter: parent.horizontalCenter
        width: Math.round(Math.min(Theme.u(132), page.height * 0.3))
        height: width
        expression: "idle"
        Accessible.ignored: true
    }

    Says { text: qsTr("Someone to talk with, on your own computer.") }
    Point {
        icon_name: "talks"
        title: qsTr("I am a program, not a person")
        says: qsTr("I have no feelings and no life of my own, and I will not pretend to.")
    }
    Point {
        icon_name: "warn"
        title: qsTr("I can be wrong")
        says: qsTr("I sometimes say wrong things and sound sure of them. Check what matters.")
    }
    Point {
        icon_name: "heart"
        title: qsTr("I am no doctor and no adviser")
        says: qsTr("When you are unwell or in need, a human is the right one to turn to.")
    }
}
