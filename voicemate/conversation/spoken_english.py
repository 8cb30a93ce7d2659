"""English abbreviations, names and symbols as they are said; numbers are told from here."""

from __future__ import annotations

import re

from voicemate.conversation.spoken_data import (
    ABBREVIATIONS,
    BARE_ABBREVIATIONS,
    BEFORE_NUMBERS,
    DAYS,
    FRACTION_SIGNS,
    LATE_ABBREVIATIONS,
    SHORT_MONTHS,
    SUPERSCRIPTS,
    TITLES,
    UNITS,
)
from voicemate.conversation.spoken_figures import (
    DATE_RULES,
    MONEY_RULES,
    TIME_RULES,
    cardinal,
    ordinal,
)
from voicemate.conversation.spoken_numbers import (
    NUMBER_RULES,
    PHONE_RULES,
    SIGN_RULES,
    UNIT_RULES,
    VERSION_RULES,
    YEAR_RULES,
)
from voicemate.conversation.spoken_rules import Rule, alternatives, apply, rule


def english(text: str) -> str:
    """Give one line, free of markup, in words; what is no word or stop may be left."""
    text = apply(_WORDS, text)
    if _FIGURE.search(text):
        text = apply(_FIGURES, text)
    return apply(_SYMBOLS, text)


_FIGURE = re.compile(f"[\\d\\^{''.join([*FRACTION_SIGNS, *map(chr, SUPERSCRIPTS)])}]")
_FIGURES: tuple[Rule, ...] = (
    *SIGN_RULES,
    *DATE_RULES,
    *MONEY_RULES,
    *TIME_RULES,
    *PHONE_RULES,
    *VERSION_RULES,
    *YEAR_RULES,
    *UNIT_RULES,
    *NUMBER_RULES,
)


def _late(match: re.Match[str]) -> str:
    """An abbreviation that may end its sentence keeps the stop where the next one begins."""
    after = match.string[match.end() :].lstrip("\"')]* ")
    before = match.string[: match.start()].rstrip()
    said = LATE_ABBREVIATIONS[match[1]]
    if match[1] in UNITS and before[-1:].isdecimal():
        said = match[1]  # the rule for units knows the number
    inside_name = match[1] in ("Jr", "Sr", "Inc", "Ltd", "Corp", "Co", "Bros", "Ph.D")
    ends = not after or (after[0].isupper() and not inside_name)
    return said + ("." if ends else "")


def _saint_or_street(match: re.Match[str]) -> str:
    before, after = match.string[: match.start()], match.string[match.end() :].lstrip()
    after_name = re.search(r"(?:\w\s+|,\s+)[A-Z][\w'-]*\s+$|\d\w*\s+$", before)
    if after[:1].isupper() and not after_name:
        return "Saint"
    return "Street" if after and not after[0].isupper() else "Street."


def _initials(match: re.Match[str]) -> str:
    stop = "" if match.string[match.end() :].strip(" \"')") else "."
    return match[0].replace(".", "") + stop


def _shouting(match: re.Match[str]) -> str:
    """Words in capitals would be spelled: lower case, the first with a capital if it leads."""
    words = [
        "I" + word[1:].lower() if re.match(r"I(?:$|')", word) else word.lower()
        for word in match[0].split(" ")
    ]
    said = " ".join(words)
    before = match.string[: match.start()].rstrip(" \"'(")
    return said[0].upper() + said[1:] if not before or before[-1] in ".!?" else said


def _roman(text: str) -> str:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50}[letter] for letter in text]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return str(sum(-value if value < after else value for value, after in pairs))


def _monarch(match: re.Match[str]) -> str:
    return f"{match[1]} the {ordinal(_roman(match[2]))}"


def _numbered(match: re.Match[str]) -> str:
    return f"{match[1]} {cardinal(_roman(match[2]))}"


_KINGS = (
    "Henry|Louis|Elizabeth|George|Edward|Charles|William|Richard|James|Philip|Frederick|Nicholas|"
    "Catherine|Napoleon|Alexander|Peter|Ivan|Mary|Francis|Benedict|John Paul|Pius|Leo|Gregory|"
    "Ferdinand|Ramesses|Ramses|Carl|Christian|Haakon|Wilhelm|Leopold|Felipe|Juan Carlos"
)
_CROWNS = "King|Queen|Pope|Emperor|Tsar|Kaiser"
_NUMBERED = (
    "World War|Chapter|Part|Act|Scene|Volume|Book|Type|Phase|Level|Stage|Super Bowl|Rocky|Article|"
    "Section|Title|Appendix|Mark|Final Fantasy|Episode|Vatican"
)
_SHOUT = r"(?:[A-Z]{2,}(?:'[A-Z]{1,2})?|I'[A-Z]{1,2}|[AI])"

_WORDS: tuple[Rule, ...] = (
    rule("shouting", rf"(?<![\w'&.]){_SHOUT}(?: {_SHOUT}){{2,}}(?![\w'])", _shouting),
    rule("drawn out", r"([A-Za-z])\1{3,}", r"\1\1"),
    rule("title", rf"\b({alternatives(TITLES)})\.(?=\s+[A-Z])", lambda m: TITLES[m[1]]),
    rule("bare title", r"\b(Dr|Mr|Mrs|Ms)\b\.?(?=\s+[A-Z])", lambda m: TITLES[m[1]]),
    rule("drive", r"(?<=[a-z] )Dr\.(?=\s*$)", "Drive."),
    rule("saint or street", r"\bSt\.(?=\s|$)", _saint_or_street),
    rule(
        "abbreviation",
        rf"(?<![\w.])({alternatives(ABBREVIATIONS)})\.(?!\w)",
        lambda m: ABBREVIATIONS[m[1].lower()],
        re.IGNORECASE,
    ),
    rule("no stop", r"(?<![\w.])(e\.g|i\.e)\b", lambda m: ABBREVIATIONS[m[1].lower()]),
    rule("late", rf"(?<![\w.])({alternatives(LATE_ABBREVIATIONS)})\.(?!\w)", _late),
    rule("bare et cetera", r"\betc\b", "et cetera"),
    rule(
        "bare abbreviation",
        rf"(?<![\w./])(?<!\d )({alternatives(BARE_ABBREVIATIONS)})(?![\w/])",
        lambda m: BARE_ABBREVIATIONS[m[1]],
    ),
    rule(
        "before a number",
        rf"(?<![\w.])({alternatives(BEFORE_NUMBERS)})\.\s?(?=\d)",
        lambda m: BEFORE_NUMBERS[m[1]] + " ",
    ),
    rule(
        "days",
        rf"\b({alternatives(DAYS)})\s?[-–]\s?({alternatives(DAYS)})\b\.?",
        lambda m: f"{DAYS[m[1]]} to {DAYS[m[2]]}",
    ),
    rule("function", r"\b([a-z])\(([a-z])\)", r"\1 of \2"),
    rule("initials", r"\b(?:[A-Z]\.){2,}", _initials),
    rule(
        "monarch", rf"\b({_KINGS}) (X{{0,2}}(?:IX|IV|VI{{0,3}}|I{{2,3}})|X{{1,2}})\b(?!')", _monarch
    ),
    rule(
        "first",
        rf"\b((?:(?:{_CROWNS}) (?:{_KINGS})|Elizabeth|Napoleon)) (I)\b(?! [a-z']|')",
        _monarch,
    ),
    rule("roman number", rf"\b({_NUMBERED}) ([IVXL]{{1,7}})\b(?!')", _numbered),
)

_SYMBOLS: tuple[Rule, ...] = (
    rule(
        "short month",
        rf"\b({alternatives(SHORT_MONTHS)})\.(?=\s+[a-z]|$)",
        lambda m: SHORT_MONTHS[m[1]],
    ),
    rule("plus plus", r"(?<=[A-Za-z])\+\+", " plus plus"),
    rule("arrow", r"\s*(?:[→⇒➔➜➡]|[-=]+>)\s*", " to "),
    rule("sharp", r"\b([CF])#", r"\1 sharp"),
    rule("double sign", r"&&|\|\|", " "),
    rule("ampersand", r"\s*&\s*", " and "),
    rule("at most", r"\s*(?:≤|<=)\s*", " is at most "),
    rule("at least", r"\s*(?:≥|>=)\s*", " is at least "),
    rule("unequal", r"\s*(?:≠|!=)\s*", " is not equal to "),
    rule("is about", r"(?<=\w)\s*[≈≅]\s*", " is about "),
    rule("about", r"[≈≅]\s*", "about "),
    rule("equals", r"(?<=\w)\s*={1,3}\s*(?=[\w($-])", " equals "),
    rule("grade", r"\b([A-F])\+(?!\w)", r"\1 plus"),
    rule("plus", r"(?<=\w)\s*\+\s*(?=[\w(])", " plus "),
    rule("plus or minus", r"\s*(?:±|\+/-)\s*", " plus or minus "),
    rule("times", r"\s*[×·⋅]\s*(?=\w)", " times "),
    rule("divided", r"\s*÷\s*", " divided by "),
    rule("root", r"√\s*", "the square root of "),
    rule("infinity", "∞", "infinity"),
    rule("pi", r"(?<![^\W\d_α-ωΑ-Ω])π(?!\w)", " pi "),
    rule("smaller", r"(?<=\w)\s+<\s+(?=\w)", " is less than "),
    rule("greater", r"(?<=\w)\s+>\s+(?=\w)", " is greater than "),
    rule("percent", r"(?<=\w)\s?%", " percent"),
    rule("degree", r"\s?(?:°([CF])\b|([℃℉]))", lambda m: f" degrees {_scale(m)}"),
    rule("degrees", r"(?<=[a-z])\s?°", " degrees"),
    rule("at", r"(?<!\w)@\s*(?=\w)|(?<=\s)@(?=\s)", "at "),
    rule("mail sign", r"(?<=\w)@(?=\w)", " at "),
    rule("paragraph", r"§\s*", "section "),
    rule("slash", r"(?<=[^\W_])\s?/\s?(?=[^\W_])", " "),
    rule("dot inside", r"(?<=[A-Za-z]{2})\.(?=[a-z]{2,})", " dot "),
    rule("next sentence", r"(?<=[a-z])([.!?])(?=[A-Z][a-z])", r"\1 "),
)


def _scale(match: re.Match[str]) -> str:
    return "Celsius" if (match[1] or match[2]) in ("C", "℃") else "Fahrenheit"
