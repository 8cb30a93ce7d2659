"""The conversation so far, as a list that a view of Qt can show."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from voicemate.ui.shown import line, said_and_rest
from voicemate.ui.turns import Finished

_ROLES = ("turn", "at", "heard", "said", "rest", "outcome", "trouble")
_FIRST_ROLE = int(Qt.ItemDataRole.UserRole) + 1

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class _Row:
    turn: int
    at: str
    heard: str
    said: str
    rest: str
    outcome: str
    trouble: str


class History(QAbstractListModel):
    """The turns in which something was said, oldest first; on the window's thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []

    def add(self, turn: Finished) -> None:
        """Put a finished turn at the end; one in which nothing was said is left out."""
        record = turn.record
        said, rest = said_and_rest(turn)
        heard = line(record.heard)
        if not heard:
            return
        failure = turn.state.failure
        row = _Row(
            turn=record.turn,
            at=time.strftime("%H:%M", time.localtime(record.at)),
            heard=heard,
            said=said,
            rest=rest,
            outcome=record.outcome,
            trouble=line(failure.message) if failure else "",
        )
        end = len(self._rows)
        self.beginInsertRows(QModelIndex(), end, end)
        self._rows.append(row)
        self.endInsertRows()

    def said(self, turn: int) -> str:
        """Give what was answered in a turn; empty where there is none."""
        return next((row.said for row in reversed(self._rows) if row.turn == turn), "")

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
