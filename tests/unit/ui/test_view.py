"""What stands at the bottom of the terminal, row by row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemate.events import Heard, Notice, Phase, PhaseChanged, ReplyGrew, Spoke, TurnEnded
from voicemate.types import SpokenWord, Transcript, TurnId, TurnRecord
from voicemate.ui.line import Line
from voicemate.ui.screen import Row
from voicemate.ui.state import State, reduce
from voicemate.ui.text import columns, printable, shortened, wrapped
from voicemate.ui.turns import Finished
from voicemate.ui.view import Look, frame, status, turn_lines

ONE = TurnId(1)


def plain(row: Row) -> str:
    return "".join(text for text, _ in row)


def speaking(text: str) -> State:
    state = reduce(State(), Heard(ONE, Transcript("why", final=True)))
    state = reduce(state, PhaseChanged(Phase.SPEAKING, ONE))
    state = reduce(state, ReplyGrew(ONE, text))
    words = (SpokenWord(0, 3, 0.0), SpokenWord(4, 7, 1.0), SpokenWord(8, 13, 2.0))
    return reduce(state, Spoke(ONE, text, 100.0, 3.0, words))


def test_the_word_that_sounds_stands_out() -> None:
    rows = frame(speaking("one two three"), Look(), (60, 20), 101.5).rows
    answer = next(row for row in rows if plain(row).startswith("Mate:"))
    assert list(answer) == [
        ("Mate: ", "mate"),
        ("one ", ""),
        ("two", "now"),
        (" three", "dim"),
    ]


def test_every_phase_has_a_word_and_a_sign_of_its_own() -> None:
    looks = [
        plain(
            status(
                State(phase=phase),
                Look(muted=phase is Phase.MUTED, held=phase is Phase.LISTENING),
                80,
            )
        )
        for phase in Phase
    ]
    assert len({look[0] for look in looks}) == len(Phase)
    assert len({look.split()[1] for look in looks}) == len(Phase)


def test_an_interrupted_answer_ends_where_it_was_cut_off() -> None:
    state = speaking("one two three")
    record = TurnRecord(ONE, 0.0, "why", "one two three", "one", "interrupted")
    finished = Finished(reduce(state, TurnEnded(record)), record, 101.2)
    lines = [plain(row) for row in turn_lines(finished, Look(), 80)]
    assert lines == ["You: why", "Mate: one two — (interrupted)", ""]


_TEXTS = st.text(st.sampled_from("ab 한글e\u0301\x1b[31m\n\t…👍"), max_size=120)


@given(_TEXTS, _TEXTS, st.integers(1, 60), st.integers(1, 12), st.booleans())
def test_a_frame_fits_whatever_is_said(
    said: str, notice: str, width: int, height: int, helped: bool
) -> None:
    state = reduce(speaking(said), Notice(notice, said))
    line = Line()
    line.insert(said)
    shown, cell = line.window(max(width - 3, 1))
    look = Look(line=shown, cursor=cell, help=helped, asked=notice)
    drawn = frame(state, look, (width, height), 101.0)
    assert len(drawn.rows) <= max(height - 1, 1)
    assert 0 <= drawn.cursor[0] < len(drawn.rows)
    if width >= 4:
        assert all(columns(plain(row)) <= width for row in drawn.rows)
    assert "\x1b" not in "".join(map(plain, drawn.rows))


@given(_TEXTS, st.integers(2, 40))
def test_wrapping_loses_nothing_but_the_spaces_it_breaks_at(text: str, width: int) -> None:
    text = printable(text)
    lines = [text[start:end] for start, end in wrapped(text, width)]
    assert all(columns(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_lines_break_at_spaces() -> None:
    text = "the quick brown fox"
    assert [text[a:b] for a, b in wrapped(text, 10)] == ["the quick", "brown fox"]


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("short", 10, "short"), ("too long", 5, "too…"), ("한국어", 4, "한…")],
)
def test_what_does_not_fit_is_cut_with_a_sign(text: str, width: int, shown: str) -> None:
    assert shortened(text, width) == shown


def test_backspace_takes_a_composed_letter_whole() -> None:
    line = Line()
    line.insert("ae\u0301")
    line.backspace()
    assert line.text == "a"


def test_moving_and_deleting_in_a_line() -> None:
    line = Line()
    line.insert("하나 둘 셋")
    line.left()
    line.delete_word()
    assert (line.text, line.cursor) == ("하나 셋", 3)
    line.home()
    line.delete()
    assert (line.text, line.cursor) == ("나 셋", 0)
    line.end()
    line.delete_to_start()
    assert line.text == ""


@given(_TEXTS, st.integers(0, 60), st.integers(2, 30))
def test_the_cursor_of_a_long_line_stays_in_sight(text: str, lefts: int, width: int) -> None:
    line = Line()
    line.insert(text)
    for _ in range(lefts):
        line.left()
    shown, cell = line.window(width)
    assert 0 <= cell <= width
    assert columns(shown) <= width
