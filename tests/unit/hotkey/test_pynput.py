"""What pynput hands over on Windows and macOS, as its source has it; neither runs here."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from voicemate.hotkey import pynput_keys
from voicemate.hotkey.key_table import BY_MACOS_CODE, BY_WINDOWS_CODE
from voicemate.hotkey.pynput_keys import PynputKeys


def key(code: int, *, media: bool | None = None) -> SimpleNamespace:
    """Give what a pynput `Key` looks like."""
    return SimpleNamespace(value=SimpleNamespace(vk=code, _is_media=media))


@pytest.mark.parametrize(
    ("pressed", "name"),
    [
        (key(0x65), "F9"),
        (key(0x3E), "Right Ctrl"),
        (SimpleNamespace(vk=0x00, char="a"), "A"),
        (key(16, media=True), "Play"),
        (key(7, media=True), "Mute"),
        (key(0, media=True), None),  # the volume, which has the number of the letter A
        (None, None),
    ],
)
def test_a_key_of_macos_is_known_by_its_code(pressed: object, name: str | None) -> None:
    assert pynput_keys._name(pressed, BY_MACOS_CODE) == name


@pytest.mark.parametrize("code", [0xA3, 0x19])
def test_right_ctrl_of_a_korean_keyboard_is_asked_for_under_both_its_codes(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    assert pynput_keys._name(key(code), BY_WINDOWS_CODE) == "Right Ctrl"
    keys = PynputKeys()
    monkeypatch.setattr(keys, "_names", BY_WINDOWS_CODE)
    monkeypatch.setattr(pynput_keys, "_is_code_down", lambda asked: asked == code)
    assert keys.is_down("Right Ctrl") is True
    monkeypatch.setattr(pynput_keys, "_is_code_down", lambda _asked: False)
    assert keys.is_down("Right Ctrl") is False
    monkeypatch.setattr(pynput_keys, "_is_code_down", lambda _asked: None)
    assert keys.is_down("Right Ctrl") is None
