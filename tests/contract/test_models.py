"""What every language model must do, run on each that is installed."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.models import FAST, installed_gguf
from voicemate.cancel import CancelToken
from voicemate.engines.scripted import ScriptedModel
from voicemate.errors import ModelError, TurnCancelled, UsageError
from voicemate.ports import ReplyModel
from voicemate.types import Message

SYSTEM = Message("system", "You are Mate, a friendly companion. Answer in one short sentence.")
QUESTION = [SYSTEM, Message("user", "What is the capital of France?")]
ABOUT_FRANCE = re.compile("Paris|Fran|French")
LONG = "Tell me a very long story about the sea and all the ships that ever sailed on it. "


def scripted() -> ScriptedModel:
    return ScriptedModel(["The capital of France is Paris."])


def llama() -> ReplyModel:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    from voicemate.engines.llama import LlamaModel, LlamaOptions

    return LlamaModel(installed_gguf(FAST), FAST, LlamaOptions(temperature=0, max_tokens=60))


@pytest.fixture(scope="module", params=[scripted, llama])
def model(request: pytest.FixtureRequest) -> Iterator[ReplyModel]:
    make: Callable[[], ReplyModel] = request.param
    made = make()
    yield made
    made.close()


@pytest.fixture(scope="module")
def real() -> Iterator[ReplyModel]:
    made = llama()
    yield made
    made.close()


def answer(model: ReplyModel, messages: list[Message]) -> str:
    return "".join(model.reply(messages, CancelToken()))


def test_it_answers_in_pieces_and_counts_them(model: ReplyModel) -> None:
    reply = model.reply(QUESTION, CancelToken())
    pieces = list(reply)
    assert ABOUT_FRANCE.search("".join(pieces))
    assert len(pieces) > 1
    assert reply.stats.reply_tokens >= len(pieces)
    assert reply.stats.prompt_tokens > 0


def test_a_cancelled_reply_raises_in_whoever_reads_it(model: ReplyModel) -> None:
    cancel = CancelToken()
    reply = iter(model.reply([SYSTEM, Message("user", LONG)], cancel))
    next(reply)
    cancel.cancel()
    with pytest.raises(TurnCancelled):
        list(reply)


def test_after_a_cancelled_reply_the_next_one_is_whole(model: ReplyModel) -> None:
    cancel = CancelToken()
    model.reply([SYSTEM, Message("user", LONG)], cancel)
    cancel.cancel()
    assert ABOUT_FRANCE.search(answer(model, QUESTION))


def test_preparing_is_a_hint_that_changes_nothing_of_the_answer(model: ReplyModel) -> None:
    model.prepare([SYSTEM, Message("user", "What is")])
    model.prepare([SYSTEM, Message("user", "What is the weather like")], draft=True)
    model.prepare(QUESTION, draft=True)
    assert ABOUT_FRANCE.search(answer(model, QUESTION))


def test_closing_a_reply_early_is_allowed(model: ReplyModel) -> None:
    reply = model.reply([SYSTEM, Message("user", LONG)], CancelToken())
    next(iter(reply))
    reply.close()
    reply.close()
    assert ABOUT_FRANCE.search(answer(model, QUESTION))


def test_tokens_are_counted(model: ReplyModel) -> None:
    assert model.count_tokens("") == 0
    assert 0 < model.count_tokens("one two three") < model.count_tokens("one two three " * 10)


class TestLlama:
    """What only a real model can show."""

    def test_the_same_seed_gives_the_same_words_also_from_a_draft(self, real: ReplyModel) -> None:
        plain = answer(real, QUESTION)
        assert answer(real, QUESTION) == plain
        real.prepare([SYSTEM, Message("user", "What is the capital of")], draft=True)
        real.prepare(QUESTION, draft=True)
        assert answer(real, QUESTION) == plain

    def test_what_was_read_is_not_read_again(self, real: ReplyModel) -> None:
        first = real.reply(QUESTION, CancelToken())
        text = "".join(first)
        more = [*QUESTION, Message("assistant", text), Message("user", "And of Spain?")]
        second = real.reply(more, CancelToken())
        list(second)
        assert second.stats.cached_tokens >= first.stats.prompt_tokens
        assert second.stats.prompt_tokens > second.stats.cached_tokens

    def test_the_speed_of_writing_is_told(self, real: ReplyModel) -> None:
        reply = real.reply([SYSTEM, Message("user", LONG)], CancelToken())
        list(reply)
        assert reply.stats.reply_tokens >= 4, "too short to tell"
        assert reply.stats.tokens_per_s is not None
        assert reply.stats.tokens_per_s > 1

    def test_cancelling_ends_the_reading_of_a_long_prompt(self, real: ReplyModel) -> None:
        cancel = CancelToken()
        reply = real.reply([SYSTEM, Message("user", LONG * 100)], cancel)
        cancel.cancel()
        with pytest.raises(TurnCancelled):
            list(reply)
        # All of it was not read: had it been, the reply could not have been cancelled before it.
        assert reply.stats.reply_tokens == 0
        assert ABOUT_FRANCE.search(answer(real, QUESTION))

    def test_a_newer_reply_ends_the_older_one(self, real: ReplyModel) -> None:
        old = real.reply([SYSTEM, Message("user", LONG)], CancelToken())
        assert ABOUT_FRANCE.search(answer(real, QUESTION))
        assert len(list(old)) < 60

    def test_too_long_a_text_is_told_not_cut(self, real: ReplyModel) -> None:
        with pytest.raises(UsageError, match="too long"):
            real.reply([SYSTEM, Message("user", LONG * 1000)], CancelToken())

    def test_many_threads_may_ask_and_cancel_at_random(self, real: ReplyModel) -> None:
        tokens = [CancelToken() for _ in range(40)]
        for number, token in enumerate(tokens):
            real.prepare([SYSTEM, Message("user", LONG[: number * 2 + 5])], draft=number % 3 == 0)
            real.reply([SYSTEM, Message("user", LONG * (1 + number % 3))], token)
            threading.Thread(target=token.cancel).start()
        assert ABOUT_FRANCE.search(answer(real, QUESTION))


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    from voicemate.engines.llama import LlamaModel

    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + bytes(1000))
    with pytest.raises(ModelError, match="cannot be loaded"):
        LlamaModel(file, "broken")


def test_half_a_model_is_told(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    from voicemate.engines.llama import LlamaModel

    whole = installed_gguf(FAST)
    file = tmp_path / "half.gguf"
    with whole.open("rb") as source:
        file.write_bytes(source.read(whole.stat().st_size // 2))
    with pytest.raises(ModelError, match="cannot be loaded"):
        LlamaModel(file, "half")


def test_what_was_read_is_kept_for_the_next_start_and_a_damaged_file_is_not_used(
    tmp_path: Path,
) -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    from voicemate.engines.llama import LlamaModel, LlamaOptions
    from voicemate.engines.llama_state import forget

    folder = tmp_path / "model"
    options = LlamaOptions(temperature=0, max_tokens=20, state_folder=folder, digest="d")

    def one_start() -> tuple[int, str]:
        model = LlamaModel(installed_gguf(FAST), FAST, options)
        try:
            reply = model.reply(QUESTION, CancelToken())
            text = "".join(reply)
            return reply.stats.cached_tokens, text
        finally:
            model.close()

    read_before, first = one_start()
    assert read_before == 0
    [state] = folder.glob("*.state")
    assert state.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0
    read_before, second = one_start()
    assert read_before > 20
    assert second == first

    content = bytearray(state.read_bytes())
    content[len(content) // 2] ^= 1
    state.write_bytes(content)
    read_before, third = one_start()
    assert read_before == 0
    assert third == first

    forget(folder)
    assert list(folder.iterdir()) == []


def test_a_model_that_forgets_has_read_nothing_and_keeps_nothing(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    from voicemate.engines.llama import LlamaModel, LlamaOptions

    folder = tmp_path / "model"
    options = LlamaOptions(temperature=0, max_tokens=20, state_folder=folder, digest="d")
    model = LlamaModel(installed_gguf(FAST), FAST, options)
    try:
        first = model.reply(QUESTION, CancelToken())
        text = "".join(first)
        again = model.reply(QUESTION, CancelToken())
        assert "".join(again) == text
        assert again.stats.cached_tokens > 0
        model.prepare(QUESTION)
        model.forget()
        assert not folder.exists() or list(folder.iterdir()) == []
        anew = model.reply(QUESTION, CancelToken())
        assert "".join(anew) == text
        assert anew.stats.cached_tokens == 0
        model.tune(5, 0.0, 1)
        short = model.reply(QUESTION, CancelToken())
        assert text.startswith("".join(short))
        assert short.stats.reply_tokens == 5
    finally:
        model.close()
