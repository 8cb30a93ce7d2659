"""Which changes of the settings reach the running companion, and how."""

from __future__ import annotations

from typing import Any

import pytest

from voicemate.app import Session
from voicemate.audio.microphone import WarmMicrophone
from voicemate.conversation.companion import Companion
from voicemate.settings import Settings, changed


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what the companion is asked for."""
    told: list[str] = []

    def set_microphone(_companion: Companion, microphone: object) -> None:
        assert isinstance(microphone, WarmMicrophone)
        told.append("microphone")

    monkeypatch.setattr(Companion, "reload", lambda _companion: told.append("reload"))
    monkeypatch.setattr(Companion, "set_microphone", set_microphone)
    return told


@pytest.mark.parametrize(
    ("section", "values", "asked"),
    [
        ("companion", {"name": "Ada"}, ["reload"]),
        ("voice", {"rate": 1.3}, ["reload"]),
        ("model", {"temperature": 0.1}, ["reload"]),
        ("recogniser", {"min_confidence": 0.3}, ["reload"]),
        ("conversation", {"remember_turns": 3}, ["reload"]),
        ("audio", {"speaker": "Headphones"}, ["reload"]),
        ("audio", {"cues": False}, ["reload"]),
        ("audio", {"microphone": "Headset"}, ["microphone"]),
        ("audio", {"pre_roll_ms": 100}, ["microphone"]),
        ("key", {"key": "F9"}, []),
        ("window", {"theme": "dark"}, []),
    ],
)
def test_a_setting_touches_what_it_is_about_and_nothing_else(
    told: list[str], section: str, values: dict[str, Any], asked: list[str]
) -> None:
    session = Session(Settings(), lambda _event: None)
    wanted = changed(Settings(), section, values)
    session.apply(wanted)
    assert told == asked
    assert session.settings == wanted
    session.apply(wanted)
    assert told == asked, "the same again changes nothing"
