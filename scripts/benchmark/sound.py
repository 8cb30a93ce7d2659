"""Finding known sounds in recordings, and making noise. Pure: arrays in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]

RECORDED_HZ = 48_000
SPOKEN_HZ = 16_000

AUDIBLE = 0.003
"""About -50 dB of full scale: the virtual speaker's silence is exactly zero."""

_FRAME_S = 0.01
_ACTIVE_BELOW_PEAK_DB = 35.0
_COARSE_HZ = 8_000


@dataclass(frozen=True, slots=True)
class Match:
    """Where a sound was found (sample of the recording) and how alike it is (1: the same)."""

    at: int
    likeness: float


def frame_levels_db(sound: Sound, rate_hz: int) -> NDArray[np.float64]:
    """Give the level of each 10 ms, dB of full scale."""
    n = round(rate_hz * _FRAME_S)
    frames = sound[: len(sound) // n * n].reshape(-1, n).astype(np.float64)
    levels: NDArray[np.float64] = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)
    return levels


def active(sound: Sound, rate_hz: int) -> Sound:
    """Cut a spoken sentence from the beginning of its first word to the end of its last."""
    levels = frame_levels_db(sound, rate_hz)
    loud = np.flatnonzero(levels > levels.max() - _ACTIVE_BELOW_PEAK_DB)
    n = round(rate_hz * _FRAME_S)
    return sound[loud[0] * n : (loud[-1] + 1) * n]


def at_level(sound: Sound, rate_hz: int, level_db: float) -> Sound:
    """Scale speech so that its loud parts together have a level, dB of full scale."""
    levels = frame_levels_db(sound, rate_hz)
    loud = levels[levels > levels.max() - 30]
    now_db = 10 * np.log10(np.mean(10 ** (loud / 10)))
    scaled: Sound = (sound * 10 ** ((level_db - now_db) / 20)).astype(np.float32)
    return scaled


def pink_noise(n: int, level_db: float, seed: int) -> Sound:
    """Make noise whose power falls with the frequency, as that of rooms does."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(n))
    frequencies = np.fft.rfftfreq(n, 1 / SPOKEN_HZ)
    spectrum[frequencies < 40] = 0
    spectrum[1:] /= np.sqrt(frequencies[1:])
    noise = np.fft.irfft(spectrum, n)
    noise *= 10 ** (level_db / 20) / np.sqrt(np.mean(noise**2))
    return noise.astype(np.float32)


def find(wanted: Sound, wanted_hz: int, recording: Sound) -> Match:
    """Find a sound in a 48 kHz recording that holds it whole, to an eighth of a millisecond."""
    pattern = _coarse(wanted, wanted_hz)
    heard = _coarse(recording, RECORDED_HZ)
    if len(heard) < len(pattern) or not pattern.any():
        return Match(0, 0.0)
    size = 1 << (len(heard) + len(pattern)).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(pattern, size))
    products = np.fft.irfft(product, size)[: len(heard) - len(pattern) + 1]
    energy = np.concatenate(([0.0], np.cumsum(heard**2)))
    windows = energy[len(pattern) :] - energy[: -len(pattern)]
    scale = np.sqrt(np.maximum(windows, 1e-9) * np.sum(pattern**2))
    likeness = products / scale
    best = int(np.argmax(likeness))
    return Match(best * RECORDED_HZ // _COARSE_HZ, float(likeness[best]))


def _coarse(sound: Sound, rate_hz: int) -> NDArray[np.float64]:
    n = rate_hz // _COARSE_HZ
    coarse: NDArray[np.float64] = (
        sound[: len(sound) // n * n].reshape(-1, n).mean(axis=1, dtype=np.float64)
    )
    return coarse


def first_sound(recording: Sound, start: int = 0, threshold: float = AUDIBLE) -> int | None:
    """Give the first audible sample at or after `start`."""
    loud = np.flatnonzero(np.abs(recording[max(start, 0) :]) > threshold)
    return int(loud[0]) + max(start, 0) if len(loud) else None


def last_sound(recording: Sound, start: int, end: int, threshold: float = AUDIBLE) -> int | None:
    """Give the last audible sample in [start, end)."""
    start = max(start, 0)
    loud = np.flatnonzero(np.abs(recording[start : max(end, start)]) > threshold)
    return int(loud[-1]) + start if len(loud) else None


def onsets(recording: Sound, apart_s: float, threshold: float = AUDIBLE) -> list[int]:
    """Give where each of several sounds begins that are at least `apart_s` apart."""
    loud = np.flatnonzero(np.abs(recording) > threshold)
    if not len(loud):
        return []
    begins = np.flatnonzero(np.diff(loud) > apart_s * RECORDED_HZ) + 1
    return [int(loud[0]), *(int(loud[i]) for i in begins)]


def late_s(written: Sound, recording: Sound, step_s: float = 0.4) -> list[float]:
    """Tell by how much each stretch of an answer sounded later than what was before it.

    Both at 48 kHz. A speaker that runs dry pushes all that follows back; stretches that are
    nearly silent, or not found again, are left out. The first number is 0.
    """
    step = round(step_s * RECORDED_HZ)
    lags: list[int] = []
    for start in range(0, len(written) - step + 1, step):
        piece = written[start : start + step]
        if np.sqrt(np.mean(piece.astype(np.float64) ** 2)) < 0.01:
            continue
        begin = max(0, start + (lags[-1] if lags else 0) - step // 2)
        end = begin + 4 * step if lags else len(recording)
        match = find(piece, RECORDED_HZ, recording[begin:end])
        if match.likeness > 0.8:
            lags.append(begin + match.at - start)
    return [(lag - lags[0]) / RECORDED_HZ for lag in lags]
