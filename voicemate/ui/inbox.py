"""Events on their way from the companion's threads to the front end."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Self

from voicemate.events import Event


class Inbox:
    """A queue of events that wakes its reader.

    `put` and `finish` may be called from any thread, also when nobody reads any more. The queue is
    not bounded: a turn makes a handful of events a second, and none may be lost.
    """

    def __init__(self) -> None:
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._lock = threading.Lock()
        self._wake: Callable[[], None] | None = None
        self._finished = False

    def put(self, event: Event) -> None:
        """Hand over an event: this is what a companion emits to."""
        self._events.put(event)
        self._call()

    def finish(self) -> None:
        """Ask the front end to end."""
        self._finished = True
        self._call()

    @property
    def finished(self) -> bool:
        """True when the front end was asked to end."""
        return self._finished

    def drain(self) -> list[Event]:
        """Give all events that have come since the last call, oldest first."""
        events = []
        while True:
            try:
                events.append(self._events.get_nowait())
            except Empty:
                return events

    def listen(self, wake: Callable[[], None] | None) -> None:
        """Call `wake` after each event, on the thread that put it; None: no more from now on."""
        # Under the lock, so that after listen(None) nobody is inside the old `wake`.
        with self._lock:
            self._wake = wake
        if wake is not None:
            wake()

    def _call(self) -> None:
        with self._lock:
            if self._wake is not None:
                self._wake()


class WakePipe:
    """Something that `select` can wait for on POSIX, and that any thread can ring."""

    def __enter__(self) -> Self:
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        os.set_blocking(self._write_end, False)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._read_end)
        os.close(self._write_end)

    def fileno(self) -> int:
        """Give the descriptor that becomes readable."""
        return self._read_end

    def ring(self) -> None:
        """Wake whoever waits; from any thread, and from a signal handler."""
        # A full pipe wakes just as well.
        with contextlib.suppress(BlockingIOError):
            os.write(self._write_end, b"!")

    def clear(self) -> None:
        """Be quiet again."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._read_end, 65536)
