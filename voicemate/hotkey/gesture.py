"""From raw keys to press, release and discard: pure, with the time given from outside.

Hold to talk, tap to start and tap to stop, Esc to discard, all on one key. Everything that can
leave such a key stuck is undone here: repeats, a release that never came, a computer that slept, a
key held by a book. Nothing here waits, and no thread is started.

A release is believed `BOUNCE_S` after it came: repeats may come as pairs of up and down at the same
time (where a window manager hands the key on), and a worn switch bounces.

The key may come twice: as itself, and as `TRIGGER`, told by a desktop that binds it (the portal,
`voicemate ptt`). Of a `TRIGGER` nobody can be asked whether it is still held; where the desktop
repeats it, the end of the repeats says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from voicemate.hotkey.keys import ESC, TRIGGER, Binding, RawKey, modifier_of

Action = Literal["press", "release", "discard"]
Mode = Literal["auto", "hold", "toggle"]
Actions = tuple[Action, ...]

HOLD_S: Final = 0.3
"""A key that was down for less was tapped."""

BOUNCE_S: Final = 0.012
MAX_S: Final = 300.0
"""Nobody talks longer: after this the take ends by itself."""

# A key that is held repeats at the latest after a second; a down after more was a new press.
_SILENCE_S: Final = 1.5
_POLL_S: Final = 0.25
# So long after our own ears the desktop may tell of the same press: it starts a program to do so.
_ECHO_S: Final = 1.0
_BEATS: Final = 3
"""A desktop that told so many downs in a row repeats the key, and stops when it is let go."""

# The watching thread looks four times a second: after such a gap the computer has slept.
_GAP_S: Final = 10.0
_CLOCK_JUMP_S: Final = 5.0


class Gesture:
    """Understands one key. `feed` it with keys, `tick` it when `wake_at` says so.

    `is_down` asks the system whether a key is held right now (None: it cannot say).
    """

    def __init__(self, binding: Binding, mode: Mode, is_down: Callable[[str], bool | None]) -> None:
        self._binding = binding
        self._mode = mode
        self._is_down = is_down
        self._listening_since: float | None = None
        # While our key is held and its release will mean something:
        self._down_since: float | None = None
        self._ends_take = False
        self._asked_at = 0.0
        # While the desktop tells of our key; and how often it told a down in a row.
        self._told = False
        self._beats = 0
        self._heard_at = float("-inf")
        # While our key is held and means nothing: it was spent, or pressed with other modifiers.
        self._spent = False
        self._seen_at = float("-inf")
        self._up_at: float | None = None
        self._others: dict[str, float] = {}
        self._ticked: tuple[float, float] | None = None

    @property
    def listening(self) -> bool:
        """True between a press and its release or discard."""
        return self._listening_since is not None

    @property
    def holding(self) -> bool:
        """True while the take depends on the key: its release would end it."""
        return self.listening and self._down_since is not None

    @property
    def wake_at(self) -> float | None:
        """When to call `tick` at the latest; None while nothing can happen by itself."""
        if self._up_at is not None:
            return self._up_at + BOUNCE_S
        if self._listening_since is not None:
            return (self._ticked[0] if self._ticked else self._listening_since) + _POLL_S
        return None

    def begin(self, held: bool, now: float) -> None:
        """Forget all that was heard; `held`: our key is down, and means nothing until let go."""
        self._listening_since = self._down_since = self._up_at = self._ticked = None
        self._spent, self._ends_take, self._told = held, False, False
        self._seen_at = now if held else float("-inf")
        self._heard_at = float("-inf")
        self._others.clear()

    def agree(self, listening: bool, now: float) -> None:
        """Take over what the companion says: others (a button, a typed line) may end a take."""
        if listening and self._listening_since is None:
            self._listening_since = now
        elif not listening and self._listening_since is not None:
            self._listening_since = None
            self._spend()

    def feed(self, key: RawKey) -> Actions:
        """Take one key event; events come in the order of their time."""
        if key.name in (TRIGGER, self._binding.key):
            return self._ours(key)
        if not key.down:
            self._others.pop(key.name, None)
            return ()
        done = self._settle()
        repeats = key.at - self._others.get(key.name, float("-inf")) < _SILENCE_S
        self._others[key.name] = key.at
        if repeats:
            return done
        if key.name == ESC:
            return (*done, *self._end("discard"))
        return (*done, *self._chord())

    def tick(self, now: float, wall: float) -> Actions:
        """Let time pass: `now` is monotonic, `wall` the time of day, both in seconds."""
        before, self._ticked = self._ticked, (now, wall)
        if self._up_at is not None and now >= self._up_at + BOUNCE_S:
            return self._settle()
        if self._listening_since is None:
            return ()
        if before is not None and _slept(before, now, wall):
            return self._forget()
        if self._down_since is not None and self._up_at is None and now >= self._asked_at + _POLL_S:
            self._asked_at = now
            if self._let_go(now):
                self._up_at = now
                return self._settle()
        if now >= self._listening_since + MAX_S:
            return self._end("release")
        return ()

    def _let_go(self, now: float) -> bool:
        """Tell a release that never came."""
        if self._told:
            return self._beats >= _BEATS and now >= self._seen_at + _SILENCE_S
        return self._is_down(self._binding.key) is False

    def _ours(self, key: RawKey) -> Actions:
        held = self._down_since is not None or self._spent
        if key.name == TRIGGER and key.at < self._heard_at + _ECHO_S:
            return ()  # we heard it ourselves, and sooner
        if self._down_since is not None and not self._told:
            self._heard_at = key.at
        if not key.down:
            if held and self._up_at is None:
                self._up_at = key.at
            return ()
        repeats = key.at - self._seen_at < _SILENCE_S
        self._seen_at = key.at
        if self._up_at is not None and key.at < self._up_at + BOUNCE_S:
            self._up_at = None  # a repeat in two halves, or a bounce: it was never up
            return ()
        if self._up_at is None and held and repeats:
            self._beats += 1
            return ()
        done = self._settle()
        self._told, self._beats = key.name == TRIGGER, 1
        if not self._told and not self._modifiers_fit():
            self._spent = True
            return done
        return (*done, *self._down(key.at))

    def _down(self, at: float) -> Actions:
        """Take a fresh press. Where the key counts as down, its release was lost."""
        lost = self._down_since is not None
        self._down_since = self._asked_at = at
        self._spent = self._ends_take = False
        if not self._told:
            self._heard_at = at
        if not self.listening:
            self._listening_since = at
            return ("press",)
        if self._chords and not lost:
            self._ends_take = True  # at its release: it may still become somebody else's chord
            return ()
        return self._end("release")

    def _settle(self) -> Actions:
        """Believe the release that is waiting, if one is."""
        if self._up_at is None:
            return ()
        held_s = self._up_at - self._down_since if self._down_since is not None else None
        self._up_at = self._down_since = None
        self._spent = False
        if held_s is None:
            return ()
        taps = self._mode == "toggle" or (self._mode == "auto" and held_s < HOLD_S)
        if taps and not self._ends_take:
            return ()  # it listens on until the next tap
        return self._end("release")

    def _chord(self) -> Actions:
        """Another key while ours, a modifier, is held: the person wanted that, not us."""
        if self._down_since is None or not self._chords:
            return ()
        if self._ends_take:
            self._spend()
            return ()
        return self._end("discard")

    @property
    def _chords(self) -> bool:
        """True while what is held is a modifier, which may become somebody else's chord."""
        return self._binding.is_modifier and not self._told

    def _end(self, action: Action) -> Actions:
        """End listening, once."""
        self._spend()
        if self._listening_since is None:
            return ()
        self._listening_since = None
        return (action,)

    def _spend(self) -> None:
        """Let what the key does until its next press mean nothing."""
        if self._down_since is not None:
            self._down_since = None
            self._spent = True

    def _forget(self) -> Actions:
        """After sleep nothing that was held can be relied on, nor what was recorded."""
        done = self._end("discard")
        self._spent = False
        self._up_at = None
        self._others.clear()
        return done

    def _modifiers_fit(self) -> bool:
        held = {name for name in self._others if modifier_of(name)}
        if {modifier_of(name) for name in held} != self._binding.modifiers:
            # A modifier's release gets lost as well, and would keep our key dead for ever.
            for name in held:
                if self._is_down(name) is False:
                    del self._others[name]
            held &= self._others.keys()
        return {modifier_of(name) for name in held} == self._binding.modifiers


def _slept(before: tuple[float, float], now: float, wall: float) -> bool:
    """Tell a pause of the computer: either clock may have stood still meanwhile."""
    jump = (wall - before[1]) - (now - before[0])
    return now - before[0] > _GAP_S or jump > _CLOCK_JUMP_S
