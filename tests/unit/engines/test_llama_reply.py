"""A reply of llama.cpp as its reader sees it; no model is needed for that."""

from __future__ import annotations

import pytest

from voicemate.cancel import CancelToken
from voicemate.engines.llama_reply import LlamaReply


def reply() -> LlamaReply:
    return LlamaReply([1, 2, 3], 60, CancelToken(), lambda one: one.abandon())


def test_the_speed_is_that_of_writing_without_the_prompt() -> None:
    writing = reply()
    writing.wrote(5.0)  # the first token: the prompt had to be read for it
    for _ in range(10):
        writing.wrote(0.1)
    assert writing.stats.tokens_per_s == pytest.approx(10)


def test_of_three_tokens_no_speed_can_be_told() -> None:
    writing = reply()
    for _ in range(3):
        writing.wrote(0.1)
    assert writing.stats.tokens_per_s is None
    writing.wrote(0.1)
    assert writing.stats.tokens_per_s == pytest.approx(10)


def test_what_was_drafted_is_not_in_the_speed() -> None:
    writing = reply()
    writing.drafted = writing.written = 24
    assert writing.stats.tokens_per_s is None
