"""How long work is reported: whoever draws it (a terminal, a window) fulfils `Progress`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """One bar at a time. Called on the thread that called into the catalogue.

    `advance` only comes between `start` and `done`.
    """

    def start(self, label: str, total_bytes: int | None) -> None:
        """Begin a new bar, in place of one that may be there; None: the size is not known."""

    def advance(self, n_bytes: int) -> None:
        """So many bytes more are done."""

    def done(self) -> None:
        """Take the bar away; what it stood for is over, well or not."""

    def note(self, text: str) -> None:
        """One sentence for the person, such as why another source is tried."""


class NoProgress:
    """Reports to nobody."""

    def start(self, label: str, total_bytes: int | None) -> None:
        """Do nothing."""

    def advance(self, n_bytes: int) -> None:
        """Do nothing."""

    def done(self) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""


@contextmanager
def bar(progress: Progress, label: str, total_bytes: int | None) -> Iterator[None]:
    """Show a bar for as long as the block runs, however it ends."""
    progress.start(label, total_bytes)
    try:
        yield
    finally:
        progress.done()


def human_size(n_bytes: int) -> str:
    """Write a size as a person reads it: 98 MB, 1.1 GB (decimal, as downloads are given)."""
    if n_bytes >= 1_000_000_000:
        return f"{n_bytes / 1e9:.1f} GB"
    if n_bytes >= 1_000_000:
        return f"{n_bytes / 1e6:.0f} MB"
    return f"{max(n_bytes, 0) / 1e3:.0f} kB"


def human_memory(n_bytes: int) -> str:
    """Write an amount of memory: 4 GiB, 1.9 GiB."""
    return f"{n_bytes / 2**30:.1f} GiB".replace(".0 ", " ")
