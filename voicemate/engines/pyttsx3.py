"""The system's voice: pyttsx3 in a process of its own that can hang, and be killed, without us.

The process from outside is in pyttsx3_process.py, from inside in pyttsx3_child.py.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from voicemate.cancel import CancelToken
from voicemate.engines.pyttsx3_process import HINT, Child, Gone, Limits
from voicemate.engines.speakable import speakable
from voicemate.errors import EngineError
from voicemate.settings import Voice as VoiceSettings
from voicemate.types import Samples, Speech, SpokenWord, VoiceInfo

log = logging.getLogger(__name__)

WORDS_PER_MINUTE = 175
"""What rate 1.0 means; pyttsx3's own 200 is hurried."""

_MIDDLE_PITCH = 50
_PIECE = 1000
_PREFERRED = {"en": "en-us"}


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
        self._child: Child | None = None
        try:
            self._child = Child(self._limits.start_s, command)
            hello = self._child.hello(CancelToken())
            self._voices = [
                VoiceInfo(v["id"], v["name"], tuple(v["languages"])) for v in hello["voices"]
            ]
            chosen = _choose(self._voices, voice, language)
        except Gone as error:
            self.close()
            raise EngineError("The system's voice does not start.", HINT) from error
        except BaseException:
            self.close()
            raise
        self.name = f"pyttsx3 {chosen}"
        self._chosen = chosen
        self._settings = _properties(chosen, rate, pitch, volume)

    def adjust(self, settings: VoiceSettings) -> None:
        """Speak at another rate, pitch and volume from the next text on."""
        self._settings = _properties(self._chosen, settings.rate, settings.pitch, settings.volume)

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
        trouble: Gone | None = None
        for last in (False, True):
            if self._closed:
                break
            try:
                return self._ask_child(piece, allowed_s, cancel, may_be_silent=last)
            except Gone as gone:
                trouble = gone
                if self._child:
                    self._child.dispose()
                    self._child = None
                if not self._closed:
                    log.warning("The voice's process is replaced: %s", gone)
        if self._closed:
            raise EngineError("The voice has been closed.") from trouble
        raise EngineError("The system's voice does not answer.", HINT) from trouble

    def _ask_child(
        self, piece: str, allowed_s: float, cancel: CancelToken, *, may_be_silent: bool
    ) -> tuple[dict[str, Any], bytes]:
        if not self._child:
            self._child = Child(self._limits.start_s, self._command)
            self._child.hello(cancel)
        answer, pcm = self._child.ask({"text": piece, "set": self._settings}, allowed_s, cancel)
        # pyttsx3's drivers that write files end now and then before there is a sound.
        if not (pcm or may_be_silent) and any(map(str.isalnum, piece)):
            raise Gone("it gave no sound for a text")
        return answer, pcm


def _properties(
    voice: str, rate: float, pitch: float, volume: float
) -> dict[str, str | int | float]:
    return {
        "voice": voice,
        "rate": round(WORDS_PER_MINUTE * rate),
        "pitch": min(round(_MIDDLE_PITCH * pitch), 99),
        "volume": volume,
    }


def _choose(voices: Sequence[VoiceInfo], wanted: str, language: str) -> str:
    """Give the id of the wanted voice, or of the language's first one."""
    exact = _PREFERRED.get(language, language)
    fitting = [v for v in voices if any(_speaks(tag, language) for tag in v.languages)]
    fitting.sort(key=lambda v: exact not in v.languages)
    if not wanted and not fitting:
        raise EngineError(
            f"The system has no voice for the language {language!r}.",
            "Install one in the system's settings for speech, or choose another engine.",
        )
    if not wanted:
        return fitting[0].id
    base, plus, variant = wanted.partition("+")
    for voice in voices:
        known = {voice.id.lower(), voice.name.lower(), *voice.languages}
        if wanted.lower() in known:
            return voice.id
        if base.lower() in known and plus and re.fullmatch(r"[A-Za-z0-9_-]{1,20}", variant):
            return f"{voice.id}+{variant}"
    some = ", ".join(v.id for v in (fitting or voices)[:5])
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
