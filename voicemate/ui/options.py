"""What a window is opened with; no Qt here, so that the command line can make it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from voicemate.types import Thumb, TurnId
from voicemate.ui.desk import Desk
from voicemate.ui.talker import Talker
from voicemate.ui.theme import ThemeName

MIN_SCALE, MAX_SCALE = 0.8, 2.0


class WindowTalker(Talker, Protocol):
    """The companion, as far as a window knows it."""

    def start(self) -> None:
        """Begin to load the engines."""

    def recite(self, text: str) -> None:
        """Say a text; it is no part of the conversation."""

    def repeat(self) -> None:
        """Say the last answer again."""

    def rate(self, turn: TurnId, thumb: Thumb) -> None:
        """Keep what the person thinks of an answer."""


class Doorbell:
    """Asks a window to come to the front; `ring` may be called from any thread, at any time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answer: Callable[[], None] | None = None
        self._rung = False

    def ring(self) -> None:
        """Ask; a window that is not open yet comes to the front when it is."""
        with self._lock:
            self._rung = self._answer is None
            if self._answer is not None:
                self._answer()

    def listen(self, answer: Callable[[], None] | None) -> None:
        """Call `answer` at each ring, on the thread that rang; None: no more from now on."""
        with self._lock:
            self._answer = answer
            if answer is not None and self._rung:
                self._rung = False
                answer()


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """How the window looks, and what it can look at.

    `scale` is that of the text, 0.8 to 2. `hidden` starts it in the tray, where there is one.
    `microphone_open` tells the truth about the stream, where it is known (asked on the window's
    thread); without it the microphone counts as open when it is not muted. With a `desk` there are
    settings, and the look and the name follow them.
    """

    name: str = "Mate"
    theme: ThemeName = "system"
    scale: float = 1.0
    reduced_motion: bool = False
    close_to_tray: bool = False
    tray: bool = True
    hidden: bool = False
    doorbell: Doorbell = field(default_factory=Doorbell)
    microphone_open: Callable[[], bool] | None = None
    desk: Desk | None = None
