import QtQuick
import VoiceMate
import ".."

// How loud it is at the microphone, and whether that can be understood. Embed it anywhere:
// `watching` says that somebody looks; without, it costs nothing.
Column {
    id: meter

    property bool watching: visible
    readonly property string hears: App.desk.state.hears
    readonly property bool well: hears === "heard"
    readonly property bool bad: ["quiet", "loud", "dead", "closed"].indexOf(hears) >= 0

    width: parent ? parent.width : implicitWidth
    spacing: Theme.u(8)

    Timer {
        interval: 66
        repeat: true
        triggeredOnStart: true
        running: meter.watching
        onTriggered: App.desk.look_at_level()
    }
    Row {
        id: beads
        readonly property int n: 24
        readonly property int lit: Math.round(App.desk.state.level * n)
        width: parent.width
        height: Theme.u(16)
        spacing: Theme.u(3)
        Accessible.role: Accessible.ProgressBar
        Accessible.name: qsTr("Level of the microphone")
        Repeater {
            model: beads.n
            Rectangle {
                required property int index
                readonly property bool on: index < beads.lit
                width: (beads.width - (beads.n - 1) * beads.spacing) / beads.n
                height: beads.height
                radius: Theme.u(3)
                color: !on ? Theme.look.line : index > beads.n * 0.88 ? Theme.look.trouble : Theme.look.sign_listening
            }
        }
    }
    Row {
        width: parent.width
        spacing: Theme.gap
        Icon {
            id: sign
            name: meter.well ? "check" : meter.bad ? "warn" : "mic"
            size: Theme.u(18)
            color: says.color
        }
        Words {
            id: says
            objectName: "hears"
            width: parent.width - sign.width - parent.spacing
            text: App.desk.state.hears_words
            color: meter.well ? Theme.look.good : Theme.look.soft
            font.pixelSize: Theme.t(14)
        }
    }
    Button {
        visible: App.now.muted
        objectName: "meter_open"
        width: Math.min(implicitWidth, parent.width)
        height: implicitHeight
        icon_name: "mic"
        text: qsTr("Open the microphone")
        onClicked: App.mute()
    }
}
