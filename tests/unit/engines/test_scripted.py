"""The scripted engines do as they are told: every screenplay relies on it."""

from __future__ import annotations

import numpy as np
import pytest

from voicemate.cancel import CancelToken
from voicemate.engines.scripted import Hearing, ScriptedModel, ScriptedRecognizer, ScriptedVoice
from voicemate.errors import EngineError, TurnCancelled
from voicemate.types import AudioBlock, Message


def blocks(seconds: float, speaking: bool = True) -> list[AudioBlock]:
    return [
        AudioBlock(np.zeros(1600, np.float32), 0.0, -30.0, speaking)
        for _ in range(round(seconds * 10))
    ]


def test_partials_come_when_as_much_has_been_heard() -> None:
    recognizer = ScriptedRecognizer([Hearing("a b", ((0.2, "a"), (0.5, "a c"), (9.0, "never")))])
    heard = 0
    seen = []

    def counted() -> object:
        nonlocal heard
        for block in blocks(1.0):
            heard += 1
            yield block

    for transcript in recognizer.recognize(counted()):  # type: ignore[arg-type]
        seen.append((heard, transcript.text, transcript.final))
    assert seen == [(2, "a", False), (5, "a c", False), (10, "a b", True)]


def test_each_take_uses_up_a_hearing_but_silence_does_not() -> None:
    recognizer = ScriptedRecognizer(["one", "two"])

    def final(speaking: bool) -> str:
        return list(recognizer.recognize(blocks(1.0, speaking)))[-1].text

    assert [final(s) for s in (True, False, True, True)] == ["one", "", "two", ""]


def test_a_hearing_made_of_a_text_grows_by_words() -> None:
    hearing = Hearing.of("so it is", from_s=0.5, word_s=0.25)
    assert hearing.partials == ((0.5, "so"), (0.75, "so it"), (1.0, "so it is"))


def test_its_confidence_can_be_set() -> None:
    (final,) = ScriptedRecognizer([Hearing("a b", confidence=0.2)]).recognize(blocks(0.1))
    assert final.confidence == pytest.approx(0.2)


def test_the_voice_waits_for_its_hook_and_can_fail() -> None:
    def breaks(text: str, cancel: CancelToken) -> None:
        if "bad" in text:
            raise EngineError("no breath")

    voice = ScriptedVoice(before=breaks)
    with pytest.raises(EngineError, match="no breath"):
        voice.render("a bad one", CancelToken())
    assert voice.render("two words", CancelToken()).duration_s == pytest.approx(0.12)
    assert voice.rendered == ["two words"]


def test_the_voice_notices_a_token_that_is_set_while_it_renders() -> None:
    voice = ScriptedVoice(before=lambda text, cancel: cancel.cancel())
    with pytest.raises(TurnCancelled):
        voice.render("hello", CancelToken())
    assert voice.rendered == []


def test_the_model_gives_its_replies_in_order_piece_by_piece() -> None:
    model = ScriptedModel(["Hello  there. You", "Bye."])
    said = [Message("user", "hi")]

    pieces = list(model.reply(said, CancelToken()))
    assert pieces == ["Hello  ", "there. ", "You"]
    assert [list(model.reply(said, CancelToken())) for _ in range(2)] == [["Bye."], ["Bye."]]


def test_the_model_can_word_its_reply_from_the_messages() -> None:
    model = ScriptedModel(lambda messages: f"You said {messages[-1].text}.")
    assert "".join(model.reply([Message("user", "boo")], CancelToken())) == "You said boo."


def test_a_reply_ends_between_pieces_when_it_is_cancelled() -> None:
    cancel = CancelToken()
    model = ScriptedModel(
        ["one two three"], before=lambda piece, token: token.cancel() if piece == "two " else None
    )
    reply = model.reply([Message("user", "count")], cancel)
    got: list[str] = []
    with pytest.raises(TurnCancelled):
        got.extend(reply)
    assert got == reply.written == ["one "]


def test_statistics_count_what_was_read_ahead() -> None:
    model = ScriptedModel(["fine"])
    system = Message("system", "be kind")
    model.prepare([system, Message("user", "how are")])

    reply = model.reply([system, Message("user", "how are you")], CancelToken())
    assert list(reply) == ["fine"]
    assert reply.stats.prompt_tokens == 7
    assert reply.stats.cached_tokens == 5
    assert reply.stats.reply_tokens == 1
    assert model.prepared == [(system, Message("user", "how are"))]
    assert model.asked == [(system, Message("user", "how are you"))]
