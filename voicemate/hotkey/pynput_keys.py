"""Keys on Windows and macOS, through pynput; on X11 only where it is asked for by name.

A key is known by its code and not by what it types, so that a layout changes nothing. X11 has
`voicemate.hotkey.x11` instead, which says why; this adapter is tried there all the same, because it
is the one screen on which tests can press keys.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
import time
from collections.abc import Callable
from typing import Protocol, cast

from voicemate.hotkey.backend import (
    INSTALL_HINT,
    Availability,
    Environment,
    HotkeyError,
    OnKey,
    OnLost,
)
from voicemate.hotkey.key_table import BY_MACOS_CODE, BY_WINDOWS_CODE, KEYS
from voicemate.hotkey.keys import RawKey

_START_S = 5.0
_STEP_S = 0.02
_STOP_S = 2.0
# NX_KEYTYPE_PLAY and NX_KEYTYPE_MUTE of IOKit's ev_keymap.h: a numbering of their own, in which 0
# is the volume and not the letter A.
_MAC_MEDIA = {16: "Play", 7: "Mute"}
_MAC_HINT = (
    "Allow it in System Settings, Privacy & Security, under Input Monitoring and Accessibility, "
    "then start VoiceMate anew."
)


class _Listener(Protocol):
    """pynput's thread."""

    name: str
    ident: int | None

    def start(self) -> None: ...

    def wait(self) -> None: ...

    def stop(self) -> None: ...

    def is_alive(self) -> bool: ...

    def join(self, timeout: float | None = None) -> None: ...


class _Keyboard(Protocol):
    """pynput.keyboard, as far as it is used here."""

    def Listener(  # noqa: N802  (its name)
        self, *, on_press: Callable[[object], None], on_release: Callable[[object], None]
    ) -> _Listener: ...


class PynputKeys:
    """Every key that pynput is told of."""

    name = "pynput"
    sees_all_keys = True

    def __init__(self) -> None:
        self._listener: _Listener | None = None
        self._names: dict[int, str] = {}

    def start(self, on_key: OnKey, on_lost: OnLost) -> None:  # noqa: ARG002  (pynput does not tell)
        """Begin to listen. Raises `HotkeyError`."""
        keyboard = _load()
        names = self._names = _names()

        def on_press(key: object) -> None:
            if name := _name(key, names):
                on_key(RawKey(name, True, time.monotonic()))

        def on_release(key: object) -> None:
            if name := _name(key, names):
                on_key(RawKey(name, False, time.monotonic()))

        self._listener = listener = keyboard.Listener(on_press=on_press, on_release=on_release)
        listener.name = "hotkey"
        listener.start()
        ready = threading.Thread(target=listener.wait, name="hotkey-ready", daemon=True)
        ready.start()
        end = time.monotonic() + _START_S
        while ready.is_alive() and listener.is_alive() and time.monotonic() < end:
            ready.join(_STEP_S)
        if not listener.is_alive() or not getattr(listener, "IS_TRUSTED", True):
            self.stop()
            raise HotkeyError("The system does not tell VoiceMate which keys are pressed.", _hint())

    def stop(self) -> None:
        """End the thread."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        listener.stop()
        if threading.current_thread().ident != listener.ident:
            # On X11 its thread may not notice before the next key; it calls nobody then.
            listener.join(_STOP_S)

    def is_down(self, name: str) -> bool | None:
        """Ask the system whether a key is held."""
        # A Korean keyboard has two codes for one key.
        held = [_is_code_down(code) for code, known in self._names.items() if known == name]
        if not held or None in held:
            return None
        return any(held)


def pynput_available(environment: Environment) -> Availability:
    """Say whether pynput hears keys here."""

    def no(why: str) -> Availability:
        return Availability(PynputKeys.name, False, why)

    if environment.platform.startswith("linux"):
        if environment.wayland:
            return no("under Wayland it says that it is ready, and hears nothing")
        if not environment.variables.get("DISPLAY"):
            return no("there is no X11 screen (DISPLAY is not set)")
    if importlib.util.find_spec("pynput") is None:
        return no("pynput is not installed")
    try:
        _load()
    except HotkeyError as error:
        return no(error.message)
    if environment.platform == "darwin" and not _mac_trusts():
        return no(f"macOS does not allow it yet. {_MAC_HINT}")
    return Availability(PynputKeys.name, True, "the system tells every key")


def _load() -> _Keyboard:
    try:
        from pynput import keyboard
    except ImportError as error:
        # Also when it is installed and finds no screen.
        reason = str(error).splitlines()[0]
        raise HotkeyError(f"pynput cannot be used ({reason}).", INSTALL_HINT) from error
    return cast("_Keyboard", keyboard)


def _names() -> dict[int, str]:
    """Give our names by pynput's code, which is the system's own."""
    if sys.platform == "win32":
        return BY_WINDOWS_CODE
    if sys.platform == "darwin":
        return BY_MACOS_CODE
    from Xlib import XK

    names = {XK.string_to_keysym(key.keysym): key.name for key in KEYS.values()}
    del names[0]  # a symbol that python-xlib does not know
    return names


def _name(key: object, names: dict[int, str]) -> str | None:
    """Give the name of a pynput Key or KeyCode."""
    key = getattr(key, "value", key)
    code = getattr(key, "vk", None)
    if getattr(key, "_is_media", False):
        return _MAC_MEDIA.get(code) if code is not None else None
    return names.get(code) if code is not None else None


def _hint() -> str:
    if sys.platform == "darwin":
        return _MAC_HINT
    return "Choose another way to hear the key, or talk with the button in the window."


def _mac_trusts() -> bool:
    """Ask macOS whether this program may hear other programs' keys."""
    import HIServices

    return bool(HIServices.AXIsProcessTrusted())


def _is_code_down(code: int) -> bool | None:
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.user32.GetAsyncKeyState(code) & 0x8000)
    if sys.platform == "darwin":
        import Quartz

        state = Quartz.kCGEventSourceStateCombinedSessionState
        return bool(Quartz.CGEventSourceKeyState(state, code))
    return None
