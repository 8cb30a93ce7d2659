import QtQuick
import VoiceMate
import QtQuick.Templates as T

// The conversation so far, in a drawer.
T.Drawer {
    id: drawer

    edge: Qt.LeftEdge
    width: Math.min(parent ? parent.width - Theme.u(36) : 0, Theme.u(420))
    height: parent ? parent.height : 0
    modal: true
    dim: true
    // The edge belongs to the window: nothing opens by dragging.
    dragMargin: 0
    enter: Transition { SmoothedAnimation { duration: Theme.slow } }
    exit: Transition { SmoothedAnimation { duration: Theme.slow } }
    onAboutToShow: list.positionViewAtEnd()
    onOpened: {
        // Once more: only now the rows at the end have been made, and their heights are known.
        list.positionViewAtEnd()
        close_button.forceActiveFocus(Qt.OtherFocusReason)
    }

    T.Overlay.modal: Rectangle { color: "#80000000" }
    background: Rectangle {
        color: Theme.look.surface
        Rectangle {
            anchors { right: parent.right; top: parent.top; bottom: parent.bottom }
            width: 1
            color: Theme.look.line
        }
    }

    contentItem: Item {
        Accessible.role: Accessible.Dialog
        Accessible.name: title.text
        Text {
            id: title
            anchors { left: parent.left; verticalCenter: close_button.verticalCenter; leftMargin: Theme.margin }
            text: qsTr("Conversation")
            textFormat: Text.PlainText
            color: Theme.look.text
            font.pixelSize: Theme.t(17)
            font.weight: Font.DemiBold
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        IconButton {
            id: close_button
            objectName: "close_history"
            anchors { right: parent.right; top: parent.top; margins: Theme.u(8) }
            icon_name: "close"
            text: qsTr("Close")
            keys: "Esc"
            onClicked: drawer.close()
        }

        Column {
            anchors.centerIn: parent
            width: parent.width - 2 * Theme.margin
            visible: list.count === 0
            spacing: Theme.u(12)
            Icon {
                anchors.horizontalCenter: parent.horizontalCenter
                name: "talks"
                size: Theme.u(36)
                color: Theme.look.line
            }
            Text {
                width: parent.width
                horizontalAlignment: Text.AlignHCenter
                wrapMode: Text.Wrap
                text: qsTr("Nothing has been said yet.\nWhat you talk about will stand here.")
                textFormat: Text.PlainText
                lineHeight: 1.25
                color: Theme.look.soft
                font.pixelSize: Theme.t(14)
            }
        }

        ListView {
            id: list
            objectName: "history"
            anchors {
                left: parent.left; right: parent.right; bottom: parent.bottom; top: close_button.bottom
                topMargin: Theme.u(4)
            }
            leftMargin: Theme.margin
            rightMargin: Theme.margin
            footer: Item { width: 1; height: Theme.margin }
            clip: true
            spacing: Theme.u(22)
            boundsBehavior: Flickable.StopAtBounds
            activeFocusOnTab: count > 0
            // The keys scroll, as far as one reads: there is nothing to choose in the list.
            keyNavigationEnabled: false
            function scroll(by) {
                contentY = Math.max(originY, Math.min(originY + contentHeight - height, contentY + by))
            }
            Keys.onUpPressed: scroll(-Theme.u(48))
            Keys.onDownPressed: scroll(Theme.u(48))
            Keys.onPressed: event => {
                const page = height * 0.9
                const far = { [Qt.Key_PageUp]: -page, [Qt.Key_PageDown]: page,
                              [Qt.Key_Home]: -contentHeight, [Qt.Key_End]: contentHeight }
                if (event.key in far) {
                    scroll(far[event.key])
                    event.accepted = true
                }
            }
            model: App.history
            Accessible.role: Accessible.List
            Accessible.name: qsTr("Conversation")
            onCountChanged: if (drawer.opened) positionViewAtEnd()

            Rectangle {
                anchors.fill: parent
                anchors.margins: Theme.u(4)
                color: "transparent"
                border.color: Theme.look.focus
                border.width: 2
                radius: Theme.u(4)
                visible: list.activeFocus
            }

            section.property: "day"
            section.delegate: Text {
                required property string section
                objectName: "day_heading"
                width: list.width - 2 * Theme.margin
                topPadding: Theme.u(10)
                bottomPadding: Theme.u(12)
                text: section === App.now.today ? qsTr("Today")
                    : section === App.now.yesterday ? qsTr("Yesterday") : App.history.date_words(section)
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: Theme.look.soft
                font.pixelSize: Theme.t(13)
                font.weight: Font.DemiBold
                Accessible.role: Accessible.Heading
                Accessible.name: text
            }

            delegate: Column {
                id: turn_item
                required property int index
                required property int turn
                required property bool rateable
                required property int thumb
                required property string at
                required property string heard
                required property string said
                required property string rest
                required property string outcome
                required property string trouble

                width: list.width - 2 * Theme.margin
                spacing: Theme.u(6)
                Accessible.role: Accessible.ListItem
                Accessible.name: qsTr("%1. You: %2. %3: %4").arg(at).arg(heard).arg(App.now.name).arg(said || trouble)

                Text {
                    text: turn_item.at
                    textFormat: Text.PlainText
                    color: Theme.look.faint
                    font.pixelSize: Theme.t(12)
                }
                Rectangle {
                    width: Math.min(Math.ceil(you.implicitWidth) + 2 * Theme.u(14) + 1, parent.width)
                    height: you.implicitHeight + Theme.u(18)
                    radius: Theme.radius
                    color: Theme.look.raised
                    Text {
                        id: you
                        anchors { left: parent.left; right: parent.right; verticalCenter: parent.verticalCenter; margins: Theme.u(14) }
                        text: turn_item.heard
                        textFormat: Text.PlainText
                        wrapMode: Text.Wrap
                        color: Theme.look.text
                        font.pixelSize: Theme.t(14)
                    }
                }
                Text {
                    width: parent.width
                    visible: text !== ""
                    text: turn_item.said
                    textFormat: Text.PlainText
                    wrapMode: Text.Wrap
                    lineHeight: 1.2
                    color: Theme.look.text
                    font.pixelSize: Theme.t(15)
                }
                Text {
                    width: parent.width
                    visible: turn_item.rest !== "" || turn_item.outcome === "interrupted"
                    text: turn_item.rest !== "" ? qsTr("Stopped here. Not said: %1").arg(turn_item.rest) : qsTr("Stopped here.")
                    textFormat: Text.PlainText
                    wrapMode: Text.Wrap
                    color: Theme.look.faint
                    font.pixelSize: Theme.t(13)
                }
                Text {
                    width: parent.width
                    visible: text !== ""
                    text: turn_item.trouble
                    textFormat: Text.PlainText
                    wrapMode: Text.Wrap
                    color: Theme.look.trouble
                    font.pixelSize: Theme.t(13)
                }
                Row {
                    x: -Theme.u(8)
                    visible: turn_item.said !== ""
                    spacing: Theme.u(2)
                    CopyButton {
                        implicitWidth: Theme.u(32)
                        implicitHeight: Theme.u(32)
                        icon_size: Theme.u(16)
                        what: qsTr("Copy this answer")
                        onWanted: App.copy_row(turn_item.index)
                    }
                    Thumbs {
                        visible: turn_item.rateable
                        side: Theme.u(32)
                        icon_size: Theme.u(16)
                        thumb: turn_item.thumb
                        onRated: thumb => App.rate_turn(turn_item.turn, thumb)
                    }
                }
            }
        }
    }
}
