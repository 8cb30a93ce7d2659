"""Which models the first run shows and needs, out of all those on the shelf."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import Property, QObject, Signal, Slot

from voicemate.ui.facts import Fact, facts
from voicemate.ui.model_shelf import ModelShelf
from voicemate.ui.rows import Row, Rows

_KINDS = ("recogniser", "language", "voice")
_NEEDED = ("recogniser", "language")
"""A voice comes with the system: one to download is a nicer one."""


def shown(rows: Sequence[Row]) -> list[str]:
    """Give the ids to show: of each kind what is used, and what suits this machine better."""
    chosen: list[str] = []
    for kind in _KINDS:
        of_kind = [row for row in rows if row["kind"] == kind]
        there = sorted(
            (row for row in of_kind if row["installed"]),
            key=lambda row: (not row["in_use"], not row["recommended"]),
        )
        wanted = [row for row in of_kind if row["recommended"]]
        if not there and not wanted and kind in _NEEDED:
            wanted = of_kind
        chosen += dict.fromkeys(str(row["id"]) for row in (*there[:1], *wanted[:1]))
    return chosen


def missing(rows: Sequence[Row]) -> list[str]:
    """Give the ids without which there is no conversation, and that are not being fetched."""
    lacking = []
    for kind in _NEEDED:
        of_kind = [row for row in rows if row["kind"] == kind]
        if not any(row["installed"] or row["fetching"] for row in of_kind):
            suits = [row for row in of_kind if row["recommended"]] or of_kind
            lacking += [str(row["id"]) for row in suits[:1]]
    return lacking


def better(rows: Sequence[Row]) -> list[str]:
    """Give the ids that are here and suit this machine while another one is used."""
    return [
        str(row["id"])
        for row in rows
        if row["can_use"]
        and row["recommended"]
        and any(other["in_use"] for other in rows if other["kind"] == row["kind"])
    ]


class FirstModels(QObject):
    """`now` (facts: missing, fetching, part, how_far, problem), `ids`, `better`, and slots."""

    ids_changed = Signal()

    def __init__(self, shelf: ModelShelf, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._rows: Rows = shelf.rows  # type: ignore[assignment]  # mypy sees Qt's Property
        self._ids: list[str] = []
        self._better: list[str] = []
        self._now = facts(
            {"missing": False, "fetching": False, "part": 0.0, "how_far": "", "problem": ""}
        )
        self._rows.modelReset.connect(self._follow)
        self._rows.dataChanged.connect(self._follow)

    now = Property(QObject, lambda self: self._now, constant=True)
    ids = Property(list, lambda self: self._ids, notify=ids_changed)
    better = Property(list, lambda self: self._better, notify=ids_changed)

    @Slot()
    def get_missing(self) -> None:
        """Download all that is needed and not there."""
        for model_id in missing(self._all()):
            self._shelf.get(model_id)

    @Slot()
    def _follow(self) -> None:
        rows = self._all()
        ids, better_ones = shown(rows), better(rows)
        if (ids, better_ones) != (self._ids, self._better):
            self._ids, self._better = ids, better_ones
            self.ids_changed.emit()
        fetched = [row for row in rows if row["fetching"]]
        moving = next((row for row in fetched if row["part"]), None)
        problems = (str(row["problem"]) for row in rows if row["id"] in ids and row["problem"])
        self._now.set_all(
            {
                "missing": missing(rows) != [],
                "fetching": fetched != [],
                "part": moving["part"] if moving is not None else 0.0,
                "how_far": str((moving or fetched[0])["how_far"]) if fetched else "",
                "problem": next(problems, ""),
            }
        )

    def _all(self) -> list[Row]:
        names = {role: bytes(name).decode() for role, name in self._rows.roleNames().items()}
        return [
            {
                name: cast("Fact", self._rows.data(self._rows.index(n), role))
                for role, name in names.items()
            }
            for n in range(self._rows.rowCount())
        ]
