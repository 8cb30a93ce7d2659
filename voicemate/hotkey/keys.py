"""Names of keys and of key combinations: "F9", "Right Ctrl", "Ctrl+Space", "Ctrl+Alt+M".

A `Binding` is what a person chose, a `RawKey` is what a keyboard did. Both use the names of
`key_table`, whatever system they come from.

Which key is the default: **Right Ctrl** where the program sees the keyboard itself, **F9** where
the desktop has to bind it, and on macOS. Tried on X11 with another window in front, because no
backend here takes the key away from that window: a held F9 repeats there (ten key presses in the
first second, each of which may toggle a breakpoint or refresh a page), and a terminal is sent
`^[[20~`; Right Ctrl does not repeat, types nothing, moves no focus, and its chords (Right Ctrl + C)
still reach that window and are told apart. A desktop, on the other hand, binds no modifier alone
(portal, GNOME and KDE shortcuts), and a desktop that binds F9 takes it away from other windows, so
that its drawbacks are gone there. A Mac keyboard has no Right Ctrl.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from voicemate.errors import SettingsError
from voicemate.hotkey.key_table import KEYS, linux_code

Modifier = Literal["Ctrl", "Alt", "Shift", "Super"]
MODIFIERS: Final[tuple[Modifier, ...]] = get_args(Modifier)

TRIGGER: Final = "(the bound key)"
"""Name in a `RawKey` where the desktop compared the key with the binding itself."""

ESC: Final = "Esc"

_KIND: Final[dict[str, Modifier]] = {
    f"{side} {modifier}": modifier for side in ("Left", "Right") for modifier in MODIFIERS
}
MODIFIER_KEYS: Final = tuple(_KIND)

_SPELLINGS: Final = {
    "control": "Ctrl", "ctl": "Ctrl", "option": "Alt", "altgr": "Right Alt", "win": "Super",
    "windows": "Super", "meta": "Super", "cmd": "Super", "command": "Super", "escape": "Esc",
    "return": "Enter", "spacebar": "Space", "del": "Delete", "ins": "Insert", "pgup": "Page Up",
    "pgdn": "Page Down", "break": "Pause", "plus": "=", "minus": "-",
}  # fmt: skip
_XDG: Final[dict[Modifier, str]] = {
    "Ctrl": "CTRL", "Alt": "ALT", "Shift": "SHIFT", "Super": "LOGO",
}  # fmt: skip


# A key that writes something must not listen at every word: it needs Ctrl, Alt or Super.
_WRITING: Final = frozenset(
    {name for name in KEYS if len(name) == 1 or name.startswith("Keypad ")}
    | {"Space", "Tab", "Enter", "Backspace", "Delete", "Up", "Down", "Left", "Right"}
    | {f"Key {code}" for code in (89, 95, 117, 118, 121, 124)}  # of Japanese, Brazilian keyboards
)
_SHIFTS: Final = ("Left Shift", "Right Shift")


@dataclass(frozen=True, slots=True)
class RawKey:
    """A key went down (also: repeats) or up, `at` `time.monotonic()`."""

    name: str
    down: bool
    at: float


@dataclass(frozen=True, slots=True)
class Binding:
    """A key, and the modifiers that must be held with it. Prints as "Ctrl+Alt+M"."""

    key: str
    modifiers: frozenset[Modifier] = frozenset()

    def __str__(self) -> str:
        return "+".join([*(m for m in MODIFIERS if m in self.modifiers), self.key])

    @property
    def is_modifier(self) -> bool:
        """True for a modifier alone: with another key it is a chord that belongs to others."""
        return self.key in _KIND

    @property
    def keysym(self) -> str | None:
        """Name of the key as xkb has it, or None."""
        return KEYS[self.key].keysym if self.key in KEYS else None

    def xdg(self) -> str | None:
        """Write it as the portal's preferred trigger, "CTRL+space"; None where it cannot be.

        After https://specifications.freedesktop.org/shortcuts-spec/latest/.
        """
        if self.keysym is None:
            return None
        return "+".join([*(_XDG[m] for m in MODIFIERS if m in self.modifiers), self.keysym])


def modifier_of(name: str) -> Modifier | None:
    """Give "Ctrl" for "Left Ctrl", and None for what is no modifier."""
    return _KIND.get(name)


def parse_binding(text: str) -> Binding:
    """Read "Right Ctrl", "ctrl + space" and the like. Raises `SettingsError`."""
    *before, last = [part.strip() for part in text.split("+")]
    modifiers = [_known(part) for part in before]
    key = _known(last)
    if ESC in (key, *modifiers):
        raise SettingsError("Esc cannot be the key to talk.", "It throws away what is being said.")
    unfit = [m for m in modifiers if m not in MODIFIERS]
    if key in MODIFIERS or unfit or (key in _KIND and modifiers):
        raise SettingsError(
            f"{text!r} is not a key or a combination with one key.",
            'Write for example "F9", "Right Ctrl", "Pause" or "Ctrl+Space".',
        )
    if key in _SHIFTS:
        raise SettingsError(
            f"{key} is held for every capital letter, and each would interrupt the answer.",
            "Take a key such as Right Ctrl, F9 or Pause.",
        )
    if key in _WRITING and not {"Ctrl", "Alt", "Super"} & set(modifiers):
        raise SettingsError(
            f"{text} is a key that you write with: "
            "every program would be given it while you talk, and every use of it would talk.",
            f'Take it with Ctrl or Alt, as in "Ctrl+{key}", or take a key such as F9.',
        )
    return Binding(key, frozenset(m for m in MODIFIERS if m in modifiers))


def _known(text: str) -> str:
    plain = " ".join(text.replace("_", " ").split()).casefold()
    plain = _SPELLINGS.get(plain, plain).casefold()
    for name in (*KEYS, *MODIFIERS):
        if name.casefold() == plain:
            return name
    if linux_code(plain.capitalize()) is not None:
        return plain.capitalize()
    raise SettingsError(
        f"There is no key called {text!r}.",
        'Write for example "F9", "Right Ctrl", "Pause" or "Ctrl+Space".',
    )
