"""Renders utterances one after the other, so that those of one breath have one melody.

The first words of an answer are spoken before the rest is written. Rendered alone they would end
as a sentence ends; so they are rendered with a word behind them, which is cut off. When the rest
is there, all of it is rendered, and what has been said already is cut off the beginning. Both cuts
are at the beginning of a word, by the voice's word positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from voicemate.cancel import CancelToken
from voicemate.ports import Voice
from voicemate.types import Samples, Speech, SpokenWord, Utterance

FOLLOWER = {"en": "to be"}
"""What is put behind unfinished words, to be cut off: the clause goes on, the voice stays up. It
begins with a stop, so that there is a moment of silence to cut in."""

FADE_S = 0.004
"""How long each side of a cut fades: no click, and nothing that an ear would miss."""

_LOOK_BACK_S = 0.06
_LOOK_AHEAD_S = 0.015
_WINDOW_S = 0.01


def speeches(
    utterances: Iterable[Utterance], voice: Voice, cancel: CancelToken, language: str
) -> Iterator[tuple[Utterance, Speech]]:
    """Give each utterance with its speech. Raises what the voice raises."""
    begun = ""
    for utterance in utterances:
        if utterance.goes_on:
            speech = _opening(utterance.spoken, voice, cancel, FOLLOWER[language])
            begun = utterance.spoken if speech.words else ""
        elif begun and utterance.spoken:
            speech = _rest(begun, utterance.spoken, voice, cancel)
            begun = ""
        else:
            speech = voice.render(utterance.spoken, cancel)
        yield utterance, speech


def _opening(text: str, voice: Voice, cancel: CancelToken, follower: str) -> Speech:
    """Render words after which the sentence goes on; without word positions, as they are."""
    whole = voice.render(f"{text} {follower}", cancel)
    at_s = _word_at(whole, len(text) + 1)
    if at_s is None:
        return voice.render(text, cancel)
    words = tuple(word for word in whole.words if word.end <= len(text))
    end = _quietest(whole, at_s)
    return replace(
        whole, text=text, samples=_faded(whole.samples[:end], whole.rate_hz, 1), words=words
    )


def _rest(begun: str, text: str, voice: Voice, cancel: CancelToken) -> Speech:
    """Render what comes after the words that have been spoken."""
    offset = len(begun) + 1
    whole = voice.render(f"{begun} {text}", cancel)
    at_s = _word_at(whole, offset)
    if at_s is None:
        return voice.render(text, cancel)
    start = _quietest(whole, at_s)
    start_s = start / whole.rate_hz
    words = tuple(
        SpokenWord(word.start - offset, word.end - offset, max(word.at_s - start_s, 0.0))
        for word in whole.words
        if word.start >= offset
    )
    return replace(
        whole, text=text, samples=_faded(whole.samples[start:], whole.rate_hz, 0), words=words
    )


def _word_at(speech: Speech, start: int) -> float | None:
    """Give when the first word from character `start` on begins."""
    return next((word.at_s for word in speech.words if word.start >= start), None)


def _quietest(speech: Speech, at_s: float) -> int:
    """Give the sample in the quietest moment near the beginning of a word.

    Voices are some hundredths of a second off, and words run into one another.
    """
    rate_hz = speech.rate_hz
    first = max(round((at_s - _LOOK_BACK_S) * rate_hz), 0)
    window = max(round(_WINDOW_S * rate_hz), 1)
    near = speech.samples[first : round((at_s + _LOOK_AHEAD_S) * rate_hz) + window]
    if len(near) <= window:
        return round(at_s * rate_hz)
    power = np.convolve(np.square(near), np.ones(window, np.float32), mode="valid")
    return first + int(np.argmin(power)) + window // 2


def _faded(samples: Samples, rate_hz: int, end: int) -> Samples:
    """Fade the beginning (`end` 0) or the end (`end` 1) of a sound."""
    faded = samples.copy()
    n = min(round(FADE_S * rate_hz), len(faded))
    if n:
        ramp = np.linspace(0, 1, n, dtype=np.float32)
        if end:
            faded[-n:] *= ramp[::-1]
        else:
            faded[:n] *= ramp
    return faded
