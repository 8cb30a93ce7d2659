"""Which answer stands in the window, and what the person thinks of each; no Qt here."""

from __future__ import annotations

from voicemate.events import Event, Forgotten, Heard, Ready
from voicemate.types import Thumb, TurnId, TurnRecord
from voicemate.ui.state import State, turn_of
from voicemate.ui.turns import Finished


class Answers:
    """The answers since the start. An answer that is said again is still the one it was.

    `last` is the newest turn with an answer of its own, `timed` the newest whose answer sounded;
    `tokens_per_s` is how fast the model writes, None until it has shown it.
    """

    def __init__(self) -> None:
        self.last: TurnId | None = None
        self.timed: TurnRecord | None = None
        self.tokens_per_s: float | None = None
        self._newest = TurnId(0)
        self._again: TurnId | None = None
        self._originals: dict[TurnId, TurnId] = {}
        self._thumbs: dict[TurnId, Thumb] = {}

    def expect_again(self) -> None:
        """Say that the last answer was asked for once more."""
        self._again = self.last

    def see(self, event: Event, finished: Finished | None) -> None:
        """Take an event in, and the turn that has ended with it."""
        if isinstance(event, Ready):
            # It may be another model from now on.
            self.tokens_per_s = None
        elif isinstance(event, Forgotten):
            self._forget()
        turn = turn_of(event)
        if turn is not None and turn > self._newest:
            self._newest = turn
            again, self._again = self._again, None
            # With the key a turn begins otherwise; a typed line that came first is found out when
            # the turn has ended.
            if again is not None and isinstance(event, Heard):
                self._originals[turn] = again
        if finished is not None:
            self._end(finished.record)

    def shown(self, state: State) -> TurnId | None:
        """Give the turn whose answer stands in the window; None for a text of no conversation."""
        if state.turn is None or not state.reply:
            return None
        return self._originals.get(state.turn, state.turn if state.heard else None)

    def thumb(self, turn: TurnId | None) -> Thumb:
        """Give what the person thinks of a turn's answer."""
        return 0 if turn is None else self._thumbs.get(turn, 0)

    def rate(self, turn: TurnId, thumb: int) -> Thumb:
        """Note what the person thinks of an answer; the same again takes it back."""
        value: Thumb = 1 if thumb > 0 else -1
        if self._thumbs.get(turn) == value:
            value = 0
        self._thumbs[turn] = value
        return value

    def _end(self, record: TurnRecord) -> None:
        if record.origin == "recited":
            if record.heard and self.last is not None:
                self._originals.setdefault(record.turn, self.last)
            return
        self._originals.pop(record.turn, None)
        if record.reply:
            self.last = record.turn
        if record.times.first_sound is not None:
            self.timed = record
        if record.stats.tokens_per_s is not None:
            self.tokens_per_s = record.stats.tokens_per_s

    def _forget(self) -> None:
        self.last = self._again = None
        self._originals.clear()
        self._thumbs.clear()
