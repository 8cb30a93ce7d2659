"""Text on a grid of cells: what may be shown, how wide it is, where a line is broken."""

from __future__ import annotations

from rich.cells import cell_len

from voicemate.conversation.spoken_text import strip_unsafe

ELLIPSIS = "…"


def printable(text: str) -> str:
    """Give the text on one line, without anything that a terminal would obey or hide."""
    return " ".join(strip_unsafe(text).splitlines()).replace("\t", " ")


def columns(text: str) -> int:
    """Count the cells that a text takes; a Korean syllable takes two."""
    return cell_len(text)


def fitting(text: str, start: int, width: int) -> int:
    """Give the largest `end` for which text[start:end] fits, at least one character on."""
    end, used = start, 0
    while end < len(text):
        used += cell_len(text[end])
        if used > width and end > start:
            break
        end += 1
    return end


def shortened(text: str, width: int) -> str:
    """Give the text, cut with an ellipsis where it does not fit."""
    if columns(text) <= width:
        return text
    if width < 1:
        return ""
    return text[: fitting(text, 0, width - 1)].rstrip() + ELLIPSIS if width > 1 else ELLIPSIS


def wrapped(text: str, width: int) -> list[tuple[int, int]]:
    """Give [start, end) of each line of the text, broken at spaces where there are any."""
    lines = []
    start = 0
    while start < len(text):
        end = fitting(text, start, width)
        space = text.rfind(" ", start + 1, end + 1) if end < len(text) else -1
        if space > start:
            lines.append((start, space))
            start = space + 1
        else:
            lines.append((start, end))
            start = end
    return lines or [(0, 0)]
