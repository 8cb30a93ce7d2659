"""The key to talk with, from any program: keeps one listener running, as the settings have it.

Stands between `voicemate.app` and `voicemate.hotkey`. The thread "hotkey-start" finds out what
works and starts it, because a desktop's portal may take seconds; nobody waits for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from voicemate import paths
from voicemate.cancel import CancelToken
from voicemate.errors import SettingsError
from voicemate.events import Event, Notice
from voicemate.hotkey.backend import PTT_HINT, Environment, HotkeyBackend, HotkeyError, NoKeys
from voicemate.hotkey.choice import binding_lines, choose, default_binding, hears_all, order
from voicemate.hotkey.keys import TRIGGER, Binding, RawKey, parse_binding
from voicemate.hotkey.listener import HotkeyListener, Talker, capture_next_key
from voicemate.hotkey.portal import PortalKeys
from voicemate.settings import Key
from voicemate.ui.desk import KeyState

log = logging.getLogger(__name__)

_STARTING: Final = "VoiceMate is finding out how the key can be heard"
_NO_TRIGGER: Final = "the desktop has given it no key yet: choose one in its keyboard settings"


@dataclass(slots=True)
class _Ear:
    """How the key is heard, and how that went; `lost` says why it is heard no more."""

    binding: Binding
    why: str
    backend: HotkeyBackend
    can_capture: bool = False
    lost: str = ""

    def state(self) -> KeyState:
        """Tell it to the person."""
        trigger = self.backend.trigger if isinstance(self.backend, PortalKeys) else None
        told = _NO_TRIGGER if trigger == "" else f"the desktop says: {trigger}" if trigger else ""
        return KeyState(
            str(self.binding),
            heard_by="" if self.lost else self.backend.name,
            why=self.lost or "; ".join(filter(None, (self.why, told))),
            can_capture=self.can_capture,
            lines=binding_lines(self.binding),
        )


class GlobalKey:
    """The key, from the first `apply` to `close`. All methods may be called from any thread.

    `tell` is given a `Notice` when the key cannot be heard; `changed` is called after `state` has
    changed. Both run on the threads "hotkey-start" and "hotkey", and must return at once.
    """

    def __init__(
        self,
        talker: Talker,
        tell: Callable[[Event], None],
        changed: Callable[[], None],
        *,
        environment: Environment | None = None,
    ) -> None:
        self._talker = talker
        self._tell = tell
        self._changed = changed
        self._environment = environment or Environment()
        # Guards all below; nothing is waited for while it is held.
        self._lock = threading.Lock()
        self._wanted: Key | None = None
        self._used: Key | None = None
        self._closed = False
        self._starter: threading.Thread | None = None
        self._listener: HotkeyListener | None = None
        self._ear: _Ear | None = None
        self._capture: CancelToken | None = None
        # Held, for seconds, by whoever exchanges the listener or makes it deaf.
        self._exchange = threading.Lock()

    @property
    def state(self) -> KeyState:
        """What the key is and how it is heard."""
        with self._lock:
            return self._ear.state() if self._ear else KeyState("", why=_STARTING)

    def apply(self, key: Key) -> None:
        """Listen to this key from now on; returns at once, and the newest one wins.

        Nothing happens when it is listened to already. What the old one held is thrown away.
        """
        with self._lock:
            if self._closed:
                return
            self._wanted = key
            if self._ear is not None and self._ear.lost:
                self._used = None
            if self._starter is None and key != self._used:
                self._starter = threading.Thread(
                    target=self._start_loop, name="hotkey-start", daemon=True
                )
                self._starter.start()

    def feed_ptt(self, command: Literal["down", "up"]) -> None:
        """Take what `voicemate ptt` says: it holds, taps and repeats as the key itself does."""
        with self._lock:
            listener = self._listener
        if listener is not None:
            listener.feed(RawKey(TRIGGER, command == "down", time.monotonic()))

    def capture(self, timeout_s: float) -> str | None:
        """Wait for the next key that is pressed, anywhere; None for Esc, nothing or the end.

        The key means nothing meanwhile; an earlier `capture` ends. Raises `HotkeyError` where keys
        cannot be heard, `SettingsError` for one that cannot be the key.
        """
        cancel = CancelToken()
        with self._lock:
            earlier, self._capture = self._capture, cancel
            if self._closed:
                return None
        if earlier is not None:
            earlier.cancel()
        with self._exchange:
            with self._lock:
                wanted, listener = self._wanted, self._listener
            backend = self._hears_all(wanted)
            if backend is None:
                raise HotkeyError(
                    "Keys that are pressed in other windows cannot be heard here.",
                    'Write the name of the key instead, such as "F9".',
                )
            if listener is None:
                binding = capture_next_key(backend, timeout_s, cancel)
            else:
                with listener.deaf():
                    binding = capture_next_key(backend, timeout_s, cancel)
        return str(binding) if binding else None

    def stop_capture(self) -> None:
        """End `capture`; without one nothing happens."""
        with self._lock:
            capture, self._capture = self._capture, None
        if capture is not None:
            capture.cancel()

    def close(self) -> None:
        """Listen no more, for good; what the key holds is thrown away."""
        with self._lock:
            self._closed = True
            listener, self._listener = self._listener, None
        self.stop_capture()
        if listener is not None:
            listener.stop()

    def _start_loop(self) -> None:
        while (key := self._next()) is not None:
            try:
                with self._exchange:
                    self._use(key)
            except Exception:
                log.exception("the key could not be set up")
                self._tell(Notice("The key could not be set up.", f"See {paths.log_file()}."))

    def _next(self) -> Key | None:
        """Give the key that is wanted now; None, and the thread ends, when it is in use."""
        with self._lock:
            if self._closed or self._wanted == self._used:
                self._starter = None
                return None
            self._used = self._wanted
            return self._used

    def _use(self, key: Key) -> None:
        """Try one way after the other, until the key is heard or none is left."""
        try:
            likely = self._binding(key)
        except SettingsError as error:
            self._put(_Ear(Binding(key.key), error.message, NoKeys()), key)
            self._tell(Notice(error.message, error.hint))
            return
        # `voicemate ptt` need not wait for what a slow desktop answers.
        self._put(_Ear(likely, _STARTING, NoKeys()), key)
        failed: dict[str, str] = {}
        trouble: HotkeyError | None = None
        while not self._outdated():
            backend, binding, why = choose(key.key, key.backend, self._environment, failed)
            log.info("the key %s: %s", binding, why)
            ear = _Ear(binding, why, backend or NoKeys())
            ear.can_capture = ear.backend.sees_all_keys or self._hears_all(key) is not None
            if backend is None:
                self._explain(ear, key, trouble)
                return
            try:
                self._put(ear, key)
            except HotkeyError as error:
                log.warning("the key %s is not heard: %s", binding, error.message)
                failed[backend.name], trouble = f"{error.message} {error.hint}".strip(), error
            else:
                return

    def _binding(self, key: Key) -> Binding:
        """Give what the key will be unless its way fails. Raises `SettingsError`."""
        if key.key:
            return parse_binding(key.key)
        return default_binding(order(self._environment)[0], self._environment)

    def _hears_all(self, key: Key | None) -> HotkeyBackend | None:
        return hears_all(key.backend if key else "auto", self._environment)

    def _outdated(self) -> bool:
        with self._lock:
            return self._closed or self._wanted != self._used

    def _put(self, ear: _Ear, key: Key) -> None:
        """Listen with it from now on. Raises `HotkeyError`, and then the one before goes on."""
        listener = HotkeyListener(
            self._talker,
            ear.backend,
            ear.binding,
            mode=key.mode,
            on_trouble=lambda error: self._lose(ear, error),
        )
        if isinstance(ear.backend, PortalKeys):
            ear.backend.on_trigger = self._changed
        listener.start()
        with self._lock:
            before: HotkeyListener | None = listener
            if not self._closed:
                before, self._listener, self._ear = self._listener, listener, ear
        if before is not None:
            before.stop()
        self._changed()

    def _explain(self, ear: _Ear, key: Key, trouble: HotkeyError | None) -> None:
        """Say why it is not heard; the listener that only hears `voicemate ptt` stays."""
        with self._lock:
            self._ear = ear
        self._changed()
        if trouble is None and key.backend not in ("auto", "none"):
            trouble = HotkeyError(f"The key cannot be heard ({ear.why}).", PTT_HINT)
        if trouble is not None:
            self._tell(Notice(trouble.message, trouble.hint))

    def _lose(self, ear: _Ear, error: HotkeyError) -> None:
        """Take note, on the thread "hotkey", that the source of keys has gone."""
        ear.lost = error.message
        self._changed()
        self._tell(Notice(error.message, error.hint))
