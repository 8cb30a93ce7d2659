"""Tells speech from the room by level alone: cheap enough for the sound card's own thread.

The gate answers one question, "is the person still speaking?", so that a released key need not
wait. It is no judge of what is speech: a recogniser's confidence is.
"""

from __future__ import annotations

from voicemate.audio.pcm import level_db
from voicemate.types import Samples

FRAME_S = 0.02
"""Length of the stretches that `feed` looks at."""

OPEN_ABOVE_DB = 10.0
"""The gate opens this far above the noise floor: quiet speech is some 15 dB above a quiet room."""

STAY_ABOVE_DB = 6.0
"""It stays open this far above the floor, so that a weak vowel does not close it."""

ONSET_S = 0.04
"""Loud for this long before it opens: the click of the key itself is shorter."""

HANGOVER_S = 0.2
"""It stays open this long after the last loud frame: the pause before a plosive is shorter."""

FLOOR_LOWEST_DB = -65.0
"""The floor is never taken to be lower: a muted or virtual microphone gives exact silence."""

FLOOR_START_DB = -45.0
"""The floor starts here at most, for a person who already speaks when the stream opens."""

RISE_DB_PER_S = 3.0
"""How fast the floor follows a louder room; while the gate is open, at half of it."""

_FALL_PER_S = 15.0  # the floor goes down to a quieter room with a time constant of 1/15 s


class LevelGate:
    """Follows the noise floor and says whether somebody speaks. Used by one thread at a time."""

    __slots__ = ("_floor", "_loud_s", "_quiet_s", "speaking")

    def __init__(self) -> None:
        self._floor: float | None = None
        self._loud_s = 0.0
        self._quiet_s = 0.0
        self.speaking = False

    @property
    def quiet_s(self) -> float:
        """How long it has been quiet, in seconds; 0 while it is loud."""
        return self._quiet_s

    @property
    def floor_db(self) -> float:
        """Level of the room as it is known, dB of full scale."""
        return FLOOR_START_DB if self._floor is None else self._floor

    def update(self, level: float, duration_s: float) -> bool:
        """Take in a stretch of sound by its level (dB of full scale); true while speaking."""
        if self._floor is None:
            self._floor = max(FLOOR_LOWEST_DB, min(level, FLOOR_START_DB))
        above = level - self._floor
        if above > (STAY_ABOVE_DB if self.speaking else OPEN_ABOVE_DB):
            self._loud_s += duration_s
            self._quiet_s = 0.0
        else:
            self._loud_s = 0.0
            self._quiet_s += duration_s
        # A float sum of frames must not miss the limit by its last digit.
        if self._loud_s > ONSET_S - 1e-6:
            self.speaking = True
        elif self._quiet_s > HANGOVER_S - 1e-6:
            self.speaking = False
        self._floor = _follow(self._floor, above, duration_s, self.speaking)
        return self.speaking

    def feed(self, samples: Samples, rate_hz: int) -> bool:
        """Take in mono samples of any length, in frames of `FRAME_S`; true while speaking."""
        frame = max(1, round(rate_hz * FRAME_S))
        for start in range(0, len(samples), frame):
            piece = samples[start : start + frame]
            self.update(level_db(piece), len(piece) / rate_hz)
        return self.speaking


def _follow(floor: float, above: float, duration_s: float, speaking: bool) -> float:
    if above < 0:
        step = above * min(1.0, _FALL_PER_S * duration_s)
    else:
        step = min(above, RISE_DB_PER_S * (0.5 if speaking else 1.0) * duration_s)
    return max(FLOOR_LOWEST_DB, floor + step)
