"""A list that a view of Qt can show: rows of named facts, each found again by its "id"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Row = Mapping[str, str | bool | int | float]

_FIRST_ROLE = int(Qt.ItemDataRole.UserRole) + 1

_Index = QModelIndex | QPersistentModelIndex


class Rows(QAbstractListModel):
    """Rows that all have the same names; "id" tells them apart. On the window's thread.

    A row that changes keeps its place in the view, and with it the keyboard's focus.
    """

    def __init__(self, names: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names = tuple(names)
        self._rows: list[Row] = []

    def put(self, rows: Sequence[Row]) -> None:
        """Show these rows from now on."""
        if [row["id"] for row in rows] != [row["id"] for row in self._rows]:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()
            return
        for n, (before, now) in enumerate(zip(self._rows, rows, strict=True)):
            roles = [
                _FIRST_ROLE + role
                for role, name in enumerate(self._names)
                if before[name] != now[name]
            ]
            if roles:
                self._rows[n] = now
                self.dataChanged.emit(self.index(n), self.index(n), roles)

    def rowCount(self, parent: _Index | None = None) -> int:  # noqa: N802  (Qt's name)
        """Count the rows."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = _FIRST_ROLE) -> object:
        """Give one fact of a row."""
        at = role - _FIRST_ROLE
        if not index.isValid() or not 0 <= at < len(self._names):
            return None
        return self._rows[index.row()][self._names[at]]

    def roleNames(self) -> dict[int, bytes]:  # type: ignore[override]  # noqa: N802
        """Name the facts of a row for QML."""
        return {_FIRST_ROLE + n: name.encode() for n, name in enumerate(self._names)}
