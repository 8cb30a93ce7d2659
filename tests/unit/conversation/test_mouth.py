"""The mouth follows the sound: what it does for silence, vowels, an "s", soft voices, any sound."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from voicemate.conversation.mouth import shapes
from voicemate.types import MOUTH_RATE_HZ, MouthShape, Samples

RATE_HZ = 22_050
OFF_S = 0.06
"""How far off the sound a mouth may be before it is seen."""


AH, OO, EE = (700, 1200, 2600), (330, 700, 2200), (300, 2200, 2900)
_WEIGHTS = (1.0, 0.6, 0.2)


def vowel(seconds: float, formants_hz: tuple[int, ...] = AH, rate_hz: int = RATE_HZ) -> Samples:
    """A voice of 120 Hz whose overtones are strongest around the vowel's formants."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    sound = np.zeros(len(time_s))
    for hz in range(120, 4000, 120):
        near = (np.exp(-(((hz - formant) / 150) ** 2)) for formant in formants_hz)
        strength = sum(w * n for w, n in zip(_WEIGHTS, near, strict=True))
        sound += strength * np.sin(2 * np.pi * hz * time_s)
    return np.asarray(0.3 * sound / np.abs(sound).max(), np.float32)


def hiss(seconds: float, rate_hz: int = RATE_HZ) -> Samples:
    """An "s": noise without its deep part."""
    noise = np.random.default_rng(1).standard_normal(round(seconds * rate_hz) + 1)
    return (0.1 * np.diff(noise)).astype(np.float32)


def silence(seconds: float, rate_hz: int = RATE_HZ) -> Samples:
    return np.zeros(round(seconds * rate_hz), np.float32)


def middle(sound: Samples, rate_hz: int = RATE_HZ) -> MouthShape:
    frames = shapes(sound, rate_hz)
    return frames[len(frames) // 2]


def at(frames: tuple[MouthShape, ...], moment_s: float) -> MouthShape:
    return frames[math.floor(moment_s * MOUTH_RATE_HZ)]


def test_no_sound_has_no_shapes() -> None:
    assert shapes(silence(0), RATE_HZ) == ()


def test_silence_closes_the_mouth() -> None:
    assert {frame.open for frame in shapes(silence(0.5), RATE_HZ)} == {0.0}
    spoken = np.concatenate((vowel(0.4), silence(0.3), vowel(0.4)))
    frames = shapes(spoken, RATE_HZ)
    assert at(frames, 0.3).open > 0.7
    assert at(frames, 0.4 + OFF_S).open < 0.25
    assert at(frames, 0.65).open < 0.05


def test_breath_between_words_does_not_open_it() -> None:
    breath = hiss(0.4) * 0.02
    frames = shapes(np.concatenate((vowel(0.4), breath, vowel(0.4))), RATE_HZ)
    assert at(frames, 0.7).open < 0.05


def test_a_loud_vowel_opens_it() -> None:
    assert middle(vowel(0.5)).open > 0.8


def test_a_short_word_in_a_long_silence_opens_it_too() -> None:
    frames = shapes(np.concatenate((silence(1.0), vowel(0.1), silence(2.0))), RATE_HZ)
    assert at(frames, 1.07).open > 0.7


def test_a_bright_vowel_is_wider_than_a_dark_one() -> None:
    dark, bright = vowel(0.3, OO), vowel(0.3, EE)
    frames = shapes(np.concatenate((dark, bright)), RATE_HZ)
    assert at(frames, 0.5).wide > at(frames, 0.2).wide + 0.2


def test_an_s_is_wider_and_less_open_than_a_dark_vowel() -> None:
    dark, noise = middle(vowel(0.5, OO)), middle(hiss(0.5))
    assert noise.wide > dark.wide + 0.2
    assert noise.open < dark.open


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 24_000, 48_000])
@pytest.mark.parametrize("begins_s", [0.2, 0.2333, 0.25, 0.266])
def test_the_mouth_opens_and_closes_with_the_sound(rate_hz: int, begins_s: float) -> None:
    parts = silence(begins_s, rate_hz), vowel(0.3, AH, rate_hz), silence(0.3, rate_hz)
    frames = shapes(np.concatenate(parts), rate_hz)
    ends_s = begins_s + 0.3
    opens_s = next(n for n, f in enumerate(frames) if f.open > 0.4) / MOUTH_RATE_HZ
    closes_s = max(n for n, f in enumerate(frames) if f.open > 0.4) / MOUTH_RATE_HZ
    assert abs(opens_s - begins_s) <= OFF_S
    assert abs(closes_s - ends_s) <= OFF_S
    assert all(f.open == 0 for f in frames[: math.floor((begins_s - OFF_S) * MOUTH_RATE_HZ)])


def test_a_soft_voice_opens_it_as_far() -> None:
    loud = vowel(0.5) * 2
    soft = loud / 200
    for one, other in zip(shapes(loud, RATE_HZ), shapes(soft, RATE_HZ), strict=True):
        assert one.open == pytest.approx(other.open, abs=0.01)
        assert one.wide == pytest.approx(other.wide, abs=0.01)


def test_the_noise_of_an_empty_line_is_no_voice() -> None:
    assert max(frame.open for frame in shapes(hiss(0.5) / 10_000, RATE_HZ)) == 0


@given(
    arrays.arrays(
        np.float32,
        st.integers(0, 4000),
        elements=st.floats(-1, 1, width=32),
        fill=st.floats(-1, 1, width=32),
    ),
    st.sampled_from([8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000]),
)
def test_any_sound_has_a_mouth_as_long_as_it(sound: Samples, rate_hz: int) -> None:
    frames = shapes(sound, rate_hz)
    assert len(frames) == math.ceil(len(sound) * MOUTH_RATE_HZ / rate_hz)
    assert all(0 <= frame.open <= 1 and 0 <= frame.wide <= 1 for frame in frames)
