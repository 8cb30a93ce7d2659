import QtQuick
import ".."

// A topic of the settings: a column as wide as its parent and as high as what is in it. Put it in a
// `Scroller`. `shown` is called when somebody comes to look: a panel asks then for what it needs.
Column {
    function shown() {}
    // Esc: gives true where it meant something to the panel.
    function take_escape() { return false }

    width: parent ? parent.width : implicitWidth
    spacing: Theme.u(24)
}
