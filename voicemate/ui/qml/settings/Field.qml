import QtQuick
import QtQuick.Templates as T
import ".."

// A line, or with `tall` several, to write in. It shows `held`; `asked` comes with Enter (several
// lines: Ctrl+Enter) and when the keyboard leaves. What is being written is never overwritten.
FocusScope {
    id: field

    property string held: ""
    property bool tall: false
    property string hint: ""
    property int longest: 32767
    property string name: ""
    property string description: ""
    readonly property Item input: box.item
    // Written, and not asked for yet.
    property bool written: false
    signal asked(string value)

    function sync() {
        if (!input || written)
            return
        syncing = true
        input.text = held
        syncing = false
    }
    function commit() {
        if (!written)
            return
        written = false
        if (input.text === held)
            return
        asked(input.text)
    }
    function revert() {
        written = false
        sync()
    }
    property bool syncing: false
    onHeldChanged: sync()

    implicitWidth: Theme.u(220)
    implicitHeight: box.item ? box.item.implicitHeight : Theme.touch
    activeFocusOnTab: false

    Loader {
        id: box
        anchors.fill: parent
        focus: true
        sourceComponent: field.tall ? several : one
        onLoaded: field.sync()
    }
    Rectangle {
        z: -1
        anchors.fill: parent
        radius: Theme.u(10)
        color: Theme.look.ground
        border.color: Theme.look.line
        FocusRing {
            control: field
            shown: field.activeFocus
        }
    }
    Words {
        anchors { fill: parent; leftMargin: Theme.u(14); rightMargin: Theme.u(14); topMargin: field.tall ? Theme.u(11) : 0 }
        verticalAlignment: field.tall ? Text.AlignTop : Text.AlignVCenter
        visible: field.input !== null && field.input.text === "" && field.input.preeditText === ""
        text: field.hint
        elide: Text.ElideRight
        color: Theme.look.faint
        Accessible.ignored: true
    }

    Component {
        id: one
        T.TextField {
            implicitHeight: Math.max(Theme.touch, Math.ceil(contentHeight) + Theme.u(18))
            leftPadding: Theme.u(14)
            rightPadding: Theme.u(14)
            verticalAlignment: TextInput.AlignVCenter
            font.pixelSize: Theme.t(15)
            color: Theme.look.text
            selectionColor: Theme.look.accent
            selectedTextColor: Theme.look.on_accent
            selectByMouse: true
            clip: true
            maximumLength: field.longest
            Accessible.name: field.name
            Accessible.description: field.description
            onTextChanged: if (!field.syncing) field.written = true
            onAccepted: field.commit()
            onActiveFocusChanged: if (!activeFocus) field.commit()
            Keys.onEscapePressed: event => {
                event.accepted = field.written
                field.revert()
            }
        }
    }
    Component {
        id: several
        T.TextArea {
            implicitHeight: Math.max(Theme.t(15) * 5, Math.ceil(contentHeight) + Theme.u(24))
            topPadding: Theme.u(11)
            bottomPadding: Theme.u(11)
            leftPadding: Theme.u(14)
            rightPadding: Theme.u(14)
            wrapMode: TextEdit.Wrap
            textFormat: TextEdit.PlainText
            font.pixelSize: Theme.t(15)
            color: Theme.look.text
            selectionColor: Theme.look.accent
            selectedTextColor: Theme.look.on_accent
            selectByMouse: true
            Accessible.name: field.name
            Accessible.description: field.description
            onTextChanged: {
                if (length > field.longest)
                    remove(field.longest, length)
                if (!field.syncing)
                    field.written = true
            }
            onActiveFocusChanged: if (!activeFocus) field.commit()
            Keys.onPressed: event => {
                const enter = event.key === Qt.Key_Return || event.key === Qt.Key_Enter
                if (event.key === Qt.Key_Escape && field.written) {
                    field.revert()
                    event.accepted = true
                } else if (enter && event.modifiers & Qt.ControlModifier) {
                    field.commit()
                    event.accepted = true
                } else if (event.key === Qt.Key_Tab || event.key === Qt.Key_Backtab) {
                    // The keyboard goes on: nobody needs a tab in a text about a person.
                    nextItemInFocusChain(event.key === Qt.Key_Tab).forceActiveFocus(Qt.TabFocusReason)
                    event.accepted = true
                }
            }
        }
    }
}
