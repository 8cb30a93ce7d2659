"""The keyboard of a Windows console: presses only, so the space bar is tapped, not held.

Written from the documentation of `msvcrt` and the console API; it has not been tried.
"""

from __future__ import annotations

import shutil
import sys
import threading
import time
from types import TracebackType
from typing import Self

from voicemate.ui.inbox import Inbox
from voicemate.ui.keys import Decoder, Key

_POLL_S = 0.03
_SPECIAL = {"K": "left", "M": "right", "G": "home", "O": "end", "S": "delete", ";": "f1"}


class Keyboard:
    """The console of this process.

    It cannot be waited for together with the inbox, so it is looked at every 30 ms.
    """

    tells_releases = False

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._decoder = Decoder()
        self._woken = threading.Event()
        self._size = self.size()

    def __enter__(self) -> Self:
        _understand_escapes()
        self._inbox.listen(self._woken.set)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._inbox.listen(None)
        self.write("\x1b[?25h\x1b[0m")

    def wait(self, timeout_s: float | None) -> list[Key]:
        """Wait for keys, for an event in the inbox (then there may be none), or so long."""
        end = None if timeout_s is None else time.monotonic() + timeout_s
        try:
            while True:
                keys = self._read()
                if self.size() != self._size:
                    self._size = self.size()
                    keys.append(Key("resize"))
                late = end is not None and time.monotonic() > end
                if keys or self._woken.wait(_POLL_S) or late:
                    self._woken.clear()
                    return keys
        except KeyboardInterrupt:
            return [Key("quit")]

    def write(self, text: str) -> None:
        """Put text on the screen."""
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()

    def size(self) -> tuple[int, int]:
        """Give columns and rows."""
        size = shutil.get_terminal_size()
        return size.columns, size.lines

    def suspend(self) -> None:
        """Do nothing: a console has no job control."""

    def resume(self) -> None:
        """Do nothing: a console has no job control."""

    def _read(self) -> list[Key]:
        keys: list[Key] = []
        if sys.platform == "win32":
            import msvcrt

            while msvcrt.kbhit():
                sign = msvcrt.getwch()
                if sign in ("\x00", "\xe0"):
                    name = _SPECIAL.get(msvcrt.getwch())
                    keys += [Key(name)] if name else []
                else:
                    keys += self._decode(sign.encode("utf-8", "ignore"))
        return keys

    def _decode(self, data: bytes) -> list[Key]:
        given = self._decoder.feed(data) + self._decoder.flush()
        return [key for key in given if isinstance(key, Key)]


def _understand_escapes() -> None:
    """Have an older console obey the escape sequences that it is sent."""
    if sys.platform == "win32":
        import ctypes

        virtual_terminal, standard_output = 0x0004, -11
        kernel = ctypes.windll.kernel32
        console = kernel.GetStdHandle(standard_output)
        mode = ctypes.c_uint32()
        if kernel.GetConsoleMode(console, ctypes.byref(mode)):
            kernel.SetConsoleMode(console, mode.value | virtual_terminal)
