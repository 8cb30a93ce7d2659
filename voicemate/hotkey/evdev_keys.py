"""Keys read from the kernel's input devices: on any Linux desktop, for members of the group input.

Reads only: nothing is taken from other programs, and no package is needed. Whoever may read these
devices can hear every key that is typed, so a desktop gives that right to nobody by itself; here a
key is compared and forgotten. Keyboards that are plugged in later are found by inotify.

Format of the devices: https://www.kernel.org/doc/html/latest/input/event-codes.html
"""

from __future__ import annotations

import ctypes
import logging
import os
import selectors
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from voicemate.hotkey.backend import Availability, Environment, HotkeyError, OnKey, OnLost
from voicemate.hotkey.key_table import linux_code, linux_name
from voicemate.hotkey.keys import RawKey

Change = tuple[int, bool, float]

log = logging.getLogger(__name__)

INPUT_FOLDER: Final = Path("/dev/input")

_EVENT: Final = struct.Struct("@llHHi")
"""struct input_event: seconds, microseconds, type, code, value."""

_EVIOCGKEY = 0x18
_EV_SYN, _EV_KEY = 0, 1
_SYN_DROPPED = 3
_UP, _DOWN, _REPEAT = 0, 1, 2
_KEY_BYTES = 96  # KEY_MAX is 0x2ff
_BUTTONS = range(0x100, 0x160)  # of mice, joysticks and the like: no keys
_SPACE = 57
_READ_EVENTS = 64
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)

_IN_ATTRIB, _IN_CREATE, _IN_DELETE = 0x4, 0x100, 0x200


class EvdevKeys:
    """Every key of every keyboard under `folder`."""

    name = "evdev"
    sees_all_keys = True

    def __init__(self, folder: Path = INPUT_FOLDER) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._keyboards: dict[str, Keyboard] = {}
        self._on_key: OnKey = lambda _key: None
        self._stopping = False
        self._selector: selectors.BaseSelector
        self._waker: socket.socket
        self._woken: socket.socket
        self._thread: threading.Thread | None = None

    def start(self, on_key: OnKey, on_lost: OnLost) -> None:  # noqa: ARG002  (it waits for keyboards to come back)
        """Begin to listen. Raises `HotkeyError`."""
        self._on_key = on_key
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._find_keyboards()
        if not self._keyboards:
            self._free()
            why = _why_none(self._folder)
            raise HotkeyError(f"{why[0].upper()}{why[1:]}.", _GROUP_HINT)
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        watch = _watch_folder(self._folder)
        if watch is not None:
            self._selector.register(watch, selectors.EVENT_READ, watch)
        self._thread = threading.Thread(target=self._key_loop, name="hotkey", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        if self._stopping or self._thread is None:
            return
        self._stopping = True
        self._waker.send(b"x")
        if self._thread is not threading.current_thread():
            self._thread.join()
        self._free()

    def is_down(self, name: str) -> bool | None:
        """Ask the kernel for the keys that are held."""
        code = linux_code(name)
        if code is None:
            return None
        with self._lock:
            held = [keyboard.held_now() for keyboard in self._keyboards.values()]
        return any(code in keys for keys in held) if held else None

    def _key_loop(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select():
                if isinstance(key.data, Keyboard):
                    self._read(key.data)
                elif key.data is not None:
                    os.read(key.data, 4096)
                    self._find_keyboards()

    def _read(self, keyboard: Keyboard) -> None:
        try:
            changes = keyboard.read()
        except OSError:
            # Unplugged: whatever was held on it has been let go.
            self._selector.unregister(keyboard.file)
            with self._lock:
                del self._keyboards[keyboard.path]
            changes = keyboard.let_go()
            keyboard.close()
            # While a computer sleeps a keyboard goes and comes back under the same name.
            self._find_keyboards()
        for code, down, at in changes:
            self._on_key(RawKey(linux_name(code), down, at))

    def _find_keyboards(self) -> None:
        for path in sorted(map(str, self._folder.glob("event*"))):
            if path not in self._keyboards and (keyboard := open_keyboard(path)):
                with self._lock:
                    self._keyboards[path] = keyboard
                self._selector.register(keyboard.file, selectors.EVENT_READ, keyboard)

    def _free(self) -> None:
        for key in list(self._selector.get_map().values()):
            if isinstance(key.data, int):
                os.close(key.data)
        self._selector.close()
        self._waker.close()
        self._woken.close()
        with self._lock:
            for keyboard in self._keyboards.values():
                keyboard.close()
            self._keyboards.clear()


class Keyboard:
    """One open input device; what changes on it is (Linux code, down, `time.monotonic()`).

    Repeats count as down. `tells_monotonic`: the device's times are those of that clock, so that a
    quick double tap is one also when we come late to read it.
    """

    def __init__(self, path: str, file: int, *, tells_monotonic: bool = False) -> None:
        self.path = path
        self.file = file
        self._tells_monotonic = tells_monotonic
        self._down: set[int] = set()
        self._rest = b""
        self._dropped = False

    def read(self) -> list[Change]:
        """Read what is there. Raises `OSError` when the device has gone."""
        try:
            data = os.read(self.file, _READ_EVENTS * _EVENT.size)
        except BlockingIOError:
            return []
        if not data:
            raise OSError("the device has ended")
        return list(self._changes(self._rest + data))

    def _changes(self, data: bytes) -> Iterator[Change]:
        whole = len(data) // _EVENT.size * _EVENT.size
        self._rest = data[whole:]
        now = time.monotonic()
        for seconds, micros, kind, code, value in _EVENT.iter_unpack(data[:whole]):
            if kind == _EV_SYN:
                if code == _SYN_DROPPED:
                    self._dropped = True  # until the next SYN the events are leftovers
                elif self._dropped:
                    self._dropped = False
                    yield from self._catch_up()
            elif kind == _EV_KEY and not self._dropped and code not in _BUTTONS:
                down = value in (_DOWN, _REPEAT)
                (self._down.add if down else self._down.discard)(code)
                at = seconds + micros / 1_000_000 if self._tells_monotonic else now
                yield code, down, min(at, now)

    def _catch_up(self) -> Iterator[Change]:
        """Give what was missed when the kernel's buffer ran over."""
        bits = _ask_bits(self.file, _EVIOCGKEY)
        held = set(self._down) if bits is None else set(_codes(bits))
        now = time.monotonic()
        for code in sorted(self._down - held):
            yield code, False, now
        for code in sorted(held - self._down):
            yield code, True, now
        self._down = held

    def let_go(self) -> list[Change]:
        """Give the releases of all that is held."""
        now = time.monotonic()
        changes = [(code, False, now) for code in sorted(self._down)]
        self._down.clear()
        return changes

    def held_now(self) -> frozenset[int]:
        """Ask the kernel for the codes that are held; what was read where it cannot say.

        Asks through another file: the kernel throws away the key events that wait in the one that
        is asked through.
        """
        bits = None
        with suppress(OSError):
            file = os.open(self.path, _OPEN)
            bits = _ask_bits(file, _EVIOCGKEY)
            os.close(file)
        return frozenset(self._down) if bits is None else _codes(bits)

    def close(self) -> None:
        """Close the device."""
        with suppress(OSError):
            os.close(self.file)


def open_keyboard(path: str) -> Keyboard | None:
    """Open a device for reading; None where that is not allowed, or it is no keyboard."""
    try:
        file = os.open(path, _OPEN)
    except OSError:
        return None
    bits = _ask_bits(file, 0x20 + _EV_KEY)  # EVIOCGBIT
    if bits is None or _SPACE not in _codes(bits):
        os.close(file)
        return None
    return Keyboard(path, file, tells_monotonic=_use_monotonic(file))


def evdev_available(environment: Environment, folder: Path = INPUT_FOLDER) -> Availability:
    """Say whether keyboards can be read directly."""
    if not environment.platform.startswith("linux"):
        return Availability(EvdevKeys.name, False, "only Linux has it")
    found = []
    for path in sorted(map(str, folder.glob("event*"))):
        if keyboard := open_keyboard(path):
            keyboard.close()
            found.append(path)
    if not found:
        return Availability(EvdevKeys.name, False, _why_none(folder))
    return Availability(EvdevKeys.name, True, f"keyboards that may be read: {', '.join(found)}")


_GROUP_HINT: Final = (
    "`sudo usermod -aG input $USER` and a new login allow it; every program of yours can then "
    "read every key you type."
)


def _why_none(folder: Path) -> str:
    paths = list(folder.glob("event*"))
    if not paths:
        return f"there is no input device in {folder}"
    if not any(os.access(path, os.R_OK) for path in paths):
        return f"{folder}/event* may not be read: you are not in the group input"
    return f"none of the devices in {folder} is a keyboard"


def _ask_bits(file: int, request: int) -> bytes | None:
    """Read a bit field of a device: the ioctl _IOC(_IOC_READ, 'E', request, 96)."""
    try:
        import fcntl

        number = 2 << 30 | _KEY_BYTES << 16 | ord("E") << 8 | request
        return fcntl.ioctl(file, number, bytes(_KEY_BYTES))
    except (ImportError, OSError):
        return None


def _use_monotonic(file: int) -> bool:
    """Have the device give times of `time.monotonic()`: the ioctl EVIOCSCLOCKID."""
    try:
        import fcntl

        number = 1 << 30 | struct.calcsize("i") << 16 | ord("E") << 8 | 0xA0
        fcntl.ioctl(file, number, struct.pack("i", time.CLOCK_MONOTONIC))
    except (ImportError, OSError):
        return False
    return True


def _codes(bits: bytes) -> frozenset[int]:
    number = int.from_bytes(bits, "little")
    return frozenset(code for code in range(len(bits) * 8) if number >> code & 1)


def _watch_folder(folder: Path) -> int | None:
    """Give a file that becomes readable when a device comes, goes or changes its rights."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        watch = int(libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
    except (OSError, AttributeError):
        return None
    if watch < 0:
        return None
    if libc.inotify_add_watch(watch, os.fsencode(folder), _IN_CREATE | _IN_DELETE | _IN_ATTRIB) < 0:
        os.close(watch)
        return None
    return watch
