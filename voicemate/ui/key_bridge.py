"""The key to talk with, as QML knows it: `App.desk.key`; on the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot

from voicemate.errors import VoiceMateError
from voicemate.ui import settings_words as words
from voicemate.ui.desk import Desk, KeyState
from voicemate.ui.errands import Errands
from voicemate.ui.facts import Facts, facts

CAPTURE_S = 20.0
"""So long a new key is waited for."""

_STOP_AGAIN_MS = 50


class KeyBridge(QObject):
    """`now` (facts: binding, heard, heard_by, why, can_capture, waiting), `lines`, and slots."""

    lines_changed = Signal()

    def __init__(
        self,
        desk: Desk,
        errands: Errands,
        problems: Facts,
        set_setting: Callable[[str, str], None],
    ) -> None:
        super().__init__()
        self._desk = desk
        self._errands = errands
        self._problems = problems
        self._set = set_setting
        self._shown = KeyState("")
        self._given_up = threading.Event()
        self._stop_again = QTimer(self)
        self._stop_again.setInterval(_STOP_AGAIN_MS)
        self._stop_again.timeout.connect(self._desk.stop_capture)
        self._now = facts(
            {
                "binding": "",
                "heard": False,
                "heard_by": "",
                "why": "",
                "can_capture": False,
                "waiting": False,
            }
        )
        self.look()

    def _lines(self) -> list[dict[str, str]]:
        return [{"label": name, "value": text} for name, text in self._shown.lines.items()]

    now = Property(QObject, lambda self: self._now, constant=True)
    lines = Property(list, _lines, notify=lines_changed)

    def look(self) -> None:
        """Show the key as it is."""
        before, self._shown = self._shown, self._desk.key()
        key = self._shown
        self._now.set_all(
            {
                "binding": key.binding,
                "heard": key.heard_by != "",
                "heard_by": words.heard_by(key.heard_by),
                "why": key.why,
                "can_capture": key.can_capture,
            }
        )
        if before.lines != key.lines:
            self.lines_changed.emit()

    @Slot()
    def capture(self) -> None:
        """Wait for a new key; it becomes the key to talk with."""
        if self._now.value("waiting"):
            return
        self._now.set("waiting", True)
        self._problems.set("capture", "")
        self._given_up.clear()

        def work() -> str | None:
            # On the key's thread, which may begin only after the person has thought better of it.
            return None if self._given_up.is_set() else self._desk.capture_key(CAPTURE_S)

        self._errands.run("key", work, self._captured, self._failed)

    @Slot()
    def stop(self) -> None:
        """Wait no more, and keep the key."""
        if self._now.value("waiting"):
            self._given_up.set()
            self._desk.stop_capture()
            # A stop that comes just before the waiting begins is lost on the desk.
            self._stop_again.start()

    def _over(self) -> None:
        self._stop_again.stop()
        self._now.set("waiting", False)

    def _captured(self, pressed: str | None) -> None:
        self._over()
        if pressed is not None:
            self._set("key.key", pressed)

    def _failed(self, error: VoiceMateError) -> None:
        self._over()
        self._problems.set("capture", words.told(error))
