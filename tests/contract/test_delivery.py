"""An answer whose first words are spoken before the rest is written, by real voices."""

from __future__ import annotations

import difflib

import numpy as np
import pytest
import soxr

from tests.contract.models import ENGLISH, installed_folder
from tests.contract.speech import blocks_of, build, letters, room, skip_without
from voicemate.cancel import CancelToken
from voicemate.conversation.delivery import speeches
from voicemate.conversation.sentences import Cut, utterances
from voicemate.engines.moonshine import MoonshineRecognizer
from voicemate.types import SPEECH_RATE_HZ, Samples


@pytest.mark.parametrize("engine", ["pyttsx3", "hibari"])
@pytest.mark.parametrize(
    "text",
    [
        "The capital of France is Paris, which lies on the river Seine.",
        "I would suggest taking a short walk before you go to bed.",
    ],
)
def test_words_that_are_joined_in_one_breath_are_understood_as_one_sentence(
    engine: str, text: str
) -> None:
    skip_without("moonshine")
    ears = MoonshineRecognizer(installed_folder(ENGLISH))
    voice = build(engine)
    try:
        tokens = [word if n == 0 else f" {word}" for n, word in enumerate(text.split(" "))]
        breaths = utterances(tokens, "en", Cut(first_words=3))
        said = [speech for _, speech in speeches(breaths, voice, CancelToken(), "en")]
        whole = voice.render(text, CancelToken())
        joined = np.concatenate([speech.samples for speech in said])
        assert len(said) > 1, "it was spoken in parts"
        assert len(joined) / whole.rate_hz == pytest.approx(whole.duration_s, abs=0.25)
        assert likeness(heard(ears, joined, whole.rate_hz), text) > 0.85
    finally:
        voice.close()
        ears.close()


def heard(ears: MoonshineRecognizer, samples: Samples, rate_hz: int) -> str:
    sound = soxr.resample(samples, rate_hz, SPEECH_RATE_HZ).astype(np.float32)
    text = ""
    for transcript in ears.recognize(blocks_of(np.concatenate((room(0.4), sound, room(0.4))))):
        text = transcript.text
    return text


def likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, letters(one), letters(other)).ratio()
