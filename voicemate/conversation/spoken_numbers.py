"""How English says the numbers that are no date, time or price: an ordered list of small rules.

The order matters: what looks like a plain number may be part of a telephone number, a version or
a year, so those come first, and what is left is said as a plain number at the end.
"""

from __future__ import annotations

import re

from voicemate.conversation.spoken_data import FRACTION_SIGNS, SUPERSCRIPTS, UNITS
from voicemate.conversation.spoken_figures import (
    DASH,
    NUMBER,
    cardinal,
    digits,
    ordinal,
    year,
)
from voicemate.conversation.spoken_rules import Rule, alternatives, rule

# Telephone numbers and versions


def _phone(match: re.Match[str]) -> str:
    """Say digits one by one, with a pause between the groups."""
    number = match.groupdict().get("number") or match[0]
    plus = "plus " if "+" in number else ""
    groups = ", ".join(map(digits, re.findall(r"\d+", number)))
    return f"{match.groupdict().get('before') or ''}{plus}{groups}"


_CALL = r"\b(?:call|dial|text|ring|phone|reach|contact|sms)(?:ing|s)?(?:\s+[a-z]+){0,4}?\s+"
_SHORT_CODE = r"(?:\d{3} \d{3}(?: \d{3,4})?|\d\d \d\d \d\d|\d{3}|\d{5})"

PHONE_RULES: tuple[Rule, ...] = (
    rule("spelled number", r"(?<![\w-])\d(?:-\d){2,}(?![\w-])", _phone),
    rule("groups", r"(?<![\w.,-])\d+(?:-\d+){2,}(?![\w-])", _phone),
    rule("abroad", r"(?<![\w+])\+\d{1,3}(?:[\s.-]?\(?\d{1,4}\)?){2,6}(?!\d)", _phone),
    rule(
        "phone",
        r"(?<![\w-])(?:1[-.\s])?(?:\(\d{3}\)\s?|\d{3}[-.])\d{3}[-.]\d{4}(?![\w-])",
        _phone,
    ),
    rule("leading zero", r"(?<![\w.,-])0\d{1,4}[-\s]\d{3,4}(?:[-\s]\d{1,4}){0,2}(?![\w-])", _phone),
    rule("short phone", r"(?<![\w.,-])\d{3}-\d{4}(?![\w-])", _phone),
    rule(
        "call",
        rf"(?P<before>{_CALL})(?P<number>{_SHORT_CODE})(?!\w|\s?[-%:/]|[.,]\d)"
        r"(?!\s+(?:times|people|minutes|friends|hours|of|days|more)\b)",
        _phone,
        re.IGNORECASE,
    ),
    rule(
        "help line",
        r"(?P<before>\b(?:on|at|number is)\s+)"
        r"(?P<number>\d{3} \d{3}(?: \d{3,4})?|\d\d \d\d \d\d)(?![\w,]|\s\d)",
        _phone,
    ),
    rule("emergency", r"(?<![\w.,-])(?:911|988)(?![\w%-]|[.,]\d|\s+[a-z]+s\b)", _phone),
)


def _version(match: re.Match[str]) -> str:
    parts = match["number"].split(".")
    between = " dot " if len(parts) == 4 else " point "
    prefix = match.groupdict().get("prefix") or ""
    return ("version " if prefix in ("v", "V") else prefix) + between.join(map(cardinal, parts))


_SOFTWARE = (
    r"[Vv]ersion|[Rr]elease|Python|Java|Node|Ubuntu|Debian|Fedora|Android|iOS|macOS|Windows|"
    r"Linux|CUDA|Qt|PHP|Ruby|Rust|Django|Chrome|Firefox|TLS|USB|Bluetooth|GPT|Llama|Qwen"
)

VERSION_RULES: tuple[Rule, ...] = (
    rule("address", r"(?<![\w.])(?P<number>\d{1,3}(?:\.\d{1,3}){3})(?!\w|\.\d)", _version),
    rule("version", r"\b(?P<prefix>[vV])\.?(?P<number>\d+(?:\.\d+)*)(?!\w|\.\d)", _version),
    rule("long version", r"(?<![\w.])(?P<number>\d+(?:\.\d+){2,})(?!\w|\.\d)", _version),
    rule(
        "software",
        rf"(?P<prefix>\b(?:{_SOFTWARE})[\s-])(?P<number>\d+\.\d+)(?!\w|\.\d)",
        _version,
    ),
)


# Years


def _plural_of(words: str) -> str:
    return words[:-1] + "ies" if words.endswith("y") else words + "s"


def _decade(match: re.Match[str]) -> str:
    return _plural_of(year(match[1]))


def _short_decade(match: re.Match[str]) -> str:
    return (match.groupdict().get("before") or "") + _plural_of(cardinal(match["decade"]))


def _short_year(match: re.Match[str]) -> str:
    return f"oh {cardinal(match[1][1])}" if match[1][0] == "0" else cardinal(match[1])


def _year_range(match: re.Match[str]) -> str:
    last = match[2]
    return f"{year(match[1])} to {year(last) if len(last) == 4 else cardinal(last)}"


_COUNTED = re.compile(
    r"\s+(?!(?:was|has|is|its|this|across|as|plus|versus|marks|brings|sees)\b)[a-z]{3,}s\b"
)


def _year(match: re.Match[str]) -> str:
    """Four digits alone: a year after "in" or "since", a number before what is counted."""
    after = match.string[match.end() :]
    before, modern = match["before"] or "", int(match["year"]) >= 1900
    counted = _COUNTED.match(after) and not (before and modern)
    if re.match(r"\s+(?:AD|BCE?|CE)\b", after) or ((before or modern) and not counted):
        return before + year(match["year"])
    return match[0]


_FOUR = r"(?:1\d|20)\d\d"
_BEFORE_YEAR = (
    r"(?:in|since|from|until|till|circa|during|year|early|late|mid|before|after|born|died|"
    r"summer|winter|spring|autumn|fall)"
)

YEAR_RULES: tuple[Rule, ...] = (
    rule("decade", r"\b((?:1[1-9]|20)\d0)'?s\b", _decade),
    rule("short decade", r"'(?P<decade>[1-9]0)s\b", _short_decade),
    rule(
        "age",
        r"(?P<before>\b(?:in|the|my|his|her|their|your|our|early|mid|late)[\s-])"
        r"(?P<decade>[2-9]0)s\b",
        _short_decade,
        re.IGNORECASE,
    ),
    rule("short year", r"(?<!\w)'(\d\d)\b(?!')", _short_year),
    rule(
        "years",
        rf"(?<![\w.,$-])({_FOUR})\s?{DASH}\s?({_FOUR}|\d\d)(?![\w%°-]|[.,]\d|\s?[a-zA-Z]{{1,3}}\b)",
        _year_range,
    ),
)

_YEAR_RULE = rule(
    "year",
    rf"(?P<before>\b(?i:{_BEFORE_YEAR})[\s-])?(?<![\w.,$%-])(?P<year>{_FOUR})(?![\w%]|[.,]\d|-\d)",
    _year,
)


# Fractions


def _fraction_sign(match: re.Match[str]) -> str:
    return f"{match[1]} {FRACTION_SIGNS[match[2]]}" if match[1] else FRACTION_SIGNS[match[2]]


def _fraction(match: re.Match[str]) -> str:
    whole, top, bottom = match["whole"], int(match["top"]), int(match["bottom"])
    said = _named_fraction(top, bottom)
    if whole:
        return f"{cardinal(whole)} and {'a half' if (top, bottom) == (1, 2) else said}"
    return said


def _named_fraction(top: int, bottom: int) -> str:
    first, last = cardinal(str(top)), cardinal(str(bottom))
    if (top, bottom) in ((24, 7), (9, 11), (7, 11), (50, 50)):
        return f"{first} {last}"
    if bottom in (10, 100) and top > 1:
        return f"{first} out of {last}"
    if not 0 < top < bottom <= 20 and (top, bottom) != (3, 2):
        return f"{first} over {last}"
    name = {2: "half", 4: "quarter"}.get(bottom) or ordinal(str(bottom))
    many = "halves" if bottom == 2 else f"{name}s"
    return f"{first} {name if top == 1 else many}"


# Units


def _unit(match: re.Match[str]) -> str:
    one, many, _ = UNITS[match["unit"]]
    scale = f"{match['scale']} " if match["scale"] else ""
    after_range = re.search(r"\d%?\s(?:to|or|and)\s$", match.string[: match.start()])
    single = match["joint"] == "-" or (match["number"] == "1" and not scale and not after_range)
    ends = match["unit"].endswith(".") and not match.string[match.end() :].strip()
    return f"{cardinal(match['number'])} {scale}{one if single else many}{'.' if ends else ''}"


def _feet(match: re.Match[str]) -> str:
    feet, inches = match[1], match[2]
    if inches:
        return f"{cardinal(feet)} foot {cardinal(inches)}"
    return f"{cardinal(feet)} {'foot' if feet == '1' else 'feet'}"


def _inches(match: re.Match[str]) -> str:
    """A double quote after a number means inches unless it closes a quotation."""
    earlier = re.findall(r'(^|.)"', match.string[: match.start()])
    if earlier and not earlier[-1].strip(" ("):
        return match[0]
    attribute = re.search(r"\b[Aa]n?\s$", match.string[: match.start()])
    return f"{cardinal(match[1])} {'inch' if attribute or match[1] == '1' else 'inches'}"


_SHORT_NAMES = {
    "mo": "month",
    "yr": "year",
    "hr": "hour",
    "h": "hour",
    "s": "second",
    "min": "minute",
    "kg": "kilogram",
    "lb": "pound",
    "g": "gram",
}


def _per(match: re.Match[str]) -> str:
    return " per " + _SHORT_NAMES.get(match[1], match[1])


_PER = r"day|week|month|mo|year|yr|hour|hr|h|min|s|night|person|user|serving|kg|lb|g"
_UNITS = alternatives(UNITS)

UNIT_RULES: tuple[Rule, ...] = (
    rule("feet", r"(?<![\w.'])(\d{1,3})'\s?(?:(\d{1,2})(?:\"|'')?)?(?![\w'])", _feet),
    rule("inches", r"(?<![\w.])(\d{1,3}(?:\.\d+)?)\"(?!\w)", _inches),
    rule("difference", rf"(?<=\d)\s+[-−]\s+(?=\d)|(?<=\d)[-−](?={NUMBER}\s*=)", " minus "),
    rule("range", r"(?<=\d)(%?)(?:[-‑−]|\s?[–—]\s?)(?=\d)", r"\1 to "),
    rule("minus", r"(?<![\w)])[-−](?=\.?\d)", "minus "),
    rule("plus", r"(?<![\w)])(?<!\w\s)\+(?=\d)", "plus "),
    rule(
        "unit",
        rf"(?<![\w.,])(?P<number>{NUMBER})(?:\s(?P<scale>thousand|million|billion))?"
        rf"(?P<joint>\s?|-)(?P<unit>{_UNITS})(?![\w²³°%]|/(?!(?:{_PER})\b)\w)",
        _unit,
    ),
    rule("per", rf"(?<=[a-z])\s?/\s?({_PER})\b", _per),
)


# Arithmetic, and what is left


def _power(match: re.Match[str]) -> str:
    exponent = (match[1] or match[2]).translate(SUPERSCRIPTS)
    named = {"2": " squared", "3": " cubed"}.get(exponent)
    return named or f" to the power of {exponent}"


def _crossed(match: re.Match[str]) -> str:
    return " times " if match[1][0] == " " or "=" in match.string else " by "


def _scaled(match: re.Match[str]) -> str:
    return f"{cardinal(match[1])} " + {"k": "thousand", "M": "million"}[match[2]]


NUMBER_RULES: tuple[Rule, ...] = (
    rule(
        "resolution",
        r"(?<![\w.,])(\d{4})\s?[x×]\s?(\d{4})(?!\w|[.,]\d)",
        lambda m: f"{year(m[1])} by {year(m[2])}",
    ),
    rule("crossed", r"(?<=\d)(\s?[x×]\s?)(?=\d)", _crossed),
    rule(
        "power",
        r"(?<=[\w)])\^\(?(-?\w{1,5})\)?|(?<=[\w)])([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]{1,5})",
        _power,
    ),
    rule("divided", r"(?<=\d)\s+/\s+(?=\d)", " divided by "),
    rule(
        "fraction",
        r"(?<![\w./,-])(?:(?P<whole>\d{1,4})\s)?(?P<top>\d{1,3})[/⁄](?P<bottom>\d{1,3})"
        r"(?![\w/]|[.,]\d)",
        _fraction,
    ),
    rule(
        "ratio",
        r"(?<![\w:.])(\d{1,3}):(\d{1,3})(?![\w:])",
        lambda m: f"{cardinal(m[1])} to {cardinal(m[2])}",
    ),
    rule("number sign", r"#\s?(?=\d)", "number "),
    rule("and more", r"(?<=\d)\+(?!\s?[\d+])(?!\w)", " plus"),
    rule(
        "ordinal",
        r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th)\b",
        lambda m: ordinal(m[1]),
    ),
    rule(
        "times as much",
        r"(?<![\w.])(\d+(?:\.\d+)?)[x×](?!\w|\s?[-+=*/^])",
        lambda m: f"{cardinal(m[1])} times",
    ),
    rule("scaled", rf"(?<![\w.])({NUMBER})(k|M)\b", _scaled),
    _YEAR_RULE,
    rule("letters before digits", r"(?<=[A-Za-z])-?(?=\d)", " "),
    rule("digits before letters", r"(?<=\d)(?=[A-Za-z])", " "),
    rule("point", r"(?<!\w)\.(\d+)", lambda m: f" point {digits(m[1])}"),
    rule("number", NUMBER, lambda m: cardinal(m[0])),
)

SIGN_RULES: tuple[Rule, ...] = (
    rule("fraction sign", rf"(\d)?\s?([{''.join(FRACTION_SIGNS)}])", _fraction_sign),
    rule("about", r"(?<!\w)[~∼]\s?(?=[$€£₩¥]?\d)", "about "),
    rule("less than", r"(?<!\w)(?<!\w\s)<\s?(?=[$€£₩¥]?\d)", "less than "),
    rule("more than", r"(?<!\w)(?<!\w\s)>\s?(?=[$€£₩¥]?\d)", "more than "),
)
"""What stands before a number, to be said before the number itself is."""
