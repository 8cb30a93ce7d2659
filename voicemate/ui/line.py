"""The line that is being typed, and the cursor in it."""

from __future__ import annotations

from voicemate.ui.text import columns, fitting, printable

MAX_CHARACTERS = 4000
"""What is typed or pasted beyond is left out: no model of ours could read it."""


class Line:
    """An editable line. The cursor stands between characters, never inside a composed one."""

    def __init__(self) -> None:
        self.text = ""
        self.cursor = 0

    def insert(self, text: str) -> None:
        """Put text at the cursor; line breaks become spaces."""
        text = printable(text)[: MAX_CHARACTERS - len(self.text)]
        self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
        self.cursor += len(text)

    def backspace(self) -> None:
        """Delete the character before the cursor."""
        self._delete(self._before(self.cursor), self.cursor)

    def delete(self) -> None:
        """Delete the character behind the cursor."""
        self._delete(self.cursor, self._behind(self.cursor))

    def delete_word(self) -> None:
        """Delete the word before the cursor, with the spaces behind it."""
        start = len(self.text[: self.cursor].rstrip())
        while start > 0 and not self.text[start - 1].isspace():
            start -= 1
        self._delete(start, self.cursor)

    def delete_to_start(self) -> None:
        """Delete all that stands before the cursor."""
        self._delete(0, self.cursor)

    def left(self) -> None:
        """Go one character to the left."""
        self.cursor = self._before(self.cursor)

    def right(self) -> None:
        """Go one character to the right."""
        self.cursor = self._behind(self.cursor)

    def home(self) -> None:
        """Go to the beginning."""
        self.cursor = 0

    def end(self) -> None:
        """Go to the end."""
        self.cursor = len(self.text)

    def take(self) -> str:
        """Give the line, and begin a new one."""
        text, self.text, self.cursor = self.text, "", 0
        return text

    def window(self, width: int) -> tuple[str, int]:
        """Give the part around the cursor that fits into `width` cells, and the cursor's cell."""
        start = 0
        while columns(self.text[start : self.cursor]) >= width and start < self.cursor:
            start = self._behind(start)
        end = fitting(self.text, start, width) if start < len(self.text) else start
        return self.text[start:end], columns(self.text[start : self.cursor])

    def _delete(self, start: int, end: int) -> None:
        self.text = self.text[:start] + self.text[end:]
        self.cursor = start

    def _before(self, at: int) -> int:
        at = max(at - 1, 0)
        while at > 0 and columns(self.text[at]) == 0:
            at -= 1
        return at

    def _behind(self, at: int) -> int:
        at = min(at + 1, len(self.text))
        while at < len(self.text) and columns(self.text[at]) == 0:
            at += 1
        return at
