import QtQuick
import QtQuick.Templates as T
import ".."

// One of several. `options` are {value, label}; it shows `held`, and asks for another by `asked`.
T.ComboBox {
    id: picker

    property var options: []
    property string held: ""
    signal asked(string value)

    function sync() {
        currentIndex = options.findIndex(option => option.value === held)
    }
    onOptionsChanged: Qt.callLater(sync)
    onHeldChanged: sync()
    onModelChanged: sync()
    Component.onCompleted: sync()
    onActivated: index => {
        if (options[index].value !== held)
            asked(options[index].value)
    }

    model: options
    textRole: "label"
    valueRole: "value"
    displayText: currentIndex >= 0 ? currentText : held
    implicitWidth: Theme.u(220)
    implicitHeight: Math.max(Theme.touch, Math.ceil(shown.implicitHeight) + Theme.u(18))
    leftPadding: Theme.u(14)
    rightPadding: Theme.u(40)
    focusPolicy: Qt.StrongFocus
    hoverEnabled: true
    opacity: enabled ? 1 : 0.75
    Accessible.role: Accessible.ComboBox
    Accessible.description: displayText
    Keys.onReturnPressed: popup.open()
    Keys.onEnterPressed: popup.open()
    Keys.onEscapePressed: event => {
        event.accepted = popup.opened
        popup.close()
    }

    background: Rectangle {
        radius: Theme.u(10)
        color: picker.pressed || picker.popup.visible ? Theme.look.raised : Theme.look.ground
        border.color: picker.hovered ? Theme.look.faint : Theme.look.line
        FocusRing {
            control: picker
            shown: picker.activeFocus
        }
    }
    indicator: Icon {
        x: picker.width - width - Theme.u(12)
        y: (picker.height - height) / 2
        name: "down"
        size: Theme.u(18)
        color: Theme.look.soft
    }
    contentItem: Text {
        id: shown
        text: picker.displayText
        textFormat: Text.PlainText
        wrapMode: Text.Wrap
        maximumLineCount: 3
        elide: Text.ElideRight
        verticalAlignment: Text.AlignVCenter
        color: Theme.look.text
        font.pixelSize: Theme.t(15)
        Accessible.ignored: true
    }
    delegate: T.ItemDelegate {
        id: choice
        required property int index
        required property var modelData
        readonly property bool current: picker.currentIndex === index
        width: ListView.view ? ListView.view.width : 0
        implicitHeight: Math.max(Theme.touch, Math.ceil(label.implicitHeight) + Theme.u(16))
        leftPadding: Theme.u(14)
        rightPadding: Theme.u(14)
        highlighted: picker.highlightedIndex === index
        hoverEnabled: true
        Accessible.role: Accessible.ListItem
        Accessible.name: modelData.label
        background: Rectangle {
            color: choice.highlighted || choice.hovered ? Theme.look.raised : "transparent"
            radius: Theme.u(8)
            border.color: choice.highlighted ? Theme.look.focus : "transparent"
            border.width: choice.highlighted ? Math.max(2, Theme.u(2)) : 0
        }
        contentItem: Item {
            Text {
                id: label
                anchors { left: parent.left; right: mark.left; rightMargin: Theme.gap; verticalCenter: parent.verticalCenter }
                text: choice.modelData.label
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: Theme.look.text
                font.pixelSize: Theme.t(15)
                font.weight: choice.current ? Font.DemiBold : Font.Normal
                Accessible.ignored: true
            }
            Icon {
                id: mark
                anchors { right: parent.right; verticalCenter: parent.verticalCenter }
                name: "check"
                size: Theme.u(18)
                color: Theme.look.accent
                opacity: choice.current ? 1 : 0
            }
        }
    }
    popup: T.Popup {
        y: picker.height + Theme.u(4)
        width: picker.width
        implicitHeight: Math.min(list.contentHeight + 2 * padding, Theme.u(320))
        padding: Theme.u(6)
        // It stays inside of the window, above the control where there is no room below.
        margins: Theme.gap
        contentItem: ListView {
            id: list
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            model: picker.delegateModel
            currentIndex: picker.highlightedIndex
            highlightMoveDuration: 0
            Accessible.role: Accessible.List
            Accessible.name: picker.Accessible.name
            T.ScrollBar.vertical: Rail {}
        }
        background: Rectangle {
            radius: Theme.radius
            color: Theme.look.surface
            border.color: Theme.look.line
        }
    }
}
