import QtQuick
import VoiceMate
import "first_run"
import "settings"

// The first run: pages that lead from a hello to the first word, in place of the main page.
// Enter goes on, Esc goes back; "Later" leaves it, and it is taken up there again.
FocusScope {
    id: run
    focus: true

    readonly property var files: ({
        welcome: "Welcome", stays: "Stays", language: "Language", models: "Models",
        microphone: "MicrophoneTest", voice: "VoiceChoice", key: "KeyTest", hello: "FirstHello"
    })
    readonly property Page page: loader.item as Page
    readonly property string at: App.first_run.page

    // Nothing is pressed by accident behind a page that has just gone.
    function forward(second) {
        if (page && second)
            page.go_second()
        else if (page && !page.waits)
            page.go()
    }

    Keys.onPressed: event => {
        if (page && page.takes_keys) {
            event.accepted = true
            return
        }
        if (event.isAutoRepeat && event.key !== Qt.Key_Up && event.key !== Qt.Key_Down)
            return
        switch (event.key) {
        case Qt.Key_Return:
        case Qt.Key_Enter:
            forward(false)
            break
        case Qt.Key_Escape:
        case Qt.Key_Back:
            App.first_run.back()
            break
        case Qt.Key_PageDown: page.scroll(1); break
        case Qt.Key_PageUp: page.scroll(-1); break
        case Qt.Key_Down: page.scroll(0.15); break
        case Qt.Key_Up: page.scroll(-0.15); break
        default: return
        }
        event.accepted = true
    }

    // Where Enter leads on, unless the keyboard is at something of the page.
    function settle() {
        if (!page.activeFocus && next.enabled)
            next.forceActiveFocus(Qt.TabFocusReason)
    }
    Connections {
        target: run.page
        function onWaitsChanged() { Qt.callLater(run.settle) }
        function onHeadingChanged() { run.Accessible.announce(run.page.heading) }
    }

    IconButton {
        id: back
        objectName: "first_run_back"
        anchors { left: parent.left; top: parent.top; margins: Theme.u(10) }
        visible: App.first_run.number > 0
        icon_name: "back"
        text: qsTr("Back")
        keys: "Esc"
        onClicked: App.first_run.back()
    }
    Row {
        id: beads
        anchors { horizontalCenter: parent.horizontalCenter; verticalCenter: back.verticalCenter }
        spacing: Theme.u(6)
        Accessible.role: Accessible.ProgressBar
        Accessible.name: qsTr("Step %1 of %2").arg(App.first_run.number + 1).arg(App.first_run.count)
        Repeater {
            model: App.first_run.count
            Rectangle {
                required property int index
                readonly property bool now: index === App.first_run.number
                anchors.verticalCenter: parent.verticalCenter
                width: Theme.u(now ? 18 : 7)
                height: Theme.u(7)
                radius: height / 2
                color: now ? Theme.look.accent : index < App.first_run.number ? Theme.look.faint : Theme.look.line
                Behavior on width { NumberAnimation { duration: Theme.quick } }
            }
        }
    }
    Button {
        id: later
        objectName: "first_run_later"
        anchors { right: parent.right; verticalCenter: back.verticalCenter; rightMargin: Theme.u(10) }
        text: qsTr("Later")
        Accessible.description: qsTr("Goes to the main window. You can go on with this at any time.")
        onClicked: App.first_run.later()
    }

    Loader {
        id: loader
        anchors {
            left: parent.left; right: parent.right; top: back.bottom; bottom: foot.top
            leftMargin: Theme.margin; rightMargin: Theme.margin
            topMargin: Theme.u(6); bottomMargin: Theme.u(10)
        }
        source: "first_run/" + run.files[run.at] + ".qml"
        onLoaded: {
            arrive.restart()
            run.forceActiveFocus(Qt.OtherFocusReason)
            run.settle()
            run.Accessible.announce(run.page.heading)
        }
    }
    NumberAnimation {
        id: arrive
        target: loader.item
        property: "opacity"
        from: Theme.still ? 1 : 0
        to: 1
        duration: Theme.slow
    }

    Column {
        id: foot
        anchors {
            left: parent.left; right: parent.right; bottom: parent.bottom
            leftMargin: Theme.margin; rightMargin: Theme.margin; bottomMargin: Theme.u(16)
        }
        spacing: Theme.u(8)

        // What goes on while one reads elsewhere.
        Item {
            width: parent.width
            height: strip.height
            visible: strip.text !== "" && run.at !== "models"
            Accessible.role: Accessible.StaticText
            Accessible.name: strip.text
            Column {
                id: strip
                readonly property QtObject models: App.first_run.models.now
                readonly property string text: models.problem !== "" ? models.problem
                    : models.fetching ? qsTr("Downloading: %1").arg(models.how_far) : ""
                width: parent.width
                spacing: Theme.u(4)
                Words {
                    width: parent.width
                    text: strip.text
                    color: strip.models.problem !== "" ? Theme.look.trouble : Theme.look.soft
                    font.pixelSize: Theme.t(13)
                    Accessible.ignored: true
                }
                Progress {
                    width: parent.width
                    visible: strip.models.fetching && strip.models.problem === ""
                    implicitHeight: Theme.u(6)
                    part: strip.models.part
                    Accessible.ignored: true
                }
                Button {
                    visible: strip.models.problem !== "" && strip.models.missing
                    objectName: "first_run_retry"
                    text: qsTr("Try again")
                    onClicked: App.first_run.models.get_missing()
                }
            }
        }
        WideButton {
            id: next
            objectName: "first_run_next"
            width: parent.width
            text: run.page ? run.page.primary : ""
            enabled: !run.page || !run.page.waits
            onClicked: run.forward(false)
        }
        Button {
            objectName: "first_run_second"
            width: parent.width
            visible: text !== ""
            text: run.page ? run.page.secondary : ""
            onClicked: run.forward(true)
        }
    }

    Connections {
        target: run.Window.window
        function onActiveFocusItemChanged() {
            let item = run.Window.activeFocusItem
            for (let up = item; up; up = up.parent) {
                if (up === run.page) {
                    run.page.show(item)
                    return
                }
            }
        }
    }
}
