"""How the face's mouth and the sound around it move: no drawing, no Qt.

`qml/Face.qml` draws it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from voicemate.types import MOUTH_RATE_HZ, MouthShape, SpokenWord
from voicemate.ui.state import Stretch

_QUIET_DB, _LOUD_DB = -60.0, -14.0
_SYLLABLES = re.compile(r"[aeiouyàâäéèêëîïôöùûü]+|[가-힣]", re.IGNORECASE)
_ROUND = frozenset("ouwôöùû")
_LONGEST_SYLLABLE_S = 0.34
"""What is left of a word's time after this is a pause, and the mouth is closed."""


def loudness(level_db: float) -> float:
    """Give a level, dB of full scale, as the part of the range of speech, 0 to 1."""
    return min(max((level_db - _QUIET_DB) / (_LOUD_DB - _QUIET_DB), 0.0), 1.0)


CLOSED = MouthShape()


def mouth(reply: Sequence[Stretch], now: float) -> MouthShape:
    """Give the mouth at `now` (`time.monotonic()`), as it goes with the sound.

    Where nothing is known of the sound it opens once a syllable, and rounded vowels make it
    narrow; where the voice tells no word positions either, time passes evenly over the text.
    """
    for stretch in reply:
        if stretch.at is not None and 0.0 <= now - stretch.at < stretch.duration_s:
            return (_from_sound if stretch.mouth else _from_words)(stretch, now - stretch.at)
    return CLOSED


def _from_sound(stretch: Stretch, at_s: float) -> MouthShape:
    """Give the mouth between the two shapes around a moment."""
    frames = stretch.mouth
    first, passed = divmod(at_s * MOUTH_RATE_HZ, 1.0)
    one = frames[min(int(first), len(frames) - 1)]
    other = frames[min(int(first) + 1, len(frames) - 1)]
    return MouthShape(
        one.open + (other.open - one.open) * passed, one.wide + (other.wide - one.wide) * passed
    )


def _from_words(stretch: Stretch, at_s: float) -> MouthShape:
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
        return MouthShape(0.75 * opened, 0.35)
    if not vowel:
        return MouthShape(0.4 * opened)
    return MouthShape(opened, 0.85 if "a" in vowel else 1.0)


def _even_words(stretch: Stretch) -> tuple[SpokenWord, ...]:
    each_s = stretch.duration_s / max(len(stretch.text), 1)
    return tuple(
        SpokenWord(found.start(), found.end(), found.start() * each_s)
        for found in re.finditer(r"\S+", stretch.text)
    )
