"""The questions, and how they are spoken: never in the companion's own voice."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from scripts.benchmark.sound import SPOKEN_HZ, Sound, active, at_level
from voicemate.audio.wav import read_wav, write_wav
from voicemate.cancel import CancelToken
from voicemate.engines import registry
from voicemate.settings import Voice as VoiceSettings

SPEECH_DB = -26.0
LEAST_S, MOST_S = 2.0, 6.0

ENGLISH = (
    "What is the best way to learn how to cook at home?",
    "Why does the moon look bigger when it is near the horizon?",
    "Can you tell me something nice about the city of Paris?",
    "How long should I boil an egg so that it stays soft inside?",
    "What should I do when I cannot fall asleep at night?",
    "Tell me a short story about a dog that lived on a farm.",
    "What is a good present for a friend who likes to read?",
    "Why is the sky blue during the day and red in the evening?",
    "How can I remember the names of people that I meet?",
    "What are three good reasons to take a walk every morning?",
    "I had a long day at work today, how can I relax now?",
    "What is the difference between a lake and a river?",
    "Could you explain to me why leaves turn yellow in autumn?",
    "What kind of music is good to listen to while I am working?",
    "How do birds know where to fly when the winter comes?",
    "Which animals can live both in the water and on the land?",
    "What would you say to somebody who is afraid of flying?",
    "How does a bicycle stay up when it is moving forward?",
    "Why do people laugh when somebody tickles them?",
    "What is the easiest vegetable to grow in a small garden?",
    "How much water should a person drink on a hot day?",
    "Tell me what you think about getting up early on a Sunday.",
    "What can I cook with potatoes, onions and a little cheese?",
    "How do I say thank you to a neighbour who helped me?",
    "Why is it a bad idea to look at a screen before going to bed?",
    "What is the name of the largest ocean in the world?",
    "How can I make my living room look a little brighter?",
    "What should I pack for a weekend trip to the mountains?",
    "Is it better to read in the morning or in the evening?",
    "How do I start a conversation with somebody that I do not know?",
    "What makes bread rise when it is baked in the oven?",
    "Do you know a simple game that we could play together?",
)

KOREAN = (
    "이 나라 이름 뭐예요?",
    "라디오 노래 뭐예요?",
    "라디오 이야기 해 주세요.",
    "오늘 아침에 뭐 먹었어요?",
    "우리 나라 이야기 해 주세요.",
    "비가 오면 우리 뭐 해요?",
    "다음 주에 우리 어디 가요?",
    "미국 이야기 해 주세요.",
    "어머니 이야기 해 주세요.",
    "우리 아이 이름 뭐예요?",
    "라디오 뭐예요? 이미 뭐예요?",
    "오늘 우리 뭐 해요?",
)
"""The small Korean model seldom writes down what eSpeak says: enough to measure the time, not to
judge the words."""

SHORT_ENGLISH = (
    "What is the capital of France?",
    "How long is the night in winter?",
    "Tell me a story about a ship.",
    "Where do the birds go in autumn?",
    "What should I cook for dinner?",
    "Why is the sky blue today?",
)


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence and its sound at 16 kHz: from the first word's beginning to the last one's end."""

    text: str
    sound: Sound

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.sound) / SPOKEN_HZ


_SPEAKERS = {
    # By the companion's voice and language: who asks. Hibari has one voice here, so it asks where
    # the companion speaks with the system's voice and the other way round.
    ("hibari", "en"): VoiceSettings(engine="pyttsx3", voice="en-gb-x-rp", rate=0.9),
    ("pyttsx3", "en"): VoiceSettings(engine="hibari"),
    ("pyttsx3", "ko"): VoiceSettings(engine="pyttsx3", voice="ko+m3", rate=130 / 175, pitch=0.9),
}


def speaker_name(voice: str, language: str) -> str:
    """Name the voice that asks a companion of this voice."""
    who = _SPEAKERS[voice, language]
    return f"{who.engine} {who.voice}".strip()


def spoken(texts: tuple[str, ...], voice: str, language: str, folder: Path) -> list[Question]:
    """Give the questions for a companion of this voice, rendered once into `folder`."""
    asked_by = _SPEAKERS[voice, language]
    folder = folder / f"{asked_by.engine}-{language}"
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{_number(text):08x}.wav" for text in texts]
    if not all(file.exists() for file in files):
        speaker = registry.voice(asked_by, language)
        try:
            for text, file in zip(texts, files, strict=True):
                speech = speaker.render(text, CancelToken())
                sound = soxr.resample(speech.samples, speech.rate_hz, SPOKEN_HZ)
                sound = active(sound.astype(np.float32), SPOKEN_HZ)
                write_wav(file, at_level(sound, SPOKEN_HZ, SPEECH_DB), SPOKEN_HZ)
        finally:
            speaker.close()
    return [
        Question(text, np.asarray(read_wav(file), np.float32))
        for text, file in zip(texts, files, strict=True)
    ]


def _number(text: str) -> int:
    return zlib.crc32(text.encode())


def letters(text: str) -> str:
    """Give what is left of a text when case, spaces and punctuation do not count."""
    return "".join(c for c in text.lower() if c.isalnum())
