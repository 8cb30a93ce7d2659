"""Hibari: a small neural voice for English that lies in its package. About 10 ms for a clause."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from voicemate.cancel import CancelToken
from voicemate.engines.speakable import speakable
from voicemate.engines.trim import speech_span
from voicemate.errors import EngineError
from voicemate.settings import Voice as VoiceSettings
from voicemate.types import Samples, Speech, SpokenWord, VoiceInfo

_INSTALL = 'Install it: `pip install "voicemate[hibari]"`.'
_GAIN = 1.8  # as loud as the system's voice; its own peaks stay below 0.5
_SEED = 0
_DURATIONS = b"/Cast_32_output_0"  # steps of each phoneme, inside the network of hibari-tts 0.2.1


class HibariVoice:
    """A `Voice` in 24 kHz, with word positions. It has no pitch to set.

    `voice` is one that lies in the package (the others would be downloaded); empty for the first.
    `rate` is a factor, `volume` is in [0, 1]. The same text sounds the same each time. Raises
    `EngineError` where it is not installed or has no such voice.
    """

    def __init__(
        self, voice: str = "", rate: float = 1.0, volume: float = 0.9, language: str = "en"
    ) -> None:
        if language != "en":
            raise EngineError(
                "The voice Hibari speaks English only.",
                "Choose the system's voice: `voicemate config set voice.engine pyttsx3`.",
            )
        try:
            from hibari import Hibari, dsp, g2p
            from hibari.voices import ASSETS, VOICES
        except (ImportError, OSError) as error:
            raise EngineError("The voice Hibari is not installed.", _INSTALL) from error
        # Its own way of reading the word lists keeps every other thread waiting for 0.1 s.
        g2p._load_json = _word_list
        self._voices = [
            VoiceInfo(
                name, f"{name.capitalize()} ({about['accent']})", (about["language"].lower(),)
            )
            for name, about in VOICES.items()
            if Path(ASSETS, about["file"]).is_file()
        ]
        ours = [info.id for info in self._voices]
        chosen = voice or next(iter(ours), "")
        if chosen not in ours:
            raise EngineError(
                f"Hibari has no voice {chosen!r} on this machine.",
                f"It has {', '.join(ours) or 'none'}. {'' if ours else _INSTALL}".strip(),
            )
        self.name = f"hibari {chosen}"
        self._rate = rate
        self._gain = _GAIN * volume
        try:
            # One thread: more of them would spin on the core that the language model needs.
            file = Path(ASSETS, VOICES[chosen]["file"])
            model = _with_output(file.read_bytes(), _DURATIONS)
            self._engine: Any = Hibari(voice=chosen, threads=1, model=model)
            self._engine.phonemize("Ready.")  # loads its word lists now, not at the first answer
            self._synthesize = dsp.synth
        except Exception as error:
            raise EngineError("The voice Hibari cannot be loaded.", _INSTALL) from error

    def voices(self) -> Sequence[VoiceInfo]:
        """List the voices that are on this machine."""
        return self._voices

    def adjust(self, settings: VoiceSettings) -> None:
        """Speak at another rate and volume from the next text on."""
        self._rate = settings.rate
        self._gain = _GAIN * settings.volume

    def render(self, text: str, cancel: CancelToken) -> Speech:
        """Render a text; cancelled between its sentences."""
        cancel.raise_if_cancelled()
        if self._engine is None:
            raise EngineError("The voice has been closed.")
        parts: list[Samples] = []
        starts: list[int] = []
        try:
            # It has no name for a number that long: such a one is said digit by digit.
            readable = re.sub(r"\d{16,}", lambda digits: " ".join(digits[0]), speakable(text))
            for phonemes in self._engine.phonemize(readable):
                sound, word_starts = self._sentence(phonemes)
                n_before = sum(map(len, parts))
                starts += [n_before + start for start in word_starts]
                parts.append(sound)
                cancel.raise_if_cancelled()
        except Exception as error:
            raise EngineError(
                "The voice Hibari failed on a text.",
                "Choose the system's voice: `voicemate config set voice.engine pyttsx3`.",
            ) from error
        rate_hz = int(self._engine.sample_rate)
        sound = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        first, end = speech_span(sound, rate_hz, text)
        loud = np.clip(sound[first:end] * self._gain, -1, 1).astype(np.float32)
        at_s = [max(start - first, 0) / rate_hz for start in starts]
        return Speech(text, loud, rate_hz, _words(text, at_s))

    def _sentence(self, phonemes: str) -> tuple[Samples, list[int]]:
        """Give the sound of a sentence, and the sample at which each word begins."""
        ids = self._engine.ids(phonemes)
        if len(ids) < len("^a$"):
            return np.zeros(0, np.float32), []
        inputs = {
            "ids": np.asarray([ids], np.int64),
            "speed": np.asarray([self._rate], np.float32),
        }
        *spectra, durations = self._engine.sess.run(None, inputs)
        generator = np.random.default_rng(_SEED)
        sound: Samples = self._synthesize(*(part[0] for part in spectra), generator)
        ends = np.cumsum(durations)
        # In samples; the network's steps are twice as long as the frames that it gives.
        at = np.concatenate(([0], ends)) * (len(sound) / ends[-1])
        known = [sign for sign in phonemes if sign in self._engine.vocab]
        begins = [
            n + 1  # the first id is padding
            for n, sign in enumerate(known)
            if sign != " " and (n == 0 or known[n - 1] == " ")
        ]
        return sound, [int(at[n]) for n in begins]

    def close(self) -> None:
        """Free the model."""
        self._engine = None


def _word_list(name: str) -> Any:  # noqa: ANN401  (dictionaries and lists of many kinds)
    """Read one of the word lists of hibari-tts 0.2.1: three times as fast as its own way."""
    from hibari.g2p import ASSETS

    data = Path(ASSETS, name).read_bytes()
    return msgspec.json.decode(gzip.decompress(data) if name.endswith(".gz") else data)


def _with_output(model: bytes, tensor: bytes) -> bytes:
    """Make an inner tensor of an ONNX model one more output.

    Protocol Buffers join two messages that stand one behind the other, lists by appending: so a
    model that consists of this output's name only is put behind the real one (ModelProto.graph is
    field 7, GraphProto.output 12, ValueInfoProto.name 1).
    """

    def field(number: int, payload: bytes) -> bytes:
        return bytes([number << 3 | 2, len(payload)]) + payload

    return model + field(7, field(12, field(1, tensor)))


def _words(text: str, at_s: list[float]) -> tuple[SpokenWord, ...]:
    """Match the words of the text with where they begin; none where their numbers differ.

    They do where one word is spoken as several, as figures are.
    """
    spans = [match.span() for match in re.finditer(r"\S*\w\S*", text)]
    if len(spans) != len(at_s):
        return ()
    return tuple(SpokenWord(start, end, at) for (start, end), at in zip(spans, at_s, strict=True))
