"""The short sounds: short, soft, quiet, and not to be taken for one another."""

from __future__ import annotations

import itertools
from typing import get_args

import numpy as np
import pytest

from voicemate.audio.cues import LEVEL_DB, make_cue
from voicemate.audio.pcm import level_db
from voicemate.ports import CueName

NAMES = get_args(CueName)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 48_000])
def test_a_cue_is_short_quiet_and_begins_and_ends_softly(name: CueName, rate_hz: int) -> None:
    sound = make_cue(name, rate_hz)
    assert sound.dtype == np.float32
    assert 0.05 <= len(sound) / rate_hz < 0.15
    assert level_db(sound) == pytest.approx(LEVEL_DB, abs=0.1)
    assert np.abs(sound).max() < 0.25
    edge = round(0.002 * rate_hz)
    assert np.abs(sound[:edge]).max() < 0.02
    assert np.abs(sound[-edge:]).max() < 0.02


def melody(name: CueName) -> list[float]:
    """Give the loudest frequency of four stretches of a cue, in Hz."""
    parts = np.array_split(make_cue(name, 48_000), 4)
    spectra = [np.abs(np.fft.rfft(part, 48_000)) for part in parts]
    return [float(np.argmax(spectrum)) for spectrum in spectra]


def test_down_rises_up_falls() -> None:
    assert melody("down")[-1] > melody("down")[0] * 1.2
    assert melody("up")[-1] < melody("up")[0] / 1.2


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(NAMES, 2)))
def test_no_cue_can_be_taken_for_another(one: CueName, other: CueName) -> None:
    ratios = [max(a, b) / min(a, b) for a, b in zip(melody(one), melody(other), strict=True)]
    assert max(ratios) > 1.15, "more than two semitones apart somewhere"
