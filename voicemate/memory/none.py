"""A memory that keeps nothing, for a conversation off the record."""

from __future__ import annotations

from collections.abc import Sequence

from voicemate.types import Thumb, TurnId, TurnRecord


class NoMemory:
    """A `Memory` that neither reads nor writes."""

    def recent(self, limit: int) -> Sequence[TurnRecord]:  # noqa: ARG002  (the port's name)
        """Give no turns."""
        return ()

    def recall(self, heard: str) -> Sequence[str]:  # noqa: ARG002  (the port's name)
        """Give no notes."""
        return ()

    def record(self, record: TurnRecord) -> None:
        """Keep nothing."""

    def rate(self, turn: TurnId, thumb: Thumb) -> None:
        """Keep nothing."""

    def forget_all(self) -> int:
        """Forget nothing: nothing was kept."""
        return 0

    def close(self) -> None:
        """Do nothing."""
