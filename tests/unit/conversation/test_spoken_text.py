import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voicemate.conversation.spoken_text import spoken_text, strip_unsafe

CASES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "spoken_cases.toml").read_text(encoding="utf-8")
)["case"]

FRAGMENTS = [
    *["**", "*", "_", "`", "```", "~~", "\n", "\n\n", " ", "# ", "- ", "1. ", "> ", "|", "---"],
    *["<think>", "</think>", "<b>", "&amp;", "&lt;", "[", "]", "(", ")", "](", "<|im_end|>", "\\("],
    *["http://a.com/b", "ann@x.org", "3.5", "1,000", "$5", "20%", "3:30", "pm", "1/2", "2024"],
    *["1980s", "-", "–", "—", "…", "...", "!", "?", ".", ",", ";", ":", "'", '"', "“", "”", "Dr."],
    *["e.g.", "etc.", "Hello", "the", "I", "AM", "SO", "U.S.", "No.", "St.", "😊", "\u200b"],
    *[
        "\u202e",
        "\x1b[31m",
        "ㅋㅋ",
        "3시",
        "30분",
        "5개",
        "10,000원",
        "km",
        "°C",
        "5'11\"",
        "+",
        "=",
    ],
    *["×", "/", "&", "@", "#", "~", "→", "²", "½", "$x^2$", "smiles", ":)", "<3", "v1.2", "988"],
    *["call", "٣", "①", "¹", "\ud800", "0", "7", "é", "日本。", "||", "{", "}", "%", "3rd", "III"],
]
TEXTS = st.one_of(
    st.text(st.characters(), max_size=60),
    st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join),
    st.lists(st.sampled_from(FRAGMENTS), max_size=25).map(" ".join),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:40] or "nothing")
def test_says_what_a_person_would(case: dict[str, Any]) -> None:
    language = case.get("language", "en")
    assert spoken_text(case["text"], language) == case["spoken"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:40] or "nothing")
def test_leaves_what_it_said(case: dict[str, Any]) -> None:
    assert spoken_text(case["spoken"], case.get("language", "en")) == case["spoken"]


def test_the_table_is_large_in_both_languages() -> None:
    korean = [case for case in CASES if case.get("language") == "ko"]
    assert len(CASES) >= 160
    assert len(korean) >= 12


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sampled_from(["en", "ko", "de", "en-us", ""]))
@example("<think>", "en")
@example("1. 1. 1. 1. 1. 1. 1. 1.", "de")
@example("*" * 500, "en")
@example("&amp;amp;amp;amp;amp;amp;amp;amp;lt;b&gt;", "en")
def test_any_text_comes_to_rest_and_leaves_no_marks(text: str, language: str) -> None:
    said = spoken_text(text, language)
    assert spoken_text(said, language) == said
    assert not set(said) & set("*`#_|<>[]{}()\\^~=\n\t\x1b\u200b\u202e")
    assert said == "" or any(map(str.isalnum, said))
    if language in ("en", "ko"):
        assert not any(map(str.isdecimal, said))


def test_numbers_stay_for_a_voice_of_another_language() -> None:
    assert spoken_text("**Um 15 Uhr** 😊", "de") == "Um 15 Uhr"


def test_a_longer_language_tag_counts() -> None:
    assert spoken_text("3시", "ko-KR") == spoken_text("3시", "ko") == "세 시"
    assert spoken_text("3 cats", "en_GB") == "three cats"


def test_loading_it_does_not_load_the_number_library() -> None:
    code = (
        "import sys, voicemate.conversation.spoken_text as s\n"
        "assert 'num2words' not in sys.modules\n"
        "assert s.spoken_text('3 cats') == 'three cats'\n"
        "assert 'num2words' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "text",
    [
        "*" * 20_000,
        " " * 20_000,
        "1" * 20_000,
        "<" * 20_000,
        "` " * 8_000,
        "[a](" * 4_000,
        "(a" * 8_000,
    ],
    ids=lambda text: repr(text[:4]),
)
@pytest.mark.timeout(60)
def test_a_text_made_to_be_slow_is_done(text: str) -> None:
    assert set(spoken_text(text)) <= set("one a,")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain text", "plain text"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;new title\x07shown", "shown"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jgone", "gone"),
        ("bell\x07 back\x08 null\x00", "bell back null"),
        ("over\rwritten\r\nline", "over\nwritten\nline"),
        ("abc\u202edcba\u202c \u2066x\u2069", "abcdcba x"),
        ("zero\u200bwidth\ufeff\u200d\u00ad\u3164", "zerowidth"),
        ("tag\U000e0041s and \ud800 halves", "tags and  halves"),
        ("안녕 é 😊\u00a0ok", "안녕 é 😊\u00a0ok"),
    ],
)
def test_what_could_harm_a_terminal_is_removed(text: str, safe: str) -> None:
    assert strip_unsafe(text) == safe


@given(st.text(st.characters(), max_size=80))
def test_safe_text_stays_as_it_is(text: str) -> None:
    safe = strip_unsafe(text)
    assert strip_unsafe(safe) == safe
    assert "\x1b" not in safe
    assert "\r" not in safe
