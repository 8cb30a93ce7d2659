import QtQuick
import ".."

// A setting that is on or off.
SettingRow {
    id: row
    beside: true
    property bool on: held === true
    signal asked(bool to)
    onAsked: to => { if (key !== "") ask(to) }
    Switch {
        objectName: row.objectName ? row.objectName + "_control" : row.fact
        height: implicitHeight
        width: implicitWidth
        text: row.title || row.key
        value: row.on
        Accessible.description: row.note
        onAsked: to => row.asked(to)
    }
}
