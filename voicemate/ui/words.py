"""What the window and the terminal say, in the person's language; no Qt here.

Texts stand in the code in English. `words/ko.toml` has one line for each: the English text and
the Korean one, with the same placeholders (%1 where QML says it, {name} where Python does).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

Language = Literal["en", "ko"]

_FOLDER = Path(__file__).parent / "words"

_language: Language = "en"


def set_language(language: Language) -> None:
    """Speak this language from now on. Any thread: the name is replaced whole."""
    global _language
    _language = language


def language() -> Language:
    """Give the language that is spoken."""
    return _language


def t(text: str) -> str:
    """Give an English text in the language that is spoken; one that nobody translated, as it is."""
    return table(_language).get(text, text)


def noted(text: str) -> str:
    """Give the text unchanged: it goes through `t` when it is shown, and needs its Korean."""
    return text


@cache
def table(language: Language) -> Mapping[str, str]:
    """Give every text of a language by its English one; empty for English itself."""
    if language == "en":
        return {}
    text = (_FOLDER / f"{language}.toml").read_text(encoding="utf-8")
    return {english: str(own) for english, own in tomllib.loads(text).items()}
