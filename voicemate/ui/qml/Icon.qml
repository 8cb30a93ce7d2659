import QtQuick
import QtQuick.Shapes

// One of our own icons, drawn with strokes on a grid of 24.
Shape {
    id: icon

    required property string name
    property color color: Theme.look.text
    property real size: Theme.u(20)
    property bool filled: false

    readonly property var paths: ({
        "mic": "M12 3.5a3 3 0 0 1 3 3v5.5a3 3 0 0 1-6 0V6.500a3 3 0 0 1 3-3z M5.500 11.500a6.500 6.500 0 0 0 13 0 M12 18v3",
        "mic-off": "M12 3.5a3 3 0 0 1 3 3v5.5a3 3 0 0 1-6 0V6.500a3 3 0 0 1 3-3z M5.500 11.500a6.500 6.500 0 0 0 13 0 M12 18v3 M4 3.500L20 20.500",
        "talks": "M4.500 5h15a1.500 1.500 0 0 1 1.500 1.500v8.500a1.500 1.500 0 0 1-1.500 1.500H11l-4.500 4v-4h-2a1.500 1.500 0 0 1-1.500-1.500V6.500a1.500 1.500 0 0 1 1.500-1.500z M8 9.300h8 M8 12.700h5",
        "sliders": "M4 8h8.500 M17.500 8h2.500 M15 5.500a2.500 2.500 0 1 0 0.010 0z M4 16h2.500 M11.500 16h8.500 M9 13.500a2.500 2.500 0 1 0 0.010 0z",
        "copy": "M10 8.500h8.500a1.500 1.500 0 0 1 1.500 1.500v9a1.500 1.500 0 0 1-1.500 1.500H10a1.500 1.500 0 0 1-1.500-1.500v-9a1.500 1.500 0 0 1 1.500-1.500z M5 15.500a1.500 1.500 0 0 1-1.500-1.500V5a1.500 1.500 0 0 1 1.500-1.500h8.500a1.500 1.500 0 0 1 1.500 1.500",
        "repeat": "M19 12.500a7 7 0 1 1-2.100-5.500l2.600 2.300 M19.500 4.500v4.800h-4.800",
        "stop": "M8 6.500h8a1.500 1.500 0 0 1 1.500 1.500v8a1.500 1.500 0 0 1-1.500 1.500H8a1.500 1.500 0 0 1-1.500-1.500V8a1.500 1.500 0 0 1 1.500-1.500z",
        "up": "M7.500 11v9H4.500V11z M7.500 11l3.700-7.300a1.900 1.900 0 0 1 2.500 2.200L12.900 10h5.400a2 2 0 0 1 2 2.400l-1.200 6a2 2 0 0 1-2 1.600H7.500",
        "send": "M12 19.500V5 M6 11l6-6 6 6",
        "close": "M6.500 6.500l11 11 M17.500 6.500l-11 11",
        "check": "M5 12.500l4.500 4.500L19 7.500",
        "warn": "M12 4.500L21 19.500H3z M12 10.500v4 M12 16.900v0.200",
        "home": "M4.500 11L12 4.500l7.500 6.500 M6.500 9.500V19.500h11V9.500",
        "clock": "M12 4a8 8 0 1 0 0.010 0z M12 8v4.500l3 2"
    })

    width: size
    height: size
    Accessible.ignored: true

    ShapePath {
        scale: Qt.size(icon.size / 24, icon.size / 24)
        strokeWidth: Math.max(1.3, icon.size / 24 * 1.6)
        strokeColor: icon.color
        fillColor: icon.filled ? icon.color : "transparent"
        capStyle: ShapePath.RoundCap
        joinStyle: ShapePath.RoundJoin
        PathSvg { path: icon.paths[icon.name] }
    }
}
