"""The messages that the model reads, in the order that lets it keep what it has read.

Persona first, which never changes; then the recent turns; then what was just said. The beginning
stays the same from turn to turn, so that the model reads only what is new. When the turns outgrow
their room, half of them go in one step: cutting one at a time would make every turn a first one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voicemate.types import Message, TurnRecord

_MESSAGE_OVERHEAD_TOKENS = 6
"""Control tokens around a message, an upper bound for the usual templates."""


class Prompt:
    """Builds the messages of each turn; belongs to the turn thread."""

    def __init__(
        self, persona: str, history_tokens: int, count_tokens: Callable[[str], int]
    ) -> None:
        self._persona = Message("system", persona)
        self._room = history_tokens
        self._count = count_tokens
        self._turns: list[tuple[Message, Message, int]] = []
        self._used = 0

    def add(self, record: TurnRecord) -> None:
        """Carry on from a finished turn, with what was heard of its reply."""
        if not (record.heard and record.said):
            return
        self._add(Message("user", record.heard), Message("assistant", record.said))

    def carry_on(self, before: Prompt) -> None:
        """Take the turns of another prompt over."""
        for user, assistant, _ in before._turns:
            self._add(user, assistant)

    def _add(self, user: Message, assistant: Message) -> None:
        cost = self._cost(user) + self._cost(assistant)
        self._turns.append((user, assistant, cost))
        self._used += cost
        if self._used > self._room:
            while self._turns and self._used > self._room // 2:
                self._used -= self._turns.pop(0)[2]

    def forget(self) -> None:
        """Begin anew."""
        self._turns.clear()
        self._used = 0

    def messages(self, heard: str, notes: Sequence[str] = ()) -> list[Message]:
        """Give all messages for what was heard; notes stand with it, where they cost least."""
        text = heard if not notes else "\n".join((*(f"({note})" for note in notes), heard))
        return [*self.opening(), Message("user", text)]

    def opening(self) -> list[Message]:
        """Give the messages before what will be said next."""
        return [self._persona, *(m for user, said, _ in self._turns for m in (user, said))]

    def _cost(self, message: Message) -> int:
        return self._count(message.text) + _MESSAGE_OVERHEAD_TOKENS
