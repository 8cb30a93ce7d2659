"""What a front end needs of the companion and of a keyboard, as Protocols."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from voicemate.ui.keys import Key


class Talker(Protocol):
    """The companion, as far as a front end knows it. All methods return at once."""

    @property
    def microphone_open(self) -> bool:
        """True exactly while the microphone's stream is open."""

    @property
    def muted(self) -> bool:
        """True while the microphone is closed on the person's wish."""

    @property
    def held(self) -> bool:
        """True while it listens: the key is down, or was tapped."""

    @property
    def level_db(self) -> float:
        """Level of the microphone, dB of full scale."""

    def press(self) -> None:
        """The key went down."""

    def release(self) -> None:
        """The key was let go."""

    def toggle(self) -> None:
        """Press when the key is up, release when it is down."""

    def discard(self) -> None:
        """Throw away what is being said, or stop the answer."""

    def say(self, text: str) -> None:
        """Answer a typed line."""

    def set_muted(self, muted: bool) -> None:
        """Close the microphone, or open it again."""


class Terminal(Protocol):
    """A keyboard and the screen that belongs to it, in the modes they need inside of a `with`."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    @property
    def tells_releases(self) -> bool:
        """True when a release of the space bar is reported, so that it can be held."""

    def wait(self, timeout_s: float | None) -> list[Key]:
        """Wait for keys, for an event in the inbox (then there may be none), or so long."""

    def write(self, text: str) -> None:
        """Put text on the screen."""

    def size(self) -> tuple[int, int]:
        """Give columns and rows."""

    def suspend(self) -> None:
        """Give the terminal back to the shell until it lets us go on."""

    def resume(self) -> None:
        """Take the terminal's modes again."""
