"""What a rule of spoken text is. The rules themselves stand in the modules beside this one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is said differently from how it is written.

    `replacement` is what `re.Pattern.sub` takes: a template or a function of the match.
    """

    name: str
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]


def rule(
    name: str,
    pattern: str,
    replacement: str | Callable[[re.Match[str]], str],
    flags: re.RegexFlag = re.NOFLAG,
) -> Rule:
    """Make a rule of a pattern's text."""
    return Rule(name, re.compile(pattern, flags), replacement)


def apply(rules: Iterable[Rule], text: str) -> str:
    """Give the text after all rules, in their order."""
    for each in rules:
        text = each.pattern.sub(each.replacement, text)
    return text


def alternatives(words: Iterable[str]) -> str:
    """Give a pattern that matches any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def word_set(text: str) -> frozenset[str]:
    """Give the words of a text as a set."""
    return frozenset(text.split())
