"""Whether a microphone hears the person, from its level alone: no Qt here."""

from __future__ import annotations

from typing import Literal

Verdict = Literal["closed", "waiting", "heard", "quiet", "loud", "dead"]
"""closed: the microphone is; waiting: nobody has talked yet; heard: well; quiet: too quiet to be
understood; loud: distorted; dead: it gives nothing at all, not even the noise of a room."""

_DEAD_DB = -80.0
_SPEECH_ABOVE_ROOM_DB = 14.0
_GOOD_DB = -45.0
_LOUD_DB = -3.0
_REMEMBERED_S = 6.0
_DEAD_AFTER_S = 3.0
_SPOKEN_S = 0.25


class Ear:
    """Judges the levels of the last seconds. A level is in dB of full scale."""

    def __init__(self) -> None:
        self._levels: list[tuple[float, float]] = []

    def hear(self, level_db: float, now: float, *, is_open: bool) -> Verdict:
        """Take a level in, and give what is to be said of the last seconds."""
        if not is_open:
            self._levels.clear()
            return "closed"
        self._levels.append((now, level_db))
        self._levels = [heard for heard in self._levels if now - heard[0] <= _REMEMBERED_S]
        levels = sorted(level for _, level in self._levels)
        spoken_for_s = now - self._levels[0][0]
        if levels[-1] < _DEAD_DB:
            return "dead" if spoken_for_s >= _DEAD_AFTER_S else "waiting"
        room = levels[len(levels) // 10]
        speech = [level for level in levels if level > room + _SPEECH_ABOVE_ROOM_DB]
        if len(speech) / len(levels) * spoken_for_s < _SPOKEN_S:
            return "waiting"
        # The peak of a second must not decide: the upper middle of what was said does.
        usual = speech[len(speech) * 3 // 4]
        if usual > _LOUD_DB:
            return "loud"
        return "heard" if usual > _GOOD_DB else "quiet"
