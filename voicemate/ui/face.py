"""What the face expresses, and how its mouth and the sound around it move: no drawing, no Qt.

`qml/Face.qml` draws it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from voicemate.events import Phase
from voicemate.types import SpokenWord
from voicemate.ui.state import State, Stretch

Expression = Literal["idle", "listening", "thinking", "speaking", "muted", "trouble", "loading"]

_QUIET_DB, _LOUD_DB = -60.0, -14.0
_SYLLABLES = re.compile(r"[aeiouyàâäéèêëîïôöùûü]+|[가-힣]", re.IGNORECASE)
_ROUND = frozenset("ouwôöùû")
_LONGEST_SYLLABLE_S = 0.34
"""What is left of a word's time after this is a pause, and the mouth is closed."""


def expression(state: State, *, held: bool, muted: bool) -> Expression:
    """Give what the face shows; the key and the microphone come before what is being done.

    `held`: the companion listens; `muted`: its microphone is closed on the person's wish.
    """
    if held:
        return "listening"
    if state.phase is Phase.LISTENING:
        # The key was let go: what was said is being understood, once there is what understands.
        return "thinking" if state.engines else "loading"
    if state.live:
        return _BY_PHASE[state.phase]
    if state.failure is not None or state.phase is Phase.TROUBLE:
        return "trouble"
    if state.phase in (Phase.IDLE, Phase.MUTED):
        return "muted" if muted else "idle"
    return _BY_PHASE[state.phase]


_BY_PHASE: dict[Phase, Expression] = {
    Phase.LOADING: "loading",
    Phase.IDLE: "idle",
    Phase.LISTENING: "listening",
    Phase.THINKING: "thinking",
    Phase.SPEAKING: "speaking",
    Phase.MUTED: "muted",
    Phase.TROUBLE: "trouble",
}


def loudness(level_db: float) -> float:
    """Give a level, dB of full scale, as the part of the range of speech, 0 to 1."""
    return min(max((level_db - _QUIET_DB) / (_LOUD_DB - _QUIET_DB), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Mouth:
    """How far it is open, and how wide: both 0 to 1."""

    open: float = 0.0
    wide: float = 0.6


CLOSED = Mouth()


def mouth(reply: Sequence[Stretch], now: float) -> Mouth:
    """Give the mouth at `now` (`time.monotonic()`), from the words that sound.

    It opens once a syllable; rounded vowels make it narrow. Where the voice tells no word
    positions, time is taken to pass evenly over the text.
    """
    for stretch in reply:
        if stretch.at is not None and 0.0 <= now - stretch.at < stretch.duration_s:
            return _in_stretch(stretch, now - stretch.at)
    return CLOSED


def _in_stretch(stretch: Stretch, at_s: float) -> Mouth:
    words = stretch.words or _even_words(stretch)
    begun = [n for n, word in enumerate(words) if word.at_s <= at_s]
    if not begun:
        return CLOSED
    word = words[begun[-1]]
    later = words[begun[-1] + 1 :]
    end_s = later[0].at_s if later else stretch.duration_s
    syllables = _SYLLABLES.findall(stretch.text[word.start : word.end]) or [""]
    each_s = min((end_s - word.at_s) / len(syllables), _LONGEST_SYLLABLE_S)
    passed = (at_s - word.at_s) / max(each_s, 1e-6)
    if passed >= len(syllables):
        return CLOSED
    vowel = syllables[int(passed)].lower()
    opened = math.sin(math.pi * (passed % 1.0))
    if vowel[:1] in _ROUND:
        return Mouth(0.75 * opened, 0.35)
    return Mouth(opened, 0.85 if "a" in vowel else 1.0) if vowel else Mouth(0.4 * opened)


def _even_words(stretch: Stretch) -> tuple[SpokenWord, ...]:
    each_s = stretch.duration_s / max(len(stretch.text), 1)
    return tuple(
        SpokenWord(found.start(), found.end(), found.start() * each_s)
        for found in re.finditer(r"\S+", stretch.text)
    )
