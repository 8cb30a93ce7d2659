"""Cuts the silence that neural voices put around what they say: it would be waited for."""

from __future__ import annotations

import numpy as np

from voicemate.types import Samples

_FRAME_S = 0.01
_BELOW_PEAK_DB = 45.0
_LEAD_S = 0.01
_SENTENCE_TAIL_S = 0.25
_CLAUSE_TAIL_S = 0.1


def trimmed(samples: Samples, rate_hz: int, text: str) -> Samples:
    """Give the sound with at most 20 ms of silence before it, and a pause after it.

    The pause is that of a sentence or of a clause, by the text's last sign. Silence is what lies
    45 dB below the loudest hundredth of a second. Sound without any speech comes back empty.
    """
    start, end = speech_span(samples, rate_hz, text)
    return samples[start:end]


def speech_span(samples: Samples, rate_hz: int, text: str) -> tuple[int, int]:
    """Give where `trimmed` cuts: the first sample that stays, and the first after those."""
    frame = round(rate_hz * _FRAME_S)
    n_frames = len(samples) // frame
    if not n_frames:
        return 0, len(samples)
    power = np.square(samples[: n_frames * frame]).reshape(n_frames, frame).mean(axis=1)
    if not power.max() > 0:
        return 0, 0
    audible = np.flatnonzero(power > power.max() * 10 ** (-_BELOW_PEAK_DB / 10))
    tail_s = _SENTENCE_TAIL_S if text.rstrip().endswith((".", "!", "?", "…")) else _CLAUSE_TAIL_S
    start = max(int(audible[0]) * frame - round(_LEAD_S * rate_hz), 0)
    end = (int(audible[-1]) + 1) * frame + round(tail_s * rate_hz)
    return start, min(end, len(samples))
