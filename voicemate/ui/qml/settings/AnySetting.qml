import QtQuick
import VoiceMate
import ".."

// One setting, whatever it is; `entry` is a row of `App.desk.everything`.
Column {
    id: any

    required property var entry
    readonly property var held: App.desk.values[entry.key.replace(".", "_")]
    readonly property bool changed: String(held) !== entry.default && !(entry.kind === "number" && Number(held) === Number(entry.default))

    width: parent ? parent.width : implicitWidth
    spacing: Theme.u(12)

    Words {
        width: parent.width
        visible: any.entry.first
        topPadding: Theme.u(10)
        text: any.entry.section
        font.pixelSize: Theme.t(16)
        font.weight: Font.DemiBold
        Accessible.role: Accessible.Heading
    }
    Rectangle {
        width: parent.width
        height: inside.height + 2 * Theme.u(14)
        radius: Theme.radius
        color: Theme.look.surface
        border.color: Theme.look.line
        Column {
            id: inside
            anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.u(14) }
            spacing: Theme.u(10)
            Loader {
                width: parent.width
                sourceComponent: any.entry.kind === "bool" ? on_off : any.entry.kind === "choice" ? one_of : written
            }
            Button {
                visible: any.changed
                objectName: "reset_" + any.entry.key
                width: Math.min(implicitWidth, parent.width)
                height: implicitHeight
                icon_name: "repeat"
                text: any.entry.default === "" ? qsTr("Empty again") : qsTr("Back to %1").arg(any.entry.default)
                Accessible.name: qsTr("Give %1 its default back").arg(any.entry.key)
                onClicked: App.desk.reset(any.entry.key)
            }
        }
    }
    Component {
        id: on_off
        SwitchRow {
            key: any.entry.key
            title: any.entry.key
            note: any.entry.text
        }
    }
    Component {
        id: one_of
        PickerRow {
            key: any.entry.key
            title: any.entry.key
            note: any.entry.text
            options: any.entry.choices.map(choice => ({ value: choice, label: choice }))
        }
    }
    Component {
        id: written
        FieldRow {
            key: any.entry.key
            title: any.entry.key
            note: any.entry.expects === "" || any.entry.kind === "text" ? any.entry.text
                : qsTr("%1 (%2)").arg(any.entry.text).arg(any.entry.expects)
            tall: any.entry.key === "companion.persona"
        }
    }
}
