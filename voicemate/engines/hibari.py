"""Hibari: a small neural voice for English that lies in its package. About 10 ms for a clause."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voicemate.cancel import CancelToken
from voicemate.engines.speakable import speakable
from voicemate.engines.trim import trimmed
from voicemate.errors import EngineError
from voicemate.types import Samples, Speech, VoiceInfo

_INSTALL = 'Install it: `pip install "voicemate[hibari]"`.'
_GAIN = 1.8  # as loud as the system's voice; its own peaks stay below 0.5
_SEED = 0


class HibariVoice:
    """A `Voice` in 24 kHz. It has no pitch to set and gives no word positions.

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
            from hibari import Hibari
            from hibari.voices import ASSETS, VOICES
        except (ImportError, OSError) as error:
            raise EngineError("The voice Hibari is not installed.", _INSTALL) from error
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
            self._engine: Any = Hibari(voice=chosen, threads=1)
            self._engine.phonemize("Ready.")  # loads its word lists now, not at the first answer
        except Exception as error:
            raise EngineError("The voice Hibari cannot be loaded.", _INSTALL) from error

    def voices(self) -> Sequence[VoiceInfo]:
        """List the voices that are on this machine."""
        return self._voices

    def render(self, text: str, cancel: CancelToken) -> Speech:
        """Render a text; cancelled between its sentences."""
        cancel.raise_if_cancelled()
        if self._engine is None:
            raise EngineError("The voice has been closed.")
        parts: list[Samples] = []
        try:
            # It has no name for a number that long: such a one is said digit by digit.
            readable = re.sub(r"\d{16,}", lambda digits: " ".join(digits[0]), speakable(text))
            for phonemes in self._engine.phonemize(readable):
                parts.append(self._engine.from_phonemes(phonemes, self._rate, seed=_SEED))
                cancel.raise_if_cancelled()
        except Exception as error:
            raise EngineError(
                "The voice Hibari failed on a text.",
                "Choose the system's voice: `voicemate config set voice.engine pyttsx3`.",
            ) from error
        rate_hz = int(self._engine.sample_rate)
        sound = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        sound = trimmed(sound, rate_hz, text)
        return Speech(text, np.clip(sound * self._gain, -1, 1).astype(np.float32), rate_hz)

    def close(self) -> None:
        """Free the model."""
        self._engine = None
