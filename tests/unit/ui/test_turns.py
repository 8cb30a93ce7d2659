"""A turn that was cut off comes to its end out of sight, and whole."""

from __future__ import annotations

from voicemate.events import Event, Heard, Phase, PhaseChanged, Spoke, TurnEnded, TurnFailed
from voicemate.types import Outcome, Transcript, TurnId, TurnRecord
from voicemate.ui.state import Advice, reply_text
from voicemate.ui.turns import Finished, Turns

ONE, TWO = TurnId(1), TurnId(2)


def ended(turn: TurnId, outcome: Outcome) -> TurnEnded:
    return TurnEnded(TurnRecord(turn, 0.0, "hi", "", "", outcome, origin="typed"))


def see(turns: Turns, *events: Event, now: float = 0.0) -> list[Finished]:
    return [finished for event in events if (finished := turns.see(event, now))]


def test_a_turn_ends_in_sight() -> None:
    turns = Turns()
    assert see(turns, Heard(ONE, Transcript("hi", final=True))) == []
    [finished] = see(turns, ended(ONE, "answered"), now=3.0)
    assert (finished.record.turn, finished.at) == (ONE, 3.0)
    assert not turns.state.live


def test_a_press_takes_the_screen_and_the_answer_before_it_is_kept() -> None:
    turns = Turns()
    see(turns, PhaseChanged(Phase.SPEAKING, ONE), Spoke(ONE, "Well then.", 1.0, 2.0), now=1.0)
    see(turns, PhaseChanged(Phase.LISTENING, TWO), now=2.0)
    assert turns.state.turn == TWO
    assert reply_text(turns.state) == ""
    [finished] = see(turns, ended(ONE, "interrupted"), now=2.5)
    assert reply_text(finished.state) == "Well then."
    # It was cut off by the press, not when its end was told.
    assert finished.at == 2.0
    assert turns.state.turn == TWO
    assert turns.state.phase is Phase.LISTENING
    assert turns.state.live


def test_what_went_wrong_in_a_turn_that_was_left_belongs_to_it() -> None:
    turns = Turns()
    see(turns, PhaseChanged(Phase.THINKING, ONE), PhaseChanged(Phase.LISTENING, TWO))
    [finished] = see(turns, TurnFailed(ONE, "Broken.", "Mend it."), ended(ONE, "failed"))
    assert finished.state.failure == Advice("Broken.", "Mend it.")
    assert turns.state.failure is None


def test_a_turn_that_was_cut_off_before_it_began_still_ends() -> None:
    turns = Turns()
    see(turns, PhaseChanged(Phase.LISTENING, TWO))
    [finished] = see(turns, ended(ONE, "discarded"))
    assert finished.record.turn == ONE
    assert turns.state.turn == TWO
    assert turns.state.live
