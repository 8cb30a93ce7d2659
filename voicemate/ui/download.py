"""How far a download is, and how long it still takes: no Qt, no thread here."""

from __future__ import annotations

from dataclasses import dataclass, field

from voicemate.ui.desk import DownloadStep

_WINDOW_S = 8.0
"""The speed is that of the last seconds: a line that has become slow must not look quick."""


@dataclass(slots=True)
class Download:
    """One download, as told by its steps; `now` is `time.monotonic()`.

    `waits`: another one was under way when it was asked for.
    """

    waits: bool = False
    label: str = ""
    done_bytes: int = 0
    total_bytes: int | None = None
    stopping: bool = False
    _seen: list[tuple[float, int]] = field(default_factory=list)

    @property
    def begun(self) -> bool:
        """False before its first step."""
        return bool(self._seen)

    @property
    def part(self) -> float:
        """How much of it is done, 0 to 1; -1 where its size is not known."""
        if not self.total_bytes:
            return -1.0
        return min(max(self.done_bytes / self.total_bytes, 0.0), 1.0)

    def see(self, step: DownloadStep, now: float) -> None:
        """Take a step in."""
        if step.label != self.label or step.done_bytes < self.done_bytes:
            # Another file, or the same from its beginning: its speed is told anew.
            self._seen.clear()
        self.label, self.done_bytes, self.total_bytes = (
            step.label,
            step.done_bytes,
            step.total_bytes,
        )
        self._seen.append((now, step.done_bytes))
        recent = [seen for seen in self._seen if now - seen[0] <= _WINDOW_S]
        self._seen = recent if len(recent) > 1 else self._seen[-2:]

    def left_s(self) -> float | None:
        """Give the seconds it still takes; None where that cannot be told yet."""
        if self.total_bytes is None or len(self._seen) < 2:
            return None
        (first_at, first), (last_at, last) = self._seen[0], self._seen[-1]
        if last <= first or last_at - first_at < 1.0:
            return None
        return (self.total_bytes - last) * (last_at - first_at) / (last - first)
