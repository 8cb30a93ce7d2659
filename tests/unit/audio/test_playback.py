"""Playbacks: heard whole and once, silent one block after a cancel, never stuck."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from voicemate.audio import playback as module
from voicemate.audio.playback import AHEAD_S, FADE_S, Mixer, StreamPlayback, Thinking
from voicemate.cancel import CancelToken
from voicemate.errors import AudioDeviceError, TurnCancelled
from voicemate.types import Samples, Speech

RATE = 16_000
BLOCK = 160


def speech(seconds: float, value: float = 0.5, rate_hz: int = RATE) -> Speech:
    return Speech("words", np.full(round(seconds * rate_hz), value, np.float32), rate_hz)


class Card:
    """A sound card that is driven by hand: `play` asks the mixer for blocks."""

    def __init__(self) -> None:
        self.mixer = Mixer(RATE)
        self.mixer.next_sounds_at = time.monotonic()
        self.heard: list[Samples] = []

    def play(self, seconds: float) -> Samples:
        blocks = []
        for _ in range(round(seconds * RATE / BLOCK)):
            out = np.full(BLOCK, 9.0, np.float32)  # what is left over must be overwritten
            self.mixer.fill(out, 0.0)
            blocks.append(out)
        self.heard += blocks
        return np.concatenate(blocks)


@pytest.fixture
def card() -> Card:
    return Card()


@pytest.fixture
def running(card: Card) -> Iterator[Card]:
    """Give a card that plays by itself, far faster than a real one, on a thread."""
    stop = threading.Event()

    def loop() -> None:
        while not stop.wait(0.0005):
            card.play(BLOCK / RATE)

    thread = threading.Thread(target=loop)
    thread.start()
    yield card
    stop.set()
    thread.join()


def test_an_idle_card_is_silent(card: Card) -> None:
    assert not card.play(0.1).any()


def test_speech_is_heard_whole_and_then_silence(card: Card) -> None:
    playback = card.mixer.play(CancelToken())
    ramp = np.linspace(-1, 1, 1000, dtype=np.float32)
    playback.write(Speech("a", ramp, RATE))
    playback.write(Speech("b", ramp[::-1].copy(), RATE))
    heard = card.play(0.2)
    assert np.array_equal(heard[:2000], np.concatenate([ramp, ramp[::-1]]))
    assert not heard[2000:].any()
    assert playback.played_s == pytest.approx(2000 / RATE)


def test_sentences_at_another_rate_join_without_a_seam(card: Card) -> None:
    playback = card.mixer.play(CancelToken())
    t = np.arange(22_050) / 22_050
    tone = (0.5 * np.sin(2 * np.pi * 220 * t)).astype(np.float32)
    for part in np.array_split(tone, 7):  # cut anywhere, in mid-sound
        playback.write(Speech("part", part, 22_050))
    finisher = threading.Thread(target=playback.finish)
    finisher.start()
    heard = [card.play(0.1)]
    while finisher.is_alive():
        heard.append(card.play(0.1))
        finisher.join(0.01)
    sound = np.concatenate(heard)[: RATE - 10]
    want = 0.5 * np.sin(2 * np.pi * 220 * np.arange(RATE - 10) / RATE)
    assert np.abs(sound - want).max() < 0.02


def test_write_says_when_the_speech_will_sound(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.time, "monotonic", lambda: 100.0)
    playback = card.mixer.play(CancelToken())
    card.play(BLOCK / RATE)  # at 100.0, so the next block sounds one block later
    first = playback.write(speech(1.0))
    assert first == pytest.approx(100.0 + BLOCK / RATE)
    assert playback.write(speech(0.5)) == pytest.approx(first + 1.0)
    assert playback.write(speech(0.5)) == pytest.approx(first + 1.5)


def test_first_sound_is_the_first_block_that_was_handed_over(card: Card) -> None:
    playback = card.mixer.play(CancelToken())
    card.play(0.05)
    assert playback.first_sound_at is None
    before = time.monotonic()
    playback.write(speech(0.1))
    assert playback.first_sound_at is None
    card.play(0.05)
    assert playback.first_sound_at is not None
    assert playback.first_sound_at >= before


def test_cancelled_it_fades_within_one_block_and_is_silent_for_ever(card: Card) -> None:
    token = CancelToken()
    playback = card.mixer.play(token)
    playback.write(speech(2.0))
    assert card.play(0.1).all()
    token.cancel()
    cut = card.play(0.01)
    fade = round(FADE_S * RATE)
    assert (np.diff(cut[: fade + 1]) <= 0).all()
    assert not cut[fade:].any()
    assert not card.play(3.0).any()
    assert playback.played_s == pytest.approx(0.1)
    with pytest.raises(TurnCancelled):
        playback.write(speech(0.1))
    with pytest.raises(TurnCancelled):
        playback.finish()


def test_a_playback_cancelled_before_its_first_block_is_never_heard(card: Card) -> None:
    token = CancelToken()
    card.mixer.play(token).write(speech(1.0))
    token.cancel()
    assert not card.play(1.0).any()


def test_a_new_playback_ends_the_one_before(card: Card) -> None:
    old = card.mixer.play(CancelToken())
    old.write(speech(2.0, 0.5))
    card.play(0.1)
    new = card.mixer.play(CancelToken())
    new.write(speech(0.2, -0.25))
    heard = card.play(0.3)
    fade = round(FADE_S * RATE)
    assert (heard[fade : round(0.2 * RATE)] == -0.25).all()
    assert not heard[round(0.2 * RATE) :].any()
    with pytest.raises(TurnCancelled):
        old.write(speech(0.1))


def test_write_waits_while_much_is_queued_and_goes_on_when_it_was_played(card: Card) -> None:
    playback = card.mixer.play(CancelToken())
    playback.write(speech(10.0))  # one long sentence is taken whole
    written = threading.Event()

    def write() -> None:
        playback.write(speech(0.5))
        written.set()

    thread = threading.Thread(target=write)
    thread.start()
    card.play(10.0 - AHEAD_S - 0.5)
    assert not written.wait(0.3)
    card.play(0.6)
    assert written.wait(10)
    thread.join()


@pytest.mark.parametrize("waiting_in", ["write", "finish"])
def test_a_cancel_wakes_whoever_waits(card: Card, waiting_in: str) -> None:
    token = CancelToken()
    playback = card.mixer.play(token)
    playback.write(speech(60.0))
    errors: list[BaseException] = []
    waits = threading.Event()

    def wait() -> None:
        try:
            waits.set()
            playback.finish() if waiting_in == "finish" else playback.write(speech(0.1))
        except (TurnCancelled, AudioDeviceError) as error:
            errors.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    assert waits.wait(10)
    card.play(0.1)
    token.cancel()
    thread.join(10)
    assert [type(error) for error in errors] == [TurnCancelled]


def test_finish_waits_for_the_last_sample(running: Card) -> None:
    playback = running.mixer.play(CancelToken())
    playback.write(speech(0.5, 0.25))
    playback.finish()
    heard = np.concatenate(running.heard)
    assert (heard == 0.25).sum() == round(0.5 * RATE)
    assert playback.played_s == pytest.approx(0.5)
    assert 0 < playback.position_s <= playback.played_s


def test_finish_with_nothing_written_returns_at_once(card: Card) -> None:
    playback = card.mixer.play(CancelToken())
    playback.finish()
    assert playback.played_s == 0
    assert playback.first_sound_at is None


def test_running_dry_is_counted_between_sentences_and_not_before_or_after(card: Card) -> None:
    playback = card.mixer.play(CancelToken())
    card.play(0.1)
    assert playback.underruns == 0, "nothing has been said yet"
    playback.write(speech(0.05))
    card.play(0.05 + 3 * BLOCK / RATE)
    assert playback.underruns == 3
    playback.write(speech(0.05))
    finisher = threading.Thread(target=playback.finish)
    finisher.start()
    while finisher.is_alive():
        card.play(0.01)
        finisher.join(0.01)
    card.play(0.1)
    assert playback.underruns == 3


def test_a_device_that_goes_fails_writer_and_finisher(card: Card) -> None:
    playback = card.mixer.play(CancelToken())
    playback.write(speech(1.0))
    gone = AudioDeviceError("The speaker is gone.", "Plug it in.")
    card.mixer.stop(gone)
    with pytest.raises(AudioDeviceError) as caught:
        playback.write(speech(0.1))
    assert caught.value is gone
    with pytest.raises(AudioDeviceError):
        playback.finish()
    with pytest.raises(AudioDeviceError):
        card.mixer.play(CancelToken()).write(speech(0.1))


def test_a_card_that_asks_for_nothing_any_more_is_an_error_and_no_endless_wait(
    card: Card,
) -> None:
    playback = card.mixer.play(CancelToken())
    playback.write(speech(1.0))
    card.play(0.1)
    with pytest.raises(AudioDeviceError, match="stopped taking sound"):
        playback.finish()  # nobody drives the card


def test_a_cue_sounds_over_speech_and_never_clips(card: Card) -> None:
    card.mixer.play(CancelToken()).write(speech(0.2, 0.9))
    card.mixer.cue(np.full(320, 0.2, np.float32))
    heard = card.play(0.2)
    assert heard.max() == 1.0
    assert heard[320:] == pytest.approx(np.full(len(heard) - 320, 0.9))


def test_a_cue_outlives_a_cancelled_playback(card: Card) -> None:
    token = CancelToken()
    card.mixer.play(token).write(speech(1.0))
    card.play(0.1)
    token.cancel()
    card.mixer.cue(np.full(800, 0.1, np.float32))
    heard = card.play(0.1)
    assert heard[round(FADE_S * RATE) : 800] == pytest.approx(
        np.full(800 - round(FADE_S * RATE), 0.1)
    )


@pytest.mark.parametrize("what", ["waits", "speaks", "cancelled"])
def test_the_thinking_cue_sounds_once_and_only_for_one_who_waits(card: Card, what: str) -> None:
    token = CancelToken()
    due = Thinking(time.monotonic() - 1.0, np.full(80, 0.125, np.float32))
    playback = card.mixer.play(token, due)
    if what == "speaks":
        playback.write(speech(0.1))
    elif what == "cancelled":
        token.cancel()
    heard = card.play(1.0)
    assert (heard == 0.125).sum() == (80 if what == "waits" else 0)


def test_no_thinking_cue_before_its_time(card: Card) -> None:
    card.mixer.play(CancelToken(), Thinking(time.monotonic() + 3600, np.ones(80, np.float32)))
    assert not card.play(1.0).any()


def speak_on(playback: StreamPlayback, value: float) -> None:
    while True:
        playback.write(speech(0.03, value))


def test_thousands_of_interruptions_leave_no_stale_sound() -> None:
    """Four threads play, cancel, cue and drive the card; each turn sounds with its own value."""
    n_turns = 2500
    card = Card()
    emitted: list[tuple[int, Samples]] = []  # (blocks that were finished before it, the block)
    over_at: dict[int, int] = {}  # turn -> blocks that were finished when it was over
    orders: queue.SimpleQueue[tuple[int, CancelToken, int] | None] = queue.SimpleQueue()
    done = threading.Event()

    def drive() -> None:
        while not done.is_set():
            finished = len(emitted)
            out = np.zeros(BLOCK, np.float32)
            card.mixer.fill(out, 0.0)
            emitted.append((finished, out))
            time.sleep(0)

    def interrupt() -> None:
        while (order := orders.get()) is not None:
            number, token, at_block = order
            while len(emitted) < at_block:
                time.sleep(0)
            token.cancel()
            over_at[number] = len(emitted)

    def cue() -> None:
        while not done.wait(0.0001):
            card.mixer.cue(np.zeros(BLOCK, np.float32))

    threads = [threading.Thread(target=target) for target in (drive, interrupt, cue)]
    for thread in threads:
        thread.start()
    dice = random.Random(3)
    replaced = None
    try:
        for number in range(1, n_turns + 1):
            token = CancelToken()
            playback = card.mixer.play(token)
            if replaced is not None:
                over_at[replaced] = len(emitted)
                replaced = None
            if number % 5 == 0:  # not cancelled at all: the next one takes its place
                replaced = number
                playback.write(speech(0.3, number / 8192))
                continue
            orders.put((number, token, len(emitted) + dice.randrange(4)))
            with pytest.raises(TurnCancelled):
                speak_on(playback, number / 8192)
    finally:
        orders.put(None)
        threads[1].join()
        done.set()
        for thread in threads:
            thread.join()
    sounded = set()
    fade = round(FADE_S * RATE)
    for finished, block in emitted:
        for value in np.unique(block[fade:][block[fade:] != 0]):
            number = round(float(value) * 8192)
            assert value == number / 8192, "two turns at once"
            assert finished <= over_at.get(number, finished), "stale sound"
            sounded.add(number)
    assert len(over_at) >= n_turns - 1
    assert len(sounded) > n_turns / 10, "too little sound to prove anything"
