import QtQuick

// One of our own icons, drawn with strokes on a grid of 24. On a canvas: what is drawn by the
// processor clips no shape that lies wholly outside of its list, and leaves it in the window.
Canvas {
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
        "back": "M14.5 5.5L8 12l6.500 6.500",
        "heart": "M12 19.500C6 15.500 3.500 12.500 3.500 9a4.300 4.300 0 0 1 8.500-1.200A4.300 4.300 0 0 1 20.500 9c0 3.500-2.500 6.500-8.500 10.500z",
        "file": "M6.500 3.500h7.500l4.500 4.500v12.500h-12z M14 3.500v4.500h4.500 M9.500 13h5.500 M9.500 16.500h5.500",
        "globe": "M12 3.500a8.500 8.500 0 1 0 0.010 0z M3.500 12h17 M12 3.500c5 5 5 12 0 17 M12 3.500c-5 5-5 12 0 17",
        "get": "M12 4.500v10.500 M7 10.500l5 5 5-5 M5 19.500h14",
        "voice": "M4.500 9.500v5h3l4.500 4v-13l-4.500 4z M15.500 9a4 4 0 0 1 0 6 M18 6a8 8 0 0 1 0 12",
        "key": "M4.500 7h15a1.500 1.500 0 0 1 1.500 1.500v7a1.500 1.500 0 0 1-1.500 1.500h-15a1.500 1.500 0 0 1-1.500-1.500v-7a1.500 1.500 0 0 1 1.500-1.500z M6.500 10.500h0.100 M10 10.500h0.100 M13.500 10.500h0.100 M17 10.500h0.100 M8.500 13.800h7",
        "face": "M12 3.500a8.500 8.500 0 1 0 0.010 0z M9 9.800v1.200 M15 9.800v1.200 M8.500 14.300q3.500 3.200 7 0",
        "down": "M6 9.500l6 6 6-6",
        "next": "M9.500 5.500L16 12l-6.500 6.500",
        "trash": "M5 7h14 M9.500 7V4.500h5V7 M7 7l0.800 12.500h8.400L17 7 M10.300 10.500v5.500 M13.700 10.500v5.500",
        "play": "M8 5.500v13l10.500-6.500z",
        "refresh": "M18.500 10a7 7 0 1 0 0.300 4.500 M19 5v5h-5",
        "shield": "M12 3.500l7 2.500v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z",
        "sun": "M12 8a4 4 0 1 0 0.010 0z M12 2.800v2.200 M12 19v2.200 M2.800 12h2.200 M19 12h2.200 M5.500 5.500l1.600 1.600 M16.900 16.900l1.600 1.600 M18.500 5.500l-1.600 1.600 M7.100 16.900l-1.600 1.600",
        "clock": "M12 4a8 8 0 1 0 0.010 0z M12 8v4.500l3 2"
    })

    width: size
    height: size
    renderStrategy: Canvas.Immediate
    Accessible.ignored: true

    onColorChanged: requestPaint()
    onNameChanged: requestPaint()
    onFilledChanged: requestPaint()
    onPaint: {
        const context = getContext("2d")
        context.reset()
        context.scale(width / 24, width / 24)
        context.lineWidth = Math.max(1.3 * 24 / width, 1.6)
        context.lineCap = "round"
        context.lineJoin = "round"
        context.strokeStyle = color
        context.fillStyle = color
        context.path = paths[name]
        if (filled)
            context.fill()
        context.stroke()
    }
}
