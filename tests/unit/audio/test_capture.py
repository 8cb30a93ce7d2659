"""Takes: the first word is there, the last one too, and a thrown-away take ends at once."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from voicemate.audio import capture as module
from voicemate.audio.capture import Capture, LiveTake
from voicemate.audio.pcm import SILENCE_DB
from voicemate.errors import AudioDeviceError, TurnCancelled
from voicemate.types import AudioBlock, Samples

RATE = 16_000  # no resampling: what comes out can be compared sample by sample
BLOCK_S = 0.02
N = round(RATE * BLOCK_S)
LOUD, QUIET = 0.3, 0.0003


class Room:
    """A person in front of a capture: every call is 20 ms of sound, on a clock of its own."""

    def __init__(self, pre_roll_s: float = 0.6, post_roll_s: float = 0.25) -> None:
        self.now = time.monotonic()
        self.capture = Capture(RATE, BLOCK_S, pre_roll_s, post_roll_s)
        self._noise = np.random.default_rng(7)
        self.heard: list[Samples] = []

    def block(self, loudness: float) -> Samples:
        self.now += BLOCK_S
        samples = (self._noise.standard_normal(N) * loudness).astype(np.float32)
        self.heard.append(samples)
        self.capture.push(samples, self.now, False)
        return samples

    def silence(self, seconds: float) -> None:
        for _ in range(round(seconds / BLOCK_S)):
            self.block(QUIET)

    def speech(self, seconds: float) -> Samples:
        return np.concatenate([self.block(LOUD) for _ in range(round(seconds / BLOCK_S))])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """Give a room whose clock is the one that takes see."""
    room = Room()
    monkeypatch.setattr(module.time, "monotonic", lambda: room.now)
    return room


def whole(take: LiveTake) -> Samples:
    return np.concatenate([block.samples for block in take.blocks()])


def contains(sound: Samples, part: Samples) -> bool:
    return any(
        np.array_equal(sound[i : i + len(part)], part)
        for i in range(0, len(sound) - len(part) + 1, N)
    )


def test_what_was_said_before_the_key_went_down_is_in_the_take(clock: Room) -> None:
    clock.silence(2.0)
    first_word = clock.speech(0.3)
    take = clock.capture.begin()
    rest = clock.speech(0.5)
    clock.silence(0.4)
    take.release()
    clock.silence(0.1)
    sound = whole(take)
    assert contains(sound, np.concatenate([first_word, rest]))
    assert len(sound) / RATE == pytest.approx(0.6 + 0.5 + 0.4 + BLOCK_S, abs=2 * BLOCK_S)


def test_a_take_without_pre_roll_begins_with_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(pre_roll_s=0.0)
    monkeypatch.setattr(module.time, "monotonic", lambda: room.now)
    room.silence(1.0)
    take = room.capture.begin()
    word = room.speech(0.2)
    take.release()
    take.end()
    assert np.array_equal(whole(take), word)


def test_released_in_silence_it_ends_at_once(clock: Room) -> None:
    clock.silence(1.0)
    take = clock.capture.begin()
    clock.speech(0.5)
    clock.silence(0.3)
    take.release()
    assert not take.is_over, "what was captured before the release is still on its way"
    clock.block(QUIET)
    assert take.is_over


def test_a_block_captured_before_the_release_is_waited_for(clock: Room) -> None:
    take = clock.capture.begin()
    clock.silence(0.4)
    take.release()
    late = (np.ones(N) * 0.25).astype(np.float32)
    clock.capture.push(late, clock.now - 0.001, False)
    assert not take.is_over
    clock.block(QUIET)
    assert take.is_over
    assert contains(whole(take), late)


def test_released_in_mid_word_it_goes_on_until_the_word_ends(clock: Room) -> None:
    clock.silence(1.0)
    take = clock.capture.begin()
    clock.speech(0.4)
    take.release()
    ending = clock.speech(0.04)
    clock.silence(0.5)
    sound = whole(take)
    assert contains(sound, ending)
    # The end of the word, and the gate's own patience, bounded by the post-roll.
    assert len(sound) / RATE <= 0.6 + 0.4 + 0.25 + 2 * BLOCK_S


def test_released_while_speaking_on_and_on_it_ends_after_the_post_roll(clock: Room) -> None:
    clock.silence(1.0)
    take = clock.capture.begin()
    clock.speech(0.4)
    take.release()
    clock.speech(0.24)
    assert not take.is_over
    clock.speech(0.04)
    assert take.is_over


def test_a_reader_who_comes_late_gets_all_of_it_and_sees_that_there_was_speech(
    clock: Room,
) -> None:
    clock.silence(1.0)
    take = clock.capture.begin()
    words = clock.speech(1.0)
    clock.silence(2.0)
    take.release()
    clock.silence(0.1)
    blocks = list(take.blocks())
    assert contains(np.concatenate([b.samples for b in blocks]), words)
    assert len(blocks) < 6, "what has queued up comes in few long blocks"
    assert any(block.speaking for block in blocks)
    assert not blocks[-1].speaking


def test_times_of_blocks_are_those_of_their_last_sample(clock: Room) -> None:
    take = clock.capture.begin()
    clock.silence(0.1)
    at = clock.now
    take.release()
    clock.silence(0.1)
    blocks = list(take.blocks())
    assert blocks[-1].captured_at == pytest.approx(at + BLOCK_S)
    assert all(a.captured_at < b.captured_at for a, b in itertools.pairwise(blocks))


def test_a_device_at_another_rate_arrives_whole_at_the_speech_rate() -> None:
    capture = Capture(48_000, BLOCK_S, 0.6, 0.25)
    take = capture.begin()
    t = np.arange(48_000) / 48_000
    tone = (0.4 * np.sin(2 * np.pi * 300 * t)).astype(np.float32)
    for i in range(50):
        capture.push(tone[i * 960 : (i + 1) * 960], time.monotonic(), False)
    take.release()
    take.end()
    sound = whole(take)
    assert len(sound) == pytest.approx(16_000, abs=2)
    want = 0.4 * np.sin(2 * np.pi * 300 * np.arange(len(sound)) / 16_000)
    assert np.corrcoef(sound, want)[0, 1] > 0.999


def in_thread(take: LiveTake) -> tuple[threading.Thread, list[BaseException], threading.Event]:
    """Read a take on a thread; the event is set when the first block has come."""
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
    return thread, errors, begun


def test_discarding_wakes_the_reader_with_a_cancelled_turn() -> None:
    room = Room()
    room.silence(0.5)
    take = room.capture.begin()
    room.block(QUIET)
    thread, errors, begun = in_thread(take)
    assert begun.wait(10)
    take.discard()
    thread.join(10)
    assert [type(error) for error in errors] == [TurnCancelled]


def test_a_discarded_take_gives_nothing_even_when_it_was_whole() -> None:
    room = Room()
    take = room.capture.begin()
    room.speech(0.3)
    take.release()
    take.end()
    take.discard()
    with pytest.raises(TurnCancelled):
        list(take.blocks())


def test_a_device_that_goes_reaches_the_reader_as_its_error() -> None:
    room = Room()
    take = room.capture.begin()
    room.block(QUIET)
    thread, errors, begun = in_thread(take)
    assert begun.wait(10)
    gone = AudioDeviceError("The microphone is gone.", "Plug it in.")
    room.capture.stop(gone)
    thread.join(10)
    assert errors == [gone]


def test_a_stream_that_falls_silent_is_an_error_and_no_endless_wait() -> None:
    capture = Capture(RATE, BLOCK_S, 0.6, 0.25)
    capture.push(np.zeros(N, np.float32), time.monotonic(), False)
    take = capture.begin()
    with pytest.raises(AudioDeviceError, match="stopped giving sound"):
        list(take.blocks())  # nobody pushes any more


def test_muting_discards_a_held_take_and_completes_a_released_one() -> None:
    room = Room()
    held = room.capture.begin()
    room.speech(0.2)
    room.capture.stop()
    assert room.capture.level_db == SILENCE_DB
    with pytest.raises(TurnCancelled):
        list(held.blocks())
    released = room.capture.begin()
    word = room.speech(0.2)
    released.release()
    room.capture.stop()
    assert contains(whole(released), word)


def test_a_new_take_does_not_hear_again_what_the_last_one_heard(clock: Room) -> None:
    clock.silence(1.0)
    first = clock.capture.begin()
    clock.speech(0.4)
    clock.silence(0.24)
    first.release()
    clock.block(QUIET)
    end_of_first = len(clock.heard)
    clock.silence(0.1)
    second = clock.capture.begin()
    clock.speech(0.2)
    second.release()
    second.end()
    assert np.array_equal(whole(second), np.concatenate(clock.heard[end_of_first:]))


def test_after_a_slip_of_the_finger_the_word_is_heard_whole(clock: Room) -> None:
    clock.silence(1.0)
    word = [clock.speech(0.1)]
    slip = clock.capture.begin()
    word.append(clock.speech(0.06))
    slip.release()
    word.append(clock.speech(0.06))
    slip.discard()
    take = clock.capture.begin()
    word.append(clock.speech(0.2))
    take.release()
    take.end()
    assert contains(whole(take), np.concatenate(word))


def test_a_new_take_ends_the_one_before_and_loses_nothing_of_its_own() -> None:
    room = Room()
    room.silence(0.5)
    held = room.capture.begin()
    room.silence(0.04)
    take = room.capture.begin()
    words = room.speech(0.3)
    take.release()
    take.end()
    with pytest.raises(TurnCancelled):
        list(held.blocks())
    assert contains(whole(take), words)


def test_lost_blocks_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_BACKLOG_S", 0.1)
    room = Room()
    room.capture.push(np.zeros(N, np.float32), room.now, True)
    assert room.capture.overflows == 1
    room.capture.begin()
    room.silence(0.2)  # nobody reads
    assert room.capture.overflows == 1 + 5
    room.capture.stop()
    assert room.capture.overflows == 1 + 5


def test_takes_begun_at_any_moment_have_no_hole_and_no_block_twice() -> None:
    room = Room()
    stop = threading.Event()
    numbers = itertools.count()

    def sound_card() -> None:
        while not stop.is_set():
            i = next(numbers)
            room.capture.push(np.full(N, i % 30_000 / 32_768, np.float32), time.monotonic(), False)

    thread = threading.Thread(target=sound_card)
    thread.start()
    try:
        for _ in range(300):
            take = room.capture.begin()
            blocks: list[AudioBlock] = []
            reading = take.blocks()
            blocks.extend(itertools.islice(reading, 3))
            take.release()
            blocks.extend(reading)
            sound = np.concatenate([b.samples for b in blocks])
            heard = np.round(sound[::N] * 32_768).astype(int)
            assert (np.diff(heard) % 30_000 == 1).all(), "a hole, or a block twice"
    finally:
        stop.set()
        thread.join()
