"""What every voice does, the scripted one included."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.contract.speech import build, skip_without
from voicemate.cancel import CancelToken
from voicemate.errors import EngineError, TurnCancelled
from voicemate.ports import Voice
from voicemate.types import Speech

SENTENCE = {
    "en": "I think that we could go there again tomorrow morning.",
    "ko": "오늘은 날씨가 아주 좋아서 공원에 가고 싶어요.",
}
ODD = [
    "a\0b",
    "bell \x07 and \x1b[31mred",
    "half \ud800 pair",
    "smile 😀, family 👨‍👩‍👧, flag 🇰🇷",
    "<speak><b>bold</b></speak> & <audio src='file:///etc/passwd'/>",
    "[[h@loU]] {{{ ]]",
    "한국어 中文 العربية ไทย",
    "\u202eright to left\u202c \u200bzero width",
    "x" * 400,
    "1" * 60,
    "...",
    "?!",
]


@pytest.fixture
def sentence(voice_name: str) -> str:
    return SENTENCE["ko" if voice_name.endswith("ko") else "en"]


def render(voice: Voice, text: str) -> Speech:
    return voice.render(text, CancelToken())


def test_a_sentence_sounds_for_a_plausible_time(voice: Voice, sentence: str) -> None:
    speech = render(voice, sentence)

    assert speech.text == sentence
    assert speech.samples.dtype == np.float32
    assert speech.samples.ndim == 1
    assert 0.05 * len(sentence.split()) < speech.duration_s < 1.2 * len(sentence.split())
    assert 0.05 < np.abs(speech.samples).max() <= 1.0
    assert np.sqrt(np.square(speech.samples).mean()) > 0.01


def test_sound_begins_almost_at_once(voice: Voice, sentence: str) -> None:
    speech = render(voice, sentence)

    level = np.abs(speech.samples)
    first = np.flatnonzero(level > level.max() / 50)[0]
    assert first / speech.rate_hz < 0.06


def test_the_same_text_sounds_about_the_same(voice: Voice, sentence: str) -> None:
    once, again = render(voice, sentence), render(voice, sentence)

    assert again.duration_s == pytest.approx(once.duration_s, rel=0.15)
    assert [(w.start, w.end) for w in again.words] == [(w.start, w.end) for w in once.words]


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_an_empty_text_is_no_sound(voice: Voice, text: str) -> None:
    assert render(voice, text).duration_s == 0


@pytest.mark.parametrize("text", ODD)
def test_an_odd_text_does_no_harm(voice: Voice, text: str, sentence: str) -> None:
    speech = render(voice, text)

    assert speech.text == text
    assert np.isfinite(speech.samples).all()
    assert render(voice, sentence).duration_s > 0.4


def test_a_long_text_is_spoken_to_its_end(voice: Voice, sentence: str) -> None:
    text = f"{sentence} " * (5000 // len(sentence))

    speech = render(voice, text)

    one = render(voice, sentence).duration_s
    n = 5000 // len(sentence)
    assert 0.7 * n * one < speech.duration_s < 1.5 * n * one


def test_words_come_in_order_and_lie_where_they_are_written(voice: Voice, sentence: str) -> None:
    text = f"{sentence} {sentence}"
    speech = render(voice, text)

    if not speech.words:
        pytest.skip(f"{voice.name} gives no word positions")
    written = text.replace(".", "").split()
    spoken = [text[word.start : word.end].strip(".") for word in speech.words]
    left = iter(written)
    assert all(word in left for word in spoken), "whole words of the text, in its order"
    # eSpeak runs some short words together.
    assert len(spoken) > 0.7 * len(written)
    times = [word.at_s for word in speech.words]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] < speech.duration_s


def test_a_cancelled_turn_gets_no_sound(voice: Voice, sentence: str) -> None:
    cancel = CancelToken()
    cancel.cancel()

    with pytest.raises(TurnCancelled):
        voice.render(sentence, cancel)
    assert render(voice, sentence).duration_s > 0.4


class CancelledMeanwhile(CancelToken):
    """A token that is set once the render is under way: when it is looked at, or waited for."""

    __slots__ = ("looks",)

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def raise_if_cancelled(self) -> None:
        self.looks += 1
        if self.looks > 1:
            self.cancel()
        super().raise_if_cancelled()

    def on_cancel(self, callback: Callable[[], None]) -> None:
        super().on_cancel(callback)
        self.cancel()


def test_cancelling_while_it_renders_ends_it(voice: Voice, sentence: str) -> None:
    whole = render(voice, sentence)
    cancel = CancelledMeanwhile()

    with pytest.raises(TurnCancelled):
        voice.render(f"{sentence} " * 100, cancel)

    assert cancel.looks <= 3, "it went on rendering"
    assert render(voice, sentence).duration_s == pytest.approx(whole.duration_s, rel=0.15)


def test_it_lists_its_voices(voice: Voice) -> None:
    listed = voice.voices()

    assert listed
    assert len({info.id for info in listed}) == len(listed)
    assert voice.name


def test_a_hundred_renders_leave_nothing_behind(voice: Voice, sentence: str) -> None:
    render(voice, sentence)
    process = psutil.Process()

    def kept() -> tuple[int, int, int]:
        files = Path("/proc/self/fd")
        n_files = len(list(files.iterdir())) if files.is_dir() else 0
        return threading.active_count(), len(process.children(recursive=True)), n_files

    before = kept()
    for n in range(100):
        render(voice, f"{n}")

    assert kept() == before


def test_twice_the_rate_takes_less_time(voice_name: str, voice: Voice, sentence: str) -> None:
    fast = build(voice_name, rate=2.0)
    try:
        assert render(fast, sentence).duration_s < 0.75 * render(voice, sentence).duration_s
    finally:
        fast.close()


def test_volume_makes_it_louder(voice_name: str, voice: Voice, sentence: str) -> None:
    quiet = build(voice_name, volume=0.2)
    try:
        peak = np.abs(render(quiet, sentence).samples).max()
        assert 0 < peak < 0.5 * np.abs(render(voice, sentence).samples).max()
    finally:
        quiet.close()


@pytest.mark.parametrize("engine", ["pyttsx3", "hibari", "piper"])
def test_a_voice_that_is_not_there_is_said_to_be_missing(engine: str) -> None:
    skip_without(engine)

    with pytest.raises(EngineError) as raised:
        build(engine, voice="nobody")
    assert "nobody" in raised.value.message
    assert raised.value.hint
