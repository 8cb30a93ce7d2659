"""Takes away what a model writes for the eye: code, thinking, HTML, markdown, stage directions.

Numbers and symbols that are said are left for the rules of a language.
"""

from __future__ import annotations

import html
import re
import unicodedata

from voicemate.conversation.spoken_data import (
    FRACTION_SIGNS,
    NOT_VERBS,
    SILENT_BLOCKS,
    STAGE_VERBS,
    STAGE_WORDS,
    SUPERSCRIPTS,
)
from voicemate.conversation.spoken_rules import Rule, apply, rule


def without_markup(text: str, dot: str = "dot", at: str = "at") -> str:
    """Give the words alone, in one line; `dot` and `at` are what addresses are said with."""
    text = text.replace("\t", " ")
    if _BLOCK_SIGN.search(text):
        text = apply(_BLOCKS, text)
    text = apply(_LINES, text)
    text = _addresses(text, dot, at)
    text = apply(_ASIDES, text.translate(_SIGNS))
    return _one_line(text)


_BLOCK_START = "\n\t"
"""A tab at the start of a line says that it is an item of its own, not prose that goes on."""


def _unescape(match: re.Match[str]) -> str:
    return html.unescape(match[0])


_HTML_BREAKS = "p|li|tr|div|h[1-6]|ul|ol|table|hr|blockquote|section|article|pre|dt|dd"


def _html_tag(match: re.Match[str]) -> str:
    """A tag is dropped; `<your name>`, a gap to fill in, keeps its words."""
    inside = match[1].strip().strip("/").strip()
    if re.fullmatch(rf"(?:{_HTML_BREAKS})(?:\s.*)?", inside, re.IGNORECASE):
        return _BLOCK_START
    if re.fullmatch(r"br(?:\s.*)?", inside, re.IGNORECASE):
        return "\n"
    if re.fullmatch(r"t[dh](?:\s.*)?", inside, re.IGNORECASE):
        return ", "
    if " " in inside and not re.search(r"[=\"'/]", inside):
        return inside
    return ""


def _latex(match: re.Match[str]) -> str:
    return apply(_LATEX, match[1])


_LATEX: tuple[Rule, ...] = (
    rule("fraction", r"\\[dt]?frac\{([^{}]{1,80})\}\{([^{}]{1,80})\}", r"\1/\2"),
    rule("root", r"\\sqrt\{([^{}]{1,80})\}", r"√\1"),
    rule("text", r"\\(?:text|mathrm|mathbf|boxed)\{([^{}]{0,200})\}", r"\1"),
    rule("times", r"\\(?:times|cdot)\b", " × "),
    rule("divided", r"\\div\b", " ÷ "),
    rule("plus or minus", r"\\pm\b", " ± "),
    rule("about", r"\\approx\b", " ≈ "),
    rule("at most", r"\\(?:le|leq)\b", " ≤ "),
    rule("at least", r"\\(?:ge|geq)\b", " ≥ "),
    rule("unequal", r"\\neq?\b", " ≠ "),
    rule("degree", r"\^?\\circ\b", "°"),
    rule("name", r"\\([A-Za-z]{2,20})", r"\1"),
    rule("power", r"\^\{([^{}]{1,20})\}", r"^\1"),
    rule("space", r"\\[,;:! ]", " "),
)

_BLOCK_SIGN = re.compile(r"[<>`~\\$&\[◁]")
"""Without one of these no rule for blocks has anything to do."""
_ROLE = r"(?:system|user|assistant|model|tool|final)"

_BLOCKS: tuple[Rule, ...] = (
    *(
        rule("silent block", re.escape(start) + ".*?(?:" + re.escape(end) + r"|\Z)", " ", flags)
        for start, end in SILENT_BLOCKS
        for flags in [re.DOTALL | re.IGNORECASE]
    ),
    # Some templates open the thinking block in the prompt: then only its end is written.
    rule("end of thinking", r"\A.*</think(?:ing)?>|\A.*◁/think▷", "", re.DOTALL | re.IGNORECASE),
    rule("inline code in fences", r"```+([^`\n]+)```+", r"\1"),
    rule("fenced code", r"```[^`\n]*(?:\n(?:.*?```+|.*)|\Z)", "\n", re.DOTALL),
    rule(
        "fenced code with tildes",
        r"^[ \t]*~~~[^~\n]*\n(?:.*?\n[ \t]*~~~+|.*)",
        "\n",
        re.DOTALL | re.MULTILINE,
    ),
    rule(
        "template token with role",
        rf"<[|｜](?:im_start|start|start_header_id|header_start)[|｜]>\s*(?:{_ROLE}\b)?",
        "",
    ),
    rule("channel", r"<\|channel\|>\s*(?:final|commentary|analysis)?", ""),
    rule("template token", r"<[|｜][^|｜<>\n]{0,60}[|｜]>", ""),
    rule("turn token", rf"<(?:start|end)_of_turn>(?:\s*{_ROLE}\b)?", ""),
    rule("instruction token", r"\[/?(?:INST|SYS|AVAILABLE_TOOLS|TOOL_CALLS)\]|<</?SYS>>", ""),
    rule("sentence token", r"</?(?:s|bos|eos|unk|pad)>", ""),
    rule("display math", r"\\[\[(](.{1,300}?)\\[\])]", _latex, re.DOTALL),
    rule("dollar math", r"\$\$(.{1,300}?)\$\$", _latex, re.DOTALL),
    rule("inline math", r"\$([^$\n]{0,100}(?:\\|\^)[^$\n]{0,100})\$", _latex),
    rule("boxed", r"(\\boxed\{[^{}\n]{0,200}\})", _latex),
    rule("autolink", r"<((?:https?://|mailto:)[^<>\s]{1,500})>", r"\1", re.IGNORECASE),
    rule("comparison heart", r"</?3+(?=[\s.,!?]|\Z)", ""),
    rule("HTML tag", r"<(/?[A-Za-z][^<>\n]{0,300})>", _html_tag),
    rule("HTML entity", r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31}\d{0,2});", _unescape),
)


def _row(match: re.Match[str]) -> str:
    return "\t" + ", ".join(cell.strip() for cell in match[1].split("|") if cell.strip())


_MARKER = (
    r"(?:>(?!\s?\d)|\#{1,6}(?=\s)|[-*+•▪●○◦‣–—](?=\s)(?:\s+\[[ xX]\])?|\d{1,2}[.)](?=\s+\S)"
    r"|\(?(?:\d{1,2}|[a-z])\)(?=\s+\S)|\d\ufe0f?\u20e3)"
)


def _inline_number(match: re.Match[str]) -> str:
    """Drop the number of "1) this 2) that", not the one of "(page 2) and"."""
    before = match.string[: match.start()]
    return match[0] if before.count("(") > before.count(")") else ", "


_LINES: tuple[Rule, ...] = (
    rule("image", r"!\[([^\[\]\n]{0,300})\]\([^()\n]{0,500}\)", r"\1"),
    rule("link", r"\[([^\[\]\n]{1,300})\]\((?:[^()\n]|\([^()\n]{0,100}\)){0,500}\)", r"\1"),
    rule("link definition", r"^[ \t]*\[[^\[\]\n]{1,100}\]:[ \t]*\S+.*$", "", re.MULTILINE),
    rule("reference link", r"\[([^\[\]\n]{1,300})\]\[[^\[\]\n]{0,100}\]", r"\1"),
    rule(
        "citation",
        r"\[\^?\d{1,3}(?:\s?[,–-]\s?\d{1,3}){0,9}\]|\[\^\w{1,30}\]|【[^】\n]{0,80}】",
        "",
    ),
    rule("rule", r"^[ \t]*(?:[-*_=~][ \t]*){3,}$", "", re.MULTILINE),
    rule("table rule", r"^[ \t]*\|?[ \t]*:?-{2,}:?[ \t|:-]*$", "", re.MULTILINE),
    rule("table row", r"^[ \t]*\|(.*?)\|?[ \t]*$", _row, re.MULTILINE),
    rule("heading end", r"(?<=\S)[ \t]+\#+[ \t]*$", "", re.MULTILINE),
    rule("marker", rf"^(?:[ \t]*{_MARKER}[ \t]*)+", r"\t", re.MULTILINE),
    rule("number in a line", r"(?<=\S)[ \t]+\d{1,2}\)[ \t]+(?=\w)", _inline_number),
    rule("times", r"(?<=\d)(?: \* |\*)(?=\d)", " × "),
)

_TLDS = (
    "com|org|net|io|dev|ai|edu|gov|info|app|me|tv|us|uk|de|fr|es|it|nl|ca|au|kr|jp|cn|eu|ch|at|"
    "ie|nz"
)
_SITE = r"(?:[A-Za-z0-9가-힣](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,5}"
_URL = re.compile(
    r"\b(?:https?|ftp)://(?:[^\s/@<>]{1,80}@)?([^\s/:?#<>()\[\]\"'*`,]{1,253})"
    r"(?::\d{1,5})?(?:[/?#][^\s<>\"*`]{0,2000})?",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    rf"\b(?:mailto:)?([A-Za-z0-9][A-Za-z0-9._%+-]{{0,63}})@({_SITE}[A-Za-z]{{2,24}})\b"
)
_DOMAIN = re.compile(
    rf"(?<![\w.@/])((?:www\.)?{_SITE}(?:{_TLDS}))(?![\w-]|\.\w)(?:/[^\s<>\"*`()]{{0,2000}})?"
)
_ADDRESS_SIGNS = {"_": " underscore ", "-": " dash ", "+": " plus ", "%": " percent "}
_TRAILING = re.compile(r"[.,;:!?)\]'}]+$")


def _addresses(text: str, dot: str, at: str) -> str:
    """URLs become the site's name, e-mail addresses words."""
    if "." not in text and "://" not in text:
        return text

    def said(site: str) -> str:
        site = re.sub(r"^www\d?\.", "", site, flags=re.IGNORECASE)
        return re.sub(r"\.+", f" {dot} ", site.strip("."))

    def url(match: re.Match[str]) -> str:
        tail = _TRAILING.search(match[0])
        return said(match[1].rstrip(".!;")) + (tail[0] if tail else "")

    def email(match: re.Match[str]) -> str:
        name = re.sub(r"[._%+-]", sign, match[1])
        return f"{name} {at} {said(match[2])}"

    def sign(match: re.Match[str]) -> str:
        return f" {dot} " if match[0] == "." else _ADDRESS_SIGNS[match[0]]

    text = _URL.sub(url, text)
    text = _EMAIL.sub(email, text)
    return _DOMAIN.sub(url, text)


_FRACTIONS_AND_POWERS = frozenset([*FRACTION_SIGNS, *map(chr, SUPERSCRIPTS)])


class _Signs(dict[int, int | str | None]):
    """A translation that drops pictographs and unifies digits; it learns each sign once."""

    _KEPT = frozenset("¯°℃℉©→←↔⇒➔➜➡·₩§↑↓✕✖✗")

    def __missing__(self, code: int) -> int | str | None:
        sign = chr(code)
        category = unicodedata.category(sign)
        result: int | str | None = code
        if category in ("Cc", "Cf", "Cs", "Co", "Cn"):
            result = code if sign in "\n\t" else None
        elif 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or category == "Me":
            result = None
        elif category in ("So", "Sk"):
            result = code if sign in self._KEPT or sign in "^`" else " "
        elif category == "Nd":
            result = str(unicodedata.decimal(sign))
        elif category in ("No", "Nl") and not _is_fancy(code):
            result = code if sign in _FRACTIONS_AND_POWERS else " "
        elif _is_fancy(code):
            result = unicodedata.normalize("NFKC", sign)
        self[code] = result
        return result


def _is_fancy(code: int) -> bool:
    """Full-width, mathematical, circled and ligature forms of plain letters and digits."""
    return (
        0xFF01 <= code <= 0xFF5E
        or 0x1D400 <= code <= 0x1D7FF
        or 0xFB00 <= code <= 0xFB06
        or 0x2460 <= code <= 0x2473
        or 0x2160 <= code <= 0x217F
    )


_SIGNS = _Signs()


def _begins_as(words: list[str], known: frozenset[str]) -> bool:
    """True when the first word, or the one after an adverb or a pronoun, is a stage word."""
    return words[0] in known or (
        len(words) > 1
        and (words[0].endswith("ly") or words[0] in ("he", "she"))
        and words[1] in known
    )


_KOREAN_STAGE = re.compile(
    r"(?:.{0,30}(?:며|면서|채)|.{0,20}(?:웃음|미소|한숨|박수|침묵|끄덕|끄덕임|음악|기침|윙크|포옹)(?:\s?소리)?)"
)


def _starred(match: re.Match[str]) -> str:
    """`*smiles*` is dropped; `*really*` keeps its word."""
    inside = match["inside"].strip()
    words = inside.lower().replace(",", " ").strip(".!…").split()
    if not words:
        return " "
    before, after = match.string[: match.start()].rstrip(), match.string[match.end() :].lstrip(" ")
    begins = not before or before[-1] in ".!?…:;,*)—\n\"”'"
    ends = not after or after[0] in ".!?…\n*" or after[0].isupper()
    alone = begins or (ends and len(words) > 1)
    if _KOREAN_STAGE.fullmatch(inside.strip(".… ")):
        return " "
    if _begins_as(words, STAGE_VERBS) and (alone or len(words) > 1 or not before[-1:].isalpha()):
        return " "
    if words[0] in STAGE_WORDS and before.split()[-1:] and not _subject(before.split()[-1]):
        return " "
    verb = re.fullmatch(r"[a-z]{2,}s", inside.split()[0]) and words[0] not in NOT_VERBS
    if verb and begins and ends and len(words) > 1:
        return " "
    return match[0]


def _subject(word: str) -> bool:
    """True for a word after which `*laughs*` is the verb of the sentence."""
    return word.lower() in {"he", "she", "it", "who", "always", "never", "and"}


def _bracketed(match: re.Match[str]) -> str:
    """`(laughs)` is dropped; an ordinary aside stays."""
    inside = match["inside"].strip()
    words = inside.lower().strip(".!…").split()
    if not words or _KOREAN_STAGE.fullmatch(inside):
        return " "
    if _begins_as(words, STAGE_WORDS) and len(words) <= 6 and not re.search(r"\d", inside):
        return " "
    if words[-1] in {"laughter", "laughing", "music", "applause"} and len(words) <= 3:
        return " "
    return match[0]


_FACE = (
    r"[:;=]['’]?-?[)(\]\[DPpOo/\\|*>]+|:3|[xX]D+|:'\(+|</?3+|\^[_.]?\^;*|-[_.]-;*|>[_.]<|T_T|;_;|"
    r"[oO]_[oO]|¯\\?_?\(ツ\)_?/¯|\\o/|¯\S{1,12}¯"
)

_ASIDES: tuple[Rule, ...] = (
    rule("emoticon", rf"(?:^|(?<=[\s.!?,~가-힣]))(?:{_FACE})(?=[\s.,!?~*]|$)", " ", re.MULTILINE),
    rule("Korean laughing and crying", r"[ㅋㅎㅠㅜ]{2,}|(?<=[가-힣\s])ㅋ(?=[\s.!?]|$)", " "),
    rule(
        "Korean jamo slang",
        r"(?<![가-힣ㄱ-ㅣ])(?:ㅇㅇ|ㄴㄴ|ㄷㄷ+|ㄱㄱ|ㅇㅋ|ㄱㅅ|ㅊㅋ)(?![가-힣ㄱ-ㅣ])",
        " ",
    ),
    rule("stage direction", r"(?<![\w*])\*(?!\*)(?P<inside>[^*\n]{1,300})\*(?![\w*])", _starred),
    rule("underlined stage direction", r"(?<![\w_])_(?P<inside>[^_\n]{1,300})_(?![\w_])", _starred),
    rule("bracketed direction", r"\((?P<inside>[^()\n]{1,100})\)", _bracketed),
    rule("square direction", r"\[(?P<inside>[^\[\]\n]{1,100})\]", _bracketed),
    rule("strike-through", r"~~(?=\S)([^~\n]{1,500})~~", r"\1"),
    rule("power", r"(?<=\d)\*\*(?=\d)", "^"),
    rule("emphasis", r"\*+", ""),
    rule("underline", r"(?<![A-Za-z0-9])_+|_+(?![A-Za-z0-9])", " "),
    rule("snake case", r"_+", " "),
    rule("ticks", r"`+", ""),
)

_ENDED = re.compile(r"[.!?…。！？:;,—–-][\"'”’)\]]*$")


def _one_line(text: str) -> str:
    """Join lines; one that ends without a stop gets one, unless the next goes on in lower case."""
    parts: list[str] = []
    for written in text.split("\n"):
        line = " ".join(written.split())
        if not line:
            continue
        if parts:
            goes_on = line[0].islower() or line[0] in ".,!?;:"
            item = written.startswith("\t")
            stopped = _ENDED.search(parts[-1][-4:])
            parts.append(" " if stopped or (goes_on and not item) else ". ")
        parts.append(line)
    return "".join(parts)
