import QtQuick
import QtQuick.Shapes

// The face, on a grid of 200. Each expression differs in shape, not in colour alone.
Item {
    id: face

    required property string expression
    property real level: 0
    property real open: 0
    property real wide: 0.6
    // Seconds; grows only while something moves, and never with reduced motion.
    property real time: 0

    readonly property real k: width / 200
    readonly property color ink: Theme.look.feature
    readonly property color sign: Theme.sign(expression)
    readonly property bool asleep: expression === "muted" || expression === "loading"
    // A blink is short, and comes only while something moves anyway.
    readonly property bool blinks: time > 0 && time % 4.3 > 4.18

    implicitWidth: 200
    implicitHeight: width

    component Ring: Rectangle {
        property real reach
        anchors.centerIn: body
        width: (156 + reach) * face.k
        height: width
        radius: width / 2
        color: "transparent"
        border.color: face.sign
    }

    component Stroke: Shape {
        id: stroke
        property string path
        property real thickness: 5
        property color tint: face.ink
        anchors.fill: parent
        ShapePath {
            scale: Qt.size(face.k, face.k)
            strokeColor: stroke.tint
            strokeWidth: stroke.thickness * face.k
            fillColor: "transparent"
            capStyle: ShapePath.RoundCap
            joinStyle: ShapePath.RoundJoin
            PathSvg { path: stroke.path }
        }
    }

    component Eye: Shape {
        id: eye
        property real at_x
        property real wanted_width: 14
        property real wanted_height: 20
        property real look_x: face.expression === "thinking" ? 5 : 0
        property real look_y: face.expression === "thinking" ? -8 : 0
        width: wanted_width * face.k
        height: (face.blinks ? 3 : wanted_height) * face.k
        x: (at_x + look_x) * face.k - width / 2
        y: (97 + look_y) * face.k - height / 2
        visible: !face.asleep
        ShapePath {
            strokeWidth: -1
            strokeColor: "transparent"
            fillColor: face.ink
            PathAngleArc {
                centerX: eye.width / 2
                centerY: eye.height / 2
                radiusX: eye.width / 2
                radiusY: eye.height / 2
                sweepAngle: 360
            }
        }
        Behavior on look_x { NumberAnimation { duration: Theme.slow; easing.type: Easing.OutCubic } }
        Behavior on look_y { NumberAnimation { duration: Theme.slow; easing.type: Easing.OutCubic } }
        Rectangle {
            width: parent.width * 0.34
            height: width
            radius: width / 2
            x: parent.width * 0.52
            y: parent.height * 0.16
            color: Theme.look.on_feature
            visible: parent.height > parent.width
        }
    }

    // Listening: rings that go out with the voice.
    Ring {
        visible: face.expression === "listening"
        reach: 12 + 10 * face.level
        border.width: 3.5 * face.k
    }
    Ring {
        visible: face.expression === "listening"
        reach: 16 + 26 * face.level
        opacity: 0.55
        border.width: 2.5 * face.k
    }

    // Getting ready: a ring of beads, one of which runs around.
    Repeater {
        model: face.expression === "loading" ? 12 : 0
        Rectangle {
            required property int index
            readonly property real turn: index / 12 * 2 * Math.PI - Math.PI / 2
            readonly property int age: (Math.floor(face.time * 10) - index + 1200) % 12
            width: 7 * face.k
            height: width
            radius: width / 2
            x: (100 + 89 * Math.cos(turn)) * face.k - width / 2
            y: (104 + 89 * Math.sin(turn)) * face.k - height / 2
            color: face.sign
            opacity: face.time === 0 ? 0.55 : age < 5 ? 1 - age * 0.17 : 0.22
        }
    }

    // Speaking: sound leaves on both sides.
    Stroke {
        visible: face.expression === "speaking"
        path: "M183 86Q190 104 183 122 M17 86Q10 104 17 122"
        thickness: 3.5
        tint: face.sign
    }
    Stroke {
        visible: face.expression === "speaking"
        path: "M193 78Q203 104 193 130 M7 78Q-3 104 7 130"
        thickness: 3
        tint: face.sign
        opacity: face.time === 0 || face.open > 0.3 ? 0.7 : 0.18
    }

    // Thinking: a thought that grows.
    Repeater {
        model: face.expression === "thinking" ? 3 : 0
        Rectangle {
            required property int index
            readonly property real beat: face.time === 0 ? 0
                : Math.max(0, Math.sin((face.time * 1.1 - index * 0.18) * 2 * Math.PI))
            width: (9 + index * 5 + 2.5 * beat) * face.k
            height: width
            radius: width / 2
            x: (160 + index * 13) * face.k - width / 2
            y: (44 - index * 15) * face.k - height / 2
            color: face.sign
        }
    }

    Shape {
        id: body
        anchors.fill: parent
        property color tint: Theme.face(face.expression)
        Behavior on tint { ColorAnimation { duration: Theme.slow } }
        ShapePath {
            scale: Qt.size(face.k, face.k)
            strokeColor: "transparent"
            strokeWidth: -1
            fillGradient: RadialGradient {
                centerX: 82 * face.k
                centerY: 74 * face.k
                centerRadius: 122 * face.k
                focalX: centerX
                focalY: centerY
                GradientStop { position: 0; color: Qt.lighter(body.tint, 1.09) }
                GradientStop { position: 0.62; color: body.tint }
                GradientStop { position: 1; color: Qt.darker(body.tint, 1.12) }
            }
            PathSvg { path: "M100 29C147 29 177 58 177 103C177 151 145 179 100 179C55 179 23 151 23 103C23 58 53 29 100 29Z" }
        }
    }

    // Cheeks.
    Shape {
        visible: face.expression !== "muted"
        anchors.fill: parent
        opacity: 0.1
        ShapePath {
            scale: Qt.size(face.k, face.k)
            strokeWidth: -1
            strokeColor: "transparent"
            fillColor: face.ink
            PathSvg { path: "M42 121a11 7 0 1 0 22 0a11 7 0 1 0-22 0z M136 121a11 7 0 1 0 22 0a11 7 0 1 0-22 0z" }
        }
    }

    Eye {
        at_x: 74
        wanted_width: face.expression === "listening" ? 16 : 14
        wanted_height: face.expression === "listening" ? 25 : face.expression === "trouble" ? 15 : 20
    }
    Eye {
        at_x: 126
        wanted_width: face.expression === "listening" ? 16 : 14
        wanted_height: face.expression === "listening" ? 25 : face.expression === "trouble" ? 15 : 20
    }
    Stroke {
        visible: face.asleep
        path: "M64 97Q74 106 84 97 M116 97Q126 106 136 97"
    }

    // Brows.
    Stroke {
        visible: face.expression === "trouble"
        path: "M62 84Q72 76 84 75 M138 84Q128 76 116 75"
    }
    Stroke {
        visible: face.expression === "thinking"
        path: "M66 72Q78 65 90 69 M118 63Q132 58 144 66"
        thickness: 4.5
    }

    // The mouth.
    Stroke {
        visible: face.expression === "idle"
        path: "M79 127Q100 146 121 127"
        thickness: 5.5
    }
    Stroke {
        visible: face.expression === "listening"
        path: "M90 132Q100 139 110 132"
        thickness: 5.5
    }
    Stroke {
        visible: face.expression === "thinking"
        path: "M96 134Q107 130 117 133"
    }
    Stroke {
        visible: face.expression === "muted"
        path: "M86 134H114"
    }
    Stroke {
        visible: face.expression === "loading"
        path: "M90 132Q100 138 110 132"
    }
    Stroke {
        visible: face.expression === "trouble"
        path: "M79 139Q86 129 93 136T107 136T121 134"
    }
    Shape {
        id: lips
        visible: face.expression === "speaking"
        readonly property real half: 12 + 13 * face.wide
        readonly property real drop: 1 + 27 * face.open
        x: (100 - 28) * face.k
        y: 116 * face.k
        width: 56 * face.k
        height: 46 * face.k
        ShapePath {
            scale: Qt.size(face.k, face.k)
            strokeColor: face.ink
            strokeWidth: 5 * face.k
            joinStyle: ShapePath.RoundJoin
            capStyle: ShapePath.RoundCap
            fillColor: face.ink
            startX: 28 - lips.half
            startY: 12
            // Rounded lips arch upwards as well.
            PathCubic {
                readonly property real top: 15 - face.open * (3 + 14 * (1 - face.wide))
                x: 28 + lips.half
                y: 12
                control1X: 28 - lips.half * 0.7
                control1Y: top
                control2X: 28 + lips.half * 0.7
                control2Y: top
            }
            PathCubic {
                readonly property real bottom: 15 + lips.drop * 1.15
                x: 28 - lips.half
                y: 12
                control1X: 28 + lips.half * 0.95
                control1Y: bottom
                control2X: 28 - lips.half * 0.95
                control2Y: bottom
            }
        }
    }

    // Badges.
    Rectangle {
        visible: face.expression === "muted" || face.expression === "trouble"
        width: 48 * face.k
        height: width
        radius: width / 2
        x: 130 * face.k
        y: 134 * face.k
        color: Theme.look.ground
        Rectangle {
            anchors.centerIn: parent
            width: parent.width - 8 * face.k
            height: width
            radius: width / 2
            color: face.sign
            Icon {
                anchors.centerIn: parent
                anchors.verticalCenterOffset: face.expression === "trouble" ? -1.5 * face.k : 0
                name: face.expression === "muted" ? "mic-off" : "warn"
                size: 24 * face.k
                color: Theme.look.ground
            }
        }
    }
}
