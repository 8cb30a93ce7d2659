"""The companion: public methods for whoever holds the key; its turns run on `TurnThread`.

All public methods return at once and may be called from any thread. Events come out through
`emit`, on the thread where they happen; a window hands them to its own.
"""

from __future__ import annotations

import itertools
import threading

from voicemate.cancel import CancelToken
from voicemate.conversation.turn import Emit, Parts, Turn
from voicemate.conversation.turn_thread import Build, TurnThread
from voicemate.errors import VoiceMateError
from voicemate.events import Event, Forgotten, Notice, Phase, PhaseChanged
from voicemate.ports import CueName, Microphone
from voicemate.types import Thumb, TurnId

_CLOSED = "The microphone is closed."


class Companion:
    """Someone to talk to. `start` it, then `press` and `release`."""

    def __init__(
        self,
        build: Build,
        microphone: Microphone,
        emit: Emit,
        bug_hint: str,
        *,
        muted: bool = False,
    ) -> None:
        """Take what builds the engines (on the turn thread) and the microphone.

        `build` is called again by `reload`, and frees itself what it replaces. `bug_hint` is what a
        person is told to do about an error that nobody expected; with `muted` the microphone stays
        closed until it is opened by `set_muted`.
        """
        self._microphone = microphone
        self._listener = emit
        self._phase = Phase.LOADING
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._newest: Turn | None = None
        self._held = False
        self._muted = muted
        self._thread = TurnThread(
            build, self._emit, bug_hint, begin=self._open_microphone, resting=self._resting
        )

    def start(self) -> None:
        """Begin to load the engines; presses are kept until they are there."""
        self._thread.start()

    @property
    def muted(self) -> bool:
        """True while the microphone is closed on the person's wish."""
        return self._muted

    @property
    def microphone_open(self) -> bool:
        """True exactly while the microphone's stream is open."""
        return self._microphone.is_open

    @property
    def phase(self) -> Phase:
        """What it does right now."""
        return self._phase

    @property
    def ready(self) -> bool:
        """True while everything is loaded."""
        return self._thread.parts is not None

    @property
    def held(self) -> bool:
        """True while the key is down."""
        return self._held

    @property
    def level_db(self) -> float:
        """Level of the microphone, dB of full scale."""
        return self._microphone.level_db

    def press(self) -> None:
        """The key went down: stop speaking and listen. Ignored while it is down."""
        with self._lock:
            if self._held:
                return
            self._cancel_newest()
            if self._muted:
                trouble: Notice | None = Notice(_CLOSED, "Open it again to talk.")
            else:
                trouble = self._begin_take()
            turn = self._newest
        if trouble is not None:
            self._emit(trouble)
            self._cue("error")
        else:
            self._emit(PhaseChanged(Phase.LISTENING, turn.id if turn else None))
            self._cue("down")

    def _begin_take(self) -> Notice | None:
        try:
            take = self._microphone.begin_take()
        except VoiceMateError as error:
            return Notice(error.message, error.hint)
        self._held = True
        self._new_turn(Turn(self._next_id(), CancelToken(), take=take))
        return None

    def release(self) -> None:
        """The key was let go. Ignored while it is up."""
        with self._lock:
            if not self._held:
                return
            self._held = False
            turn = self._newest
        if turn is not None and turn.take is not None:
            turn.take.release()
            self._cue("up")

    def toggle(self) -> None:
        """Press when the key is up, release when it is down."""
        if self._held:
            self.release()
        else:
            self.press()

    def discard(self) -> None:
        """Throw away what is being said, or stop the answer."""
        with self._lock:
            self._held = False
            self._cancel_newest()

    def say(self, text: str) -> None:
        """Answer a typed line; stops what is being said."""
        with self._lock:
            self._held = False
            self._cancel_newest()
            self._new_turn(Turn(self._next_id(), CancelToken(), typed=text))

    def recite(self, text: str) -> None:
        """Say a text; stops what is being said. It is no part of the conversation."""
        self._recite(text, "")

    def repeat(self) -> None:
        """Say the last answer again, the whole of it."""
        last = self._thread.last
        if last is not None:
            self._recite(last.reply, last.heard)

    def _recite(self, text: str, heard: str) -> None:
        if not text.strip():
            return
        with self._lock:
            self._held = False
            self._cancel_newest()
            self._new_turn(Turn(self._next_id(), CancelToken(), typed=heard, recited=text))

    def rate(self, turn: TurnId, thumb: Thumb) -> None:
        """Keep what the person thinks of an answer."""

        def keep(parts: Parts) -> None:
            parts.memory.rate(turn, thumb)

        self._thread.do(keep)

    def forget(self) -> None:
        """Delete the whole conversation; an event tells when it is gone, or why it is not."""
        self.discard()

        def forget(parts: Parts) -> None:
            n_turns = parts.memory.forget_all()
            parts.prompt.forget()
            parts.model.forget()
            self._thread.forget_last()
            self._emit(Forgotten(n_turns))
            parts.model.prepare(parts.prompt.opening())

        self._thread.do(forget)

    def reload(self) -> None:
        """Build what needs to be built anew, once the running turn has ended."""
        self._thread.reload()

    def set_microphone(self, microphone: Microphone) -> None:
        """Listen with another one; throws away what is being said. Waits for the devices."""
        with self._lock:
            if self._held:
                self._held = False
                self._cancel_newest()
            self._microphone.close()
            self._microphone = microphone
        if self._thread.running and not self._muted:
            self._open_microphone()

    def set_muted(self, muted: bool) -> None:
        """Close the microphone, or open it again; throws away what is being said."""
        with self._lock:
            if muted == self._muted:
                return
            if muted:
                if self._held:
                    self._held = False
                    self._cancel_newest()
                self._microphone.close()
            else:
                try:
                    self._microphone.open()
                except VoiceMateError as error:
                    self._emit(Notice(error.message, error.hint))
                    return
            self._muted = muted
        self._emit(PhaseChanged(self._resting()))

    def close(self) -> None:
        """Stop everything and wait for the turn thread to free its parts."""
        with self._lock:
            self._cancel_newest()
            self._thread.end()
        # First, so that nothing is heard any more even when the rest is cut short.
        self._microphone.close()
        self._thread.join()

    def _emit(self, event: Event) -> None:
        if isinstance(event, PhaseChanged):
            self._phase = event.phase
        self._listener(event)

    def _next_id(self) -> TurnId:
        return TurnId(next(self._numbers))

    def _new_turn(self, turn: Turn) -> None:
        self._newest = turn
        self._thread.run(turn)

    def _cancel_newest(self) -> None:
        turn, self._newest = self._newest, None
        if turn is not None:
            turn.cancel.cancel()
            if turn.take is not None:
                turn.take.discard()

    def _cue(self, name: CueName) -> None:
        parts = self._thread.parts
        if parts is not None:
            parts.speaker.cue(name)

    # From here on: called by the turn thread.

    def _resting(self) -> Phase:
        if self._thread.parts is None:
            return Phase.LOADING if self._thread.loading else Phase.TROUBLE
        return Phase.MUTED if self._muted else Phase.IDLE

    def _open_microphone(self) -> None:
        if self._muted:
            return
        try:
            self._microphone.open()
        except VoiceMateError as error:
            # Typing works without; each press tries again.
            self._emit(Notice(error.message, error.hint))
