"""The token by which a turn is cancelled. Set once, never cleared: a new turn gets a new token."""

from __future__ import annotations

import threading
from collections.abc import Callable

from voicemate.errors import TurnCancelled


class CancelToken:
    """Says whether one turn has been cancelled. Any thread may read it or set it."""

    __slots__ = ("_callbacks", "_event", "_lock")

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """True from the first call of `cancel` on, for ever."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Set the token and run what was registered with `on_cancel`, on the calling thread."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Run `callback` once when the token is set; at once if it is set already.

        It runs on the thread that cancels, which may be the window's: it must not block.
        """
        with self._lock:
            if not self._event.is_set():
                self._callbacks.append(callback)
                return
        callback()

    def raise_if_cancelled(self) -> None:
        """Raise `TurnCancelled` when the token is set."""
        if self._event.is_set():
            raise TurnCancelled

    def wait(self, timeout_s: float) -> bool:
        """Wait until cancelled or for `timeout_s`; true when cancelled."""
        return self._event.wait(timeout_s)
