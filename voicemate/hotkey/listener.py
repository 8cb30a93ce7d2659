"""Joins a source of keys with the companion, and hears one key for choosing it.

Threads: "hotkey" belongs to the backend and calls `HotkeyListener.feed`; "hotkey-watch" sleeps
until the gesture wants to be woken, which is never while nobody listens.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Final, Protocol

from voicemate.cancel import CancelToken
from voicemate.hotkey.backend import HotkeyBackend, HotkeyError
from voicemate.hotkey.gesture import Actions, Gesture, Mode
from voicemate.hotkey.keys import (
    ESC,
    MODIFIER_KEYS,
    Binding,
    RawKey,
    modifier_of,
    parse_binding,
)

log = logging.getLogger(__name__)

Clock = Callable[[], float]


class Talker(Protocol):
    """The companion, as far as a key knows it. All methods return at once, from any thread."""

    @property
    def held(self) -> bool:
        """True while it listens."""

    def press(self) -> None:
        """Stop speaking and listen."""

    def release(self) -> None:
        """Answer what was said."""

    def discard(self) -> None:
        """Throw away what is being said."""


class HotkeyListener:
    """Listens to one key from `start` to `stop`. Its methods may be called from any thread.

    `on_trouble` is told, on the thread "hotkey", when the source of keys is gone for good.
    """

    def __init__(
        self,
        talker: Talker,
        backend: HotkeyBackend,
        binding: Binding,
        *,
        mode: Mode = "auto",
        on_trouble: Callable[[HotkeyError], None] = lambda _error: None,
        clock: Clock = time.monotonic,
        wall_clock: Clock = time.time,
    ) -> None:
        self._talker = talker
        self._backend = backend
        self._key = binding.key
        self._on_trouble = on_trouble
        self._clock = clock
        self._wall_clock = wall_clock
        self._gesture = Gesture(binding, mode, backend.is_down)
        self._changed = threading.Condition()
        self._stopping = False
        self._deaf = True
        self._watch = threading.Thread(target=self._watch_loop, name="hotkey-watch", daemon=True)

    def start(self) -> None:
        """Begin to listen. Raises `HotkeyError`, and then there is nothing to stop."""
        self._backend.start(self.feed, self._lost)
        self._hear_again()
        self._watch.start()

    def stop(self) -> None:
        """Listen no more; a take that waits for the key's release is thrown away."""
        self._backend.stop()
        with self._changed:
            self._stopping = True
            self._changed.notify()
            self._drop_held()
        self._watch.join()

    @contextmanager
    def deaf(self) -> Iterator[None]:
        """Let the key mean nothing meanwhile; a take that waits for its release is thrown away."""
        with self._changed:
            self._deaf = True
            self._drop_held()
        try:
            yield
        finally:
            self._hear_again()

    def _hear_again(self) -> None:
        """Begin with what is held now: a key that was pressed before must not talk by repeating."""
        held = self._backend.is_down(self._key) is True
        with self._changed:
            self._gesture.begin(held, self._clock())
            self._deaf = False

    def feed(self, key: RawKey) -> None:
        """Take a key event; the companion has been told when it returns."""
        with self._changed:
            if self._deaf or self._stopping:
                return
            try:
                self._gesture.agree(self._talker.held, key.at)
                self._do(self._gesture.tick(key.at, self._wall_clock()))
                self._do(self._gesture.feed(key))
            except Exception:
                # The top of the backend's loop: a bug of ours must not leave the key dead.
                log.exception("a key event failed")
            if self._gesture.wake_at is not None:
                self._changed.notify()

    def _do(self, actions: Actions) -> None:
        for action in actions:
            match action:
                case "press":
                    self._talker.press()
                case "release":
                    self._talker.release()
                case "discard":
                    self._talker.discard()

    def _lost(self, error: HotkeyError) -> None:
        with self._changed:
            self._drop_held()
            self._gesture.begin(False, self._clock())
        self._on_trouble(error)

    def _drop_held(self) -> None:
        if self._gesture.holding:
            self._gesture.agree(False, self._clock())
            self._talker.discard()

    def _watch_loop(self) -> None:
        with self._changed:
            while not self._stopping:
                wake_at = self._gesture.wake_at
                now = self._clock()
                if wake_at is None or now < wake_at:
                    self._changed.wait(None if wake_at is None else wake_at - now)
                    continue
                try:
                    self._gesture.agree(self._talker.held, now)
                    self._do(self._gesture.tick(now, self._wall_clock()))
                except Exception:
                    log.exception("the key's watch failed")


_PRESSES_BUTTONS: Final = ("Enter", "Keypad Enter", "Space", ESC)


def capture_next_key(
    backend: HotkeyBackend, timeout_s: float, cancel: CancelToken | None = None
) -> Binding | None:
    """Wait for the next key or combination that is pressed, to bind it; None for Esc or nothing.

    A modifier counts when it is let go alone. `cancel` ends it from any thread. Starts and stops
    `backend`, which must not have been started. Raises `HotkeyError` where it cannot hear every key
    or is lost, `SettingsError` for a key that cannot be bound.
    """
    if not backend.sees_all_keys:
        raise HotkeyError(
            "This desktop does not tell which key was pressed.",
            "Choose the key in the desktop's own keyboard settings.",
        )
    keys: SimpleQueue[RawKey | HotkeyError | None] = SimpleQueue()
    if cancel is not None:
        cancel.on_cancel(lambda: keys.put(None))
    backend.start(keys.put, keys.put)
    try:
        # The key that pressed the button "choose a key" may be down still, and repeat.
        before = {name for name in _PRESSES_BUTTONS if backend.is_down(name)}
        held = dict.fromkeys(name for name in MODIFIER_KEYS if backend.is_down(name))
        return _capture(keys, time.monotonic() + timeout_s, before, held)
    finally:
        backend.stop()


def _capture(
    keys: SimpleQueue[RawKey | HotkeyError | None],
    deadline: float,
    before: set[str],
    held: dict[str, None],
) -> Binding | None:
    alone: str | None = None
    while True:
        try:
            key = keys.get(timeout=max(deadline - time.monotonic(), 0))
        except Empty:
            return None
        if isinstance(key, HotkeyError):
            raise key
        if key is None:
            return None
        if key.name in before:
            if not key.down:
                before.discard(key.name)
        elif not key.down:
            if key.name == alone:
                return parse_binding(key.name)
            held.pop(key.name, None)
        elif key.name == ESC:
            return None
        elif modifier_of(key.name) is None:
            kinds = {modifier_of(name) for name in held}
            return parse_binding("+".join([*sorted(filter(None, kinds)), key.name]))
        else:
            # Only a modifier that was pressed first, and with which nothing else was pressed.
            alone = key.name if not held or held.keys() == {key.name} else None
            held[key.name] = None
