"""`voicemate talk` where there is no terminal: each line that comes in is said, answers go out.

Answers are written to stdout, one a line; notices go to stderr; there is no escape sequence in
either. What someone says with the key (`voicemate ptt`) is written as well, with its answer.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections import deque
from types import FrameType
from typing import Self, TextIO

from voicemate.errors import ExitStatus
from voicemate.events import Forgotten, Notice, TurnFailed
from voicemate.ui.inbox import Inbox, WakePipe
from voicemate.ui.talker import Talker
from voicemate.ui.text import printable
from voicemate.ui.turns import Finished, Turns
from voicemate.ui.view import FORGOTTEN, answer_text, timing
from voicemate.ui.words import t


def run_plain(companion: Talker, inbox: Inbox, *, show_timing: bool = False) -> ExitStatus:
    """Say each line of stdin, one after the other, until the last answer has sounded.

    Gives the status of the last turn that failed, OK where none did.
    """
    with (_BlockingStdin if os.name == "nt" else _Stdin)(inbox) as stdin:
        return _Plain(companion, inbox, stdin, show_timing).run()


class _Plain:
    def __init__(self, companion: Talker, inbox: Inbox, stdin: _Stdin, show_timing: bool) -> None:
        self._companion = companion
        self._inbox = inbox
        self._stdin = stdin
        self._show_timing = show_timing
        self._turns = Turns()
        self._lines: deque[str] = deque()
        self._asked = False
        self._status = ExitStatus.OK

    def run(self) -> ExitStatus:
        while not (self._inbox.finished or self._stdin.interrupted):
            self._see_events()
            if not self._asked:
                if self._lines:
                    self._asked = True
                    self._companion.say(self._lines.popleft())
                elif self._stdin.ended and not self._turns.state.live and not self._companion.held:
                    return self._status
            # One line at a time is read, so that a long input waits in its pipe.
            self._lines += self._stdin.wait(read=not self._asked)
        self._companion.discard()
        return self._status

    def _see_events(self) -> None:
        for event in self._inbox.drain():
            finished = self._turns.see(event, time.monotonic())
            if isinstance(event, Notice | TurnFailed):
                _write(sys.stderr, f"{event.message} {event.hint}")
            if isinstance(event, Forgotten):
                _write(sys.stderr, t(FORGOTTEN))
            if isinstance(event, TurnFailed):
                self._status = event.status
            if finished:
                self._end(finished)

    def _end(self, finished: Finished) -> None:
        record = finished.record
        if record.origin == "typed":
            self._asked = False
        elif record.heard:
            _write(sys.stdout, f"You: {record.heard}")
        said = answer_text(finished)
        if said:
            _write(sys.stdout, said)
        if self._show_timing and record.heard:
            _write(sys.stderr, timing(record))


class _Stdin:
    """Lines of stdin, waited for together with the inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._in = sys.stdin.fileno()
        self._rest = b""
        self.ended = False
        self.interrupted = False

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as undo:
            self._wake = undo.enter_context(WakePipe())
            if threading.current_thread() is threading.main_thread():
                former = signal.signal(signal.SIGTERM, self._on_signal)
                undo.callback(signal.signal, signal.SIGTERM, former)
            undo.callback(self._inbox.listen, None)
            self._inbox.listen(self._wake.ring)
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def wait(self, *, read: bool) -> list[str]:
        """Wait for an event or, with `read`, for lines as well; gives the lines."""
        wanted = [self._in] if read and not self.ended else []
        ready, _, _ = select.select([self._wake, *wanted], [], [])
        if self._wake in ready:
            self._wake.clear()
        return self.read() if self._in in ready else []

    def read(self) -> list[str]:
        """Give the lines that have come, waiting for some; the last one may lack its end."""
        data = os.read(self._in, 4096)
        self.ended = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        if self.ended:
            lines, self._rest = [self._rest], b""
        texts = (printable(line.decode("utf-8", "replace")).strip() for line in lines)
        return [text for text in texts if text]

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.interrupted = True
        self._wake.ring()


class _BlockingStdin(_Stdin):
    """Where `select` knows sockets only (Windows): events are seen once a line has come."""

    def __enter__(self) -> Self:
        self._woken = threading.Event()
        self._inbox.listen(self._woken.set)
        return self

    def __exit__(self, *_: object) -> None:
        self._inbox.listen(None)

    def wait(self, *, read: bool) -> list[str]:
        if read and not self.ended:
            return self.read()
        self._woken.wait()
        self._woken.clear()
        return []


def _write(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    line = printable(text).strip() + "\n"
    stream.write(line.encode(encoding, "replace").decode(encoding))
    stream.flush()
