"""The system's voice: pyttsx3 in a process of its own that can hang, and be killed, without us.

What happens inside that process is in pyttsx3_child.py.
"""

from __future__ import annotations

import logging
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import numpy as np

from voicemate import paths
from voicemate.cancel import CancelToken
from voicemate.engines import pyttsx3_child as protocol
from voicemate.engines.speakable import speakable
from voicemate.errors import EngineError
from voicemate.types import Samples, Speech, SpokenWord, VoiceInfo

log = logging.getLogger(__name__)

WORDS_PER_MINUTE = 175
"""What rate 1.0 means; pyttsx3's own 200 is hurried."""

_MIDDLE_PITCH = 50
_PIECE = 1000
_PREFERRED = {"en": "en-us"}
_HINT = "Install it: `sudo apt install espeak-ng` (Debian, Ubuntu), or the same of your system."


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the process may take: to start, and to render a text of so many characters."""

    start_s: float = 10.0
    render_s: float = 2.0
    per_character_s: float = 0.05


class _Gone(Exception):  # noqa: N818  (says what the process is, and is never seen outside)
    """The process has died or does not answer in time."""


class Pyttsx3Voice:
    """The voice that the operating system brings along.

    `voice` is an id (an eSpeak variant such as "ko+f2" too), a name or a language tag; empty for
    the first of `language`. `rate` and `pitch` are factors, `volume` is in [0, 1]; SAPI5 and
    NSSpeech have no pitch. Raises `EngineError` where the system has no such voice. Any thread
    may call it; renders wait for each other.
    """

    def __init__(
        self,
        voice: str = "",
        rate: float = 1.0,
        pitch: float = 1.0,
        volume: float = 0.9,
        language: str = "en",
        *,
        limits: Limits | None = None,
        command: Sequence[str] | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._command = command
        self._lock = threading.Lock()
        self._closed = False
        self._child: _Child | None = _Child(self._limits.start_s, command)
        try:
            hello = self._child.hello(CancelToken())
            self._voices = [
                VoiceInfo(v["id"], v["name"], tuple(v["languages"])) for v in hello["voices"]
            ]
            chosen = _choose(self._voices, voice, language)
        except _Gone as error:
            self.close()
            raise EngineError("The system's voice does not start.", _HINT) from error
        except BaseException:
            self.close()
            raise
        self.name = f"pyttsx3 {chosen}"
        self._settings = {
            "voice": chosen,
            "rate": round(WORDS_PER_MINUTE * rate),
            "pitch": min(round(_MIDDLE_PITCH * pitch), 99),
            "volume": volume,
        }

    def voices(self) -> Sequence[VoiceInfo]:
        """List the voices of the system."""
        return self._voices

    def render(self, text: str, cancel: CancelToken) -> Speech:
        """Render a text whole, with the words' positions where eSpeak speaks.

        A process that hangs or dies is replaced, once a text. Raises `TurnCancelled`,
        `EngineError`.
        """
        cancel.raise_if_cancelled()
        rate_hz, n_samples = 22_050, 0
        parts: list[Samples] = []
        words: list[SpokenWord] = []
        with self._turn_of(cancel):
            for start, piece in _pieces(speakable(text)):
                answer, pcm = self._ask(piece, cancel)
                cancel.raise_if_cancelled()
                rate_hz = int(answer["rate_hz"])
                samples: Samples = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)
                words += _words(answer["words"], len(piece), start, n_samples, rate_hz)
                parts.append(samples)
                n_samples += len(samples)
        sound = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return Speech(text, sound, rate_hz, tuple(words))

    def close(self) -> None:
        """End the process; a render that still waits for it raises `EngineError`."""
        self._closed = True
        child = self._child  # another thread may be waiting for it: end it first, then tidy up
        if child:
            child.kill()
        with self._lock:
            if self._child:
                self._child.dispose()
                self._child = None

    @contextmanager
    def _turn_of(self, cancel: CancelToken) -> Iterator[None]:
        """Hold the process for one text; a cancelled turn does not queue for it."""
        while not self._lock.acquire(timeout=0.05):
            cancel.raise_if_cancelled()
        try:
            yield
        finally:
            self._lock.release()

    def _ask(self, piece: str, cancel: CancelToken) -> tuple[dict[str, Any], bytes]:
        allowed_s = self._limits.render_s + self._limits.per_character_s * len(piece)
        trouble: _Gone | None = None
        for _ in range(2):
            if self._closed:
                break
            try:
                if not self._child:
                    self._child = _Child(self._limits.start_s, self._command)
                    self._child.hello(cancel)
                return self._child.ask({"text": piece, "set": self._settings}, allowed_s, cancel)
            except _Gone as gone:
                trouble = gone
                if self._child:
                    self._child.dispose()
                    self._child = None
                if not self._closed:
                    log.warning("The voice's process is replaced: %s", gone)
        if self._closed:
            raise EngineError("The voice has been closed.") from trouble
        raise EngineError("The system's voice does not answer.", _HINT) from trouble


class _Child:
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
            raise _Gone(f"it cannot be started ({error})") from error
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
        """Wait for the first frame. Raises `_Gone`, `EngineError`, `TurnCancelled`."""
        return self._awaited(cancel)[0]

    def ask(
        self, request: dict[str, Any], allowed_s: float, cancel: CancelToken
    ) -> tuple[dict[str, Any], bytes]:
        """Send a request and wait for its answer. Raises `_Gone`, `EngineError`, `TurnCancelled`.

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
            raise _Gone(f"it has ended ({error})") from error
        return self._awaited(cancel)

    def _awaited(self, cancel: CancelToken) -> tuple[dict[str, Any], bytes]:
        """Wait for the answer to the last request."""
        cancel.on_cancel(self._wake)
        while True:
            try:
                frame = self._inbox.get(timeout=max(self._deadline - time.monotonic(), 0))
            except queue.Empty:
                raise _Gone("it does not answer in time") from None
            if frame is None:
                self._inbox.put(None)
                raise _Gone("it has ended")
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
            "The system's voice needs the library of espeak-ng, which is not there.", _HINT
        )
    return EngineError(
        "The system's voice failed on a text.", "Try another one: `voicemate say --list`."
    )


def _choose(voices: Sequence[VoiceInfo], wanted: str, language: str) -> str:
    """Give the id of the wanted voice, or of the first one of the language."""
    by_language = [v for v in voices if any(_speaks(tag, language) for tag in v.languages)]
    if not wanted:
        if not by_language:
            raise EngineError(
                f"The system has no voice for the language {language!r}.",
                "Install one in the system's settings for speech, or choose another engine.",
            )
        exact = _PREFERRED.get(language, language)
        return next((v.id for v in by_language if exact in v.languages), by_language[0].id)
    base, plus, variant = wanted.partition("+")
    for voice in voices:
        known = {voice.id.lower(), voice.name.lower(), *voice.languages}
        if wanted.lower() in known:
            return voice.id
        if base.lower() in known and plus and re.fullmatch(r"[A-Za-z0-9_-]{1,20}", variant):
            return f"{voice.id}+{variant}"
    some = ", ".join(v.id for v in (by_language or voices)[:5])
    raise EngineError(
        f"The system has no voice {wanted!r}.",
        f"It has {some or 'none'}. `voicemate say --list` shows all.",
    )


def _speaks(tag: str, language: str) -> bool:
    return tag == language or tag.startswith(f"{language}-")


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Cut a long text at spaces, so that a cancelled turn never leaves much work behind."""
    start = 0
    while start < len(text):
        end = start + _PIECE
        if end < len(text):
            end = max(text.rfind(" ", start, end), start) + 1
            end = end if end > start + 1 else start + _PIECE
        if text[start:end].strip():
            yield start, text[start:end]
        start = end


def _words(
    marks: list[list[int]], n_characters: int, start: int, n_before: int, rate_hz: int
) -> list[SpokenWord]:
    """Make words of eSpeak's marks: [character, length, sample], all within their piece.

    eSpeak marks some words twice ("3.14") and the end of a clause as an empty one.
    """
    words: list[SpokenWord] = []
    at = 0
    for character, length, sample in marks:
        end = min(character + length, n_characters)
        if at <= character < end:
            words.append(SpokenWord(start + character, start + end, (n_before + sample) / rate_hz))
            at = end
    return words
