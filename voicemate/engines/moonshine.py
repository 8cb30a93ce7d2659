"""Speech to text with Moonshine (tiny, English): transcripts come with capitals and punctuation."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import numpy as np

from voicemate.errors import EngineError, ModelError
from voicemate.types import SPEECH_RATE_HZ, AudioBlock, Samples, Transcript

UPDATE_EVERY_S = 0.3
"""A partial is made at most this often: its cost grows with the utterance (about 20 ms of a core
for each second that it lasts)."""

PAUSE_S = 0.08
"""Quiet for so long, the person may have ended: what was said is transcribed, at the price of an
update too many where it was the pause before a plosive."""

LET_GO_PAUSE_S = 0.02
"""After the key's release, so short a pause will do."""

_BUSY_SHARE = 0.5  # of one core, at most, goes into partials of a long utterance
_HELD_S = 1.0
_SHORT_S = 0.2  # a word makes the level gate speak for longer than this
_NEEDED = ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin")
_LEAST_BYTES = 1000
_OPTIONS = {
    "return_audio_data": "false",  # it would copy the whole utterance at each update
    # Low enough for soft speech, high enough that silence, noise and tones stay empty (at 0, they
    # become "You").
    "vad_threshold": "0.3",
}


class MoonshineRecognizer:
    """A `Recognizer` on a folder with Moonshine's tiny English model. Used on one thread.

    It gives neither word times nor confidences. Raises `ModelError` for a folder that is no such
    model, `EngineError` where Moonshine is not installed. It never goes online.
    """

    language = "en"

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        _check(folder)
        # Read when the library is loaded. Its threads cost twice the processor time, and more
        # milliseconds, as soon as anything else runs: here the language model does.
        os.environ.setdefault("MOONSHINE_ORT_SINGLE_THREAD", "1")
        try:
            from moonshine_voice.errors import MoonshineError
            from moonshine_voice.moonshine_api import ModelArch
            from moonshine_voice.transcriber import MOONSHINE_FLAG_FORCE_UPDATE, Transcriber
        except (ImportError, OSError) as error:
            raise EngineError(
                "Moonshine is not installed.", 'Install it: `pip install "voicemate[moonshine]"`.'
            ) from error
        self._now = MOONSHINE_FLAG_FORCE_UPDATE
        self._error = MoonshineError
        try:
            self._engine: Any = Transcriber(folder, ModelArch.TINY, options=_OPTIONS)
        except Exception as error:
            raise ModelError(
                f"Moonshine cannot load the model in {folder}.",
                f"Get it anew: `voicemate models get {folder.name}`.",
            ) from error

    def recognize(self, blocks: Iterable[AudioBlock]) -> Iterator[Transcript]:
        """Give partials when they change, then the final one.

        When the person pauses, everything is transcribed at once (a settled partial) and what
        follows is held back until they go on: so at the key's release nothing is left to be done.
        """
        if self._engine is None:
            raise EngineError("The recogniser has been closed.")
        # The library's own updates would come at fixed intervals; ours follow the speech.
        take = _Take(self._engine.create_stream(update_interval=float("inf")), self._now)
        try:
            shown = Transcript("")
            for block in blocks:
                text = take.hear(block)
                partial = Transcript(text or shown.text, settled=take.settled)
                if partial.text and partial != shown:
                    shown = partial
                    yield partial
            final = take.end()
        except self._error as error:
            raise EngineError(
                "Moonshine failed while it was listening.", "Say it once more; the take was lost."
            ) from error
        finally:
            take.close()
        yield Transcript(final, final=True)

    def close(self) -> None:
        """Free the model."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None


class _Line(Protocol):
    text: str


class _Lines(Protocol):
    lines: list[_Line]


class _Stream(Protocol):
    """What is used of moonshine_voice's Stream."""

    def start(self) -> None: ...
    def add_audio(self, audio_data: list[float], sample_rate: int) -> None: ...
    def update_transcription(self, flags: int) -> _Lines: ...
    def stop(self) -> _Lines | None: ...
    def close(self) -> None: ...


class _Take:
    """One take on one stream of the engine."""

    def __init__(self, stream: _Stream, update_now: int) -> None:
        self._stream = stream
        self._update_now = update_now
        self._stream.start()
        self._spoke = False
        self._released = False
        self.settled = False
        """True while all speech that was heard is in the text."""
        self._held: list[Samples] = []
        self._new_s = 0.0
        self._wait_s = UPDATE_EVERY_S

    def hear(self, block: AudioBlock) -> str | None:
        """Take in a block; gives the text so far when there was an update."""
        pausing = self._is_pausing(block)
        # A long block, of a time when we lagged behind, may hold a word and end in silence.
        if self._spoke and pausing and not self._new_s and block.duration_s < _SHORT_S:
            self._hold(block.samples)
            return None
        for samples in (*self._held, block.samples):
            self._feed(samples)
        self._held.clear()
        self._spoke = self._spoke or block.speaking
        self.settled = False
        if self._spoke and (pausing or self._new_s >= self._wait_s):
            text = self._update()
            self.settled = pausing
            return text
        return None

    def _is_pausing(self, block: AudioBlock) -> bool:
        """True when the person may have said all.

        Most have when they let the key go: what was said is transcribed then, before anything
        tells that nothing follows; and what follows must be loud to count.
        """
        let_go = block.released and not self._released
        self._released = block.released
        pause_s = LET_GO_PAUSE_S if block.released else PAUSE_S
        return let_go or not block.speaking or block.quiet_s >= pause_s

    def end(self) -> str:
        """Give the text of the whole take."""
        if self._new_s:
            self._update()
        return _text(self._stream.stop())

    def close(self) -> None:
        """Free the stream."""
        self._stream.close()

    def _hold(self, samples: Samples) -> None:
        """Keep the last second of a pause: enough for the engine to see that it is one."""
        self._held.append(samples)
        total = sum(map(len, self._held))
        while total - len(self._held[0]) >= _HELD_S * SPEECH_RATE_HZ:
            total -= len(self._held.pop(0))

    def _feed(self, samples: Samples) -> None:
        self._stream.add_audio(samples.astype(np.float32, copy=False).tolist(), SPEECH_RATE_HZ)
        self._new_s += len(samples) / SPEECH_RATE_HZ

    def _update(self) -> str:
        started = perf_counter()
        text = _text(self._stream.update_transcription(self._update_now))
        self._new_s = 0.0
        self._wait_s = max(UPDATE_EVERY_S, (perf_counter() - started) / _BUSY_SHARE)
        return text


def _text(transcript: _Lines | None) -> str:
    """Join the lines: the engine ends one at each pause."""
    if transcript is None:  # what the library gives when its last update failed
        raise EngineError("Moonshine gave no transcript.", "Say it once more; the take was lost.")
    return " ".join(line.text.strip() for line in transcript.lines if line.text.strip())


def _check(folder: Path) -> None:
    for name in _NEEDED:
        file = folder / name
        if not file.is_file() or file.stat().st_size < _LEAST_BYTES:
            raise ModelError(
                f"{folder} is not a whole Moonshine model: {name} is missing or empty.",
                f"Get it anew: `voicemate models get {folder.name}`.",
            )
