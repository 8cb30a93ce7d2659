import dataclasses
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemate.cancel import CancelToken
from voicemate.conversation.delivery import speeches
from voicemate.conversation.sentences import Cut, utterances
from voicemate.engines.scripted import WORD_S, ScriptedVoice
from voicemate.errors import TurnCancelled
from voicemate.types import Speech, Utterance

CUT_S = 0.16
"""What is cut may be so much longer or shorter: each cut is in the quietest moment nearby."""
EARLY = Cut(first_words=3)
REPLY = "The old lighthouse keeper lives there with seven cats. He is happy."


def tokens(text: str) -> list[str]:
    """Give a text as a model writes it: a word at a time, with the space before it."""
    return [word if n == 0 else f" {word}" for n, word in enumerate(text.split(" "))]


def spoken(pieces: list[str], voice: ScriptedVoice | None = None) -> list[tuple[Utterance, Speech]]:
    told = utterances(pieces, "en", EARLY)
    return list(speeches(told, voice or ScriptedVoice(), CancelToken(), "en"))


def test_the_first_words_are_spoken_before_the_rest_is_written() -> None:
    written: list[str] = []

    def writing() -> chain[str]:
        return chain.from_iterable([written.append(token) or token] for token in tokens(REPLY))  # type: ignore[func-returns-value]

    told = utterances(writing(), "en", EARLY)
    utterance, speech = next(iter(speeches(told, ScriptedVoice(), CancelToken(), "en")))
    assert utterance.goes_on
    assert 3 <= len(utterance.spoken.split()) <= 5
    assert len(written) <= 6
    assert speech.duration_s == pytest.approx(len(utterance.spoken.split()) * WORD_S, abs=CUT_S)


def test_nothing_is_said_twice_or_left_out() -> None:
    said = spoken(tokens(REPLY))
    assert "".join(u.source for u, _ in said) == REPLY
    assert " ".join(s.text for _, s in said) == REPLY
    assert sum(s.duration_s for _, s in said) == pytest.approx(
        len(REPLY.split()) * WORD_S, abs=CUT_S
    )


def test_the_rest_is_rendered_with_what_came_before_it() -> None:
    voice = ScriptedVoice()
    (first, _), (rest, speech), *_ = spoken(tokens(REPLY), voice)
    assert voice.rendered[:2] == [f"{first.spoken} to be", f"{first.spoken} {rest.spoken}"]
    assert speech.words[0].at_s == pytest.approx(0.0, abs=CUT_S)
    assert [rest.spoken[w.start : w.end] for w in speech.words] == rest.spoken.split()


def test_what_is_there_already_is_not_cut() -> None:
    [(whole, _), *_] = spoken([REPLY])
    assert not whole.goes_on
    assert len(whole.spoken.split()) > 5


def test_a_cut_makes_no_click() -> None:
    (_, first), (_, rest), *_ = spoken(tokens(REPLY))
    assert abs(first.samples[-1]) < 0.01
    assert abs(rest.samples[0]) < 0.01


def test_a_voice_without_word_positions_says_the_words_as_they_are() -> None:
    class Plain(ScriptedVoice):
        def render(self, text: str, cancel: CancelToken) -> Speech:
            return dataclasses.replace(super().render(text, cancel), words=())

    said = spoken(tokens(REPLY), Plain())
    assert " ".join(s.text for _, s in said) == REPLY
    assert sum(s.duration_s for _, s in said) == pytest.approx(
        len(REPLY.split()) * WORD_S, abs=CUT_S
    )


def test_figures_are_never_cut_from_what_they_count() -> None:
    for text, figure in (
        ("It costs about $5 million to build one.", "$5 million"),
        ("There are some 3 500 of them here.", "3 500"),
        ("It is now 7 pm where you live.", "7 pm"),
    ):
        for utterance, _ in spoken(tokens(text)):
            cut = any(part in utterance.source for part in figure.split())
            assert not cut or figure in utterance.source, utterance


def test_a_cancelled_turn_renders_nothing_more() -> None:
    cancel = CancelToken()
    said = speeches(utterances(tokens(REPLY), "en", EARLY), ScriptedVoice(), cancel, "en")
    next(said)
    cancel.cancel()
    with pytest.raises(TurnCancelled):
        next(said)


@given(st.text(alphabet="ab ,.!?-$3\n*`", max_size=80), st.integers(0, 5))
def test_every_reply_is_said_whole_however_it_is_written(text: str, size: int) -> None:
    step = size + 1
    pieces = [text[i : i + step] for i in range(0, len(text), step)]
    said = spoken(pieces)
    assert "".join(u.source for u, _ in said) == text
    for utterance, speech in said:
        assert speech.text == utterance.spoken
        assert np.isfinite(speech.samples).all()
