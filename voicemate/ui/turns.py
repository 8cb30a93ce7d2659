"""Follows the newest turn, and those that it interrupted until each has ended.

The key's press is told at once, while the turn that it cuts off may still need a moment to stop.
The screen belongs to the new turn from then on; the old one comes to its end out of sight, so
that the conversation above shows it as well, with what had been heard of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from voicemate.events import Event, TurnEnded
from voicemate.types import TurnId, TurnRecord
from voicemate.ui.state import State, is_stale, reduce, turn_of


@dataclass(frozen=True, slots=True)
class Finished:
    """A turn that is over: its own state, its record, and when it was over or was cut off.

    `at` is `time.monotonic()`.
    """

    state: State
    record: TurnRecord
    at: float


class Turns:
    """The state to show, and the turns that have been left; on the front end's thread."""

    def __init__(self) -> None:
        self.state = State()
        self._left: dict[TurnId, tuple[State, float]] = {}

    def see(self, event: Event, now: float) -> Finished | None:
        """Take an event in, at `now`; gives the turn that has ended with it."""
        turn = turn_of(event)
        if turn is not None and is_stale(self.state, turn):
            return self._see_left(event, turn, now)
        before, self.state = self.state, reduce(self.state, event)
        if before.live and before.turn is not None and before.turn != self.state.turn:
            self._left[before.turn] = before, now
        if isinstance(event, TurnEnded):
            return Finished(self.state, event.record, now)
        return None

    def _see_left(self, event: Event, turn: TurnId, now: float) -> Finished | None:
        # A turn may have been cut off before anything of it was told.
        state, at = self._left.pop(turn, (State(), now))
        state = reduce(state, event)
        if isinstance(event, TurnEnded):
            return Finished(state, event.record, at)
        self._left[turn] = state, at
        return None
