"""Korean: numbers, counters, dates, times, money, units and symbols as they are said.

Counters that take native numbers (3시, 스무 살, 두 개) get them up to 99; dates, minutes, money and
units are Sino-Korean. 번 is read as "times" (세 번), the more common of its two meanings.
"""

from __future__ import annotations

import re
from functools import lru_cache

from voicemate.conversation.spoken_data import (
    CURRENCIES,
    CURRENCY_CODES,
    FRACTION_SIGNS,
    SUPERSCRIPTS,
    UNITS,
)
from voicemate.conversation.spoken_rules import Rule, alternatives, apply, rule

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
_DASH = r"[-–—~∼〜～]"
_DIGITS = "영일이삼사오육칠팔구"
_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")


def korean(text: str) -> str:
    """Give one line, free of markup, in Korean words; Latin words stay as they are."""
    if _FIGURE.search(text):
        text = apply(_FIGURES, text)
    return apply(_SYMBOLS, text)


_FIGURE = re.compile(f"[\\d{''.join(FRACTION_SIGNS)}]")


@lru_cache(maxsize=1024)
def _sino_whole(number: int) -> str:
    """Sino-Korean number words; the library is loaded when the first number is said."""
    from num2words import num2words

    return str(num2words(number, lang="ko"))


def _spelled(text: str, zero: str = "영") -> str:
    return "".join(_DIGITS[int(digit)] for digit in text if digit.isdecimal()).replace("영", zero)


def _sino(text: str) -> str:
    whole, _, decimals = text.replace(",", "").partition(".")
    if len(whole) > 15 or (len(whole) > 1 and whole[0] == "0"):
        said = _spelled(whole, "공")
    else:
        said = _sino_whole(int(whole or "0"))
    return f"{said} 점 {_spelled(decimals)}" if decimals else said


def _native(text: str) -> str:
    """Native numbers before a counter, 1 to 99; anything else is Sino-Korean."""
    if not text.isdecimal() or not 1 <= int(text) <= 99:
        return _sino(text)
    tens, ones = divmod(int(text), 10)
    return "스무" if int(text) == 20 else _TENS[tens] + _ONES[ones]


def _groups(match: re.Match[str]) -> str:
    return " ".join(_spelled(group, "공") for group in re.findall(r"\d+", match[0]))


# Dates and times


def _month(text: str) -> str:
    return {6: "유월", 10: "시월"}.get(int(text), f"{_sino(text.lstrip('0') or '0')}월")


def _date(match: re.Match[str]) -> str:
    day = _sino(match[3].lstrip("0") or "0")
    return f"{_sino(match[1])}년 {_month(match[2])} {day}일"


def _hour(text: str) -> str:
    hour = int(text)
    return f"{_native(str(hour)) if 1 <= hour <= 12 else _sino(str(hour))} 시"


def _clock(match: re.Match[str]) -> str:
    if int(match[1]) > 24:
        return match[0]
    half = {"a": "오전 ", "p": "오후 "}[match[3].lower()] if match[3] else ""
    minute = f" {_sino(str(int(match[2])))} 분" if int(match[2]) else ""
    return f"{half}{_hour(match[1])}{minute}"


def _hours_range(match: re.Match[str]) -> str:
    return f"{_hour(match[1])}에서 {_hour(match[2])}"


# Money, units, counters


def _money(match: re.Match[str]) -> str:
    groups = match.groupdict()
    sign = groups.get("sign") or CURRENCY_CODES[groups["code"]]
    scale = match["scale"] or ""
    return f"{_sino(match['number'])}{scale} {CURRENCIES[sign][4]}"


def _unit(match: re.Match[str]) -> str:
    unit, number = match["unit"], _sino(match["number"])
    if unit in ("km/h", "kph", "mph"):
        return f"시속 {number} {'마일' if unit == 'mph' else '킬로미터'}"
    if unit in ("m/s", "km/s"):
        return f"초속 {number} {'미터' if unit == 'm/s' else '킬로미터'}"
    below = "영하 " if match["minus"] else ""
    if unit in ("°C", "℃", "°F", "℉", "°"):
        return f"{'화씨 ' if unit in ('°F', '℉') else ''}{below}{number} 도"
    minus = "마이너스 " if match["minus"] else ""
    return f"{minus}{number} {UNITS[unit][2]}"


def _counted(match: re.Match[str]) -> str:
    counter = match["counter"]
    if counter == "번째" and match["number"] == "1":
        return "첫 번째"
    if match["last"]:
        return f"{_native(match['number'])} {counter}에서 {_native(match['last'])} {counter}"
    return f"{_native(match['number'])} {counter}"


_COUNTERS = (
    "살|명|개(?!월)|마리|번째|번|잔|병|권|장|대|송이|그루|켤레|벌|채|척|군데|가지|사람|달|곡|자루|조각|"
    "그릇|접시|모금|바퀴|걸음|쌍|줄|묶음|알|포기|숟갈|스푼|배(?!럴|터)|시간|해(?!상)|주먹|방울|통|컵"
)
_UNITS = alternatives(UNITS)
_SIGN = f"[{''.join(CURRENCIES)}]"
_CODE = alternatives(CURRENCY_CODES)
_SCALE = r"(?P<scale>\s?(?:천|만|백만|천만|억|조)(?![가-힣]))?"
_SINO_UNITS = (
    "분|초|개월|주|층|학년|학기|등|위|점|도|원|호|쪽|페이지|세기|퍼센트|킬로|미터|"
    "인분|교시|달러|유로|컵"
)


_FIGURES: tuple[Rule, ...] = (
    rule("fraction sign", f"[{''.join(FRACTION_SIGNS)}]", lambda m: FRACTION_SIGNS[m[0]]),
    rule("about", r"(?<!\w)[~≈∼]\s?(?=[₩$]?\d)", "약 "),
    rule("phone", r"(?<![\w-])0\d{1,2}[-.)\s]\s?\d{3,4}[-.\s]\d{4}(?![\d-])", _groups),
    rule("service number", r"(?<![\w-])1[56]\d\d-\d{4}(?![\d-])", _groups),
    rule(
        "emergency",
        r"(?<![\w.,-])(?:112|119|109|1393|1366|1388|1339|129)"
        r"(?=\s?(?:번(?!째)|에|으로|로|나|이나|과|와|신고|상담)|[,.!?]?\s|[,.!?]?$)(?!\s?(?:개|명|쪽))",
        _groups,
    ),
    rule("memorial day", r"(?<![\d.])\d{1,2}·\d{1,2}(?!\d)", lambda m: _spelled(m[0])),
    rule("ISO date", r"(?<![\w-])(\d{4})[-./]\s?(\d{1,2})[-./]\s?(\d{1,2})(?![\w-])", _date),
    rule("clock", r"(?<![\d:])(\d{1,2}):([0-5]\d)(?![\d:])(?:\s?([AaPp])\.?[Mm]\b\.?)?", _clock),
    rule("hours", rf"(?<![\d.,])(\d{{1,2}})\s?{_DASH}\s?(\d{{1,2}})\s?시(?!간)", _hours_range),
    rule("hour", r"(?<![\d.,])(\d{1,2})\s?시(?!간)", lambda m: _hour(m[1])),
    rule("long hours", r"(?<![\d.,])(2[1-9]|[3-9]\d)\s?시간", lambda m: f"{_sino(m[1])} 시간"),
    rule("month", r"(?<![\d.,])(1[0-2]|0?[1-9])월", lambda m: _month(m[1])),
    rule(
        "money",
        rf"(?P<sign>{_SIGN})\s?(?P<number>{_NUMBER}){_SCALE}",
        _money,
    ),
    rule("money with code", rf"(?P<number>{_NUMBER}){_SCALE}\s?(?P<code>{_CODE})\b", _money),
    rule("money with sign after", rf"(?P<number>{_NUMBER}){_SCALE}\s?(?P<sign>{_SIGN})", _money),
    rule("percentage points", r"(?<=\d)\s?%p\b", " 퍼센트 포인트"),
    rule("below zero", r"(?<![\w)])[-−](?=\d+(?:\.\d+)?\s?도)", "영하 "),
    rule(
        "range with unit",
        rf"(?<=\d)(?:{_UNITS})?\s?{_DASH}\s?(?=\d+(?:\.\d+)?\s?(?:{_UNITS}))",
        "에서 ",
    ),
    rule(
        "unit",
        rf"(?<![\w.,])(?P<minus>(?<!\w)[-−])?(?P<number>{_NUMBER})\s?(?P<unit>{_UNITS})(?![A-Za-z²³/])",
        _unit,
    ),
    rule("decade", r"(?<![\d.,])([1-9]0)대(?!\s?의\s?(?:차|컴))", lambda m: f"{_sino(m[1])} 대"),
    rule("the nth", r"제\s?(\d+)", lambda m: f"제{_sino(m[1])}"),
    rule(
        "counter",
        rf"(?<![\d.,/])(?P<number>\d{{1,2}})(?:\s?{_DASH}\s?(?P<last>\d{{1,2}}))?\s?"
        rf"(?P<counter>{_COUNTERS})",
        _counted,
    ),
    rule("power", r"(?<=\d)\^(\d{1,3})", lambda m: f"의 {_sino(m[1])}제곱"),
    rule(
        "raised",
        r"(?<=\w)([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})",
        lambda m: f"의 {_sino(m[1].translate(SUPERSCRIPTS))}제곱",
    ),
    rule("minus between", r"(?<=\d)\s+[-−]\s+(?=\d)|(?<=\d)[-−](?=\d+\s*=)", " 빼기 "),
    rule("range", rf"(?<=\d)\s?{_DASH}\s?(?=\d)", "에서 "),
    rule("times", r"(?<=\d)\s?[x×*]\s?(?=\d)", " 곱하기 "),
    rule("divided", r"(?<=\d)\s+/\s+(?=\d)", " 나누기 "),
    rule(
        "fraction",
        r"(?<![\w./])(\d{1,3})[/⁄](\d{1,3})(?![\w/]*\d)(?P<cup>\s?컵)?",
        lambda m: f"{_sino(m[2])}분의 {_sino(m[1])}{' 컵' if m['cup'] else ''}",
    ),
    rule(
        "ratio",
        r"(?<![\w:])(\d{1,3}):(\d{1,3})(?![\d:])",
        lambda m: f"{_sino(m[1])} 대 {_sino(m[2])}",
    ),
    rule("version", r"\d+(?:\.\d+){2,}", lambda m: " 점 ".join(map(_sino, m[0].split(".")))),
    rule("minus", r"(?<![\w)])[-−](?=\d)", "마이너스 "),
    rule("number sign", r"#\s?(?=\d)", " "),
    rule("letters before digits", r"(?<=[A-Za-z])-?(?=\d)", " "),
    rule("digits before letters", r"(?<=\d)(?=[A-Za-z])", " "),
    rule("point", r"(?<!\w)\.(?=\d)", "영 점 "),
    rule("calendar", r"(?<=\d)\s(?=[년월일])", ""),
    rule("spaced unit", rf"(?<=\d)(?=(?:{_SINO_UNITS}|{_COUNTERS}))", " "),
    rule("money words", r"(?<=\d)([천만억조]{1,2})\s?(?=원)", r"\1 "),
    rule("number", _NUMBER, lambda m: _sino(m[0])),
)


def _topic(match: re.Match[str]) -> str:
    """`=` is the topic particle, by the last sound before it."""
    last = match[1]
    closed = "가" <= last <= "힣" and (ord(last) - ord("가")) % 28
    return f"{last}{'은' if closed else '는'} "


_SYMBOLS: tuple[Rule, ...] = (
    rule("plus plus", r"(?<=[A-Za-z])\+\+", " 플러스 플러스"),
    rule("arrow", r"\s*(?:[→⇒➔➜➡]|[-=]+>)\s*", ", "),
    rule("equals", r"(\w)\s*={1,3}\s*(?=\w)", _topic),
    rule("plus", r"(?<=\w)\s*\+\s*(?=\w)", " 더하기 "),
    rule("plus after", r"(?<=\w)\+", " 플러스"),
    rule("times", r"\s*×\s*", " 곱하기 "),
    rule("divided", r"\s*÷\s*", " 나누기 "),
    rule("plus or minus", r"\s*±\s*", " 플러스 마이너스 "),
    rule("root", r"√\s*", "루트 "),
    rule("ampersand", r"\s*&\s*", " 앤 "),
    rule("percent", r"(?<=\w)\s?%", " 퍼센트"),
    rule("degree", r"(?<=\w)\s?(?:°[CF]?|[℃℉])", " 도"),
    rule("mail sign", r"(?<=\w)@(?=\w)", " 골뱅이 "),
    rule("slash", r"(?<=[^\W_])\s?/\s?(?=[^\W_])", " "),
    rule("dot inside", r"(?<=[A-Za-z]{2})\.(?=[a-z]{2,})", " 점 "),
    rule("wave", r"[~∼〜～]+", " "),
    rule("next sentence", r"(?<=[가-힣])([.!?])(?=[가-힣])", r"\1 "),
)
