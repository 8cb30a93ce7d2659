import QtQuick
import VoiceMate
import ".."

// Every setting of settings.toml, as the program itself describes it.
Panel {
    id: panel

    Words {
        width: parent.width
        text: qsTr("All that stands in settings.toml, by its name there. What is changed in the file shows up here at once.")
        color: Theme.look.soft
        font.pixelSize: Theme.t(14)
    }
    Column {
        width: parent.width
        spacing: Theme.u(12)
        Repeater {
            model: App.desk.everything
            AnySetting {
                required property var modelData
                entry: modelData
            }
        }
    }
}
