"""The short sounds that tell what happens: listening, understood, thinking on, trouble.

Made by arithmetic, for any rate. All are soft, quiet and under 150 ms, and differ in melody:
up for "go on", down for "got it", two low taps for "still thinking", a low fall for trouble.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from voicemate.ports import CueName
from voicemate.types import Samples

LEVEL_DB = -24.0
"""RMS of every cue, dB of full scale: clearly below a voice."""

_ATTACK_S = 0.012

# Notes as (frequency at the start in Hz, at the end, length in s).
_NOTES: Mapping[CueName, tuple[tuple[float, float, float], ...]] = {
    "down": ((523.0, 784.0, 0.09),),
    "up": ((784.0, 523.0, 0.09),),
    "thinking": ((330.0, 330.0, 0.055), (330.0, 330.0, 0.055)),
    "error": ((262.0, 262.0, 0.06), (196.0, 185.0, 0.08)),
}


def make_cue(name: CueName, rate_hz: int) -> Samples:
    """Give the sound of a cue: mono float32 at `rate_hz`, beginning and ending in silence."""
    sound = np.concatenate([_note(rate_hz, *note) for note in _NOTES[name]])
    rms = float(np.sqrt(np.mean(sound**2)))
    return (sound * (10 ** (LEVEL_DB / 20) / rms)).astype(np.float32)


def _note(rate_hz: int, from_hz: float, to_hz: float, length_s: float) -> Samples:
    n = round(length_s * rate_hz)
    pitch = np.geomspace(from_hz, to_hz, n)
    phase = 2 * np.pi * np.cumsum(pitch) / rate_hz
    # The octave, weaker, makes it audible on the small speaker of a laptop.
    tone = np.sin(phase) + 0.3 * np.sin(2 * phase)
    attack = min(n // 2, round(_ATTACK_S * rate_hz))
    shape = np.ones(n)
    shape[:attack] = 0.5 - 0.5 * np.cos(np.pi * np.arange(attack) / attack)
    shape[attack:] = 0.5 + 0.5 * np.cos(np.pi * np.arange(n - attack) / (n - attack - 1))
    return (tone * shape).astype(np.float32)
