import QtQuick
import ".."

// A setting that is a number between two ends. `words(value)` says it for a person.
SettingRow {
    id: row
    property alias from: slider.from
    property alias to: slider.to
    property alias step: slider.stepSize
    property string low: ""
    property string high: ""
    property int digits: 2
    property var words: value => String(Number(value.toFixed(2)))
    onDecided: slider.sync()
    Column {
        width: parent ? parent.width : 0
        Item {
            width: parent.width
            height: Math.max(slider.implicitHeight, shown.height)
            Slider {
                id: slider
                objectName: row.fact
                anchors { left: parent.left; right: shown.left; rightMargin: Theme.u(12); verticalCenter: parent.verticalCenter }
                held: row.held === undefined ? 0 : row.held
                words: row.words(value)
                Accessible.name: row.title
                onAsked: to => row.ask(Number(to.toFixed(row.digits)))
            }
            Words {
                id: shown
                anchors { right: parent.right; verticalCenter: parent.verticalCenter }
                // Wide enough for what usually stands there, so that the rail keeps its length.
                width: Math.min(parent.width * 0.42, Math.max(Math.ceil(implicitWidth), Theme.t(52)))
                horizontalAlignment: Text.AlignRight
                text: row.words(slider.value)
                color: Theme.look.soft
                font.pixelSize: Theme.t(14)
                Accessible.ignored: true
            }
        }
        Item {
            visible: row.low !== ""
            width: parent.width - shown.width - Theme.u(12)
            height: visible ? Math.max(left_end.height, right_end.height) : 0
            Words {
                id: left_end
                width: parent.width / 2 - Theme.u(4)
                text: row.low
                color: Theme.look.faint
                font.pixelSize: Theme.t(12)
                Accessible.ignored: true
            }
            Words {
                id: right_end
                anchors.right: parent.right
                width: parent.width / 2 - Theme.u(4)
                horizontalAlignment: Text.AlignRight
                text: row.high
                color: Theme.look.faint
                font.pixelSize: Theme.t(12)
                Accessible.ignored: true
            }
        }
    }
}
