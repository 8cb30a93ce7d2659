"""The window's talk button and its key: held down, or tapped to begin and tapped to end."""

from __future__ import annotations

from collections.abc import Callable

from voicemate.ui.talker import Talker

TAP_S = 0.3
"""A press that is shorter is a tap: it starts listening, and the next one ends it."""

_ENDS = float("-inf")
"""The press that ends what a tap has begun; its own release means nothing."""


class TalkKey:
    """What presses and releases mean; on the window's thread."""

    def __init__(
        self,
        companion: Talker,
        do: Callable[[Callable[[], object]], None],
        clock: Callable[[], float],
    ) -> None:
        """Take who listens, and what has it done without waiting (`Hands.do`)."""
        self._companion = companion
        self._do = do
        self._clock = clock
        self._pressed_at: float | None = None
        self._latched = False
        self._refused = False
        self._was_held = False

    @property
    def latched(self) -> bool:
        """True while it listens because of a tap."""
        return self._latched

    def press(self) -> None:
        """It went down. Ignored while it is down."""
        if self._pressed_at is not None:
            return
        self._pressed_at = self._clock()
        if self._companion.held:
            self._pressed_at = _ENDS
            self._latched = False
            self._do(self._companion.release)
        else:
            self._begin(self._companion.press)

    def release(self) -> None:
        """It went up, or the window lost it."""
        pressed_at, self._pressed_at = self._pressed_at, None
        if pressed_at is None or pressed_at == _ENDS:
            return
        if self._clock() - pressed_at < TAP_S:
            self._latched = not self._refused
        else:
            self._do(self._companion.release)

    def toggle(self) -> None:
        """Begin to listen, or end it."""
        if self._companion.held:
            self._latched = False
            self._do(self._companion.toggle)
        else:
            self._begin(self._companion.toggle)
            self._latched = True

    def let_go(self) -> None:
        """Let the release of a press that is still down mean nothing."""
        self._pressed_at = None

    def look(self) -> None:
        """See whether what a tap began goes on; called whenever something may have changed."""
        was_held, self._was_held = self._was_held, self._companion.held
        if self._refused or (was_held and not self._was_held):
            self._latched = False

    def _begin(self, listen: Callable[[], None]) -> None:
        def begin() -> None:
            listen()
            # A closed or missing microphone: a tap has begun nothing then. Written on the thread
            # that has it done, read by `look`, which is called after it.
            self._refused = not self._companion.held

        self._latched = self._refused = False
        self._do(begin)
