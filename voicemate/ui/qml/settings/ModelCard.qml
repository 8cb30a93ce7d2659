import QtQuick
import VoiceMate
import ".."

// One model: what it is, whether it suits this machine, and what can be done with it.
Column {
    id: card

    property bool titled: true
    required property string id
    required property string kind
    required property bool first
    required property string title
    required property string name
    required property string summary
    required property string facts
    required property string recommended
    required property string speed
    required property bool installed
    required property bool in_use
    required property bool can_use
    required property bool fetching
    required property bool stopping
    required property real part
    required property string how_far
    required property bool busy
    required property string note
    required property string problem

    width: parent ? parent.width : implicitWidth
    spacing: Theme.u(10)

    component Badge: Row {
        id: badge
        property string icon
        property string text
        property color ink: Theme.look.soft
        spacing: Theme.u(5)
        Icon { name: badge.icon; size: Theme.u(16); color: badge.ink }
        Words { text: badge.text; color: badge.ink; font.pixelSize: Theme.t(13); font.weight: Font.DemiBold }
    }
    component Fact: Words {
        width: parent.width
        visible: text !== ""
        color: Theme.look.soft
        font.pixelSize: Theme.t(14)
    }

    Words {
        width: parent.width
        visible: card.titled && card.first
        topPadding: Theme.u(6)
        text: card.title
        font.pixelSize: Theme.t(16)
        font.weight: Font.DemiBold
        Accessible.role: Accessible.Heading
    }
    Rectangle {
        width: parent.width
        height: inside.height + 2 * Theme.u(14)
        radius: Theme.radius
        color: Theme.look.surface
        border.color: card.in_use ? Theme.look.good : Theme.look.line
        border.width: card.in_use ? Math.max(2, Theme.u(1.5)) : 1
        Accessible.role: Accessible.Grouping
        Accessible.name: card.name
        Column {
            id: inside
            anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.u(14) }
            spacing: Theme.u(6)
            Words {
                width: parent.width
                text: card.name
                font.weight: Font.DemiBold
            }
            Flow {
                width: parent.width
                spacing: Theme.u(12)
                visible: card.in_use || card.installed || card.recommended !== ""
                Badge { visible: card.in_use; icon: "check"; text: qsTr("In use"); ink: Theme.look.good }
                Badge { visible: card.installed && !card.in_use; icon: "check"; text: qsTr("Installed") }
                Badge { visible: card.recommended !== ""; icon: "heart"; text: qsTr("Suits this machine"); ink: Theme.look.now }
            }
            Fact { text: card.facts; color: Theme.look.faint }
            Fact { text: card.recommended ? card.recommended.charAt(0).toUpperCase() + card.recommended.slice(1) : card.summary }
            Fact { text: card.speed }
            Column {
                width: parent.width
                visible: card.fetching
                topPadding: Theme.u(6)
                spacing: Theme.u(6)
                Progress {
                    objectName: "progress_" + card.id
                    width: parent.width
                    part: card.part
                    name: qsTr("Download of %1: %2").arg(card.name).arg(card.how_far)
                }
                Fact { text: card.how_far }
            }
            Fact { text: card.note }
            Problem { width: parent.width; text: card.problem }
            Flow {
                width: parent.width
                topPadding: visible ? Theme.u(6) : 0
                spacing: Theme.gap
                visible: !card.installed || !card.in_use
                Button {
                    objectName: "get_" + card.id
                    visible: !card.installed && !card.fetching
                    width: Math.min(implicitWidth, parent.width)
                    height: implicitHeight
                    primary: card.recommended !== ""
                    icon_name: "get"
                    text: card.note !== "" ? qsTr("Go on") : qsTr("Download")
                    Accessible.name: qsTr("Download %1").arg(card.name)
                    onClicked: {
                        const had = activeFocus
                        App.desk.shelf.get(card.id)
                        if (had)
                            stop.forceActiveFocus(Qt.TabFocusReason)
                    }
                }
                Button {
                    id: stop
                    objectName: "stop_" + card.id
                    visible: card.fetching
                    enabled: !card.stopping
                    width: Math.min(implicitWidth, parent.width)
                    height: implicitHeight
                    icon_name: "stop"
                    text: qsTr("Stop")
                    Accessible.name: qsTr("Stop the download of %1").arg(card.name)
                    onClicked: App.desk.shelf.stop(card.id)
                }
                Button {
                    objectName: "use_" + card.id
                    visible: card.can_use
                    width: Math.min(implicitWidth, parent.width)
                    height: implicitHeight
                    text: qsTr("Use it")
                    Accessible.name: qsTr("Use %1").arg(card.name)
                    onClicked: App.desk.shelf.use(card.id)
                }
                Confirm {
                    visible: card.installed && !card.in_use
                    name: "remove_" + card.id
                    busy: card.busy
                    text: card.busy ? qsTr("Removing …") : qsTr("Remove")
                    question: qsTr("Remove %1 from this computer? It can be downloaded again.").arg(card.name)
                    yes: qsTr("Remove")
                    onConfirmed: App.desk.shelf.remove(card.id)
                }
            }
        }
    }
}
