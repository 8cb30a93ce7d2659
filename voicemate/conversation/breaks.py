"""Where a text may be cut for speaking: ends of sentences and clauses, and where it must not be.

Every function looks at a text that ends at the end of a word, so that it can be asked while the
text is still growing. Rules of thumb for English and Korean; when in doubt a text is not cut.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from voicemate.conversation.spoken_data import (
    ABBREVIATIONS,
    BEFORE_NUMBERS,
    LATE_ABBREVIATIONS,
    SHORT_MONTHS,
    TITLES,
)
from voicemate.conversation.spoken_rules import word_set


class Ending(Enum):
    """Whether a sentence ends where the text ends; with MAYBE the next word decides."""

    NO = auto()
    MAYBE = auto()
    YES = auto()


_ASIDE = re.compile(r"(?<!\*)\*[^*\n]*\*(?!\*)|!?\[([^\]\n]*)\]\([^)\n]*\)|<[^<>\n]*>")
_WORD = re.compile(r"\S*\w\S*")


def count_words(text: str) -> int:
    """Count the words that will probably be said; stage directions and tags do not count."""
    if "*" in text or "<" in text or "[" in text:
        text = _ASIDE.sub(r"\1", text)
    return len(_WORD.findall(text))


_STOP = re.compile(r"([.!?…。！？]+)([^\w\s,;:–—/&+=@#$%<({\[-]*)$")
_LAST_WORD = re.compile(r"[\w.&'’-]*$")
_LIST_NUMBER = re.compile(r"\s*(?:[-*+>]\s+)*\d{1,2}$")
_LETTERED = re.compile(
    r"\b(?:vitamin|plan|option|grade|group|type|part|class|team|section|hepatitis|letter|answer|"
    r"choice|appendix|point)\s+\W*[A-Z]$",
    re.IGNORECASE,
)
_NEVER_LAST = frozenset([*TITLES, "St", *ABBREVIATIONS])
_PERHAPS_LAST = frozenset(
    [*LATE_ABBREVIATIONS, *BEFORE_NUMBERS, *SHORT_MONTHS, "a.m", "p.m", "A.M", "P.M", "min", "max"]
)


def ends_sentence(text: str, at_line_start: bool) -> Ending:
    """Say whether a sentence ends with the text, which a space follows.

    `at_line_start`: the text began a line, so that "1." may be the number of an item.
    """
    stop = _STOP.search(text)
    if stop is None:
        return Ending.NO
    marks, closers = stop.groups()
    quoted = Ending.MAYBE if re.search(r"[\"'”’»)\]]", closers) else Ending.YES
    if marks != ".":
        return Ending.MAYBE if marks[-1] in ".…" else quoted
    head = text[: stop.start()]
    last = _LAST_WORD.search(head)
    word = last[0] if last else ""
    if at_line_start and _LIST_NUMBER.fullmatch(head):
        return Ending.NO
    if word in _NEVER_LAST or word.lower() in _NEVER_LAST:
        return Ending.NO
    if word in _PERHAPS_LAST:
        return Ending.MAYBE
    initial = re.fullmatch(r"(?:[A-Z]\.)*[A-Z]", word) and word != "I"
    if initial and not _LETTERED.search(head):
        return Ending.NO
    return quoted


def goes_on(sign: str) -> bool:
    """True when a word that begins with `sign` continues a sentence that may have ended."""
    return sign.islower() or sign.isdecimal() or sign in ",;:)]-–—&("


_CLAUSE_MARK = re.compile(r"(?<!\d)[,;:—–][\"'”’)*_]*$|\s[-–—]+$|[、，]$")
_KOREAN_CLAUSE = re.compile(
    r"[가-힣](?:지만|는데|은데|니까|면서|어서|아서|해서|하고|으며|다면|라면|하면|려고|거든|때문에)$"
)


def breaks_clause(text: str) -> bool:
    """True when a clause ends with the text: by comma, semicolon, colon, dash or Korean ending."""
    if _KOREAN_CLAUSE.search(text[-12:]):
        return True
    mark = _CLAUSE_MARK.search(text)
    if mark is None:
        return False
    last = _LAST_WORD.search(text[: mark.start()])
    return not (last and last[0].endswith("."))


_LEADERS = word_set(
    """
    and but or because while although though unless whereas which where when if so until since
    """
)
_OPENERS = _LEADERS | word_set(
    """
    that who for with from in on at by about into through during before after over
    under between without within like is are was were will would can could should has have had
    """
)
_CLINGING = word_set(
    """
    a an the this that these those my your his her its our their of to in on at for with from by as
    and or but nor so if when while because which who whose where than then into about very really
    quite too just not no is are was were be been being am will would can could should shall may
    might must do does did has have had i you he she it we they there i'm you're it's let's don't
    some any every each all both either neither more most less such what how only even also like
    one two three four five six seven eight nine ten between mr mrs ms dr
    """
)
_PAIRED = frozenset(["between", "both", "either", "neither", "whether", "not"])


def _bare(word: str) -> str:
    return word.strip("\"'“”‘’()[]*_`,;:").lower()


def _holds_on(word: str) -> bool:
    """True for a word after which a speaker would not pause."""
    bare = _bare(word)
    return bare in _CLINGING or not any(map(str.isalpha, bare)) or bool(re.search(r"\d|\.$", bare))


def leads_clause(text: str) -> int | None:
    """Give where the last word starts if it is one that leads a clause ("and", "because")."""
    words = text.rsplit(None, 4)
    if len(words) < 3 or _bare(words[-1]) not in _LEADERS - {"so", "until", "since"}:
        return None
    if _holds_on(words[-2]) or _PAIRED & set(map(_bare, words[1:])):
        return None
    return len(text) - len(words[-1])


_MARKS = re.compile(r"`+|[\"“”(\[{)\]}]|(?<!\*)\*(?!\*)|\$\$")
_CLOSES = {")": "(", "]": "[", "}": "{", "”": "“"}


def is_protected(text: str) -> bool:
    """True when the text ends inside a quotation, brackets, code or a stage direction."""
    opened: list[str] = []
    for match in _MARKS.finditer(text):
        mark = match[0][:2] if match[0] == "$$" else match[0][0]
        before = text[match.start() - 1 : match.start()]
        after = text[match.end() : match.end() + 1]
        if mark in opened and mark in '`"*$$':
            if mark != "*" or not before.isspace():
                del opened[opened.index(mark) :]
        elif mark in _CLOSES:
            if _CLOSES[mark] in opened:
                del opened[opened.index(_CLOSES[mark]) :]
        elif mark == '"':
            if not before or before.isspace() or before in "([—–*_":
                opened.append(mark)
        elif mark == "*":
            if after.strip() and not before.isalnum():
                opened.append(mark)
        elif mark != "(" or before not in {":", ";", "=", "-"}:
            opened.append(mark)
    return bool(opened)


def best_break(text: str, fewest: int, any_word: bool, protect: bool) -> int | None:
    """Give where a text that has grown too long is cut best: the index a new stretch begins at.

    At least `fewest` words come before it. Only a clause boundary will do, unless `any_word`;
    with `protect` never inside quotations or brackets.
    """
    words = [*_WORD.finditer(text)]
    ranked: list[tuple[int, int]] = []
    for index, word in enumerate(words[fewest - 1 :], fewest):
        following = words[index] if index < len(words) else None
        rank = _rank(text, word, following)
        if rank > 1 or (any_word and rank >= 0):
            ranked.append((rank, following.start() if following else len(text)))
    for _, start in sorted(ranked, reverse=True):
        if not (protect and is_protected(text[:start].rstrip())):
            return start
    return None


def _rank(text: str, word: re.Match[str], following: re.Match[str] | None) -> int:
    """Say how well a pause sounds after a word: 3 best, 0 bearable, -1 not at all."""
    between = text[word.end() : following.start() if following else len(text)]
    if breaks_clause(text[: word.end()] + between.rstrip()):
        return 3
    if _holds_on(word[0]):
        return -1
    if following is None:
        return 0
    after = _bare(following[0])
    if after in _LEADERS:
        return 2
    if re.search(r"\d", after) or (word[0][0].isupper() and following[0][0].isupper()):
        return -1
    return 1 if after in _OPENERS else 0
