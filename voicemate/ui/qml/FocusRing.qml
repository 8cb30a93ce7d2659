import QtQuick

// Shows which control the keyboard is on; outside of it, so that it is seen on every colour.
Rectangle {
    required property Item control
    property bool shown: control.visualFocus

    anchors.fill: parent
    anchors.margins: -Theme.u(3)
    radius: parent.radius + Theme.u(3)
    color: "transparent"
    border.color: Theme.look.focus
    border.width: Math.max(2, Theme.u(2))
    visible: shown
}
