import QtQuick
import QtQuick.Layouts
import VoiceMate

// The truth: microphone, network, model and its speed, how long the last answer took.
// On one line where there is room for all of it, else on two.
Item {
    id: status

    readonly property string network: App.now.online ? qsTr("Downloading") : qsTr("Offline")
    readonly property string spoken: [App.now.microphone, network, App.now.model, App.now.speed,
        App.now.last_answer && qsTr("answered in %1").arg(App.now.last_answer)].filter(part => part).join(", ")

    readonly property real gap: Theme.u(14)
    // As if everything were there already: nothing jumps when the first answer comes.
    readonly property real needed: where.implicitWidth + gap + model.implicitWidth + 2 * gap
        + Math.max(speed.implicitWidth, widest_speed.width) + Math.max(time.implicitWidth, widest_time.width)
    readonly property bool one_line: needed <= width

    implicitHeight: one_line ? where.implicitHeight
        : where.implicitHeight + Theme.u(6) + how.implicitHeight
    Accessible.role: Accessible.StatusBar
    Accessible.name: spoken

    TextMetrics { id: widest_speed; font: time.font; text: qsTr("{n} tokens/s").replace("{n}", "000") }
    TextMetrics { id: widest_time; font: time.font; text: "00" + qsTr("{n} ms").replace("{n}", "00,000") }

    component Fact: Item {
        id: fact
        property string icon
        property string text
        property color ink: Theme.look.faint
        property alias font: words.font
        readonly property real indent: icon ? sign.width + Theme.u(5) : 0
        visible: text !== ""
        // From the words themselves, not from the room that they have got.
        implicitWidth: indent + Math.ceil(words.implicitWidth)
        implicitHeight: words.implicitHeight
        Icon {
            id: sign
            anchors.verticalCenter: parent.verticalCenter
            visible: fact.icon !== ""
            name: fact.icon || "clock"
            size: Theme.u(14)
            color: fact.ink
        }
        Text {
            id: words
            x: fact.indent
            width: fact.width - fact.indent
            text: fact.text
            textFormat: Text.PlainText
            elide: Text.ElideRight
            color: fact.ink
            font.pixelSize: Theme.t(12)
            Accessible.ignored: true
        }
    }

    RowLayout {
        id: where
        width: status.one_line ? implicitWidth : Math.min(implicitWidth, status.width)
        spacing: status.gap
        Fact {
            objectName: "status_microphone"
            icon: App.now.microphone_open ? "mic" : "mic-off"
            text: App.now.microphone
            ink: App.now.microphone_open ? Theme.look.sign_listening : Theme.look.faint
            Layout.fillWidth: true
            Layout.maximumWidth: Math.max(1, implicitWidth)
        }
        Fact {
            objectName: "status_network"
            icon: App.now.online ? "get" : "home"
            text: status.network
            ink: App.now.online ? Theme.look.sign_thinking : Theme.look.faint
        }
    }
    RowLayout {
        id: how
        x: status.one_line ? status.width - width : 0
        y: status.one_line ? 0 : where.height + Theme.u(6)
        width: Math.min(implicitWidth, status.one_line ? status.width - where.width - status.gap : status.width)
        spacing: status.gap
        Fact {
            id: model
            objectName: "status_model"
            icon: "talks"
            text: App.now.model
            Layout.fillWidth: true
            Layout.maximumWidth: Math.max(1, implicitWidth)
        }
        Fact { id: speed; objectName: "status_speed"; text: App.now.speed }
        Fact { id: time; objectName: "status_time"; icon: "clock"; text: App.now.last_answer }
    }
}
