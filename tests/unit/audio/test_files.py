"""A recording as a take, and a file as a speaker."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from voicemate.audio.files import FileSpeaker, FileTake
from voicemate.cancel import CancelToken
from voicemate.errors import AudioDeviceError, TurnCancelled
from voicemate.types import SPEECH_RATE_HZ, Samples, Speech


def spoken(*stretches: tuple[float, float]) -> Samples:
    """Give noise, as (seconds, loudness) in order."""
    noise = np.random.default_rng(5)
    parts = [noise.standard_normal(round(s * SPEECH_RATE_HZ)) * loud for s, loud in stretches]
    return np.concatenate(parts).astype(np.float32)


def test_read_at_once_it_comes_whole_in_blocks_of_a_tenth_of_a_second() -> None:
    sound = spoken((0.35, 0.0003), (0.5, 0.2))
    take = FileTake(sound)
    assert take.released_at is None
    blocks = list(take.blocks())
    assert np.array_equal(np.concatenate([b.samples for b in blocks]), sound)
    assert [len(b.samples) for b in blocks[:-1]] == [1600] * 8
    assert not blocks[1].speaking
    assert blocks[-1].speaking
    assert take.released_at is not None
    held_s = take.released_at - take.begun_at
    assert held_s >= len(sound) / SPEECH_RATE_HZ


def test_the_release_is_known_when_the_last_block_comes() -> None:
    take = FileTake(spoken((0.25, 0.1)))
    released = [take.released_at is not None for _ in take.blocks()]
    assert released == [False, False, True]


def test_in_real_time_it_takes_as_long_as_it_is() -> None:
    sound = spoken((0.31, 0.1))
    take = FileTake(sound, realtime=True)
    begun = time.monotonic()
    blocks = list(take.blocks())
    assert time.monotonic() - begun >= 0.31
    assert np.array_equal(np.concatenate([b.samples for b in blocks]), sound)
    assert take.released_at is not None
    assert take.released_at - begun >= 0.31
    assert all(b.captured_at <= time.monotonic() for b in blocks)


def test_a_slow_reader_in_real_time_gets_longer_blocks() -> None:
    sound = spoken((0.4, 0.1))
    take = FileTake(sound, realtime=True)
    reading = take.blocks()
    sizes = [len(next(reading).samples)]
    threading.Event().wait(0.2)  # the reader is busy for a while
    sizes += [len(block.samples) for block in reading]
    assert sizes[1] >= 0.18 * SPEECH_RATE_HZ
    assert sum(sizes) == len(sound)


def test_discarding_wakes_a_reader_that_waits_in_real_time() -> None:
    take = FileTake(spoken((30.0, 0.1)), realtime=True)
    errors: list[BaseException] = []
    begun = threading.Event()

    def read() -> None:
        try:
            for _ in take.blocks():
                begun.set()
        except (TurnCancelled, AudioDeviceError) as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    assert begun.wait(10)
    take.discard()
    thread.join(10)
    assert [type(error) for error in errors] == [TurnCancelled]


@pytest.mark.parametrize(("loudness", "most_s"), [(0.0003, 0.12), (0.2, 0.4)])
def test_released_early_it_ends_at_once_or_after_the_post_roll(
    loudness: float, most_s: float
) -> None:
    take = FileTake(spoken((1.0, 0.0003), (5.0, loudness)), post_roll_ms=250)
    reading = take.blocks()
    for _ in range(12):
        next(reading)
    take.release()
    rest_s = sum(block.duration_s for block in reading)
    assert 0 < rest_s <= most_s
    if loudness > 0.1:
        assert rest_s >= 0.25


def test_a_recording_without_samples_is_a_take_without_blocks() -> None:
    take = FileTake(np.empty(0, np.float32))
    assert list(take.blocks()) == []
    assert take.released_at is not None


def speech(samples: Samples, rate_hz: int) -> Speech:
    return Speech("words", samples, rate_hz)


def test_a_file_speaker_collects_all_that_was_said_at_the_first_rate() -> None:
    speaker = FileSpeaker()
    speaker.open()
    assert len(speaker.samples) == speaker.rate_hz == 0
    playback = speaker.play(CancelToken(), thinking_after_s=1.0)
    assert playback.first_sound_at is None
    first = np.full(2205, 0.5, np.float32)
    playback.write(speech(first, 22_050))
    assert playback.first_sound_at is not None
    at = playback.first_sound_at
    playback.write(speech(np.full(1600, 0.25, np.float32), 16_000))
    speaker.cue("error")
    playback.finish()
    speaker.close()
    assert speaker.rate_hz == 22_050
    assert np.array_equal(speaker.samples[:2205], first)
    assert len(speaker.samples) == pytest.approx(2 * 2205, abs=2)
    assert playback.played_s == pytest.approx(0.2, abs=1e-3)
    assert playback.first_sound_at == at


def test_a_cancelled_file_playback_takes_nothing_more() -> None:
    token = CancelToken()
    speaker = FileSpeaker()
    playback = speaker.play(token)
    token.cancel()
    with pytest.raises(TurnCancelled):
        playback.write(speech(np.ones(100, np.float32), 16_000))
    with pytest.raises(TurnCancelled):
        playback.finish()
    assert len(speaker.samples) == 0
