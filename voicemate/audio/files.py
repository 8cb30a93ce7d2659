"""A recording in place of the microphone, a recording in place of the speaker."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np

from voicemate.audio.level import FRAME_S, LevelGate
from voicemate.audio.pcm import level_db, resample
from voicemate.audio.wav import read_wav, write_wav
from voicemate.cancel import CancelToken
from voicemate.errors import TurnCancelled
from voicemate.ports import CueName
from voicemate.types import SPEECH_RATE_HZ, AudioBlock, Samples, Speech

__all__ = ["FilePlayback", "FileSpeaker", "FileTake", "read_wav", "write_wav"]

_FRAME = round(SPEECH_RATE_HZ * FRAME_S)
_FAST_BLOCK = 5 * _FRAME


class FileTake:
    """A recording as a take; fulfils `ports.Take`.

    With `realtime` it is heard at the speed of speech, as a microphone would give it; otherwise
    all at once, in blocks of 100 ms. The key is released with the file's last sample, or by
    `release`; then it goes on while the person speaks, for `post_roll_ms` at most. The key went
    down with the first sample; where it is read at once, that was the recording's length ago.
    """

    def __init__(self, samples: Samples, realtime: bool = False, post_roll_ms: int = 250) -> None:
        self._samples = samples
        self._realtime = realtime
        self._post_roll = round(post_roll_ms / 1000 * SPEECH_RATE_HZ)
        self._gate = LevelGate()
        self._discarded = threading.Event()
        self._begun_at = time.monotonic()
        if not realtime:
            self._begun_at -= len(samples) / SPEECH_RATE_HZ
        self._released_at: float | None = None
        self._released_sample: int | None = None

    @property
    def begun_at(self) -> float:
        """`time.monotonic()` at which the key went down."""
        return self._begun_at

    @property
    def released_at(self) -> float | None:
        """`time.monotonic()` of the key's release; None while the file goes on."""
        return self._released_at

    def blocks(self) -> Iterator[AudioBlock]:
        """Give the recording, oldest first; raises `TurnCancelled` when discarded."""
        if self._realtime:
            self._begun_at = time.monotonic()
        done, over = 0, False
        while done < len(self._samples) and not over:
            start, due = done, self._wait_for_more(done)
            while done < due and not over:
                frame = self._samples[done : min(done + _FRAME, due)]
                self._gate.feed(frame, SPEECH_RATE_HZ)
                done += len(frame)
                over = self._is_over(done)
            if done == len(self._samples):
                self.release()
            self._raise_if_discarded()
            yield self._block(start, done)
        self.release()
        self._raise_if_discarded()

    def release(self) -> None:
        """The key was let go before the file's end. Any thread."""
        if self._released_at is None:
            self._released_at = time.monotonic()

    def discard(self) -> None:
        """Throw the take away. Any thread."""
        self._discarded.set()

    def _wait_for_more(self, done: int) -> int:
        """Wait for the next frame's time; gives up to which sample the recording has come."""
        total = len(self._samples)
        if not self._realtime:
            return min(done + _FAST_BLOCK, total)
        next_end = min(done + _FRAME, total)
        while (left_s := self._begun_at + next_end / SPEECH_RATE_HZ - time.monotonic()) > 0:
            if self._discarded.wait(left_s):
                return next_end
        heard = int((time.monotonic() - self._begun_at) * SPEECH_RATE_HZ)
        return min(total, max(next_end, heard // _FRAME * _FRAME))

    def _is_over(self, done: int) -> bool:
        if self._released_at is None:
            return False
        if self._released_sample is None:
            heard = int((self._released_at - self._begun_at) * SPEECH_RATE_HZ)
            self._released_sample = heard if self._realtime else done
        rest = done - self._released_sample
        return rest >= 0 and (not self._gate.speaking or rest >= self._post_roll)

    def _block(self, start: int, end: int) -> AudioBlock:
        samples = self._samples[start:end]
        spoken_at = self._begun_at + end / SPEECH_RATE_HZ if self._realtime else time.monotonic()
        return AudioBlock(
            samples, spoken_at, level_db(samples), self._gate.speaking, self._gate.quiet_s
        )

    def _raise_if_discarded(self) -> None:
        if self._discarded.is_set():
            raise TurnCancelled


class FileSpeaker:
    """Collects what would be heard, without waiting; fulfils `ports.Speaker`.

    For a reply that is written to a file. `samples` are those of the newest playback, mono at
    `rate_hz`, the rate of its first speech. Cues are silent.
    """

    def __init__(self) -> None:
        self._playback: FilePlayback | None = None

    @property
    def samples(self) -> Samples:
        """Everything that was written to the newest playback; shape (0,) before."""
        return self._playback.samples if self._playback else np.empty(0, np.float32)

    @property
    def rate_hz(self) -> int:
        """The rate of `samples`; 0 while nothing was written."""
        return self._playback.rate_hz if self._playback else 0

    def open(self) -> None:
        """Do nothing: there is no device."""

    def play(
        self,
        cancel: CancelToken,
        *,
        thinking_after_s: float | None = None,  # noqa: ARG002  (a file has no cues)
    ) -> FilePlayback:
        """Start collecting the playback of a turn; what was collected before is forgotten."""
        self._playback = FilePlayback(cancel)
        return self._playback

    def cue(self, name: CueName) -> None:
        """Be silent: a file holds the reply alone."""

    def close(self) -> None:
        """Do nothing; what was collected stays."""


class FilePlayback:
    """What one turn says, collected; fulfils `ports.Playback`. Used by one thread."""

    def __init__(self, cancel: CancelToken) -> None:
        self.rate_hz = 0
        self._cancel = cancel
        self._pieces: list[Samples] = []
        self._n_samples = 0
        self._first_sound_at: float | None = None

    @property
    def samples(self) -> Samples:
        """Everything that was written, mono at `rate_hz`."""
        return np.concatenate([np.empty(0, np.float32), *self._pieces])

    @property
    def played_s(self) -> float:
        """Seconds of speech that were written: a file has no waiting listener."""
        return self._n_samples / self.rate_hz if self.rate_hz else 0.0

    @property
    def first_sound_at(self) -> float | None:
        """`time.monotonic()` of the first write."""
        return self._first_sound_at

    def write(self, speech: Speech) -> float:
        """Keep speech; gives the moment of the call. Raises `TurnCancelled`."""
        self._cancel.raise_if_cancelled()
        now = time.monotonic()
        if self._first_sound_at is None:
            self._first_sound_at = now
            self.rate_hz = speech.rate_hz
        piece = resample(np.asarray(speech.samples, np.float32), speech.rate_hz, self.rate_hz)
        self._pieces.append(piece)
        self._n_samples += len(piece)
        return now

    def finish(self) -> None:
        """Return at once. Raises `TurnCancelled`."""
        self._cancel.raise_if_cancelled()
