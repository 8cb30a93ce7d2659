"""The bottom of a terminal, drawn again in place, below lines that scroll as usual.

Rows are spans of text with a style. Nothing but the styles here makes escape sequences: what goes
into a span has been through `printable`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from voicemate.ui.text import columns, wrapped

Style = Literal[
    "", "dim", "strong", "now", "you", "mate", "listening", "thinking", "speaking", "trouble"
]

_LOOKS: dict[Style, tuple[str, str]] = {
    "": ("", ""),
    "dim": ("2", ""),
    "strong": ("1", ""),
    "now": ("1;4", ""),
    "you": ("1", "36"),
    "mate": ("1", "35"),
    "listening": ("1", "36"),
    "thinking": ("1", "33"),
    "speaking": ("1", "35"),
    "trouble": ("1", "31"),
}
"""Attributes, and a colour that only ever says again what a word or sign says."""

Span = tuple[str, Style]
Row = Sequence[Span]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands at the bottom: rows that fit the width, and the cursor's row and cell."""

    rows: tuple[Row, ...] = ()
    cursor: tuple[int, int] = (0, 0)


class Screen:
    """Draws frames by writing as little as it can."""

    def __init__(self, write: Callable[[str], None], environment: Mapping[str, str]) -> None:
        """Take what puts text on the terminal; NO_COLOR in the environment is obeyed."""
        self._write = write
        self._colours = not environment.get("NO_COLOR")
        self._shown = Frame()

    def draw(self, frame: Frame, width: int, lines: Sequence[Row] = ()) -> None:
        """Show the frame; `lines` go above it for good, and scroll with everything before."""
        if frame == self._shown and not lines:
            return
        self._write(
            # ?2026 has terminals that know it show all of it at once.
            "\x1b[?2026h\x1b[?25l"
            + self._erased(width)
            + "".join(self._styled(line) + "\r\n" for line in lines)
            + "\r\n".join(map(self._styled, frame.rows))
            + _moved(frame)
            + "\x1b[?25h\x1b[?2026l"
        )
        self._shown = frame

    def clear(self, width: int, lines: Sequence[Row] = ()) -> None:
        """Take the frame away; `lines` stay in its place."""
        self._write(self._erased(width) + "".join(self._styled(line) + "\r\n" for line in lines))
        self._shown = Frame()

    def forget(self) -> None:
        """Whatever stands there belongs to someone else now: draw below it."""
        self._shown = Frame()

    def _erased(self, width: int) -> str:
        """Go to the frame's first row and clear from there.

        A terminal that has become narrower has broken the rows anew, so they may be more.
        """
        row, cell = self._shown.cursor
        above = sum(max(-(-_width(r) // width), 1) for r in self._shown.rows[:row])
        above += cell // width
        return "\r" + (f"\x1b[{above}A" if above else "") + "\x1b[J"

    def _styled(self, row: Row) -> str:
        return "".join(self._span(text, style) for text, style in row)

    def _span(self, text: str, style: Style) -> str:
        attributes, colour = _LOOKS[style]
        codes = ";".join(filter(None, (attributes, colour if self._colours else "")))
        return f"\x1b[{codes}m{text}\x1b[0m" if codes and text else text


def folded(spans: Row, width: int) -> list[Row]:
    """Break spans into rows of at most `width` cells."""
    text = "".join(part for part, _ in spans)
    return [_between(spans, start, end) for start, end in wrapped(text, width)]


def _between(spans: Row, start: int, end: int) -> Row:
    row: list[Span] = []
    at = 0
    for text, style in spans:
        part = text[max(start - at, 0) : max(end - at, 0)]
        if part:
            row.append((part, style))
        at += len(text)
    return tuple(row)


def _width(row: Row) -> int:
    return sum(columns(text) for text, _ in row)


def _moved(frame: Frame) -> str:
    row, cell = frame.cursor
    up = len(frame.rows) - 1 - row
    return (f"\x1b[{up}A" if up > 0 else "") + f"\x1b[{cell + 1}G"
