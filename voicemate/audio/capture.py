"""What the microphone's stream feeds: the ring before the key, the level gate, and the takes.

No device lives here: `Capture.push` is the sound card's thread, everything else is anybody's.
"""

from __future__ import annotations

import itertools
import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from voicemate.audio.level import LevelGate
from voicemate.audio.pcm import SILENCE_DB, Resampler, level_db
from voicemate.audio.stream import STALL_S
from voicemate.errors import AudioDeviceError, TurnCancelled
from voicemate.types import SPEECH_RATE_HZ, AudioBlock, Samples

SHORT_TAP_S = 0.2
"""A take that was held for less was a slip of the finger: the next one hears its sound again."""

QUIET_AFTER_RELEASE_S = 0.1
"""Who has let the key go and is quiet for so long has said all: no need to wait for the gate."""

LONGEST_BACKLOG_S = 120.0
"""A reader that lags further behind loses what comes then (counted as an overflow)."""

# After a silence of STALL_S the callback gets this long to come after all: when something held
# the interpreter for a while, the reader may wake before the sound card's thread does.
_SECOND_CHANCE_S = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class RawBlock:
    """One block as the device gave it: mono at the device's rate, numbered from 1."""

    samples: Samples
    number: int
    captured_at: float
    level_db: float
    speaking: bool
    quiet_s: float


class LiveTake:
    """A take from a running capture; fulfils `ports.Take`.

    `push` runs on the sound card's thread and decides there when the take is over, so that the
    reader only has to drain a queue. The flags are written by one thread each and only ever set.
    """

    def __init__(
        self, rate_hz: int, block_s: float, post_roll_s: float, last_block_at: Callable[[], float]
    ) -> None:
        self._begun_at = time.monotonic()
        self.overflows = 0
        self._rate_hz = rate_hz
        self._post_roll_s = post_roll_s
        self._last_block_at = last_block_at
        self._limit = math.ceil(LONGEST_BACKLOG_S / block_s)
        # None wakes the reader. Bounded by `_limit`, which `push` looks after.
        self._queue: queue.SimpleQueue[RawBlock | None] = queue.SimpleQueue()
        self._pre_roll: list[RawBlock] = []
        self._newest = 0
        self._last_captured_at = 0.0
        self._released_at: float | None = None
        self._over_at: float | None = None
        self._ended = False
        self._discarded = False
        self._failure: AudioDeviceError | None = None

    @property
    def begun_at(self) -> float:
        """`time.monotonic()` at which the key went down."""
        return self._begun_at

    @property
    def released_at(self) -> float | None:
        """`time.monotonic()` of the key's release; None while it is held."""
        return self._released_at

    @property
    def is_over(self) -> bool:
        """True when nothing more is captured for this take."""
        return self._ended or self._discarded or self._failure is not None

    @property
    def heard_until(self) -> float:
        """`captured_at` of the last block; 0 where the take was a slip of the finger."""
        held_until = self._released_at or self._over_at or time.monotonic()
        return self._last_captured_at if held_until - self._begun_at >= SHORT_TAP_S else 0.0

    def blocks(self) -> Iterator[AudioBlock]:
        """Give what is heard, oldest first; see `ports.Take`. On the reading thread."""
        resampler = Resampler(self._rate_hz, SPEECH_RATE_HZ)
        pending = self._pre_roll
        while True:
            ended = self._ended  # before draining: whatever came earlier is in the queue
            pending = pending + self._drain(wait=not pending and not ended)
            self._raise_if_gone()
            # What has queued up comes as one block, but a word never shares it with the silence
            # around it: a late reader must be able to tell that there was speech.
            for _, run in itertools.groupby(pending, lambda block: block.speaking):
                yield from self._joined(list(run), resampler)
            if ended:
                yield from self._joined([], resampler)
                return
            pending = []

    def release(self) -> None:
        """The key was let go. Any thread."""
        if self._released_at is None:
            self._released_at = time.monotonic()

    def discard(self) -> None:
        """Throw the take away. Any thread."""
        self._over_at = self._over_at or time.monotonic()
        self._discarded = True
        self._queue.put(None)

    def start(self, pre_roll: list[RawBlock], newest: int) -> None:
        """Set the sound from before the key; blocks up to number `newest` are known by it."""
        self._pre_roll = pre_roll
        self._newest = newest

    def push(self, block: RawBlock) -> None:
        """Take in one block and see whether the take is over. The sound card's thread."""
        if self.is_over:
            return
        if self._queue.qsize() < self._limit:
            self._queue.put(block)
        else:
            self.overflows += 1
        self._last_captured_at = block.captured_at
        released_at = self._released_at
        # What was captured before the release arrives after it: the sound card takes its time.
        if released_at is None or block.captured_at < released_at:
            return
        quiet = not block.speaking or block.quiet_s >= QUIET_AFTER_RELEASE_S
        if quiet or block.captured_at >= released_at + self._post_roll_s:
            self.end()

    def end(self) -> None:
        """Nothing more will come: the reader gets what is queued, then the end."""
        self._ended = True
        self._queue.put(None)

    def fail(self, error: AudioDeviceError) -> None:
        """The device is gone: the reader gets `error`."""
        self._failure = error
        self._queue.put(None)

    def _joined(self, raw: list[RawBlock], resampler: Resampler) -> Iterator[AudioBlock]:
        """Give the blocks as one; none brings what the resampler still holds, at the end."""
        pieces = [block.samples for block in raw] or [np.empty(0, np.float32)]
        samples = resampler.feed(np.concatenate(pieces), last=not raw)
        if not len(samples):
            return
        captured_at = raw[-1].captured_at if raw else time.monotonic()
        released_at = self._released_at
        yield AudioBlock(
            samples=samples,
            captured_at=captured_at - resampler.held_back_s,
            level_db=level_db(samples),
            speaking=raw[-1].speaking if raw else False,
            quiet_s=raw[-1].quiet_s if raw else 0.0,
            released=released_at is not None and captured_at >= released_at,
        )

    def _drain(self, *, wait: bool) -> list[RawBlock]:
        items: list[RawBlock | None] = []
        try:
            if wait:
                items.append(self._queue.get(timeout=STALL_S))
            while True:
                items.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        if wait and not items:
            items.append(self._last_chance())
        return [item for item in items if item is not None and item.number > self._newest]

    def _last_chance(self) -> RawBlock | None:
        try:
            return self._queue.get(timeout=_SECOND_CHANCE_S)
        except queue.Empty:
            if not self.is_over and time.monotonic() - self._last_block_at() > STALL_S:
                self._failure = AudioDeviceError(
                    "The microphone has stopped giving sound.",
                    "Check that it is plugged in and the sound server runs; "
                    "`voicemate devices` lists what there is.",
                )
            return None

    def _raise_if_gone(self) -> None:
        if self._discarded:
            raise TurnCancelled
        if self._failure is not None:
            raise self._failure


class Capture:
    """The warm side of a microphone: keeps the last moments, and feeds the take that is live."""

    def __init__(self, rate_hz: int, block_s: float, pre_roll_s: float, post_roll_s: float) -> None:
        self.rate_hz = rate_hz
        self.level_db = SILENCE_DB
        self.last_block_at = time.monotonic()
        self._block_s = block_s
        self._pre_roll_s = pre_roll_s
        self._post_roll_s = post_roll_s
        self._lost = 0
        self._number = 0
        self._gate = LevelGate()
        self._ring: deque[RawBlock] = deque(maxlen=max(1, math.ceil(pre_roll_s / block_s) + 1))
        self._take: LiveTake | None = None
        self._heard_until = 0.0
        self._lock = threading.Lock()  # among those who begin and end takes; `push` has no lock

    @property
    def overflows(self) -> int:
        """How many blocks the system or a lagging reader has lost."""
        take = self._take
        return self._lost + (take.overflows if take is not None else 0)

    def push(self, samples: Samples, captured_at: float, overflowed: bool) -> None:
        """Take in one block; `samples` (mono) belong to the capture. The sound card's thread."""
        self._number += 1
        self._lost += overflowed
        level = level_db(samples)
        speaking = self._gate.update(level, len(samples) / self.rate_hz)
        block = RawBlock(samples, self._number, captured_at, level, speaking, self._gate.quiet_s)
        # First the ring, then the take: `begin` does it the other way round, so that a block is
        # in at least one of the two, and the take leaves out what it has twice.
        self._ring.append(block)
        take = self._take
        if take is not None:
            take.push(block)
        self.level_db = level
        self.last_block_at = time.monotonic()

    def begin(self) -> LiveTake:
        """Start a take with what the ring holds. Any thread; takes some microseconds.

        A take that is still held is discarded by it, one in its post-roll ends. Sound that an
        earlier take has heard already is left out of the pre-roll.
        """
        with self._lock:
            self._finish_take()
            take = LiveTake(
                self.rate_hz, self._block_s, self._post_roll_s, lambda: self.last_block_at
            )
            self._take = take  # from here on `push` feeds it
            ring = list(self._ring)
            since = max(self._heard_until, take.begun_at - self._pre_roll_s)
            take.start([b for b in ring if b.captured_at > since], ring[-1].number if ring else 0)
            return take

    def stop(self, failure: AudioDeviceError | None = None) -> None:
        """Nothing more will come, because of `failure` or because the stream was closed."""
        self.level_db = SILENCE_DB
        with self._lock:
            take = self._take
            if failure is not None and take is not None and not take.is_over:
                take.fail(failure)
            self._finish_take()

    def _finish_take(self) -> None:
        take, self._take = self._take, None
        if take is None:
            return
        self._lost += take.overflows
        if not take.is_over:
            if take.released_at is not None:
                take.end()
            else:
                take.discard()
        self._heard_until = max(self._heard_until, take.heard_until)
