"""Work for the settings that may take longer than a picture, each kind on a thread of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Literal, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from voicemate.errors import VoiceMateError
from voicemate.ui.hands import Hands
from voicemate.ui.settings_words import bug

Lane = Literal["settings", "looking", "download", "key"]
"""What is kept or done, in order; what is only looked up; downloads; waiting for a key."""

Result = TypeVar("Result")


class Errands(QObject):
    """Has work done in lanes; results come back on the window's thread, in the lane's order.

    A lane's thread is begun when it is first needed: settings that nobody opens cost nothing.
    """

    _came = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes: dict[Lane, Hands] = {}
        # Not bounded: it grows by what a person asks for, and by ten steps a second of a download.
        self._results: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._resting = False
        self._came.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        lane: Lane,
        work: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[VoiceMateError], None],
    ) -> None:
        """Have `work` done on the lane's thread, then one of the others on the window's."""
        if self._resting:
            return
        if lane not in self._lanes:
            self._lanes[lane] = Hands(lambda: None, f"desk-{lane}")

        def errand() -> None:
            outcome: Callable[[], None] = lambda: failed(bug())  # noqa: E731
            try:
                result = work()
                outcome = lambda: done(result)  # noqa: E731
            except VoiceMateError as error:
                known = error
                outcome = lambda: failed(known)  # noqa: E731
            finally:
                # Also after a bug, which the lane logs: nothing on the page waits for ever.
                self.post(outcome)

        self._lanes[lane].do(errand)

    def post(self, action: Callable[[], None]) -> None:
        """Have something done on the window's thread; from any thread."""
        self._results.put(action)
        self._came.emit()

    def rest(self) -> None:
        """Do what has been asked for, and end; what comes out of it is told to nobody."""
        self._resting = True
        for lane in self._lanes.values():
            lane.rest()

    @Slot()
    def _deliver(self) -> None:
        # What is put meanwhile has its own signal: no endless round here.
        for _ in range(self._results.qsize()):
            try:
                action = self._results.get_nowait()
            except Empty:
                return
            if not self._resting:
                action()


class Beat:
    """True at most so often: a download tells of every block it has got."""

    def __init__(self, every_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._every_s = every_s
        self._clock = clock
        self._last = float("-inf")

    def due(self) -> bool:
        """Tell whether it is time again."""
        now = self._clock()
        if now - self._last < self._every_s:
            return False
        self._last = now
        return True
