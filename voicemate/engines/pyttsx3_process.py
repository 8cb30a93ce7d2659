"""The process of the system's voice, seen from outside: started, asked, killed, replaced.

What happens inside it is in pyttsx3_child.py.
"""

from __future__ import annotations

import logging
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from voicemate import paths
from voicemate.cancel import CancelToken
from voicemate.engines import pyttsx3_child as protocol
from voicemate.errors import EngineError

log = logging.getLogger(__name__)

HINT = "Install it: `sudo apt install espeak-ng` (Debian, Ubuntu), or the same of your system."


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the process may take: to start, and to render a text of so many characters."""

    start_s: float = 10.0
    render_s: float = 2.0
    per_character_s: float = 0.05


class Gone(Exception):  # noqa: N818  (says what the process is; the voice translates it)
    """The process has died or does not answer in time."""


class Child:
    """One process of pyttsx3: a request at a time, its answers collected by a reader thread."""

    def __init__(self, start_s: float, command: Sequence[str] | None) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if command is None:
            command = self._usual_command()
        # In a group of its own, so that Ctrl+C in the terminal does not reach it.
        separate: dict[str, Any] = (
            {"creationflags": 0x08000000}  # CREATE_NO_WINDOW
            if sys.platform == "win32"
            else {"process_group": 0}
        )
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                **separate,
            )
        except OSError as error:
            self._remove_folder()
            raise Gone(f"it cannot be started ({error})") from error
        # Unbounded, but it holds one answer and a few wake-ups: one request is out at a time.
        self._inbox: queue.SimpleQueue[tuple[dict[str, Any], bytes] | None] = queue.SimpleQueue()
        self._requests = cast(BinaryIO, self._process.stdin)
        self._answers = cast(BinaryIO, self._process.stdout)
        self._asked, self._answered = 0, False  # the hello is answer 0
        self._deadline = time.monotonic() + start_s
        self._reader = threading.Thread(target=self._read_loop, name="voice-reader", daemon=True)
        self._reader.start()

    def _usual_command(self) -> list[str]:
        # By path and with -P: neither the working directory nor the folder of the engines, whose
        # modules bear the libraries' names, gets onto the child's import path.
        command = [sys.executable, "-P", protocol.__file__]
        if sys.platform not in ("win32", "darwin"):
            return [*command, "pcm"]
        runtime = paths.private_folder(paths.runtime_dir())
        self._folder = tempfile.TemporaryDirectory(prefix="voice-", dir=runtime)
        return [*command, "file", self._folder.name]

    def hello(self, cancel: CancelToken) -> dict[str, Any]:
        """Wait for the first frame. Raises `Gone`, `EngineError`, `TurnCancelled`."""
        return self._awaited(cancel)[0]

    def ask(
        self, request: dict[str, Any], allowed_s: float, cancel: CancelToken
    ) -> tuple[dict[str, Any], bytes]:
        """Send a request and wait for its answer. Raises `Gone`, `EngineError`, `TurnCancelled`.

        An abandoned request is answered first: its sound is dropped, and the two sides stay in
        step. As nothing else is under way then, sending cannot block on a full pipe.
        """
        if not self._answered:
            self._awaited(cancel)
        self._asked, self._answered = self._asked + 1, False
        self._deadline = time.monotonic() + allowed_s
        try:
            protocol.write_frame(self._requests, {"n": self._asked, **request})
        except OSError as error:
            raise Gone(f"it has ended ({error})") from error
        return self._awaited(cancel)

    def _awaited(self, cancel: CancelToken) -> tuple[dict[str, Any], bytes]:
        """Wait for the answer to the last request."""
        cancel.on_cancel(self._wake)
        while True:
            try:
                frame = self._inbox.get(timeout=max(self._deadline - time.monotonic(), 0))
            except queue.Empty:
                raise Gone("it does not answer in time") from None
            if frame is None:
                self._inbox.put(None)
                raise Gone("it has ended")
            header, _pcm = frame
            if header.get("n") == self._asked:
                self._answered = True
                if "error" in header:
                    raise _told(header) from RuntimeError(header.get("why", ""))
                return frame
            cancel.raise_if_cancelled()

    def _wake(self) -> None:
        """Make whoever waits look at the cancel token; called by the thread that sets it."""
        self._inbox.put(({}, b""))

    def kill(self) -> None:
        """End the process at once, from any thread."""
        self._process.kill()

    def dispose(self) -> None:
        """End the process and free all that belongs to it."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._requests, self._answers):
            try:
                pipe.close()
            except OSError:
                log.debug("The voice's pipe had broken before it was closed.")
        self._remove_folder()

    def _remove_folder(self) -> None:
        if self._folder:
            self._folder.cleanup()

    def _read_loop(self) -> None:
        """Collect answers until the process ends."""
        try:
            while frame := protocol.read_frame(self._answers):
                self._inbox.put(frame)
        except ValueError:
            log.debug("The voice's process wrote something that is no answer.")
        self._inbox.put(None)


def _told(header: dict[str, Any]) -> EngineError:
    """Translate what the process says went wrong."""
    if header["error"] == protocol.NO_PACKAGE:
        return EngineError(
            "The system's voice needs a Python package that is not installed.",
            "Install it: `pip install pyttsx3==2.99`.",
        )
    if header["error"] == protocol.NO_LIBRARY:
        return EngineError(
            "The system's voice needs the library of espeak-ng, which is not there.", HINT
        )
    return EngineError(
        "The system's voice failed on a text.", "Try another one: `voicemate say --list`."
    )
