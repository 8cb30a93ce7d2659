"""The window in front of a camera: told what happened by events, used by the keyboard."""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

from PySide6.QtCore import QEventLoop, QMetaObject, QObject, QTimer, qInstallMessageHandler
from PySide6.QtGui import QImage, QPainter
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.desk_of_memory import DeskOfMemory
from voicemate.events import Event, Phase, PhaseChanged, Ready
from voicemate.settings import Companion, Key, Settings, Window
from voicemate.types import Thumb, TurnId
from voicemate.ui import bridge, window
from voicemate.ui.inbox import Inbox
from voicemate.ui.options import WindowOptions

MODEL = "qwen2.5-1.5b-instruct"
TODAY = datetime.date(2026, 5, 4)
QUIET_MS = 150
PATIENCE_S = 20.0


class Actor:
    """A companion that does nothing of its own."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.muted = False
        self.held = False
        self.microphone_open = False
        self.level_db = -30.0

    def start(self) -> None:
        """Open the microphone, unless it is closed by then."""
        self.microphone_open = not self.muted

    def set_muted(self, muted: bool) -> None:
        """Close the microphone, or open it."""
        self.muted, self.microphone_open = muted, not muted
        self._inbox.put(PhaseChanged(Phase.MUTED if muted else Phase.IDLE))

    def press(self) -> None:
        """Take no notice; neither do the following."""

    def release(self) -> None: ...  # noqa: D102
    def toggle(self) -> None: ...  # noqa: D102
    def discard(self) -> None: ...  # noqa: D102
    def repeat(self) -> None: ...  # noqa: D102
    def say(self, text: str) -> None: ...  # noqa: D102
    def recite(self, text: str) -> None: ...  # noqa: D102
    def rate(self, turn: TurnId, thumb: Thumb) -> None: ...  # noqa: D102


class _Day(datetime.date):
    @classmethod
    def today(cls) -> Self:
        """Give the day of the pictures."""
        return cls(TODAY.year, TODAY.month, TODAY.day)


class Studio:
    """One window. Use as a context manager."""

    def __init__(self, theme: str, scale: float, *, first_run: bool = False) -> None:
        self.app = QApplication.instance() or QApplication([])
        qInstallMessageHandler(_complain)
        bridge.date = _Day  # type: ignore[attr-defined]
        look = Window(theme=theme, scale=scale, reduced_motion=True, tray=False)
        settings = Settings(companion=Companion(name="Mate"), key=Key(), window=look)
        self.inbox = Inbox()
        self.actor = Actor(self.inbox)
        self.desk = DeskOfMemory(settings, self.inbox.put, page="" if first_run else "done")
        options = WindowOptions(
            theme=look.theme,
            scale=look.scale,
            reduced_motion=True,
            tray=False,
            desk=self.desk,
            microphone_open=lambda: self.actor.microphone_open,
        )
        self._desktop = window._Desktop(self.actor, self.inbox, options)
        self._window = self._desktop._window
        self._app = self._desktop._bridge
        self.now = time.monotonic()
        self._app._clock = lambda: self.now
        self.settle()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_of_the_error: object) -> None:
        self.desk.let_all()
        self._desktop.close()

    # What happens.

    def tell(self, *events: Event) -> None:
        """Have the companion tell something."""
        for event in events:
            self.inbox.put(event)
        self.settle()

    def ready(self) -> None:
        """Have everything loaded."""
        self.tell(Ready("vosk", MODEL, "pyttsx3", 2.0), PhaseChanged(Phase.IDLE))

    def hold(self, held: bool) -> None:
        """Have the key held, or let go."""
        self.actor.held = held
        self._app._refresh()
        self.settle()

    # What a person does.

    def key(self, key: int, modifiers: int = 0) -> None:
        """Press a key and let it go."""
        QTest.keyClick(self._window, key, modifiers)  # type: ignore[call-overload]
        self.settle()

    def resize(self, width: int, height: int) -> None:
        """Drag the window to another size."""
        self._window.resize(width, height)
        self.settle()

    def settings(self, topic: str = "") -> QObject:
        """Open the settings, and a topic by its name; gives the page."""
        loader = self._window.findChild(QObject, "settings")
        assert loader is not None
        QMetaObject.invokeMethod(loader, "open")
        self.until(lambda: bool(loader.property("opened")), "the settings")
        page: QObject = loader.property("item")
        if topic:
            names = [row["name"] for row in page.property("topics").toVariant()]
            page.setProperty("topic", names.index(topic))
            self.until(lambda: page.property("panel") is not None, topic)
        self.settle()
        return page

    def scroll(self, name: str, part: float) -> None:
        """Scroll something down by a part of what it hides."""
        item = self.item(name)
        hidden = item.property("contentHeight") - item.property("height")
        item.setProperty("contentY", max(0.0, hidden * part))
        self.settle()

    def go_to_page(self, page: str) -> None:
        """Go on in the first run."""
        run = self._app.first_run
        while run.page != page:
            run.next()
            self.settle()

    def click(self, name: str) -> None:
        """Press a button."""
        button = self.item(name)
        QMetaObject.invokeMethod(button, "click")
        self.settle()

    def item(self, name: str) -> QQuickItem:
        """Find a thing in the window by its name."""
        found = next(
            (i for i in _inside(self._window.contentItem()) if i.objectName() == name), None
        )
        assert found is not None, name
        return found

    # The camera.

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Let the window work until something is so."""
        end = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < end, f"never: {what}"
            _work(5)

    def settle(self) -> None:
        """Let the window work until no new picture comes."""
        painted = [True]
        self._window.frameSwapped.connect(lambda: painted.append(True))
        end = time.monotonic() + PATIENCE_S
        while painted and time.monotonic() < end:
            painted.clear()
            _work(QUIET_MS)

    def picture(self) -> QImage:
        """Take the picture."""
        self.settle()
        return self._window.grabWindow()

    def save(self, file: Path) -> None:
        """Take the picture, with as many colours as a small file can have."""
        whole = self.picture().convertToFormat(QImage.Format.Format_RGB888)
        assert whole.save(str(file), "PNG", 0), file


def _inside(item: QQuickItem) -> Iterator[QQuickItem]:
    # What a model made has no parent but the one on the screen.
    for child in item.childItems():
        yield child
        yield from _inside(child)


def beside(pictures: list[QImage], gap: int, ground: str) -> QImage:
    """Put pictures of one height in a row."""
    width = sum(picture.width() for picture in pictures) + gap * (len(pictures) - 1)
    row = QImage(width, pictures[0].height(), QImage.Format.Format_RGB888)
    row.fill(ground)
    painter = QPainter(row)
    x = 0
    for picture in pictures:
        painter.drawImage(x, 0, picture)
        x += picture.width() + gap
    painter.end()
    return row


def _work(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _complain(_kind: object, _context: object, message: str) -> None:
    print(f"Qt: {message}", file=sys.stderr)
