import QtQuick
import VoiceMate
import ".."

// What can be had and used: recognisers, language models, voices. With `kind` only one of them
// ("recogniser", "language", "voice").
Panel {
    id: panel

    property string kind: ""
    function shown() { App.desk.shelf.look() }

    Words {
        width: parent.width
        visible: !App.desk.shelf.now.known && App.desk.problems.models === ""
        text: qsTr("Looking at what suits this machine …")
        color: Theme.look.soft
    }
    Problem {
        width: parent.width
        text: App.desk.problems.models
    }
    Column {
        width: parent.width
        spacing: Theme.u(14)
        Repeater {
            model: App.desk.shelf.rows
            ModelCard {
                required property var model
                visible: panel.kind === "" || kind === panel.kind
                titled: panel.kind === ""
            }
        }
    }
    Words {
        width: parent.width
        visible: App.desk.shelf.now.known
        text: qsTr("A download is the only time VoiceMate uses the network, and only when you press the button. Each file is checked before it is used.")
        color: Theme.look.faint
        font.pixelSize: Theme.t(13)
    }
}
