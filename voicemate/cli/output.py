"""How commands print: JSON lines on stdout, everything else for a person; progress on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


def json_line(value: Any) -> None:  # noqa: ANN401  (whatever msgspec can encode)
    """Print one object on a line of its own."""
    import msgspec

    click.echo(msgspec.json.encode(value).decode())


class TerminalProgress:
    """Draws a `voicemate.catalog.Progress` on stderr: bars with sizes and the time left.

    Where stderr is no terminal, one line a bar and nothing that moves.
    """

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bars: Bars | None = None
        self._task: TaskID | None = None

    def start(self, label: str, total_bytes: int | None) -> None:
        """Begin a new bar, in place of one that may be there."""
        self.done()
        if not self._console.is_terminal:
            size = f" ({total_bytes / 1e6:.0f} MB)" if total_bytes else ""
            self._console.print(f"{label}{size} …", markup=False)
            return
        from rich import progress

        self._bars = progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(bar_width=24),
            progress.DownloadColumn(),
            progress.TransferSpeedColumn(),
            progress.TimeRemainingColumn(compact=True),
            console=self._console,
            transient=True,
        )
        self._bars.start()
        self._task = self._bars.add_task(label, total=total_bytes)

    def advance(self, n_bytes: int) -> None:
        """So many bytes more are done."""
        if self._bars is not None and self._task is not None:
            self._bars.advance(self._task, n_bytes)

    def done(self) -> None:
        """Take the bar away."""
        if self._bars is not None:
            self._bars.stop()
        self._bars = self._task = None

    def note(self, text: str) -> None:
        """Print one sentence."""
        self._console.print(text, markup=False)
