import QtQuick
import VoiceMate
import ".."
import QtQuick.Templates as T

// The settings, over the whole window: topics, and the panel of one. A narrow window shows the one
// or the other. Esc goes back, and at last out.
FocusScope {
    id: page

    property int topic: -1
    readonly property bool wide: width >= Theme.u(720)
    readonly property int shown_topic: topic >= 0 ? topic : wide ? 0 : -1
    readonly property alias panel: loader.item
    signal closed()

    readonly property var topics: [
        { name: "companion", icon: "face", title: qsTr("Companion"), note: qsTr("Name, manner, voice"), file: "CompanionPanel.qml" },
        { name: "sound", icon: "voice", title: qsTr("Microphone and speaker"), note: qsTr("Which ones, and do they work"), file: "SoundPanel.qml" },
        { name: "key", icon: "key", title: qsTr("Key"), note: qsTr("The one to talk with"), file: "KeyPanel.qml" },
        { name: "models", icon: "get", title: qsTr("Models"), note: qsTr("What understands, words and speaks"), file: "ModelsPanel.qml" },
        { name: "privacy", icon: "shield", title: qsTr("Privacy"), note: qsTr("What is kept, and deleting it"), file: "PrivacyPanel.qml" },
        { name: "looks", icon: "sun", title: qsTr("Looks"), note: qsTr("Colours, size, tray, start"), file: "LooksPanel.qml" },
        { name: "language", icon: "globe", title: qsTr("Language"), note: qsTr("The one you talk in"), file: "LanguagePanel.qml" },
        { name: "everything", icon: "sliders", title: qsTr("Everything"), note: qsTr("Every setting there is"), file: "EverythingPanel.qml" }
    ]

    function open() {
        topic = -1
        list.forceActiveFocus(Qt.OtherFocusReason)
    }
    // By name, such as "models"; gives whether there is such a topic.
    function go(name) {
        const found = topics.findIndex(topic => topic.name === name)
        if (found >= 0)
            choose(found)
        return found >= 0
    }
    function choose(index) {
        topic = index
        list.currentIndex = index
        scroller.to_top()
        if (!wide)
            back_button.forceActiveFocus(Qt.OtherFocusReason)
    }
    function back() {
        if (topic >= 0 && !wide) {
            // What is being written there is kept: the keyboard leaves before the panel does.
            list.forceActiveFocus(Qt.OtherFocusReason)
            list.currentIndex = topic
            topic = -1
        } else {
            forceActiveFocus()
            back_button.forceActiveFocus(Qt.OtherFocusReason)
            closed()
        }
    }
    Accessible.role: Accessible.Dialog
    Accessible.name: qsTr("Settings")

    Keys.onEscapePressed: event => {
        event.accepted = true
        if (!(panel && panel.take_escape()))
            back()
    }
    Keys.onPressed: event => {
        const page_height = scroller.height * 0.9
        const distance = { [Qt.Key_PageDown]: page_height, [Qt.Key_PageUp]: -page_height }[event.key]
        if (distance !== undefined) {
            scroller.by(distance)
            event.accepted = true
        } else if (event.key === Qt.Key_Back) {
            back()
            event.accepted = true
        } else if (event.key === Qt.Key_Space) {
            // Beside a control it means nothing here: the settings are no place to talk.
            event.accepted = true
        }
    }

    Rectangle {
        anchors.fill: parent
        color: Theme.look.ground
    }
    // What lies below must not be clicked through.
    MouseArea { anchors.fill: parent; onWheel: wheel => wheel.accepted = true }

    Item {
        id: top
        anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.u(10) }
        height: Math.max(Theme.touch, heading.height)
        IconButton {
            id: back_button
            objectName: "settings_back"
            anchors.verticalCenter: parent.verticalCenter
            icon_name: "back"
            ink: Theme.look.text
            text: page.topic >= 0 && !page.wide ? qsTr("Back to the topics") : qsTr("Close the settings")
            keys: "Esc"
            onClicked: page.back()
        }
        Words {
            id: heading
            objectName: "settings_title"
            anchors { left: back_button.right; right: parent.right; leftMargin: Theme.gap; rightMargin: Theme.gap; verticalCenter: parent.verticalCenter }
            text: page.topic >= 0 && !page.wide ? page.topics[page.topic].title : qsTr("Settings")
            font.pixelSize: Theme.t(18)
            font.weight: Font.DemiBold
            Accessible.role: Accessible.Heading
        }
    }
    Trouble {
        id: trouble
        anchors { left: parent.left; right: parent.right; top: top.bottom }
        anchors { leftMargin: Theme.margin; rightMargin: Theme.margin; topMargin: visible ? Theme.u(6) : 0 }
    }

    ListView {
        id: list
        objectName: "topics"
        visible: page.wide || page.topic < 0
        anchors { left: parent.left; top: trouble.bottom; bottom: status.top; topMargin: Theme.u(8); bottomMargin: Theme.u(8) }
        width: page.wide ? Math.min(parent.width * 0.36, Theme.u(280)) : parent.width
        leftMargin: Theme.u(12)
        rightMargin: Theme.u(12)
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        spacing: Theme.u(2)
        keyNavigationEnabled: true
        activeFocusOnTab: true
        highlightMoveDuration: 0
        model: page.topics
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Topics of the settings")
        Keys.onReturnPressed: page.choose(currentIndex)
        Keys.onEnterPressed: page.choose(currentIndex)
        Keys.onSpacePressed: page.choose(currentIndex)
        Keys.onRightPressed: page.choose(currentIndex)
        onCurrentIndexChanged: if (page.wide && activeFocus) page.topic = currentIndex
        T.ScrollBar.vertical: Rail {}

        delegate: T.ItemDelegate {
            id: entry
            required property int index
            required property var modelData
            objectName: "topic_" + modelData.name
            width: list.width - list.leftMargin - list.rightMargin
            implicitHeight: Math.max(Theme.u(56), lines.height + Theme.u(18))
            focusPolicy: Qt.NoFocus
            hoverEnabled: true
            highlighted: list.activeFocus && list.currentIndex === index
            Accessible.role: Accessible.ListItem
            Accessible.name: modelData.title
            Accessible.description: modelData.note
            onClicked: page.choose(index)
            background: Rectangle {
                radius: Theme.radius
                color: page.wide && page.shown_topic === entry.index || entry.hovered || entry.pressed
                    ? Theme.look.raised : "transparent"
                border.color: entry.highlighted ? Theme.look.focus : "transparent"
                border.width: Math.max(2, Theme.u(2))
            }
            contentItem: Item {
                Icon {
                    id: sign
                    x: Theme.u(12)
                    anchors.verticalCenter: parent.verticalCenter
                    name: entry.modelData.icon
                    size: Theme.u(22)
                    color: Theme.look.sign_speaking
                }
                Column {
                    id: lines
                    anchors {
                        left: sign.right; leftMargin: Theme.u(14); verticalCenter: parent.verticalCenter
                        right: arrow.visible ? arrow.left : parent.right; rightMargin: Theme.u(8)
                    }
                    Words {
                        width: parent.width
                        text: entry.modelData.title
                        font.weight: Font.Medium
                        Accessible.ignored: true
                    }
                    Words {
                        width: parent.width
                        text: entry.modelData.note
                        color: Theme.look.soft
                        font.pixelSize: Theme.t(13)
                        Accessible.ignored: true
                    }
                }
                Icon {
                    id: arrow
                    visible: !page.wide
                    anchors { right: parent.right; rightMargin: Theme.u(8); verticalCenter: parent.verticalCenter }
                    name: "next"
                    size: Theme.u(16)
                    color: Theme.look.faint
                }
            }
        }
    }
    Rectangle {
        visible: page.wide
        anchors { left: list.right; top: list.top; bottom: list.bottom }
        width: 1
        color: Theme.look.line
    }

    Scroller {
        id: scroller
        objectName: "settings_scroller"
        visible: page.shown_topic >= 0
        anchors { right: parent.right; top: list.top; bottom: list.bottom; left: page.wide ? list.right : parent.left }
        // Lines that are too long are hard to read.
        side: Math.max(Theme.margin, (width - Theme.u(620)) / 2)
        Loader {
            id: loader
            width: parent.width
            asynchronous: true
            source: page.shown_topic >= 0 ? page.topics[page.shown_topic].file : ""
            onLoaded: {
                scroller.to_top()
                item.shown()
            }
        }
    }

    StatusLine {
        id: status
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        anchors { leftMargin: Theme.margin; rightMargin: Theme.margin; bottomMargin: Theme.u(12) }
    }
}
