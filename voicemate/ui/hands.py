"""A thread that does for the window what might keep it waiting."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

log = logging.getLogger(__name__)


class Hands:
    """Does one thing after the other, in the order they were asked for.

    The companion answers at once as long as the sound card does; a device that hangs, or a
    microphone that is opened anew, takes up to seconds, and the window must not freeze meanwhile.
    The queue is not bounded: it grows by what a person presses.
    """

    def __init__(self, after_each: Callable[[], None], name: str = "hands") -> None:
        """Take what is called, on the thread, after each thing that was done."""
        self._after_each = after_each
        self._wanted: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._hands_loop, name=name, daemon=True)
        self._thread.start()

    def do(self, action: Callable[[], object]) -> None:
        """Have it done; returns at once."""
        self._wanted.put(action)

    def rest(self) -> None:
        """Do what has been asked for, and end."""
        self._wanted.put(None)
        self._thread.join()

    def _hands_loop(self) -> None:
        while (action := self._wanted.get()) is not None:
            try:
                action()
            except Exception:
                log.exception("what the window asked for failed")
            self._after_each()
