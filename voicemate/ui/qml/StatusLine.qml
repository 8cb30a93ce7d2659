import QtQuick
import QtQuick.Layouts
import VoiceMate

// The truth: microphone, network, model, how long the last answer took.
RowLayout {
    id: status

    readonly property string spoken: [App.now.microphone, qsTr("Offline"), App.now.model,
        App.now.last_answer && qsTr("answered in %1").arg(App.now.last_answer)].filter(part => part).join(", ")

    spacing: Theme.u(14)
    Accessible.role: Accessible.StatusBar
    Accessible.name: spoken

    component Fact: Item {
        id: fact
        property string icon
        property string text
        property color ink: Theme.look.faint
        visible: text !== ""
        // From the words themselves, not from the room that they have got.
        implicitWidth: sign.width + Theme.u(5) + Math.ceil(words.implicitWidth)
        implicitHeight: words.implicitHeight
        Icon {
            id: sign
            anchors.verticalCenter: parent.verticalCenter
            name: fact.icon
            size: Theme.u(14)
            color: fact.ink
        }
        Text {
            id: words
            anchors { left: sign.right; leftMargin: Theme.u(5); right: parent.right }
            text: fact.text
            textFormat: Text.PlainText
            elide: Text.ElideMiddle
            color: fact.ink
            font.pixelSize: Theme.t(12)
            Accessible.ignored: true
        }
    }

    Fact {
        icon: App.now.microphone_open ? "mic" : "mic-off"
        text: App.now.microphone
        ink: App.now.microphone_open ? Theme.look.sign_listening : Theme.look.faint
    }
    Fact { icon: "home"; text: qsTr("Offline") }
    Fact {
        icon: "talks"
        text: App.now.model
        Layout.fillWidth: true
        Layout.preferredWidth: implicitWidth
        Layout.maximumWidth: Math.max(1, implicitWidth)
        Layout.horizontalStretchFactor: 1000
        Layout.minimumWidth: 0
        // A name of which three letters are left says nothing.
        opacity: width < Math.min(implicitWidth, Theme.u(80)) ? 0 : 1
    }
    Item {
        Layout.fillWidth: true
        Layout.horizontalStretchFactor: 1
    }
    Fact { icon: "clock"; text: App.now.last_answer }
}
