"""The keyboard and the modes of a POSIX terminal; always given back as they were found.

Signals become keys named "resize", "suspend", "resume" and "quit". Everything here runs on the
thread that made it; signals are only taken on the main one.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import sys
import termios
import threading
import time
from types import FrameType, TracebackType
from typing import Any, Self

from voicemate.ui.inbox import Inbox, WakePipe
from voicemate.ui.keys import KITTY_FLAGS, Decoder, Key, KittyReply

ESC_ALONE_S = 0.05
"""After this long an Esc is the key, not the beginning of a sequence."""

_SIGNALS = {
    signal.SIGWINCH: "resize",
    signal.SIGTSTP: "suspend",
    signal.SIGCONT: "resume",
    signal.SIGTERM: "quit",
    signal.SIGHUP: "quit",
    signal.SIGINT: "quit",
}

_BEGIN = f"\x1b[>{KITTY_FLAGS}u\x1b[?u"
_MODES_ON = "\x1b[?1004h\x1b[?2004h"
_AGAIN = f"\x1b[={KITTY_FLAGS};1u" + _MODES_ON
_PLAIN_KEYS = "\x1b[=0;1u"
_END = "\x1b[<u\x1b[?2004l\x1b[?1004l\x1b[?25h\x1b[0m"


class Keyboard:
    """The terminal of this process, in raw mode inside of a `with`."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._in = sys.stdin.fileno()
        self._out = sys.stdout.fileno()
        self._decoder = Decoder()
        self._esc_at = 0.0
        self._signalled: list[str] = []
        self._former: dict[int, Any] = {}
        self._tells_releases = False
        self._gone = False

    def __enter__(self) -> Self:
        sys.stdout.flush()
        self._cooked = termios.tcgetattr(self._in)
        with contextlib.ExitStack() as undo:
            self._wake = undo.enter_context(WakePipe())
            undo.callback(self._give_signals_back)
            self._take_signals()
            undo.callback(self._cook)
            self._raw()
            self.write(_BEGIN + _MODES_ON)
            undo.callback(self._inbox.listen, None)
            self._inbox.listen(self._wake.ring)
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._undo.close()

    @property
    def tells_releases(self) -> bool:
        """True when a release of the space bar is reported, so that it can be held."""
        return self._tells_releases

    def wait(self, timeout_s: float | None) -> list[Key]:
        """Wait for keys, for an event in the inbox (then there may be none), or so long."""
        if self._decoder.undecided:
            left_s = max(self._esc_at + ESC_ALONE_S - time.monotonic(), 0.0)
            timeout_s = left_s if timeout_s is None else min(timeout_s, left_s)
        ready, _, _ = select.select([self._in, self._wake], [], [], timeout_s)
        keys: list[Key] = []
        if self._wake in ready:
            self._wake.clear()
        if self._in in ready:
            keys += self._read()
        elif self._decoder.undecided and time.monotonic() >= self._esc_at + ESC_ALONE_S:
            keys += self._taken(self._decoder.flush())
        while self._signalled:
            keys.append(Key(self._signalled.pop(0)))
        if self._gone:
            keys.append(Key("quit"))
        return keys

    def write(self, text: str) -> None:
        """Put text on the screen; nothing happens when the terminal has gone."""
        data = text.encode(sys.stdout.encoding or "utf-8", "replace")
        while data and not self._gone:
            try:
                data = data[os.write(self._out, data) :]
            except BlockingIOError:
                select.select([], [self._out], [])
            except OSError:
                self._gone = True

    def size(self) -> tuple[int, int]:
        """Give columns and rows."""
        try:
            size = os.get_terminal_size(self._out)
        except OSError:
            size = shutil.get_terminal_size()
        # A terminal that was never told its size says 0.
        return size.columns or 80, size.lines or 24

    def suspend(self) -> None:
        """Give the terminal back to the shell until it lets us go on."""
        self._cook()
        former = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.killpg(os.getpgrp(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, former)
        self._signalled = [name for name in self._signalled if name not in ("suspend", "resume")]
        self._raw()
        self.write(_BEGIN + _MODES_ON)

    def resume(self) -> None:
        """Take the terminal's modes again, which a shell may have changed meanwhile."""
        self._raw()
        self.write(_AGAIN if self._tells_releases else _MODES_ON)

    def _read(self) -> list[Key]:
        try:
            data = os.read(self._in, 65536)
        except OSError:
            data = b""
        if not data:
            self._gone = True
            return []
        keys = self._taken(self._decoder.feed(data))
        self._esc_at = time.monotonic()
        return keys

    def _taken(self, inputs: list[Key | KittyReply]) -> list[Key]:
        keys = []
        for given in inputs:
            if isinstance(given, Key):
                keys.append(given)
            else:
                self._tells_releases = given.tells_releases
                if given.flags and not given.tells_releases:
                    # Half of the protocol is worse than none: typed text would be wrong.
                    self.write(_PLAIN_KEYS)
        return keys

    def _raw(self) -> None:
        mode = termios.tcgetattr(self._in)
        mode[0] &= ~(termios.IXON | termios.ICRNL | termios.INLCR | termios.ISTRIP)
        mode[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
        mode[6] = [*mode[6]]
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._in, termios.TCSADRAIN, mode)

    def _cook(self) -> None:
        self.write(_END)
        with contextlib.suppress(termios.error):
            # Flushing: a late answer or key release must not be typed into the shell.
            termios.tcsetattr(self._in, termios.TCSAFLUSH, self._cooked)

    def _take_signals(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                self._former[number] = signal.signal(number, self._on_signal)

    def _give_signals_back(self) -> None:
        while self._former:
            signal.signal(*self._former.popitem())

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._signalled.append(_SIGNALS[signal.Signals(number)])
        self._wake.ring()
