"""The window with a scripted world: run on a virtual screen by the tests next door.

Window, bridge, companion and turn thread are the real ones. Sound passes in real time, unheard.
It prints what stands in the window, one JSON object a line, whenever that changes; and obeys lines
on stdin: "go" lets an engine or an answer go on that waits, "level -20" is how loud the room is,
"gone" takes the microphone away, "dark" and "light" change the desktop's colours, "ring" is the
doorbell, "shot FILE" takes a picture of the screen, "slow" makes the sound card hang, "forget"
deletes the conversation.
"""

from __future__ import annotations

import argparse
import html
import json
import logging
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from voicemate.cancel import CancelToken
from voicemate.conversation.companion import Companion
from voicemate.conversation.prompt import Prompt
from voicemate.conversation.turn import Parts
from voicemate.engines.scripted import Hearing, ScriptedModel, ScriptedRecognizer, ScriptedVoice
from voicemate.errors import AudioDeviceError, EngineError, ModelError, TurnCancelled
from voicemate.events import Loading
from voicemate.memory.none import NoMemory
from voicemate.ports import CueName
from voicemate.types import (
    SPEECH_RATE_HZ,
    AudioBlock,
    Message,
    Speech,
    Thumb,
    TurnId,
    TurnRecord,
)
from voicemate.ui.inbox import Inbox
from voicemate.ui.options import Doorbell, WindowOptions
from voicemate.ui.window import run_window

from PySide6.QtCore import QObject, QPoint, QTimer, Signal, Slot  # isort: skip
from PySide6.QtGui import QGuiApplication  # isort: skip
from PySide6.QtQuick import QQuickItem, QQuickWindow  # isort: skip
from PySide6.QtWidgets import QApplication  # isort: skip

PARTIAL = "what shall we"
SAID = "what shall we cook tonight"
ANSWER = (
    "Something warm, I think. A soup of lentils and carrots takes half an hour, and it is even "
    "better tomorrow. Shall I tell you how it goes, step by step?"
)
HOSTILE = "<b>bold</b> <img src='x'> & \x1b[31mred\u202eback"


class World:
    """What the engines and devices do."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.level_db = -60.0
        self.gone = False
        self.slow = threading.Event()

    def wait(self, cancel: CancelToken) -> None:
        over = threading.Event()
        cancel.on_cancel(over.set)
        while not (over.is_set() or self.go.wait(0.02)):
            pass
        cancel.raise_if_cancelled()
        self.go.clear()


class Take:
    """Someone who has been talking for a second, and stops when the key is let go."""

    def __init__(self, world: World) -> None:
        self.begun_at = time.monotonic() - 1.0
        self.released_at: float | None = None
        self._over = threading.Event()
        self._discarded = False

    def blocks(self) -> Iterator[AudioBlock]:
        yield _block()
        self._over.wait()
        if self._discarded:
            raise TurnCancelled
        yield _block()

    def release(self) -> None:
        self.released_at = time.monotonic()
        self._over.set()

    def discard(self) -> None:
        self._discarded = True
        self._over.set()


def _block() -> AudioBlock:
    samples = np.zeros(SPEECH_RATE_HZ // 2, dtype=np.float32)
    return AudioBlock(samples, time.monotonic(), -20.0, speaking=True)


class Microphone:
    def __init__(self, world: World) -> None:
        self._world = world
        self.is_open = False

    @property
    def level_db(self) -> float:
        return self._world.level_db

    def open(self) -> None:
        if self._world.gone:
            raise AudioDeviceError("There is no microphone.", "Plug one in and press again.")
        self.is_open = True

    def close(self) -> None:
        if self._world.slow.is_set():
            # A device that hangs, for as long as the test wants.
            self._world.go.wait()
        self.is_open = False

    def begin_take(self) -> Take:
        self.open()
        return Take(self._world)


class Playback:
    """Plays in real time."""

    def __init__(self, cancel: CancelToken) -> None:
        self._cancel = cancel
        self._over = threading.Event()
        self._written_s = 0.0
        self._cut_at: float | None = None
        self.first_sound_at: float | None = None
        cancel.on_cancel(self._cut)

    def write(self, speech: Speech) -> float:
        self._cancel.raise_if_cancelled()
        now = time.monotonic()
        if self.first_sound_at is None:
            self.first_sound_at = now
        at = max(now, self.first_sound_at + self._written_s)
        self._written_s += speech.duration_s
        return at

    def finish(self) -> None:
        begun = self.first_sound_at or time.monotonic()
        self._over.wait(max(begun + self._written_s - time.monotonic(), 0))
        self._cancel.raise_if_cancelled()

    @property
    def played_s(self) -> float:
        if self.first_sound_at is None:
            return 0.0
        end = self._cut_at or time.monotonic()
        return min(self._written_s, end - self.first_sound_at)

    def _cut(self) -> None:
        self._cut_at = time.monotonic()
        self._over.set()


class Speaker:
    def open(self) -> None:
        pass

    def play(self, cancel: CancelToken, *, thinking_after_s: float | None = None) -> Playback:
        return Playback(cancel)

    def cue(self, name: CueName) -> None:
        pass

    def close(self) -> None:
        pass


class Memory(NoMemory):
    """Writes down what the answers were rated."""

    def __init__(self, rated: list[object]) -> None:
        self._rated = rated

    def rate(self, turn: TurnId, thumb: Thumb) -> None:
        self._rated.append([turn, thumb])

    def forget_all(self) -> int:
        return 2


def _past() -> tuple[TurnRecord, ...]:
    """Two turns, of two days ago and of yesterday."""
    now = time.time()
    return tuple(
        TurnRecord(TurnId(n), now - days * 86_400, heard, reply, reply, "answered")
        for n, days, heard, reply in (
            (1, 2, "how do I sharpen a knife", "With a stone, wet, at fifteen degrees."),
            (2, 1, "is it going to rain", "I cannot see the sky from here."),
        )
    )


def _answer(messages: Sequence[Message]) -> str:
    heard = messages[-1].text
    if heard == SAID:
        return ANSWER
    if "hostile" in heard:
        return HOSTILE
    if "fail" in heard:
        raise EngineError("The model tripped over.", "Pick it up.")
    return f"You wrote {heard}."


class Watcher(QObject):
    """Prints what stands in the window, and does what stdin says."""

    told = Signal(str)

    def __init__(
        self, world: World, doorbell: Doorbell, rated: list[object], companion: Companion
    ) -> None:
        super().__init__()
        self._world = world
        self._companion = companion
        self._doorbell = doorbell
        self._rated = rated
        self._last = ""
        self.told.connect(self._obey)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(15)
        threading.Thread(target=self._stdin_loop, daemon=True).start()

    def _stdin_loop(self) -> None:
        for line in sys.stdin:
            self.told.emit(line.strip())

    @Slot()
    def _look(self) -> None:
        windows = [w for w in QGuiApplication.allWindows() if isinstance(w, QQuickWindow)]
        seen = json.dumps(_seen(windows[0], self._rated) if windows else {"visible": False})
        if seen != self._last:
            self._last = seen
            _tell(seen)

    @Slot(str)
    def _obey(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        match word:
            case "go":
                self._world.go.set()
            case "level":
                self._world.level_db = float(rest)
            case "gone":
                self._world.gone = True
            case "slow":
                self._world.slow.set()
            case "forget":
                self._companion.forget()
            case "ring":
                self._doorbell.ring()
            case "dark" | "light":
                from PySide6.QtCore import Qt

                schemes = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}
                # What Qt tells when the desktop changes; this screen has no desktop that could.
                QGuiApplication.styleHints().colorSchemeChanged.emit(schemes[word])
            case "shot":
                QGuiApplication.primaryScreen().grabWindow(0).save(rest)
                _tell(json.dumps({**json.loads(self._last), "shot": rest}))


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _seen(window: QQuickWindow, rated: list[object]) -> dict[str, object]:
    def item(name: str) -> QQuickItem:
        found = window.findChild(QQuickItem, name)
        assert found is not None, name
        return found

    answer = str(item("answer").property("text"))
    talk = item("talk")
    middle = talk.mapToGlobal(talk.width() / 2, talk.height() / 2).toPoint()
    focus = window.activeFocusItem()
    drawer = window.findChild(QObject, "drawer")
    rows = item("history")
    return {
        "visible": window.isVisible(),
        "active": window.isActive(),
        "ground": window.color().name(),
        "size": [window.width(), window.height()],
        "face": item("face").property("expression"),
        "mouth": item("face").property("open"),
        "rings": item("face").property("level"),
        "label": item("label").property("text"),
        "heard": item("heard").property("text"),
        "stopped": item("stopped").property("text"),
        "cut": item("cut").isVisible(),
        "said": _coloured(answer, 0),
        "answer": html.unescape(re.sub("<[^>]*>", "", answer)),
        "raw": answer,
        "status": item("status").property("spoken"),
        "trouble": item("trouble").property("spoken"),
        "talk": [middle.x(), middle.y()],
        "talk_says": talk.property("words"),
        "line": item("line").property("text"),
        "focus": focus.objectName() if focus else "",
        "drawer": bool(drawer and drawer.property("opened")),
        "turns": rows.property("count"),
        "days": _texts(rows, "day_heading"),
        "rated": list(rated),
        "clipboard": QGuiApplication.clipboard().text(),
        "clickable": {
            name: _middle(item(name))
            for name in ("history_button", "mute_button", "stop", "copy", "good", "bad", "repeat")
        },
    }


def _texts(item: QQuickItem, name: str) -> list[str]:
    """Give the texts of the items of a name inside of an item, from above."""
    found = [child for child in item.findChildren(QQuickItem, name) if child.isVisible()]
    return [str(child.property("text")) for child in sorted(found, key=lambda child: child.y())]


def _middle(item: QQuickItem) -> list[int] | None:
    if not item.isVisible() or not item.isEnabled():
        return None
    point: QPoint = item.mapToGlobal(item.width() / 2, item.height() / 2).toPoint()
    return [point.x(), point.y()]


def _coloured(markup: str, part: int) -> str:
    """Give the text of the first colour, but only while there is a second."""
    parts = re.findall(r'<font color="([^"]*)">(.*?)</font>', markup)
    return html.unescape(re.sub("<[^>]*>", "", parts[part][1])) if len(parts) > 1 else ""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--theme", default="system")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--still", action="store_true")
    parser.add_argument("--close-to-tray", action="store_true")
    parser.add_argument("--hold", action="store_true", help="engines wait for go")
    parser.add_argument("--hold-answers", action="store_true", help="each answer waits for go")
    parser.add_argument("--no-model", action="store_true")
    parser.add_argument("--gone", action="store_true")
    parser.add_argument("--past", action="store_true", help="something was said before")
    parser.add_argument("--log", type=Path)
    wanted = parser.parse_args()
    if wanted.log:
        logging.basicConfig(filename=wanted.log, level=logging.WARNING)
    world = World()
    world.gone = wanted.gone
    inbox = Inbox()
    rated: list[object] = []

    def before(piece: str, cancel: CancelToken) -> None:
        if wanted.hold_answers and piece.startswith(("Something", "You")):
            world.wait(cancel)

    def build() -> Parts:
        if wanted.hold:
            inbox.put(Loading("the language model qwen2.5-1.5b-instruct"))
            world.go.wait()
            world.go.clear()
        if wanted.no_model:
            raise ModelError("There is no language model.", "Run `voicemate setup` to get one.")
        model = ScriptedModel(_answer, before)
        model.name = "qwen2.5-1.5b-instruct"
        return Parts(
            recognizer=ScriptedRecognizer([Hearing(SAID, ((0.3, PARTIAL),))] * 50),
            model=model,
            voice=ScriptedVoice(rate=0.2),
            speaker=Speaker(),
            memory=Memory(rated),
            prompt=Prompt("You are Mate.", 1000, len),
            past=_past() if wanted.past else (),
        )

    microphone = Microphone(world)
    companion = Companion(build, microphone, inbox.put, "Report it.")
    doorbell = Doorbell()
    app = QApplication([])
    watcher = Watcher(world, doorbell, rated, companion)
    status = run_window(
        companion,
        inbox,
        options=WindowOptions(
            theme=wanted.theme,
            scale=wanted.scale,
            reduced_motion=wanted.still,
            close_to_tray=wanted.close_to_tray,
            doorbell=doorbell,
            microphone_open=lambda: microphone.is_open,
        ),
    )
    world.go.set()
    companion.close()
    del watcher, app
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
