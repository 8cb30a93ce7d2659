"""Speech for the contract suites: sentences spoken by an engine that is installed here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import soxr

from voicemate.audio.level import LevelGate
from voicemate.audio.pcm import level_db
from voicemate.cancel import CancelToken
from voicemate.engines import registry
from voicemate.engines.hibari import HibariVoice
from voicemate.engines.pyttsx3 import Pyttsx3Voice
from voicemate.engines.scripted import Hearing, ScriptedRecognizer, ScriptedVoice
from voicemate.ports import Recognizer, Voice
from voicemate.settings import Voice as VoiceSettings
from voicemate.types import SPEECH_RATE_HZ, AudioBlock, Samples

BLOCK = 320
ROOM = 0.0005  # a quiet room, about -66 dB
KOREAN = {"voice": "ko+m3", "rate": 130 / 175, "pitch": 0.9, "language": "ko"}
"""eSpeak's Korean as the small Korean model of Vosk understands it best."""


def has(engine: str) -> bool:
    return any(info.name == engine and info.installed for info in registry.engines())


def room(seconds: float, seed: int = 0) -> Samples:
    noise = np.random.default_rng(seed).standard_normal(round(seconds * SPEECH_RATE_HZ))
    return (noise * ROOM).astype(np.float32)


def blocks_of(sound: Samples, block: int = BLOCK) -> list[AudioBlock]:
    """Cut sound as a microphone would hand it over, gate and all."""
    gate = LevelGate()
    at = [sound[i : i + block] for i in range(0, len(sound), block)]
    return [
        AudioBlock(
            piece,
            n * block / SPEECH_RATE_HZ,
            level_db(piece),
            gate.feed(piece, 16_000),
            gate.quiet_s,
        )
        for n, piece in enumerate(at)
    ]


@dataclass
class Speaker:
    """Speaks the sentences of one language into 16 kHz sound."""

    voice: Voice
    spoken: dict[str, Samples] = field(default_factory=dict)

    def say(self, text: str, pause_s: float = 0.4) -> Samples:
        """Give the sentence with 0.6 s of the room before it and `pause_s` after it."""
        if text not in self.spoken:
            speech = self.voice.render(text, CancelToken())
            self.spoken[text] = soxr.resample(
                speech.samples, speech.rate_hz, SPEECH_RATE_HZ
            ).astype(np.float32)
        sound = np.concatenate((room(0.6), self.spoken[text], room(pause_s, 1)))
        return sound.astype(np.float32)


def english_voice() -> Voice:
    return HibariVoice() if has("hibari") else Pyttsx3Voice()


def korean_voice() -> Voice:
    return Pyttsx3Voice(**KOREAN)  # type: ignore[arg-type]


@dataclass
class Ears:
    """A recogniser under test with two sentences that it should understand."""

    recognizer: Recognizer
    sentences: tuple[str, str]
    speaker: Speaker | None = None

    def take(self, *texts: str, pause_s: float = 0.4) -> list[AudioBlock]:
        """Give the blocks of a take in which the texts are said, `pause_s` between them."""
        if self.speaker:
            said = [self.speaker.say(text, pause_s) for text in texts]
            return blocks_of(np.concatenate(said).astype(np.float32))
        assert isinstance(self.recognizer, ScriptedRecognizer)
        self.recognizer._hearings = [Hearing.of(" ".join(texts))]
        tone = np.sin(np.arange(4 * SPEECH_RATE_HZ) * 0.2).astype(np.float32) * 0.3
        return blocks_of(np.concatenate((room(0.6), tone, room(0.4))))


def letters(text: str) -> str:
    """Give what is left of a text when case, spaces and punctuation do not count."""
    return "".join(c for c in text.lower() if c.isalnum())


def skip_without(engine: str) -> None:
    if not has(engine):
        pytest.skip(f"the engine {engine} is not installed")


def build(engine: str, **settings: Any) -> Voice:
    """Build a voice by the name that the suite gives it; `rate` and `volume` may be set."""
    if engine == "scripted":
        return ScriptedVoice(**settings)
    name, _, language = engine.partition(" ")
    skip_without(name)
    return registry.voice(VoiceSettings(engine=name, **settings), language or "en")  # type: ignore[arg-type]
