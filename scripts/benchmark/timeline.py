"""The picture of docs/benchmarks.md: a median turn's time line, drawn by hand as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

WIDTH, LEFT, RIGHT = 860, 190, 90
ROW, BAR, TOP = 44, 22, 78

STEPS = (
    ("final_transcript", "final transcript", "#4e79a7"),
    ("first_piece", "first token", "#f28e2b"),
    ("written", "last token (plain way)", "#e9c46a"),
    ("rendered", "rendered (plain way)", "#b07aa1"),
    ("sound", "first sound at the speaker", "#59a14f"),
)

Lines = Mapping[str, Mapping[str, float]]


def svg(lines: Lines) -> str:
    """Draw one bar a line; `lines` are moments in ms after the key's release, by their names."""
    most = max((moments["sound"] for moments in lines.values()), default=1000.0)
    step = _step(most)
    end = math.ceil(most / step) * step
    height = TOP + ROW * len(lines) + 40
    scale = (WIDTH - LEFT - RIGHT) / end
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{WIDTH / 2}" y="22" text-anchor="middle" font-size="15" fill="#222222">'
        "A median turn after the key’s release</text>",
        *_legend(),
    ]
    bottom = TOP + ROW * len(lines)
    for tick in range(0, int(end) + 1, int(step)):
        x = LEFT + tick * scale
        parts.append(
            f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{bottom}" stroke="#dddddd"/>'
            f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle" fill="#555555">{tick}'
            f"{' ms' if tick == 0 else ''}</text>"
        )
    for index, (name, moments) in enumerate(lines.items()):
        parts += _bar(name, moments, TOP + index * ROW, scale)
    return "\n".join([*parts, "</svg>", ""])


def _bar(name: str, moments: Mapping[str, float], y: float, scale: float) -> list[str]:
    parts = [
        f'<text x="{LEFT - 10}" y="{y + 16}" text-anchor="end" fill="#222222">{escape(name)}</text>'
    ]
    begin = 0.0
    for key, _, colour in STEPS:
        # A draft's first token may be there before the transcript is final.
        moment = max(moments.get(key, begin), begin)
        if moment > begin:
            parts.append(
                f'<rect x="{LEFT + begin * scale:.1f}" y="{y}" height="{BAR}" fill="{colour}" '
                f'width="{(moment - begin) * scale:.1f}"/>'
            )
        begin = moment
    parts.append(
        f'<text x="{LEFT + begin * scale + 8:.1f}" y="{y + 16}" font-weight="bold" '
        f'fill="#222222">{moments["sound"]:.0f} ms</text>'
    )
    return parts


def _legend() -> list[str]:
    parts: list[str] = []
    x = 20.0
    for _, label, colour in STEPS:
        parts.append(
            f'<rect x="{x:.0f}" y="40" width="11" height="11" fill="{colour}"/>'
            f'<text x="{x + 15:.0f}" y="50" font-size="11" fill="#333333">{escape(label)}</text>'
        )
        x += 28 + len(label) * 6
    return parts


def _step(most: float) -> int:
    """Give a round distance of the ticks, so that there are about six."""
    for step in (50, 100, 200, 250, 500, 1000, 2000, 2500, 5000):
        if most / step <= 7:
            return step
    return 10_000
