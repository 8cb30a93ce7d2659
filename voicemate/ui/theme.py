"""The window's colours, light and dark, as data: no Qt here, so that contrast can be tested."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

ThemeName = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by what they are for, "#rrggbb".

    Everything in `texts()` is read on its ground and has a contrast of at least 4.5 to 1. The
    state colours fill the face; `feature` (eyes, mouth) is drawn on each of them.
    """

    dark: bool
    ground: str
    surface: str
    raised: str
    line: str
    text: str
    soft: str
    faint: str
    accent: str
    accent_pressed: str
    on_accent: str
    focus: str
    now: str
    good: str
    trouble: str
    trouble_ground: str
    feature: str
    on_feature: str
    idle: str
    listening: str
    thinking: str
    speaking: str
    muted: str
    in_trouble: str
    loading: str
    sign_idle: str
    sign_listening: str
    sign_thinking: str
    sign_speaking: str
    sign_muted: str
    sign_trouble: str
    sign_loading: str

    def as_dict(self) -> dict[str, str | bool]:
        """Give every colour by its name."""
        return asdict(self)

    def texts(self) -> list[tuple[str, str]]:
        """Give the pairs of colours, of text and of the ground it stands on."""
        on_ground = (self.text, self.soft, self.faint, self.now, self.trouble, self.good)
        signs = (
            self.sign_idle,
            self.sign_listening,
            self.sign_thinking,
            self.sign_speaking,
            self.sign_muted,
            self.sign_trouble,
            self.sign_loading,
        )
        return [
            *((colour, ground) for colour in on_ground for ground in (self.ground, self.surface)),
            *((colour, self.raised) for colour in (self.text, self.soft, self.good)),
            *((sign, self.ground) for sign in signs),
            (self.on_accent, self.accent),
            (self.on_accent, self.accent_pressed),
            (self.text, self.trouble_ground),
            (self.soft, self.trouble_ground),
            (self.on_feature, self.feature),
            *((self.feature, face) for face in self.faces()),
        ]

    def faces(self) -> tuple[str, ...]:
        """Give the colours that the face can have."""
        return (
            self.idle,
            self.listening,
            self.thinking,
            self.speaking,
            self.muted,
            self.in_trouble,
            self.loading,
        )


LIGHT = Palette(
    dark=False,
    ground="#faf6f0",
    surface="#ffffff",
    raised="#f1eae0",
    line="#e2d8cb",
    text="#2a2420",
    soft="#5d544c",
    faint="#6f655b",
    accent="#b2452c",
    accent_pressed="#8f3420",
    on_accent="#ffffff",
    focus="#1f5fae",
    now="#a33a22",
    good="#2c6b45",
    trouble="#9c2f1c",
    trouble_ground="#fbe6df",
    feature="#33241c",
    on_feature="#fff6ec",
    idle="#f4c08a",
    listening="#7cc9c0",
    thinking="#c0aeec",
    speaking="#f59f80",
    muted="#d3cbc2",
    in_trouble="#f2cc57",
    loading="#e3d3bc",
    sign_idle="#8a5416",
    sign_listening="#12695f",
    sign_thinking="#6148ad",
    sign_speaking="#a33a22",
    sign_muted="#5d544c",
    sign_trouble="#7d5a00",
    sign_loading="#6f5c40",
)

DARK = Palette(
    dark=True,
    ground="#1a1715",
    surface="#24201d",
    raised="#302b27",
    line="#3d3732",
    text="#f4ede5",
    soft="#c2b6aa",
    faint="#a89c90",
    accent="#f0977a",
    accent_pressed="#d97b5d",
    on_accent="#2a120a",
    focus="#8fc1ff",
    now="#ffb59b",
    good="#8fd3a8",
    trouble="#ff9e87",
    trouble_ground="#47251d",
    feature="#2a1d16",
    on_feature="#fff6ec",
    idle="#eab37c",
    listening="#6fbfb6",
    thinking="#b3a0e4",
    speaking="#ee9373",
    muted="#a39b93",
    in_trouble="#e8bf47",
    loading="#cbb99f",
    sign_idle="#f0bd88",
    sign_listening="#7fd3c9",
    sign_thinking="#c8b8f4",
    sign_speaking="#ffad91",
    sign_muted="#c2b6aa",
    sign_trouble="#f2cc57",
    sign_loading="#d8c7ad",
)


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance of sRGB)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    if channel <= 0.04045:
        return channel / 12.92
    return float(((channel + 0.055) / 1.055) ** 2.4)
