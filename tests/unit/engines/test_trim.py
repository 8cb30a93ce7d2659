from __future__ import annotations

import numpy as np
import pytest

from voicemate.engines.speakable import speakable
from voicemate.engines.trim import trimmed

RATE = 24_000


def sound(lead_s: float, speech_s: float, tail_s: float) -> np.ndarray:
    tone = np.sin(np.arange(round(speech_s * RATE)) * 0.1) * 0.3
    parts = (np.zeros(round(lead_s * RATE)), tone, np.zeros(round(tail_s * RATE)))
    return np.concatenate(parts).astype(np.float32)


@pytest.mark.parametrize(("text", "tail_s"), [("Yes.", 0.25), ("Yes!\n", 0.25), ("Well,", 0.1)])
def test_the_lead_goes_and_a_pause_stays(text: str, tail_s: float) -> None:
    cut = trimmed(sound(0.3, 1.0, 0.5), RATE, text)

    first = np.flatnonzero(np.abs(cut) > 0.01)[0] / RATE
    assert 0.005 < first < 0.035
    assert len(cut) / RATE == pytest.approx(first + 1.0 + tail_s, abs=0.02)


def test_a_faint_beginning_stays() -> None:
    whole = sound(0.3, 1.0, 0.0)
    whole[round(0.2 * RATE) : round(0.3 * RATE)] = 0.3 * 0.02  # an "f": 34 dB below the vowels

    assert len(trimmed(whole, RATE, "Far.")) / RATE > 1.1


def test_what_is_short_already_is_left_alone() -> None:
    whole = sound(0.0, 1.0, 0.0)

    assert np.array_equal(trimmed(whole, RATE, "Yes."), whole)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 1.0])
def test_silence_alone_is_no_sound(seconds: float) -> None:
    cut = trimmed(np.zeros(round(seconds * RATE), np.float32), RATE, "...")
    assert len(cut) < 0.01 * RATE


def test_what_cannot_be_said_becomes_spaces_in_the_same_places() -> None:
    assert speakable("a\0b\x1b[1m\ud800\n😀é한\x85.") == "a b [1m  😀é한 ."
