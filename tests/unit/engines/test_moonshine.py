"""When Moonshine works and when it rests: what the answer's latency hangs on."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from voicemate.engines.moonshine import _Take
from voicemate.errors import EngineError
from voicemate.types import AudioBlock


class Stream:
    """A stream of the library that keeps a diary."""

    def __init__(self) -> None:
        self.fed_s = 0.0
        self.updates: list[float] = []
        self.lines: list[str] = []

    def start(self) -> None: ...

    def add_audio(self, audio_data: list[float], sample_rate: int) -> None:
        self.fed_s = round(self.fed_s + len(audio_data) / sample_rate, 3)

    def update_transcription(self, flags: int) -> SimpleNamespace:
        assert flags == 1
        self.updates.append(self.fed_s)
        return self.stop()

    def stop(self) -> SimpleNamespace:
        return SimpleNamespace(lines=[SimpleNamespace(text=f" {line} ") for line in self.lines])

    def close(self) -> None: ...


def block(speaking: bool, seconds: float = 0.1) -> AudioBlock:
    return AudioBlock(np.zeros(round(16_000 * seconds), np.float32), 0.0, -30.0, speaking)


def pause(quiet_s: float, *, released: bool = False) -> AudioBlock:
    """Give a block of 20 ms while the gate still holds, `quiet_s` after the last loud one."""
    samples = np.zeros(320, np.float32)
    return AudioBlock(samples, 0.0, -60.0, speaking=True, quiet_s=quiet_s, released=released)


@pytest.fixture
def stream() -> Stream:
    return Stream()


@pytest.fixture
def take(stream: Stream) -> _Take:
    return _Take(stream, 1)  # type: ignore[arg-type]


def test_there_is_no_update_before_somebody_speaks(stream: Stream, take: _Take) -> None:
    for _ in range(20):
        take.hear(block(speaking=False))
    assert stream.updates == []
    assert stream.fed_s == 2.0


def test_while_somebody_speaks_updates_keep_their_distance(stream: Stream, take: _Take) -> None:
    for _ in range(10):
        take.hear(block(speaking=True))
    assert stream.updates == [0.3, 0.6, 0.9]


def test_speech_that_ended_is_transcribed_at_once_and_nothing_is_left_for_the_release(
    stream: Stream, take: _Take
) -> None:
    for speaking in (True, True, True, True, False, False, False):
        take.hear(block(speaking))
    assert stream.updates == [0.3, 0.5]

    take.end()

    assert stream.updates == [0.3, 0.5]
    assert stream.fed_s == 0.5


def test_a_release_in_the_middle_of_a_word_is_transcribed_to_its_end(
    stream: Stream, take: _Take
) -> None:
    for _ in range(4):
        take.hear(block(speaking=True))
    take.end()
    assert stream.updates == [0.3, 0.4]


def test_a_short_pause_settles_what_was_said(stream: Stream, take: _Take) -> None:
    take.hear(block(speaking=True))
    assert not take.settled
    take.hear(pause(0.02))
    assert stream.updates == []
    take.hear(pause(0.1))
    assert stream.updates == [0.14]
    assert take.settled
    take.hear(block(speaking=True))
    assert not take.settled


def test_the_key_s_release_is_taken_for_the_end_and_quiet_after_it_changes_nothing(
    stream: Stream, take: _Take
) -> None:
    take.hear(block(speaking=True))
    take.hear(pause(0.0, released=True))
    assert stream.updates == [0.12]
    for quiet_s in (0.02, 0.04, 0.06, 0.1):
        take.hear(pause(quiet_s, released=True))
    take.end()
    assert stream.updates == [0.12]


def test_a_word_that_goes_on_after_the_release_is_heard_to_its_end(
    stream: Stream, take: _Take
) -> None:
    take.hear(block(speaking=True))
    take.hear(pause(0.0, released=True))
    take.hear(pause(0.0, released=True))
    take.hear(pause(0.02, released=True))
    take.end()
    assert stream.updates == [0.12, 0.16]
    assert stream.fed_s == 0.16


def test_after_a_pause_the_held_back_sound_comes_first(stream: Stream, take: _Take) -> None:
    for speaking in (True, False, False, False, True):
        take.hear(block(speaking))
    assert stream.fed_s == pytest.approx(0.5)


def test_of_a_long_pause_a_second_is_kept(stream: Stream, take: _Take) -> None:
    take.hear(block(speaking=True))
    for _ in range(600):
        take.hear(block(speaking=False))
    take.hear(block(speaking=True))
    assert 1.0 < stream.fed_s < 1.5


def test_a_word_within_a_late_long_block_is_not_taken_for_silence(
    stream: Stream, take: _Take
) -> None:
    take.hear(block(speaking=True))
    take.hear(block(speaking=False))
    take.hear(block(speaking=False, seconds=0.6))
    assert stream.updates[-1] == pytest.approx(0.8)


def test_a_take_in_which_the_gate_never_opened_is_transcribed_at_its_end(
    stream: Stream, take: _Take
) -> None:
    stream.lines = ["A whisper."]
    take.hear(block(speaking=False))
    assert take.end() == "A whisper."
    assert stream.updates == [0.1]


def test_lines_are_joined(stream: Stream, take: _Take) -> None:
    stream.lines = ["One.", "", "Two."]
    take.hear(block(speaking=True))
    assert take.end() == "One. Two."


def test_an_update_that_failed_at_the_end_is_an_error(
    stream: Stream, take: _Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "stop", lambda: None)
    with pytest.raises(EngineError, match="no transcript"):
        take.end()
