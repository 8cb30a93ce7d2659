import QtQuick
import ".."

// A setting that is written.
SettingRow {
    id: row
    property alias tall: field.tall
    property alias hint: field.hint
    property alias longest: field.longest
    onDecided: field.sync()
    Field {
        id: field
        objectName: row.fact
        width: parent ? parent.width : 0
        height: implicitHeight
        held: row.held === undefined ? "" : String(row.held)
        name: row.title || row.key
        description: row.note
        onAsked: value => row.ask(value)
    }
}
