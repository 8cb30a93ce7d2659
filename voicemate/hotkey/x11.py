"""Keys under X11, heard through its RECORD extension: every window keeps its keys and its focus.

Uses python-xlib, on which pynput stands there too, and not pynput itself. On Linux pynput cannot be
installed without a C compiler (its evdev has no ready wheels), its thread does not end when it is
told to, it knows a key by its symbol, which a Korean layout changes for Right Ctrl, and it cannot
say that the screen has gone.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Protocol, cast

from voicemate.hotkey.backend import (
    INSTALL_HINT,
    PTT_HINT,
    Availability,
    Environment,
    HotkeyError,
    OnKey,
    OnLost,
)
from voicemate.hotkey.key_table import KEYS, linux_code, linux_name
from voicemate.hotkey.keys import RawKey
from voicemate.hotkey.x11_nudge import Nudge

log = logging.getLogger(__name__)

_KEY_PRESS, _KEY_RELEASE = 2, 3
_EVENT_BYTES = 32
_TIME, _TIME_AT = struct.Struct("=I"), 4
_FROM_SERVER, _START_OF_DATA = 0, 4
_FIRST_CODE = 8
_START_S = 5.0


class _Reply(Protocol):
    """What RECORD hands over."""

    category: int
    client_swapped: int
    data: bytes


class _Screen(Protocol):
    """Xlib.display.Display, as far as it is used here."""

    def has_extension(self, name: str) -> bool: ...

    def record_create_context(
        self, flags: int, clients: list[int], ranges: list[dict[str, object]]
    ) -> int: ...

    def record_enable_context(self, context: int, take: Callable[[_Reply], None]) -> None: ...

    def record_disable_context(self, context: int) -> None: ...

    def flush(self) -> None: ...

    def query_keymap(self) -> list[int]: ...

    def get_keyboard_mapping(self, first: int, count: int) -> list[list[int]]: ...

    def close(self) -> None: ...


class X11Keys:
    """Every key of an X11 screen; `display` as in DISPLAY, empty for what DISPLAY says."""

    name = "x11"
    sees_all_keys = True

    def __init__(self, display: str = "") -> None:
        self._display = display or os.environ.get("DISPLAY", "")
        self._lock = threading.Lock()
        self._control: _Screen | None = None
        self._record: _Screen | None = None
        self._context = 0
        self._names: dict[int, str] = {}
        self._codes: dict[str, int] = {}
        self._on_key: OnKey = _nothing
        self._lost: OnLost = _nothing
        self._nudge: Nudge | None = None
        self._tells = False
        self._ready = threading.Event()
        self._when = _ServerClock()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self, on_key: OnKey, on_lost: OnLost) -> None:
        """Begin to listen. Raises `HotkeyError`."""
        self._on_key, self._lost = on_key, on_lost
        try:
            control = self._control = _connect(self._display)
            record = self._record = _connect(self._display)
            self._names = _names(control)
            self._codes = {name: code for code, name in self._names.items()}
            self._context = record.record_create_context(0, [_all_clients()], [_device_keys()])
            self._nudge = Nudge(_connect(self._display))
        except HotkeyError:
            self.stop()
            raise
        except _gone() as error:
            self.stop()
            raise HotkeyError(
                f"The X11 screen does not tell its keys ({error}).", PTT_HINT
            ) from error
        self._thread = threading.Thread(
            target=self._key_loop, args=(record,), name="hotkey", daemon=True
        )
        self._thread.start()
        if not self._ready.wait(_START_S) or not self._tells:
            self.stop()
            raise HotkeyError(
                "X11 does not tell which keys are pressed.",
                PTT_HINT,
            )

    def stop(self) -> None:
        """End the thread."""
        with self._lock:
            self._stopping = True
            if self._control is not None and self._thread is not None:
                try:
                    self._control.record_disable_context(self._context)
                    self._control.flush()
                except _gone():
                    pass  # then the thread ends by itself
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        if self._nudge is not None:
            self._nudge.stop()
            self._nudge = None
        with self._lock:
            for connection in (self._record, self._control):
                _close(connection)
            self._control = None

    def is_down(self, name: str) -> bool | None:
        """Ask the X server for the keys that are held."""
        code = self._codes.get(name)
        with self._lock:
            if code is None or self._control is None:
                return None
            try:
                held = self._control.query_keymap()
            except _gone():
                return None
        return bool(held[code // 8] & 1 << code % 8)

    def _key_loop(self, record: _Screen) -> None:
        try:
            record.record_enable_context(self._context, self._received)
        except _gone() as error:
            log.info("the X11 screen has gone: %s", error)
        told, self._tells = self._tells, False
        self._ready.set()  # also where it never began to tell
        if told and not self._stopping:
            self._lost(HotkeyError("The X11 screen has gone.", "Start VoiceMate anew."))

    def _received(self, reply: _Reply) -> None:
        if reply.category == _START_OF_DATA:
            self._tells = True
            self._ready.set()
        if reply.category != _FROM_SERVER or reply.client_swapped:
            return
        data = reply.data
        for start in range(0, len(data) - _EVENT_BYTES + 1, _EVENT_BYTES):
            kind = data[start] & 0x7F
            if kind in (_KEY_PRESS, _KEY_RELEASE) and not self._stopping:
                code = data[start + 1]
                (server_ms,) = _TIME.unpack_from(data, start + _TIME_AT)
                at = self._when.monotonic(server_ms / 1000)
                name = self._names.get(code) or linux_name(code - _FIRST_CODE)
                self._on_key(RawKey(name, kind == _KEY_PRESS, at))


class _ServerClock:
    """Tells by the server's times when a key was pressed, however late we come to see it.

    So a busy machine does not make a quick double tap look like one press. The smallest difference
    that was seen between the two clocks is taken for the true one.
    """

    def __init__(self) -> None:
        self._ahead = float("inf")
        self._last = float("-inf")

    def monotonic(self, server_s: float) -> float:
        """Give the `time.monotonic()` of a server's time; never later than now."""
        now = time.monotonic()
        if server_s < self._last:
            self._ahead = float("inf")  # its milliseconds wrap after 49 days
        self._last = server_s
        self._ahead = min(self._ahead, now - server_s)
        return server_s + self._ahead


def x11_available(environment: Environment) -> Availability:
    """Say whether keys can be heard through X11, after trying to connect."""

    def no(why: str) -> Availability:
        return Availability(X11Keys.name, False, why)

    display = environment.variables.get("DISPLAY")
    if environment.wayland:
        return no(
            "this is a Wayland session: X11 tells keys only while a window of X11 has the focus"
        )
    if not display:
        return no("there is no X11 screen (DISPLAY is not set)")
    try:
        _close(_connect(display))
    except HotkeyError as error:
        return no(f"{error.message} {error.hint}".strip())
    return Availability(X11Keys.name, True, f"the X11 screen {display} tells every key")


def _connect(display: str) -> _Screen:
    """Connect to an X server that has the RECORD extension. Raises `HotkeyError`."""
    try:
        from Xlib.display import Display
    except ImportError as error:
        raise HotkeyError("python-xlib is not installed.", INSTALL_HINT) from error
    try:
        _reach(display)
        # A local screen by its socket alone: for ":0" python-xlib would go on to the network.
        name = f"unix/{display}" if display.startswith(":") else display
        connection = cast("_Screen", Display(name))
    except _gone() as error:
        raise HotkeyError(
            f"The X11 screen {display!r} cannot be reached ({error}).",
            "Start VoiceMate from a program on that screen.",
        ) from error
    if not connection.has_extension("RECORD"):
        _close(connection)
        raise HotkeyError(
            "This X11 screen cannot tell other windows' keys (no RECORD extension).",
            PTT_HINT,
        )
    return connection


def _reach(display: str) -> None:
    """Raise `OSError` where a local screen does not answer (python-xlib would leak its socket)."""
    number = re.match(r":(\d+)", display)
    if number is None:
        return
    path = f"/tmp/.X11-unix/X{number[1]}"  # noqa: S108  (the place X11 has it)
    for address in (path, f"\0{path}"):
        with socket.socket(socket.AF_UNIX) as attempt, contextlib.suppress(OSError):
            attempt.connect(address)
            return
    raise ConnectionRefusedError("nothing answers there")


def _gone() -> tuple[type[BaseException], ...]:
    """What python-xlib raises when the screen cannot be reached or has gone."""
    from Xlib import error

    return (error.DisplayError, error.ConnectionClosedError, error.XError, OSError, ValueError)


def _close(connection: _Screen | None) -> None:
    if connection is not None:
        try:
            connection.close()
        except _gone():
            return  # the server was faster


def _all_clients() -> int:
    from Xlib.ext import record

    return int(record.AllClients)


def _device_keys() -> dict[str, object]:
    """Describe what RECORD should tell: nothing but keys, as the keyboard gives them."""
    none = (0, 0)
    return {
        "core_requests": none,
        "core_replies": none,
        "ext_requests": (0, 0, 0, 0),
        "ext_replies": (0, 0, 0, 0),
        "delivered_events": none,
        "device_events": (_KEY_PRESS, _KEY_RELEASE),
        "errors": none,
        "client_started": False,
        "client_died": False,
    }


def _names(control: _Screen) -> dict[int, str]:
    """Give our names by X11 keycode.

    Nearly everywhere a keycode is the Linux code plus 8, whatever the layout. Some servers (remote
    desktops) number keys in their own way: there a key is known by what it types.
    """
    from Xlib import XK

    rows = control.get_keyboard_mapping(_FIRST_CODE, 256 - _FIRST_CODE)
    keysyms = {code: row[0] for code, row in enumerate(rows, _FIRST_CODE) if row[0]}
    f9 = (linux_code("F9") or 0) + _FIRST_CODE
    if keysyms.get(f9) == XK.string_to_keysym("F9"):
        return {code: linux_name(code - _FIRST_CODE) for code in range(_FIRST_CODE, 256)}
    known = {XK.string_to_keysym(key.keysym): key.name for key in KEYS.values()}
    return {code: known[keysym] for code, keysym in keysyms.items() if keysym in known}


def _nothing(_what: object) -> None:
    return
