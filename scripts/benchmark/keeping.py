"""A speaker that passes everything on and keeps what was written, to be compared with what sounded.

Whatever the wrapped speaker and playback offer besides stays reachable.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scripts.benchmark.sound import RECORDED_HZ, Sound
from voicemate.audio.pcm import resample
from voicemate.ports import Playback, Speaker
from voicemate.types import Speech


class KeepingPlayback:
    """One turn's playback; `write` is the turn thread's."""

    def __init__(self, playback: Playback) -> None:
        self._playback = playback
        self.speeches: list[Speech] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever the real one has)
        return getattr(self._playback, name)

    def write(self, speech: Speech, *rest: Any, **more: Any) -> Any:  # noqa: ANN401
        """Keep it and pass it on."""
        self.speeches.append(speech)
        return self._playback.write(speech, *rest, **more)

    @property
    def sound(self) -> Sound:
        """Everything that was written, at the recordings' rate."""
        sounds = [resample(s.samples, s.rate_hz, RECORDED_HZ) for s in self.speeches]
        return np.concatenate([np.zeros(0, np.float32), *sounds]).astype(np.float32)


class KeepingSpeaker:
    """Keeps the newest playback."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self.newest: KeepingPlayback | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._speaker, name)

    def play(self, *rest: Any, **more: Any) -> KeepingPlayback:  # noqa: ANN401
        """Begin a playback and keep it."""
        self.newest = KeepingPlayback(self._speaker.play(*rest, **more))
        return self.newest

    @property
    def underruns(self) -> int | None:
        """How often the newest playback had nothing to play though more was to come."""
        playback = self.newest
        return None if playback is None else getattr(playback, "underruns", None)
