"""What a language model writes, as a person would say it.

The stages: markup and asides go (`spoken_markup`), then the rules of the language say numbers,
abbreviations and symbols (`spoken_english`, `spoken_korean`), then punctuation is tidied here.
To teach it something, add an entry to `spoken_data` or a rule to one of the ordered lists, and a
row to the table of cases in the tests.
"""

from __future__ import annotations

import re
import unicodedata

from voicemate.conversation.spoken_english import english
from voicemate.conversation.spoken_korean import korean
from voicemate.conversation.spoken_markup import without_markup
from voicemate.conversation.spoken_rules import Rule, apply, rule

_PASSES = 5


def spoken_text(text: str, language: str = "en") -> str:
    """Give what is said aloud; empty when there is nothing to say.

    `language` is "en" or "ko" (longer tags such as "en-us" too); for any other one markup is
    removed and numbers stay as they are, for the voice to read. Pure, and total: any string will
    do. What it gave is left as it is when given again.

    Code, thinking and tool calls are silent; a link says its label and a bare URL its site. In
    Korean, counters that take native numbers get them, and what else is a number is Sino-Korean,
    because eSpeak reads 3시 as "삼 시" and units in English.
    """
    code = language.lower().replace("_", "-").split("-")[0]
    for _ in range(_PASSES):
        said = _once(text, code)
        if said == text:
            return said
        text = said
    return _bare(text)


def strip_unsafe(text: str) -> str:
    """Give the text without what could harm a terminal or a window, or hide in it.

    Control characters (but line feeds and tabs), ANSI sequences, bidirectional marks, zero-width
    and other invisible characters. A carriage return becomes a line feed.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _ANSI.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(filter(_visible, text))


_ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # titles
    r"|\x1b[ -/]*[0-~]"
)
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def _visible(sign: str) -> bool:
    if sign.isprintable():
        return sign not in _INVISIBLE and not "\U000e0100" <= sign <= "\U000e01ef"
    return sign in "\n\t" or unicodedata.category(sign) == "Zs"


def _once(text: str, code: str) -> str:
    text = apply(_RUNS, unicodedata.normalize("NFC", strip_unsafe(text)))
    dot, at = ("닷", "골뱅이") if code == "ko" else ("dot", "at")
    text = without_markup(text, dot, at)
    text = apply(_QUOTES, text)
    if code == "en":
        text = english(text)
    elif code == "ko":
        text = korean(text)
    return _tidy(text)


# Long runs say no more than short ones, and would make some patterns slow.
_RUNS: tuple[Rule, ...] = (
    rule("blanks", r"[^\S\n]+", " "),
    rule("lines", r"\n(?: ?\n)+", "\n\n"),
    rule("signs", r"([^\w\s])\1{3,}", r"\1\1\1"),
    rule("digits", r"(\d{40})(?=\d)", r"\1 "),
)

_QUOTES: tuple[Rule, ...] = (
    rule("apostrophe", "[\u2018\u2019\u02bc\u2032\u00b4]", "'"),
    rule("quotation", "[\u201c\u201d\u201e\u00ab\u00bb\u2033]|''", '"'),
)


def _run(match: re.Match[str]) -> str:
    """A run of exclamation and question marks becomes the one that decides the melody."""
    return "?" if "?" in match[0] else "!"


_TIDY: tuple[Rule, ...] = (
    rule("plural in brackets", r"(?<=[^\W\d_])\((e?s)\)", r"\1"),
    rule("empty brackets", r"[(\[{]\s*[)\]}]", " "),
    rule("brackets at the end", r"\s*[)\]}](?=[\s.,!?;:\"']*$)", ""),
    rule("closing bracket", r"\s*[)\]}](?=[.,!?;:])", ""),
    rule("bracket", r"\s*[(\[{]\s*|\s*[)\]}]\s*", ", "),
    rule("option", r"(?:^|(?<=\s))-{1,2}(?=[^\W\d_])", ""),
    rule("long dash", r"\s*(?:[—―]+|-{2,}|(?<=\s)[-–‑−](?=\s)|–)\s*", ", "),
    rule("hyphen", r"[‐‑−]", "-"),
    rule("bar", r"\s*[|•▪●·・]\s*", ", "),
    rule("foreign stops", r"[。．]", ". "),
    rule("foreign commas", r"[、，،]", ", "),
    rule("what is not said", r"[^\w\s.,!?;:'\"…-]|[_⁰¹²³⁴⁵⁶⁷⁸⁹]", " "),
    rule("blanks", r"\s{2,}", " "),
    rule("lone hyphen", r"(?<!\w)-+|-+(?!\w)", " "),
    rule("lone apostrophe", r"(?<![\w.,!?])'+(?!\w)", " "),
    rule("ellipsis", r"(?:\.\s?){3,}|…[.…\s]*(?=[.…])|…", "... "),
    rule("space before", r"\s+(?=[,.!?;:])", ""),
    rule("marks", r"[!?]{2,}", _run),
    rule("two stops", r"(?<!\.)\.\.(?!\.)|\.{4,}", "."),
    rule("stop after mark", r"([!?])[.,;:]+", r"\1"),
    rule("commas", r",[,;:]*(?=[,;:])|[;:]+(?=[;:])", ""),
    rule("comma before stop", r"[,;:]+(?=[.!?])", ""),
    rule("comma after stop", r"(?<![ap]\.m\.)(?<=[.!?;:]),", ""),
    rule("space after", r"(?<=[^\W\d])([,;!?])(?=[^\W\d])", r"\1 "),
    rule("empty quotation", r"\"[\s.,;:!?]*\"", " "),
    rule("start", r"^[\s.,;:!?-]+", ""),
    rule("spaces", r"\s+", " "),
)


def _tidy(text: str) -> str:
    text = apply(_TIDY, text)
    if text.count('"') % 2:
        text = text.replace('"', "")
    text = text.strip()
    return text if any(map(str.isalnum, text)) else ""


def _bare(text: str) -> str:
    """Letters and spaces alone: for text so tangled that the rules never come to rest."""
    kept = "".join(sign if sign.isalpha() else " " for sign in text)
    return " ".join(kept.split())
