import QtQuick
import ".."
import QtQuick.Window
import QtQuick.Templates as T

// Scrolls what is higher than its room, and follows the keyboard.
Flickable {
    id: scroller

    property real margin: Theme.margin
    property real side: margin
    default property alias inside: room.data

    contentWidth: width
    contentHeight: room.height + 2 * margin
    clip: true
    boundsBehavior: Flickable.StopAtBounds
    flickableDirection: Flickable.VerticalFlick

    function to_top() { contentY = 0 }
    function by(distance) {
        contentY = Math.max(0, Math.min(Math.max(0, contentHeight - height), contentY + distance))
    }
    function follow() {
        const item = Window.activeFocusItem
        for (let up = item; up; up = up.parent) {
            if (up === room) {
                const top = item.mapToItem(room, 0, 0).y + margin
                const ease = Theme.u(16)
                if (top - ease < contentY || item.height > height)
                    contentY = Math.max(0, top - ease)
                else if (top + item.height + ease > contentY + height)
                    contentY = Math.min(Math.max(0, contentHeight - height), top + item.height + ease - height)
                return
            }
        }
    }
    readonly property Item focused: Window.activeFocusItem
    onFocusedChanged: {
        Qt.callLater(follow)
        settles.restart()
    }
    // What has just been opened gets its place a moment later; after that nobody is taken along by
    // what grows elsewhere on the page.
    onContentHeightChanged: if (settles.running) Qt.callLater(follow)
    Timer { id: settles; interval: 250; onTriggered: scroller.follow() }

    Item {
        id: room
        x: scroller.side
        y: scroller.margin
        width: scroller.width - 2 * scroller.side
        height: childrenRect.height
    }
    T.ScrollBar.vertical: Rail {}
}
