"""What every recogniser does, the scripted one included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import pytest

from tests.contract.speech import Ears, blocks_of, letters, room
from voicemate.errors import TurnCancelled
from voicemate.settings import Recogniser
from voicemate.types import AudioBlock, Transcript


def understood(ears: Ears, blocks: Iterable[AudioBlock]) -> Transcript:
    return list(ears.recognizer.recognize(blocks))[-1]


def test_a_sentence_gives_partials_that_change_and_then_one_final_text(ears: Ears) -> None:
    given = list(ears.recognizer.recognize(ears.take(ears.sentences[0])))

    assert [transcript.final for transcript in given] == [False] * (len(given) - 1) + [True]
    assert letters(given[-1].text) == letters(ears.sentences[0])
    partials = given[:-1]
    assert partials
    assert all(a != b for a, b in pairwise(partials))
    assert "" not in partials


def test_what_was_said_before_a_long_pause_is_not_lost(ears: Ears) -> None:
    final = understood(ears, ears.take(*ears.sentences, pause_s=1.2))

    assert letters(final.text) == letters("".join(ears.sentences))


def test_partials_after_a_pause_go_on_from_what_came_before(ears: Ears) -> None:
    given = list(ears.recognizer.recognize(ears.take(*ears.sentences, pause_s=1.2)))

    # Half of the first sentence is enough: a recogniser may still change its mind about its end.
    start = letters(ears.sentences[0])[: len(letters(ears.sentences[0])) // 2]
    assert letters(given[-2].text).startswith(start)
    assert len(letters(given[-2].text)) > len(letters(ears.sentences[0]))


@pytest.mark.parametrize("seconds", [0.02, 0.5, 3.0])
def test_silence_is_nothing(ears: Ears, seconds: float) -> None:
    silence = blocks_of(np.zeros(round(16_000 * seconds), np.float32))

    assert list(ears.recognizer.recognize(silence)) == [Transcript("", final=True)]


def test_no_sound_at_all_is_nothing(ears: Ears) -> None:
    assert list(ears.recognizer.recognize([])) == [Transcript("", final=True)]


def test_noise_becomes_no_sentence(ears: Ears) -> None:
    noise = np.random.default_rng(1).standard_normal(32_000).astype(np.float32) * 0.05
    blocks = blocks_of(np.concatenate((room(0.6), noise, room(0.4))))
    assert any(block.speaking for block in blocks)

    # Vosk hears a syllable or two in it, some models with full confidence.
    assert len(letters(understood(ears, blocks).text)) <= 4


def test_a_cancelled_take_ends_at_once_and_the_next_one_works(ears: Ears) -> None:
    blocks = ears.take(ears.sentences[0])
    read = 0

    def cancelled() -> Iterator[AudioBlock]:
        nonlocal read
        for block in blocks[: len(blocks) * 2 // 3]:
            read += 1
            yield block
        raise TurnCancelled

    with pytest.raises(TurnCancelled):
        list(ears.recognizer.recognize(cancelled()))

    assert read == len(blocks) * 2 // 3
    final = understood(ears, ears.take(ears.sentences[1]))
    assert letters(final.text) == letters(ears.sentences[1])


def test_a_take_that_nobody_reads_to_its_end_leaves_nothing_behind(ears: Ears) -> None:
    transcripts = ears.recognizer.recognize(ears.take(ears.sentences[0]))
    first = next(iter(transcripts))
    transcripts.close()  # type: ignore[attr-defined]

    assert not first.final
    final = understood(ears, ears.take(ears.sentences[1]))
    assert letters(final.text) == letters(ears.sentences[1])


def test_takes_do_not_know_of_each_other(ears: Ears) -> None:
    finals = [understood(ears, ears.take(text)) for text in (*ears.sentences, ears.sentences[0])]

    expected = [*ears.sentences, ears.sentences[0]]
    assert [letters(final.text) for final in finals] == [letters(text) for text in expected]


def test_blocks_that_come_late_as_one_long_block_are_understood_as_well(ears: Ears) -> None:
    blocks = ears.take(ears.sentences[0])
    whole = np.concatenate([block.samples for block in blocks])
    speaking = any(block.speaking for block in blocks)
    head = AudioBlock(whole[:9600], 0.6, -66.0, False)
    rest = AudioBlock(whole[9600:], 2.0, -30.0, speaking)

    assert letters(understood(ears, [head, rest]).text) == letters(ears.sentences[0])


def test_words_lie_within_the_take_in_order_and_have_confidences(ears: Ears) -> None:
    blocks = ears.take(ears.sentences[0])
    understood(ears, blocks)  # times must not go on from a take to the next

    final = understood(ears, ears.take(ears.sentences[0]))

    if not final.words:
        assert final.confidence is None
        pytest.skip(f"{ears.recognizer.name} gives no words")
    assert "".join(letters(word.text) for word in final.words) == letters(final.text)
    length_s = sum(block.duration_s for block in blocks)
    at = 0.0
    for word in final.words:
        assert at - 0.01 <= word.start_s < word.end_s <= length_s + 0.01
        assert 0 <= (word.confidence or 0) <= 1
        at = word.start_s
    assert (final.confidence or 0) > Recogniser().min_confidence
