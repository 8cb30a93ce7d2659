"""The mouth that goes with a stretch of speech, from its loudness and its brightness.

None of the engines tells which phoneme sounds when. But an open vowel is loud and a closed mouth is
silent; "oo" is dark, "ee" is bright, and "s" is bright noise through nearly closed teeth. Numpy
only, and about a millisecond for some seconds of speech. A voice that knew its phonemes would do
better: `turn.py` is where its shapes would come in.
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from voicemate.types import MOUTH_RATE_HZ, MouthShape, Samples

_Values = NDArray[np.float64]

_SILENT = 1e-4
"""Speech whose loud moments are below this (RMS, -80 dB of full scale) is none."""

_PAUSE, _LOUD = 0.1, 0.85
"""What is softer than this part of the loudest moment is a pause; the loud moments are louder than
so large a part of the rest."""

_AJAR = 0.06
"""What is softer than this part of the loud moments, breath and hum, leaves the mouth closed."""

_ATTACK, _RELEASE, _WIDEN = 0.8, 0.55, 0.5
"""The part of the way that is gone in one frame: opening is quick, closing softer."""

_ENOUGH_HZ = 11_000
"""The rate at which the brightness is looked at: it tells an "s" from an "ee"."""

_DARK_HZ = (150.0, 1400.0)
_BRIGHT_HZ = 1700.0
_USUAL_DB = (-20.0, -8.0)
"""Bright sound against dark in the middle of what a voice says; voices differ by so much."""

_WIDEST_DB, _NOISE_DB = 16.0, 6.0
_TEETH, _ROUNDED = 0.45, 0.6
"""How far an "s", and an "oo" or an "m", open the mouth beside an "ah" that is as loud."""

_AT_REST = MouthShape()


def shapes(samples: Samples, rate_hz: int) -> tuple[MouthShape, ...]:
    """Give the mouth for each thirtieth of a second; frame n is that of the sound from n/30 s on.

    So it leads by half a frame on average, which is about what it takes to draw it. Openness is
    measured against the loud moments of this very speech: a soft voice opens the mouth as far.
    """
    n = ceil(len(samples) * MOUTH_RATE_HZ / rate_hz)
    if not n:
        return ()
    loudness = _loudness(samples, _starts(n, rate_hz))
    loud = _share(loudness[loudness >= _PAUSE * loudness.max()], _LOUD)
    if not loud > _SILENT:
        return (_AT_REST,) * n
    relative = np.clip((loudness / loud - _AJAR) / (1 - _AJAR), 0.0, 1.0)
    bright_db = _brightness_db(samples, rate_hz, n)
    sounds = relative > 0
    usual = min(max(_share(bright_db[sounds], 0.5), _USUAL_DB[0]), _USUAL_DB[1])
    wide = np.clip(_AT_REST.wide + (bright_db - usual) / (2 * _WIDEST_DB), 0.0, 1.0)
    rounded = _ROUNDED + (1 - _ROUNDED) * np.clip(wide / _AT_REST.wide, 0.0, 1.0)
    opened = relative * np.where(bright_db > _NOISE_DB, _TEETH, rounded)
    return _smoothed(opened, np.where(sounds, wide, _AT_REST.wide))


def _starts(n: int, rate_hz: float) -> NDArray[np.intp]:
    """Give where each frame begins; the last one begins before the end of the sound."""
    return np.asarray(np.arange(n) * (rate_hz / MOUTH_RATE_HZ), np.intp)


def _share(values: _Values, part: float) -> float:
    """Give the value that so large a part of the values does not exceed."""
    return float(np.sort(values)[int(part * (len(values) - 1))])


def _loudness(samples: Samples, starts: NDArray[np.intp]) -> _Values:
    """Give the RMS of each frame."""
    power = np.add.reduceat(np.square(samples), starts)
    lengths = np.diff(np.append(starts, len(samples)))
    return np.sqrt(power / lengths).astype(np.float64)


def _brightness_db(samples: Samples, rate_hz: int, n: int) -> _Values:
    """Give how much more bright sound than dark there is in each frame, in dB."""
    by = max(rate_hz // _ENOUGH_HZ, 1)
    fewer = samples[: len(samples) // by * by].reshape(-1, by).mean(axis=1, dtype=np.float32)
    rate = rate_hz / by
    length = max(int(rate / MOUTH_RATE_HZ), 2)
    padded = np.concatenate((fewer, np.zeros(length, np.float32)))
    frames = padded[_starts(n, rate)[:, None] + np.arange(length)]
    frames *= np.hanning(length).astype(np.float32)
    n_points = 1 << length.bit_length()
    power = np.square(np.abs(np.fft.rfft(frames, n_points)))
    hz = np.fft.rfftfreq(n_points, 1 / rate)
    dark = power[:, (hz >= _DARK_HZ[0]) & (hz < _DARK_HZ[1])].sum(axis=1)
    bright = power[:, hz >= _BRIGHT_HZ].sum(axis=1)
    return np.asarray(10 * np.log10((bright + 1e-12) / (dark + 1e-12)), np.float64)


def _smoothed(opened: _Values, wide: _Values) -> tuple[MouthShape, ...]:
    frames = []
    now_open, now_wide = _AT_REST.open, _AT_REST.wide
    for to_open, to_wide in zip(opened.tolist(), wide.tolist(), strict=True):
        now_open += (to_open - now_open) * (_ATTACK if to_open > now_open else _RELEASE)
        now_wide += (to_wide - now_wide) * _WIDEN
        frames.append(MouthShape(now_open, now_wide))
    return tuple(frames)
