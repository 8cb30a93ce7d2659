"""The conversation so far, as a list that a view of Qt can show."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import (
    QAbstractListModel,
    QDate,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Slot,
)

from voicemate.types import Thumb, TurnId, TurnRecord
from voicemate.ui import words
from voicemate.ui.shown import line, said_and_rest
from voicemate.ui.turns import Finished

_ROLES = (
    "turn",
    "day",
    "at",
    "heard",
    "said",
    "rest",
    "outcome",
    "trouble",
    "rateable",
    "thumb",
)
_FIRST_ROLE = int(Qt.ItemDataRole.UserRole) + 1

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class _Row:
    """A turn; `turn` is 0 for one of before the start, `day` is local, in ISO 8601."""

    turn: int
    day: str
    at: str
    heard: str
    said: str
    rest: str
    outcome: str
    trouble: str = ""
    rateable: bool = False
    thumb: Thumb = 0


class History(QAbstractListModel):
    """The turns in which something was said, oldest first; on the window's thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []

    def put_past(self, records: Sequence[TurnRecord]) -> None:
        """Put what was said before the start above everything, in place of what was put before."""
        n_before = sum(row.turn == 0 for row in self._rows)
        if n_before:
            self.beginRemoveRows(QModelIndex(), 0, n_before - 1)
            del self._rows[:n_before]
            self.endRemoveRows()
        past = [row for record in records if (row := _past(record)).heard]
        if past:
            self.beginInsertRows(QModelIndex(), 0, len(past) - 1)
            self._rows[:0] = past
            self.endInsertRows()

    def add(self, turn: Finished) -> None:
        """Put a finished turn at the end.

        One in which nothing was heard is left out, and so is a text that was only recited.
        """
        record = turn.record
        heard = line(record.heard)
        if not heard or record.origin == "recited":
            return
        said, rest = said_and_rest(turn)
        failure = turn.state.failure
        row = replace(
            _past(record),
            turn=record.turn,
            said=said,
            rest=rest,
            trouble=line(failure.message) if failure else "",
            rateable=bool(said),
        )
        end = len(self._rows)
        self.beginInsertRows(QModelIndex(), end, end)
        self._rows.append(row)
        self.endInsertRows()

    def set_thumb(self, turn: TurnId, thumb: Thumb) -> None:
        """Show what the person thinks of an answer of this session."""
        for n, row in enumerate(self._rows):
            if row.turn == turn:
                self._rows[n] = replace(row, thumb=thumb)
                self.dataChanged.emit(self.index(n), self.index(n))

    def clear(self) -> None:
        """Show nothing any more."""
        self.beginResetModel()
        self._rows.clear()
        self.endResetModel()

    def said(self, row: int) -> str:
        """Give what was answered in a row; empty where there is none."""
        return self._rows[row].said if 0 <= row < len(self._rows) else ""

    @Slot(str, result=str)
    def date_words(self, day: str) -> str:
        """Give a day ("2026-11-20") as the person's language writes it."""
        date = QDate.fromString(day, Qt.DateFormat.ISODate)
        return QLocale(words.language()).toString(date, QLocale.FormatType.LongFormat)

    def rowCount(self, parent: _Index | None = None) -> int:  # noqa: N802  (Qt's name)
        """Count the turns."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = _FIRST_ROLE) -> object:
        """Give one fact of a turn."""
        name = _ROLES[role - _FIRST_ROLE] if 0 <= role - _FIRST_ROLE < len(_ROLES) else ""
        if not index.isValid() or not name:
            return None
        return getattr(self._rows[index.row()], name)

    def roleNames(self) -> dict[int, bytes]:  # type: ignore[override]  # noqa: N802
        """Name the facts of a turn for QML."""
        return {_FIRST_ROLE + n: name.encode() for n, name in enumerate(_ROLES)}


def _past(record: TurnRecord) -> _Row:
    """Give the row of a turn of which there is the record only."""
    cut = record.outcome == "interrupted" and record.reply.strip().startswith(record.said)
    then = time.localtime(record.at)
    return _Row(
        turn=0,
        day=time.strftime("%Y-%m-%d", then),
        at=time.strftime("%H:%M", then),
        heard=line(record.heard),
        said=line(record.said),
        rest=line(record.reply.strip()[len(record.said) :]) if cut else "",
        outcome=record.outcome,
    )
