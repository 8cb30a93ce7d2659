import QtQuick
import VoiceMate
import ".."

// What it is made of: what is here, what suits this machine, and getting it.
Page {
    id: page

    readonly property QtObject shelf: App.desk.shelf
    readonly property QtObject models: App.first_run.models
    readonly property bool known: shelf.now.known
    readonly property string trouble: App.desk.problems.models

    heading: !known ? qsTr("Let me see what is here")
        : models.now.missing ? qsTr("I need some parts")
        : models.now.fetching ? qsTr("My parts are on their way")
        : qsTr("All that I need is here")
    icon_name: known && !models.now.missing && !models.now.fetching ? "check" : "get"
    waits: !known && trouble === ""
    primary: known && models.now.missing && models.now.problem === ""
        ? qsTr("Download and go on") : qsTr("Next")
    secondary: waits ? qsTr("Go on without looking")
        : !models.now.missing ? ""
        : models.now.problem !== "" ? qsTr("Try again") : qsTr("Go on without")

    function go() {
        if (known && models.now.missing && models.now.problem === "")
            models.get_missing()
        App.first_run.next()
    }
    function go_second() {
        if (models.now.missing && models.now.problem !== "")
            models.get_missing()
        else
            App.first_run.next()
    }

    Component.onCompleted: shelf.look()

    Says {
        text: page.trouble !== "" ? page.trouble
            : !page.known ? qsTr("Looking …")
            : models.now.missing ? qsTr("They are downloaded once and then stay on this computer. You can go on while they come.")
            : models.now.fetching ? qsTr("You can go on while they come.")
            : qsTr("You need not download anything.")
        color: page.trouble !== "" ? Theme.look.trouble : Theme.look.soft
    }
    Repeater {
        model: page.shelf.rows
        Part {
            visible: page.models.ids.indexOf(id) >= 0
            onWanted: page.shelf.get(id)
            onUnwanted: page.shelf.stop(id)
            better: page.models.better.indexOf(id) >= 0
            onChosen: page.shelf.use(id)
        }
    }
}
