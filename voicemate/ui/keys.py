"""From the bytes of a terminal to keys: pure and incremental, whatever way the bytes are split.

Understands plain terminals and the kitty keyboard protocol
(https://sw.kovidgoyal.net/kitty/keyboard-protocol/), by which a terminal tells a key's press,
repeat and release apart. Nothing here reads or waits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Action = Literal["press", "repeat", "release"]

DISAMBIGUATE, EVENTS, ALTERNATES, ALL_KEYS, TEXT = 1, 2, 4, 8, 16
"""Flags of the kitty protocol."""

KITTY_FLAGS = DISAMBIGUATE | EVENTS | ALTERNATES | ALL_KEYS | TEXT
"""What is asked for. `TEXT` so that a keyboard layout or an input method has its say."""

_HOLD_FLAGS = EVENTS | ALL_KEYS | TEXT

MAX_PASTE_BYTES = 64 * 1024
_MAX_SEQUENCE_BYTES = 512

_ESC = 0x1B
_PASTE_END = b"\x1b[201~"
_CSI = re.compile(rb"\x1b\[([0-?]*)([ -/]*)([@-~])")
_CSI_BEGUN = re.compile(rb"\x1b\[[0-?]*[ -/]*")
_STRING_END = re.compile(rb"\x07|\x1b\\")

_LETTERS = {
    "A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end",
    "P": "f1", "Q": "f2", "R": "f3", "S": "f4",
}  # fmt: skip
_NUMBERS = {
    1: "home", 2: "insert", 3: "delete", 4: "end", 5: "pageup", 6: "pagedown", 7: "home",
    8: "end", 11: "f1", 12: "f2", 13: "f3", 14: "f4", 15: "f5",
}  # fmt: skip
_CODES = {
    9: "tab", 13: "enter", 27: "escape", 32: "space", 127: "backspace", 57414: "enter",
    57417: "left", 57418: "right", 57419: "up", 57420: "down", 57421: "pageup",
    57422: "pagedown", 57423: "home", 57424: "end", 57425: "insert", 57426: "delete",
}  # fmt: skip
_PRIVATE_USE = range(0xE000, 0xF900)
_ALT_LIKE = 2 | 8 | 16 | 32
_CTRL = 4


@dataclass(frozen=True, slots=True)
class Key:
    """A key as far as the terminal tells.

    `name` is "text" for what types something (then `text` has it), "space", "paste" (`text`),
    "enter", "escape", "backspace", "left" …, "ctrl+c", "alt+x", "focus-in" or "focus-out". A
    release has neither modifiers nor text: it belongs to the key, whatever else was held.
    """

    name: str
    action: Action = "press"
    text: str = ""


@dataclass(frozen=True, slots=True)
class KittyReply:
    """The terminal knows the kitty protocol, and has these flags on."""

    flags: int

    @property
    def tells_releases(self) -> bool:
        """True when the space bar's release is reported, and typed text still arrives whole."""
        return self.flags & _HOLD_FLAGS == _HOLD_FLAGS


Input = Key | KittyReply


class Decoder:
    """Turns bytes into keys. Feed it what comes; `flush` it when an Esc has stood alone."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._paste: bytearray | None = None

    @property
    def undecided(self) -> bool:
        """True while an Esc has come that may be a key or the beginning of a sequence."""
        return self._paste is None and self._buffer[:1] == b"\x1b"

    def feed(self, data: bytes) -> list[Input]:
        """Give the keys that are complete with these bytes."""
        self._buffer += data
        keys: list[Input] = []
        while self._buffer:
            before = len(self._buffer)
            key = self._next() if self._paste is None else self._pasted(self._paste)
            if key is not None:
                keys.append(key)
            if len(self._buffer) == before:
                break
        return keys

    def flush(self) -> list[Input]:
        """Take a lone Esc for the key; an unfinished sequence is dropped."""
        if not self.undecided:
            return []
        alone = len(self._buffer) == 1
        self._buffer.clear()
        return [Key("escape")] if alone else []

    def _next(self) -> Input | None:
        first = self._buffer[0]
        if first == _ESC:
            return self._sequence()
        if first < 0x20 or first == 0x7F:
            self._drop(1)
            return _control(first)
        character = self._character(0)
        if character is None:
            return None
        return Key("space", text=" ") if character == " " else _text(character)

    def _character(self, at: int) -> str | None:
        """Take one UTF-8 character; None where it is unfinished or none."""
        lead = self._buffer[at]
        size = 1 if lead < 0xC0 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
        part = bytes(self._buffer[at : at + size])
        # A byte that cannot go on tells at once that the character is broken.
        sound = next((i for i, byte in enumerate(part) if i and byte & 0xC0 != 0x80), len(part))
        if sound == len(part) < size:
            return None
        self._drop(at + sound)
        try:
            return part[:sound].decode()
        except UnicodeDecodeError:
            return ""

    def _sequence(self) -> Input | None:
        if len(self._buffer) == 1:
            return None
        second = chr(self._buffer[1])
        if second == "\x1b":
            self._drop(1)
            return Key("escape")
        if second == "[":
            return self._csi()
        if second == "O":
            if len(self._buffer) < 3:
                return None
            name = _LETTERS.get(chr(self._buffer[2]))
            self._drop(3)
            return Key(name) if name else None
        if second in "]P_^X":
            self._skip_string()
            return None
        if not second.isprintable() or self._buffer[1] == 0x7F:
            self._drop(2)
            return None
        character = self._character(1)
        return Key(f"alt+{character.lower()}") if character else None

    def _skip_string(self) -> None:
        """Drop an answer of the terminal that nobody asked for, once it is whole."""
        end = _STRING_END.search(self._buffer, 0, _MAX_SEQUENCE_BYTES)
        if end:
            self._drop(end.end())
        elif len(self._buffer) >= _MAX_SEQUENCE_BYTES:
            self._drop(_MAX_SEQUENCE_BYTES)

    def _csi(self) -> Input | None:
        if self._buffer.startswith(b"\x1b[["):
            # The Linux console's function keys.
            if len(self._buffer) >= 4:
                number = self._buffer[3] - ord("A") + 1
                self._drop(4)
                return Key(f"f{number}") if 1 <= number <= 5 else None
            return None
        found = _CSI.match(self._buffer, 0, _MAX_SEQUENCE_BYTES)
        if found is None:
            begun = _CSI_BEGUN.match(self._buffer, 0, _MAX_SEQUENCE_BYTES)
            size = begun.end() if begun else 0
            if size < len(self._buffer) or size >= _MAX_SEQUENCE_BYTES:
                self._drop(size)
            return None
        parameters, final = found[1].decode(), found[3].decode()
        self._drop(found.end())
        if final == "~" and parameters == "200":
            self._paste = bytearray()
            return None
        return _csi_key(parameters, final)

    def _pasted(self, paste: bytearray) -> Key | None:
        end = self._buffer.find(_PASTE_END)
        # The last bytes may be the beginning of the end mark.
        size = end if end >= 0 else max(len(self._buffer) - len(_PASTE_END) + 1, 0)
        paste += self._buffer[: min(size, MAX_PASTE_BYTES - len(paste))]
        self._drop(size)
        if end < 0:
            return None
        self._drop(len(_PASTE_END))
        self._paste = None
        text = paste.decode(errors="ignore")
        return Key("paste", text=text)

    def _drop(self, size: int) -> None:
        del self._buffer[:size]


class SpaceBar:
    """The space bar of a terminal that tells presses only: each tap counts, repeats do not.

    A key that is held down repeats after 0.2 to 0.7 s, then about every 30 ms; it looks like
    quick taps. Without this a person who holds it would switch the microphone on and off.
    """

    REPEAT_DELAY_S = 0.7
    REPEAT_S = 0.15

    def __init__(self) -> None:
        self._seen_at = float("-inf")
        self._counted_at = float("-inf")

    def tapped(self, now: float, *, listening: bool) -> bool:
        """Tell whether this space, at `now` seconds, is a tap and not a repeat.

        `listening`: it would end a take, which nobody does right after beginning it.
        """
        repeats = now - self._seen_at < self.REPEAT_S
        too_early = listening and now - self._counted_at < self.REPEAT_DELAY_S
        self._seen_at = now
        if repeats or too_early:
            return False
        self._counted_at = now
        return True


def _control(byte: int) -> Key:
    match byte:
        case 0x0D | 0x0A:
            return Key("enter")
        case 0x09:
            return Key("tab")
        case 0x7F | 0x08:
            return Key("backspace")
        case 0x00:
            return Key("ctrl+space")
    return Key(f"ctrl+{chr(byte + 0x40).lower()}")


def _text(text: str) -> Key | None:
    return Key("text", text=text) if text and text.isprintable() else None


def _csi_key(parameters: str, final: str) -> Input | None:
    if final == "u" and parameters.startswith("?"):
        return KittyReply(_number(parameters[1:], 0))
    if parameters[:1] in ("?", "<", "=", ">"):
        return None
    fields = [part.split(":") for part in parameters.split(";")] + [[""], [""]]
    code, modified, texts = fields[0], fields[1], fields[2]
    bits = max(_number(modified[0], 1) - 1, 0)
    action = _action(modified[1:2])
    if final == "u":
        return _kitty_key(code, bits, action, texts)
    if final in "IO" and not parameters:
        return Key("focus-in" if final == "I" else "focus-out")
    name = _NUMBERS.get(_number(code[0], 0)) if final == "~" else _LETTERS.get(final)
    return Key(_modified(name, bits, action), action) if name else None


def _kitty_key(code: list[str], bits: int, action: Action, texts: list[str]) -> Key | None:
    number = _number(code[0], 0)
    text = "".join(map(_chr, texts)) if action != "release" else ""
    text = text if text.isprintable() else ""
    name = _CODES.get(number)
    if name is not None:
        return Key(_modified(name, bits, action), action, text if name == "space" else "")
    if text and not bits & _CTRL:
        return Key("text", action, text)
    # On a Cyrillic layout, say, Ctrl and the key where C is on a Latin one are Ctrl+C.
    latin = _number(code[2], number) if len(code) > 2 and number > 0x7F else number
    letter = _chr(str(latin))
    if not letter.isprintable() or not letter or latin in _PRIVATE_USE:
        return None
    if bits & (_CTRL | _ALT_LIKE) or action == "release":
        return Key(_modified(letter, bits, action), action)
    return Key("text", action, _chr(code[1]) if len(code) > 1 and code[1] else letter)


def _modified(name: str, bits: int, action: Action) -> str:
    if action == "release":
        return name
    if bits & _CTRL:
        return f"ctrl+{name}"
    return f"alt+{name}" if bits & _ALT_LIKE else name


def _action(field: list[str]) -> Action:
    match field:
        case ["2"]:
            return "repeat"
        case ["3"]:
            return "release"
    return "press"


def _number(digits: str, default: int) -> int:
    return int(digits) if digits.isdecimal() and len(digits) < 8 else default


def _chr(digits: str) -> str:
    number = _number(digits, 0)
    return chr(number) if 0 < number < 0x110000 else ""
