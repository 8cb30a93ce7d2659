import QtQuick
import ".."

// A setting that is one of several.
SettingRow {
    id: row
    property alias options: picker.options
    property string chosen: held === undefined ? "" : String(held)
    property string name: ""
    signal asked(string value)
    onAsked: value => { if (key !== "") ask(value) }
    onDecided: picker.sync()
    function show_what_holds() { picker.sync() }
    Picker {
        id: picker
        objectName: row.name || row.fact
        width: parent ? parent.width : 0
        height: implicitHeight
        held: row.chosen
        Accessible.name: row.title
        onAsked: value => row.asked(value)
    }
}
