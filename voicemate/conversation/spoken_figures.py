"""Number words in English, and the rules for dates, times and money."""

from __future__ import annotations

import re
from functools import lru_cache

from voicemate.conversation.spoken_data import (
    CURRENCIES,
    CURRENCY_CODES,
    MAGNITUDES,
    MONTHS,
    SHORT_MONTHS,
)
from voicemate.conversation.spoken_rules import Rule, alternatives, rule

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
DASH = r"[-–—‑−]"
_LONGEST = 15
"""More digits than this are said one by one."""


@lru_cache(maxsize=2048)
def _words(number: int, form: str) -> str:
    """Number words; the library is loaded when the first number is said."""
    from num2words import num2words

    words = str(num2words(number, lang="en", to=form))
    return words.replace(",", "")


def digits(text: str) -> str:
    """Say the digits of a text one by one."""
    return " ".join(_words(int(digit), "cardinal") for digit in text if digit.isdecimal())


def cardinal(text: str) -> str:
    """Say a number as it is written: "1,250", "3.14", "007"."""
    whole, _, decimals = text.replace(",", "").partition(".")
    if len(whole) > _LONGEST or (len(whole) > 1 and whole[0] == "0"):
        said = digits(whole)
    else:
        said = _words(int(whole or "0"), "cardinal")
    return f"{said} point {digits(decimals)}" if decimals else said


def ordinal(text: str) -> str:
    """Say "22" as "twenty-second"."""
    whole = text.replace(",", "")
    return _words(int(whole), "ordinal") if len(whole) <= _LONGEST else cardinal(text)


def year(text: str) -> str:
    """Say four digits as a year."""
    return _words(int(text), "year")


# Dates


def _date(month: int, day: int, year_text: str | None, fallback: str) -> str:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return fallback
    said = f"{MONTHS[month - 1]} {ordinal(str(day))}"
    return f"{said}, {year(year_text)}" if year_text else said


def _iso_date(match: re.Match[str]) -> str:
    if match[5]:
        return _date(int(match[6]), int(match[7]), match[5], match[0]) + ", "
    return _date(int(match[3]), int(match[4]), match[1], match[0])


def _slash_date(match: re.Match[str]) -> str:
    """Say 3/25/2024; where month and day could be either, say the numbers."""
    first, second = int(match[1]), int(match[2])
    if first > 12 >= second:
        return _date(second, first, match[3], match[0])
    if second > 12 >= first or first == second:
        return _date(first, second, match[3], match[0])
    return f"{cardinal(match[1])} slash {cardinal(match[2])} slash {year(match[3])}"


def _dotted_date(match: re.Match[str]) -> str:
    return _date(int(match[2]), int(match[1]), match[3], match[0])


_MONTH = (
    rf"(?:(?P<month>{alternatives(MONTHS)})\b"
    rf"|(?P<short>{alternatives(set(SHORT_MONTHS) - set(MONTHS))})\b\.?)"
)


def _month_of(match: re.Match[str]) -> str:
    return match["month"] or SHORT_MONTHS[match["short"]]


def _month_day(match: re.Match[str]) -> str:
    if not 1 <= int(match["day"]) <= 31:
        return match[0]
    said = f"{_month_of(match)} {ordinal(match['day'])}"
    if match["last"]:
        said += f" to {ordinal(match['last'])}"
    return f"{said}, {year(match['year'])}" if match["year"] else said


def _day_month(match: re.Match[str]) -> str:
    if not 1 <= int(match["day"]) <= 31:
        return match[0]
    the = "" if match["the"] and match["the"].strip() else "the "
    said = f"{match['the'] or ''}{the}{ordinal(match['day'])} of {_month_of(match)}"
    return f"{said}, {year(match['year'])}" if match["year"] else said


def _month_year(match: re.Match[str]) -> str:
    return f"{_month_of(match)} {year(match['year'])}"


# Times


def _time(match: re.Match[str]) -> str:
    hour, minute, second, half = int(match[1]), match[2], match[3], match[4]
    if hour > 24:
        return f"{cardinal(match[1])} {_minute(minute)}"
    if second:
        parts = [(match[1], "hour"), (minute, "minute"), (second, "second")]
        return " ".join(
            f"{cardinal(str(int(n)))} {unit}{'' if int(n) == 1 else 's'}"
            for n, unit in parts
            if int(n)
        )
    said = cardinal(str(hour))
    if int(minute):
        said += f" {_minute(minute)}"
    elif not half:
        said = "midnight" if hour in (0, 24) else f"{said} o'clock"
    return f"{said} {half[0].lower()}.m." if half else said


def _minute(text: str) -> str:
    return f"oh {cardinal(text[1])}" if text[0] == "0" and text != "00" else cardinal(text)


def _whole_hour(match: re.Match[str]) -> str:
    return f"{cardinal(match[1])} {match[2].lower()}.m."


_HALF = r"(?:\s?([AaPp])\.?\s?[Mm]\b\.?)"


# Money


def _cents(match: re.Match[str]) -> str:
    return f"{cardinal(match[1])} cent{'' if match[1] == '1' else 's'}"


def _money(match: re.Match[str]) -> str:
    groups = match.groupdict()
    sign = groups.get("sign") or CURRENCY_CODES[groups["code"]]
    said = _amount(match, sign)
    return f"minus {said}" if match["minus"] else said


def _amount(match: re.Match[str], sign: str) -> str:
    one, many, cent, cents, _ = CURRENCIES[sign]
    number, last, magnitude = match["number"], match["last"], match["magnitude"]
    # "a $20 bill", "a $5 million house"
    attribute = re.search(r"\ba $", match.string[: match.start()]) and re.match(
        r"\s[a-z]", match.string[match.end() :]
    )
    if last or magnitude:
        said = cardinal(number) + (f" to {cardinal(last)}" if last else "")
        said += f" {MAGNITUDES[magnitude]}" if magnitude else ""
        return f"{said} {one if attribute else many}"
    whole, _, small = number.replace(",", "").partition(".")
    if not small or (len(small) == 2 and int(small) == 0):
        return f"{cardinal(whole)} {one if attribute or whole == '1' else many}"
    if len(small) != 2 or not cents:
        return f"{cardinal(number)} {many}"
    pennies = f"{cardinal(str(int(small)))} {cent if int(small) == 1 else cents}"
    if whole == "0":
        return pennies
    return f"{cardinal(whole)} {one if whole == '1' else many} and {pennies}"


_SIGN = f"[{''.join(CURRENCIES)}]"
_CODE = alternatives(CURRENCY_CODES)
_MINUS = r"(?P<minus>(?<!\w)[-−])?"
_AMOUNT = rf"(?P<number>{NUMBER})(?:\s?{DASH}\s?{_SIGN}?(?P<last>{NUMBER}))?"
_SCALE = r"(?:\s?(?P<magnitude>thousand|million|billion|trillion|bn|mn|tn|[kKmMbB])\b)?"

MONEY_RULES: tuple[Rule, ...] = (
    rule(
        "money",
        rf"{_MINUS}(?:\b(?:US|CA|AU|NZ|HK|C|A))?(?P<sign>{_SIGN})\s?{_AMOUNT}{_SCALE}",
        _money,
    ),
    rule("code before", rf"{_MINUS}\b(?P<code>{_CODE})\s?{_AMOUNT}{_SCALE}", _money),
    rule(
        "sign after",
        rf"{_MINUS}(?<![\w.,]){_AMOUNT}{_SCALE}\s?(?P<sign>{_SIGN})(?!\d)",
        _money,
    ),
    rule("code after", rf"{_MINUS}(?<![\w.,]){_AMOUNT}{_SCALE}\s?(?P<code>{_CODE})\b", _money),
    rule("cents", rf"({NUMBER})\s?¢", _cents),
)

_YEAR = r"(?:1[1-9]|20)\d\d"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"

DATE_RULES: tuple[Rule, ...] = (
    rule(
        "ISO date",
        rf"(?<![\w-])({_YEAR})([-/.])(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])(?![\w-]|[./]\d)"
        r"|(?<![\w-])((?:1[1-9]|20)\d\d)-(\d\d)-(\d\d)T(?=\d\d:)",
        _iso_date,
    ),
    rule("slash date", r"(?<![\w/])(\d{1,2})/(\d{1,2})/((?:1[1-9]|20)\d\d)(?![\w/])", _slash_date),
    rule(
        "dotted date", r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)(?![\w]|\.\d)", _dotted_date
    ),
    rule(
        "day and month",
        rf"(?<![\w.,:/])(?P<the>\b[Tt]he\s)?{_DAY}(?:\s+of)?\s+{_MONTH}"
        rf"(?:,?\s+(?P<year>{_YEAR})\b)?",
        _day_month,
    ),
    rule(
        "month and day",
        rf"\b{_MONTH}\s+{_DAY}(?:\s?{DASH}\s?(?P<last>\d{{1,2}})(?:st|nd|rd|th)?)?"
        rf"(?![\w:%]|[.,/-]\d|\s?(?:[ap]\.?m\b|%))(?:,?\s+(?P<year>{_YEAR})\b)?",
        _month_day,
    ),
    rule("month and year", rf"\b{_MONTH},?\s+(?P<year>{_YEAR})\b(?![,.]?\d)", _month_year),
)

TIME_RULES: tuple[Rule, ...] = (
    rule("from time to time", rf"(:\d\d)\s?{DASH}\s?(?=\d{{1,2}}:\d\d)", r"\1 to "),
    rule(
        "hours to hours",
        rf"(?<![\d:.,$])(\d{{1,2}}(?::\d\d)?(?:\s?[ap]\.?m\b\.?)?)\s?{DASH}\s?"
        r"(?=\d{1,2}(?::\d\d)?\s?[ap]\.?m\b)",
        r"\1 to ",
        re.IGNORECASE,
    ),
    rule("time", rf"(?<![\d:.])(\d{{1,2}}):([0-5]\d)(?::([0-5]\d))?(?![\d:]|\.\d){_HALF}?", _time),
    rule("whole hour", rf"(?<![\d:.,])(\d{{1,2}}){_HALF}", _whole_hour),
)
