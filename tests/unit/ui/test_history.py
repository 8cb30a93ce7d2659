"""The drawer's list: days, what was said before the start, what is left out."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

pytest.importorskip("PySide6", reason="the window needs PySide6")

from PySide6.QtCore import QModelIndex

from voicemate.types import TurnId, TurnRecord
from voicemate.ui import words
from voicemate.ui.history import History
from voicemate.ui.state import State
from voicemate.ui.turns import Finished

NOON = time.mktime((2026, 11, 20, 12, 0, 0, 0, 0, -1))
DAY_S = 86_400


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    words.set_language("en")


def turn(number: int, heard: str = "hello", **more: object) -> TurnRecord:
    facts: dict[str, object] = {"at": NOON, "reply": "Hi.", "said": "Hi.", "outcome": "answered"}
    return TurnRecord(TurnId(number), heard=heard, **(facts | more))  # type: ignore[arg-type]


def column(history: History, name: str) -> list[object]:
    roles = {bytes(known).decode(): role for role, known in history.roleNames().items()}
    return [history.data(history.index(n, 0), roles[name]) for n in range(history.rowCount())]


def test_each_turn_has_its_day_and_its_time() -> None:
    history = History()
    history.put_past([turn(1, at=NOON - DAY_S), turn(2)])
    assert column(history, "day") == ["2026-11-19", "2026-11-20"]
    assert column(history, "at") == ["12:00", "12:00"]


def test_a_day_is_written_as_the_language_writes_it() -> None:
    history = History()
    assert history.date_words("2026-11-20") == "Friday, November 20, 2026"
    words.set_language("ko")
    assert history.date_words("2026-11-20") == "2026년 11월 20일 금요일"


def test_what_was_said_before_is_put_above_once() -> None:
    history = History()
    history.add(Finished(State(), turn(1, "now"), 0.0))
    history.put_past([turn(1, "long ago"), turn(2, "before")])
    history.put_past([turn(2, "before")])
    assert column(history, "heard") == ["before", "now"]
    history.put_past([])
    assert column(history, "heard") == ["now"]


def test_a_view_is_told_where_rows_come_and_go() -> None:
    told: list[tuple[str, int, int]] = []
    history = History()
    history.rowsInserted.connect(lambda _, first, last: told.append(("in", first, last)))
    history.rowsRemoved.connect(lambda _, first, last: told.append(("out", first, last)))
    history.modelReset.connect(lambda: told.append(("reset", 0, 0)))
    history.add(Finished(State(), turn(1), 0.0))
    history.put_past([turn(1), turn(2)])
    history.put_past([turn(2)])
    history.clear()
    assert told == [
        ("in", 0, 0),
        ("in", 0, 1),
        ("out", 0, 1),
        ("in", 0, 0),
        ("reset", 0, 0),
    ]
    assert history.rowCount(QModelIndex()) == 0


def test_what_was_recited_is_no_part_of_the_conversation() -> None:
    history = History()
    history.add(Finished(State(), turn(1, origin="recited"), 0.0))
    assert history.rowCount() == 0


def test_hostile_text_of_the_past_is_shown_as_text() -> None:
    history = History()
    history.put_past([turn(1, "a\x1b[31m\u202eb", said="c\x07d", reply="c\x07d")])
    assert column(history, "heard") == ["ab"]
    assert column(history, "said") == ["cd"]
