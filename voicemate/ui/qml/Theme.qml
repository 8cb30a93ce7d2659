pragma Singleton
import QtQuick
import VoiceMate

// Colours, sizes and motion. Every length goes through `u`, every text size through `t`.
QtObject {
    readonly property QtObject look: App.look
    readonly property real scale: look.scale
    readonly property bool still: look.reduced_motion

    readonly property int quick: still ? 0 : 140
    readonly property int slow: still ? 0 : 240

    // Text grows by the whole scale, the room around it by less.
    function t(size) { return Math.round(size * scale) }
    function u(length) { return Math.round(length * (1 + (scale - 1) * 0.55)) }

    readonly property int radius: u(12)
    readonly property int gap: u(8)
    readonly property int margin: u(20)
    readonly property int touch: u(40)

    function face(name) {
        return name === "trouble" ? look.in_trouble : look[name]
    }
    function sign(name) { return look["sign_" + name] }
}
