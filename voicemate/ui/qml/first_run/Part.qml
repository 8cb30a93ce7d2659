import QtQuick
import VoiceMate
import ".."
import "../settings"

// A part: what it does, whether it is here, how big it is and why it suits, and getting it.
Rectangle {
    id: card

    required property string id
    required property string kind
    required property string name
    required property string facts
    required property string recommended
    required property string speed
    required property bool installed
    required property bool fetching
    required property bool stopping
    required property real part
    required property string how_far
    required property string note
    required property string problem

    signal wanted()
    signal unwanted()
    signal chosen()

    // It is here and suits, and another one is used.
    property bool better: false

    readonly property string does: kind === "recogniser" ? qsTr("For hearing you")
        : kind === "language" ? qsTr("For finding answers") : qsTr("A nicer voice")
    readonly property string state_words: installed ? qsTr("is here") : fetching ? how_far : facts.split(" · ")[0]

    width: parent ? parent.width : 0
    implicitHeight: inside.height + Theme.u(24)
    radius: Theme.radius
    color: Theme.look.surface
    border.color: Theme.look.line
    border.width: 1
    Accessible.role: Accessible.Grouping
    Accessible.name: [does, name, state_words, recommended, speed, problem].filter(part => part).join(". ")

    Column {
        id: inside
        anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.u(12) }
        spacing: Theme.u(4)

        Item {
            width: parent.width
            height: Math.max(title.implicitHeight, sign.height)
            Text {
                id: title
                anchors { left: parent.left; right: sign.visible ? sign.left : parent.right; rightMargin: Theme.gap }
                text: card.does
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: Theme.look.text
                font.pixelSize: Theme.t(15)
                font.weight: Font.DemiBold
                Accessible.ignored: true
            }
            Icon {
                id: sign
                anchors { right: parent.right; verticalCenter: parent.verticalCenter }
                visible: card.installed
                name: "check"
                color: Theme.look.good
            }
        }
        Detail { text: card.name + " · " + card.state_words }
        Detail {
            visible: text !== ""
            text: card.recommended ? qsTr("Suits this computer: %1").arg(card.recommended) : ""
        }
        Detail { visible: text !== ""; text: card.speed }
        Detail { visible: text !== "" && !card.problem; text: card.note }
        Detail { visible: text !== ""; text: card.problem; color: Theme.look.trouble }

        Progress {
            visible: card.fetching
            width: parent.width
            part: card.part
            name: card.how_far
        }
        Button {
            objectName: "get_" + card.id
            visible: !card.installed && !card.fetching
            text: card.problem ? qsTr("Try again") : qsTr("Download")
            Accessible.description: card.name
            onClicked: card.wanted()
        }
        Button {
            objectName: "use_" + card.id
            visible: card.better
            text: qsTr("Use it")
            Accessible.description: card.name
            onClicked: card.chosen()
        }
        Button {
            visible: card.fetching && !card.stopping
            text: qsTr("Stop the download")
            Accessible.description: card.name
            onClicked: card.unwanted()
        }
    }

    component Detail: Text {
        width: inside.width
        textFormat: Text.PlainText
        wrapMode: Text.Wrap
        lineHeight: 1.15
        color: Theme.look.soft
        font.pixelSize: Theme.t(13)
        Accessible.ignored: true
    }
}
