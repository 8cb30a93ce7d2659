"""Every setting of settings.toml as a row for the page that shows them all: no Qt here."""

from __future__ import annotations

import re

from voicemate import settings
from voicemate.ui import settings_words as words
from voicemate.ui.words import t

Entry = dict[str, str | bool | float | list[str]]


def fact(key: str) -> str:
    """Give the name by which QML knows a setting: "voice.rate" is voice_rate there."""
    return key.replace(".", "_")


KEYS = {doc.key: fact(doc.key) for doc in settings.describe()}
"""Every setting, and its name in QML."""


def entries() -> list[Entry]:
    """Give every setting, in the file's order, with what a control for it must know.

    `kind` is "bool", "choice", "whole", "number" or "text"; `first` marks the first one of a
    section; `expects` is in words for a person.
    """
    made: list[Entry] = []
    section = ""
    for doc in settings.describe():
        of = doc.key.partition(".")[0]
        choices = re.findall("`([^`]*)`", doc.expects) if doc.expects.startswith("`") else []
        made.append(
            {
                "key": doc.key,
                "section": words.section_title(of),
                "first": of != section,
                "kind": _kind(doc.default, choices),
                "choices": choices,
                "expects": "" if choices or isinstance(doc.default, bool) else t(doc.expects),
                "text": t(doc.description).replace("`", ""),
                "default": written(doc.default),
            }
        )
        section = of
    return made


def _kind(default: object, choices: list[str]) -> str:
    if choices:
        return "choice"
    return {bool: "bool", int: "whole", float: "number"}.get(type(default), "text")


def written(value: str | int | float | bool) -> str:
    """Write a value as `Desk.set` takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def read(key: str, value: str) -> str | int | float | bool | None:
    """Read a value that was written for a setting; None where it is not of its type."""
    like = settings.value(settings.Settings(), key)
    try:
        if isinstance(like, bool):
            return {"true": True, "false": False}.get(value)
        return type(like)(value)
    except ValueError:
        return None
