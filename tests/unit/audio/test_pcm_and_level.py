"""Sample arithmetic, and the gate that tells speech from the room."""

from __future__ import annotations

import numpy as np
import pytest

from voicemate.audio import level
from voicemate.audio.level import LevelGate
from voicemate.audio.pcm import SILENCE_DB, Resampler, level_db, resample, to_mono
from voicemate.types import Samples

RATE = 16_000


def tone(seconds: float, rate_hz: int = RATE, hz: float = 440.0, peak: float = 0.5) -> Samples:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return (peak * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def noise(seconds: float, db: float, seed: int = 1) -> Samples:
    samples = np.random.default_rng(seed).standard_normal(round(seconds * RATE))
    return (samples * 10 ** (db / 20)).astype(np.float32)


def test_level_of_a_full_scale_sine_is_three_below_full_scale() -> None:
    assert level_db(tone(1.0, peak=1.0)) == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize("samples", [np.zeros(160, np.float32), np.empty(0, np.float32)])
def test_level_of_silence_and_of_nothing_is_the_lowest(samples: Samples) -> None:
    assert level_db(samples) == SILENCE_DB


def test_mono_is_the_mean_of_the_channels_and_never_a_view() -> None:
    frames = np.array([[0.2, 0.4], [0.0, 1.0]], np.float32)
    assert to_mono(frames) == pytest.approx([0.3, 0.5])
    single = np.ones((4, 1), np.float32)
    mono = to_mono(single)
    single[:] = 0  # as a sound card does with its buffer
    assert mono.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("from_hz", [8_000, 16_000, 44_100, 48_000])
def test_blocks_resample_to_the_same_as_the_whole(from_hz: int) -> None:
    whole = tone(1.0, from_hz)
    stream = Resampler(from_hz, RATE)
    block = from_hz // 50
    pieces = [stream.feed(whole[i : i + block]) for i in range(0, len(whole), block)]
    pieces.append(stream.feed(np.empty(0, np.float32), last=True))
    joined = np.concatenate(pieces)
    assert len(joined) == pytest.approx(RATE, abs=2)
    assert np.corrcoef(joined[: RATE - 2], tone(1.0)[: RATE - 2])[0, 1] > 0.999
    assert joined == pytest.approx(resample(whole, from_hz, RATE), abs=1e-5)
    assert stream.held_back_s < 1e-4


def test_what_a_resampler_holds_back_is_known() -> None:
    stream = Resampler(48_000, RATE)
    out = stream.feed(tone(0.1, 48_000))
    assert stream.held_back_s == pytest.approx(0.1 - len(out) / RATE)
    assert stream.held_back_s > 0
    stream.feed(np.empty(0, np.float32), last=True)
    assert stream.held_back_s == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("room_db", [-100.0, -70.0, -55.0])
def test_gate_opens_for_speech_and_not_for_the_room(room_db: float) -> None:
    gate = LevelGate()
    gate.feed(noise(2.0, room_db), RATE)
    assert not gate.speaking
    assert gate.feed(noise(0.1, room_db + 60 if room_db == -100 else room_db + 25), RATE)


def test_gate_stays_open_over_a_short_pause_and_closes_after_a_long_one() -> None:
    gate = LevelGate()
    gate.feed(noise(1.0, -60), RATE)
    gate.feed(noise(0.5, -25), RATE)
    assert gate.feed(noise(level.HANGOVER_S - level.FRAME_S, -60), RATE)
    assert not gate.feed(noise(2 * level.FRAME_S, -60), RATE)


def test_the_click_of_a_key_is_not_speech() -> None:
    gate = LevelGate()
    gate.feed(noise(1.0, -60), RATE)
    gate.feed(noise(level.FRAME_S, -15), RATE)
    assert not gate.feed(noise(0.1, -60), RATE)


def test_gate_hears_a_person_who_already_speaks_when_it_begins() -> None:
    assert LevelGate().feed(noise(0.2, -25), RATE)


def test_a_louder_room_becomes_the_floor_and_a_quieter_one_at_once() -> None:
    gate = LevelGate()
    gate.feed(noise(1.0, -60), RATE)
    gate.feed(noise(12.0, -45), RATE)  # a fan starts
    assert not gate.speaking
    assert gate.floor_db == pytest.approx(-45, abs=3)
    gate.feed(noise(0.5, -60), RATE)
    assert gate.floor_db == pytest.approx(-60, abs=2)


def test_five_seconds_of_speech_without_a_pause_are_speech_to_the_end() -> None:
    gate = LevelGate()
    gate.feed(noise(1.0, -60), RATE)
    for _ in range(50):
        assert gate.feed(noise(0.1, -30), RATE)
