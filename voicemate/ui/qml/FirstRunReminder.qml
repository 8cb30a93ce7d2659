import QtQuick
import VoiceMate
import "settings"

// The way back to a first run that was left before its end.
Button {
    visible: !App.first_run.done && !App.first_run.active
    height: visible ? implicitHeight : 0
    text: qsTr("Go on with the first steps")
    onClicked: App.first_run.resume()
}
