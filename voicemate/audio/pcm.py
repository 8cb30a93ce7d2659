"""Sample arithmetic: levels, channels, rates. No device and no thread lives here."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from voicemate.types import Samples

SILENCE_DB = -100.0
"""The level that stands for silence, and the lowest that is ever given."""

# Medium quality: 9 ms of delay where the highest has 15, and nothing a recogniser could tell.
_QUALITY = "MQ"


def level_db(samples: Samples) -> float:
    """RMS of mono samples in dB of full scale, `SILENCE_DB` at the least (and when empty)."""
    if not len(samples):
        return SILENCE_DB
    power = float(np.dot(samples, samples)) / len(samples)
    return max(SILENCE_DB, 10.0 * math.log10(power)) if power > 0 else SILENCE_DB


def to_mono(frames: NDArray[np.float32]) -> Samples:
    """Mean of the channels of `frames`, shape (n, channels), always as a copy of shape (n,)."""
    if frames.shape[1] == 1:
        return frames[:, 0].copy()
    mono: Samples = frames.mean(axis=1, dtype=np.float32)
    return mono


class Resampler:
    """Turns a stream of mono samples from one rate into another, without seams between pieces.

    What comes out lags behind what went in by some milliseconds; `last=True` brings the rest.
    Used by one thread at a time.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self.from_hz = from_hz
        self.to_hz = to_hz
        self._in = 0
        self._out = 0
        self._stream: Any = (
            None
            if from_hz == to_hz
            else soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality=_QUALITY)
        )

    def feed(self, samples: Samples, *, last: bool = False) -> Samples:
        """Give what can be given so far; after `last` nothing more may be fed."""
        self._in += len(samples)
        out: Samples = samples
        if self._stream is not None:
            out = self._stream.resample_chunk(np.ascontiguousarray(samples, np.float32), last=last)
        self._out += len(out)
        return out

    @property
    def held_back_s(self) -> float:
        """Seconds that went in and have not come out yet."""
        return max(0.0, self._in / self.from_hz - self._out / self.to_hz)


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """Turn a whole recording from one rate into another."""
    return Resampler(from_hz, to_hz).feed(samples, last=True)
