"""What the speaker's stream plays: one playback a turn, cues over it, silence otherwise.

No device lives here: `Mixer.fill` is the sound card's thread, everything else is anybody's.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

import numpy as np

from voicemate.audio.pcm import Resampler
from voicemate.audio.stream import STALL_S
from voicemate.cancel import CancelToken
from voicemate.errors import AudioDeviceError, TurnCancelled
from voicemate.types import Samples, Speech

AHEAD_S = 3.0
"""`write` waits while more than this is queued: enough to render the next long sentence."""

FADE_S = 0.003
"""A cut sound fades out over this time, inside the first block after the cut: no click."""

_LOOK_S = 0.1  # how often a waiting writer looks whether the device still lives


@dataclass(frozen=True, slots=True, eq=False)
class Thinking:
    """The cue for a listener who waits: it sounds when nothing is written until `due_at`."""

    due_at: float
    sound: Samples


class StreamPlayback:
    """What one turn plays on a running mixer; fulfils `ports.Playback`.

    One thread writes (the turn's), the sound card's thread reads. Each number below is written
    by one of the two only, and the queue is a deque: the sound card's thread takes no lock.
    """

    def __init__(self, mixer: Mixer, cancel: CancelToken, thinking: Thinking | None = None) -> None:
        self._mixer = mixer
        self._thinking = thinking
        self._cancel = cancel
        self._rate_hz = mixer.rate_hz
        self._writing = threading.Lock()
        self._changed = threading.Event()
        self._resampler: Resampler | None = None
        self._chunks: deque[Samples] = deque()
        # Written by the writer.
        self._written = 0
        self._complete = False
        # Written by the sound card's thread.
        self._offset = 0
        self._played = 0
        self._sounding = False
        self._silenced = False
        self._next: tuple[float, int] | None = None
        self._first_sound_at: float | None = None
        self.underruns = 0
        # Set once, by whoever ends it.
        self._replaced = False
        self._failure: AudioDeviceError | None = None
        cancel.on_cancel(self._changed.set)

    @property
    def played_s(self) -> float:
        """Seconds of written speech that have been handed to the sound card."""
        return self._played / self._rate_hz

    @property
    def position_s(self) -> float:
        """Seconds of written speech that have sounded by now, as far as the latency is known."""
        if self._next is None:
            return 0.0
        at, played = self._next
        waiting_s = max(0.0, at - time.monotonic())
        return max(0.0, played / self._rate_hz - waiting_s)

    @property
    def first_sound_at(self) -> float | None:
        """`time.monotonic()` at which the first block was handed to the sound card."""
        return self._first_sound_at

    def write(self, speech: Speech) -> float:
        """Queue speech and say when it will begin to sound; see `ports.Playback`."""
        with self._writing:
            self._wait_for_room()
            samples = np.asarray(speech.samples, np.float32)
            if self._resampler is None or self._resampler.from_hz != speech.rate_hz:
                self._flush()
                self._resampler = Resampler(speech.rate_hz, self._rate_hz)
            begins_at = self._end_at(self._resampler.held_back_s)
            self._complete = False
            self._append(self._resampler.feed(samples))
            return begins_at

    def finish(self) -> None:
        """Wait until all that was written has sounded.

        Raises `TurnCancelled`, and `AudioDeviceError` when the device is gone.
        """
        with self._writing:
            self._raise_if_over()
            self._flush()
            self._complete = True
        while self._played < self._written:
            self._wait(_LOOK_S)
        if self._written:
            # The last block was handed over: the sound card still has it to play.
            end_at = self._end_at(0.0)
            while (left_s := end_at - time.monotonic()) > 0:
                self._wait(left_s)

    def thinking_cue(self, now: float) -> Samples | None:
        """Give the cue once, when it is due. The sound card's thread."""
        thinking = self._thinking
        if thinking is None or now < thinking.due_at:
            return None
        self._thinking = None
        silent = self._cancel.cancelled or self._complete or self._written
        return None if silent else thinking.sound

    def fill(self, out: Samples, sounds_at: float) -> None:
        """Write the next block, which is zeros before, into `out`. The sound card's thread.

        `sounds_at` is `time.monotonic()` of the moment when its first sample will sound.
        """
        if self._silenced:
            return
        if self._cancel.cancelled:
            self.cut(out)
            return
        n = self._take(out)
        if n and self._first_sound_at is None:
            self._first_sound_at = time.monotonic()
        ran_dry = n < len(out) and self._first_sound_at is not None and not self._complete
        self.underruns += ran_dry
        self._played += n
        self._sounding = n == len(out)
        self._next = (sounds_at + len(out) / self._rate_hz, self._played)
        if self._complete and self._played >= self._written:
            self._changed.set()

    def cut(self, out: Samples) -> None:
        """Fade out within this block, and be silent for ever. The sound card's thread."""
        if self._silenced:
            return
        if self._sounding:
            n_fade = min(len(out), round(FADE_S * self._rate_hz))
            tail = np.zeros(n_fade, np.float32)
            self._take(tail)
            out[:n_fade] += tail * np.linspace(1.0, 0.0, n_fade, dtype=np.float32)
        self._silenced = True
        self._chunks.clear()
        self._changed.set()

    def replace(self) -> None:
        """Another playback has begun: this one is over."""
        self._replaced = True
        self._changed.set()

    def fail(self, error: AudioDeviceError) -> None:
        """The device is gone: whoever writes or waits gets `error`."""
        self._failure = error
        self._changed.set()

    def _take(self, out: Samples) -> int:
        done = 0
        while done < len(out) and self._chunks:
            chunk = self._chunks[0]
            n = min(len(chunk) - self._offset, len(out) - done)
            out[done : done + n] += chunk[self._offset : self._offset + n]
            done += n
            self._offset += n
            if self._offset == len(chunk):
                self._chunks.popleft()
                self._offset = 0
        return done

    def _append(self, samples: Samples) -> None:
        if len(samples):
            # First the count: the reader must never have played more than was written.
            self._written += len(samples)
            self._chunks.append(samples)

    def _flush(self) -> None:
        if self._resampler is not None:
            self._append(self._resampler.feed(np.empty(0, np.float32), last=True))
            self._resampler = None

    def _end_at(self, held_back_s: float) -> float:
        at, played = self._next or (self._mixer.next_sounds_at, 0)
        end_at = at + (self._written - played) / self._rate_hz
        return max(end_at, time.monotonic()) + held_back_s

    def _wait_for_room(self) -> None:
        self._raise_if_over()
        while (ahead_s := (self._written - self._played) / self._rate_hz - AHEAD_S) > 0:
            self._wait(min(ahead_s, _LOOK_S))

    def _wait(self, seconds: float) -> None:
        self._changed.clear()
        self._raise_if_over()  # after the clearing, so that no news is slept through
        stalled_before = self._mixer.stalled
        self._changed.wait(seconds)
        self._raise_if_over()
        # Twice in a row: when something held the interpreter, the callback is about to come.
        if stalled_before and self._mixer.stalled:
            raise AudioDeviceError(
                "The speaker has stopped taking sound.",
                "Check that it is plugged in and the sound server runs; "
                "`voicemate devices` lists what there is.",
            )

    def _raise_if_over(self) -> None:
        if self._cancel.cancelled or self._replaced:
            raise TurnCancelled
        if self._failure is not None:
            raise self._failure


class Mixer:
    """The sound of one open stream: the current playback, and a cue over it."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.next_sounds_at = 0.0
        self._last_block_at = time.monotonic()
        self._lock = threading.Lock()  # among those who begin playbacks; `fill` has no lock
        self._playback: StreamPlayback | None = None
        self._failure: AudioDeviceError | None = None
        self._cue: deque[Samples] = deque(maxlen=1)
        # Of the sound card's thread alone.
        self._heard: StreamPlayback | None = None
        self._cue_left: Samples | None = None

    @property
    def stalled(self) -> bool:
        """True when the sound card has asked for nothing for a while."""
        return time.monotonic() - self._last_block_at > STALL_S

    def play(self, cancel: CancelToken, thinking: Thinking | None = None) -> StreamPlayback:
        """Begin a playback; the one before is over. Any thread."""
        with self._lock:
            playback = StreamPlayback(self, cancel, thinking)
            if self._failure is not None:
                playback.fail(self._failure)
            before, self._playback = self._playback, playback
            if before is not None:
                before.replace()
            return playback

    def cue(self, samples: Samples) -> None:
        """Play a short sound, at the mixer's rate, from the next block on. Any thread."""
        self._cue.append(samples)

    def stop(self, failure: AudioDeviceError) -> None:
        """The stream is gone: what plays fails. Any thread."""
        with self._lock:
            self._failure = failure
            if self._playback is not None:
                self._playback.fail(failure)

    def fill(self, out: Samples, delay_s: float) -> None:
        """Write the next block into `out`, shape (n,). The sound card's thread."""
        now = time.monotonic()
        self._last_block_at = now
        out.fill(0.0)
        playback = self._playback  # read once a block: it may change meanwhile
        if self._heard is not None and self._heard is not playback:
            self._heard.cut(out)
        self._heard = playback
        if playback is not None:
            playback.fill(out, now + delay_s)
            cue = playback.thinking_cue(now)
            if cue is not None:
                self._cue.append(cue)
        self.next_sounds_at = now + delay_s + len(out) / self.rate_hz
        self._mix_cue(out)

    def _mix_cue(self, out: Samples) -> None:
        if self._cue:
            self._cue_left = self._cue.popleft()
        cue = self._cue_left
        if cue is None:
            return
        n = min(len(cue), len(out))
        out[:n] += cue[:n]
        np.clip(out, -1.0, 1.0, out=out)
        self._cue_left = cue[n:] if n < len(cue) else None
