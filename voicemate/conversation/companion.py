"""The companion: public methods for whoever holds the key, and the thread that runs the turns.

All public methods return at once and may be called from any thread. Events come out through
`emit`, on the thread where they happen; a window hands them to its own.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Literal

from voicemate.cancel import CancelToken
from voicemate.conversation.turn import Emit, Parts, Turn, run_turn
from voicemate.errors import VoiceMateError
from voicemate.events import (
    Event,
    Notice,
    Phase,
    PhaseChanged,
    Ready,
    TurnEnded,
    TurnFailed,
)
from voicemate.ports import CueName, Microphone
from voicemate.types import TurnId, TurnRecord

log = logging.getLogger(__name__)

REST_AFTER_S = 10.0
"""A speaker that plays nothing still costs 1.5 % of a core, and opens within some milliseconds."""

_CLOSED = "The microphone is closed."

Build = Callable[[], Parts]


class Companion:
    """Someone to talk to. `start` it, then `press` and `release`."""

    def __init__(self, build: Build, microphone: Microphone, emit: Emit, bug_hint: str) -> None:
        """Take what builds the engines (on the turn thread) and the microphone.

        `bug_hint` is what a person is told to do about an error that nobody expected.
        """
        self._build = build
        self._microphone = microphone
        self._listener = emit
        self._phase = Phase.LOADING
        self._bug_hint = bug_hint
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._turns: SimpleQueue[Turn | None] = SimpleQueue()
        self._newest: Turn | None = None
        self._held = False
        self._muted = False
        self._parts: Parts | None = None
        self._thread = threading.Thread(target=self._turn_loop, name="turn", daemon=True)

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
        self._emit(PhaseChanged(Phase.MUTED if muted else Phase.IDLE))

    def close(self) -> None:
        """Stop everything and wait for the turn thread to free its parts."""
        with self._lock:
            self._cancel_newest()
            self._turns.put(None)
        # First, so that nothing is heard any more even when the rest is cut short.
        self._microphone.close()
        if self._thread.is_alive():
            self._thread.join()

    def _emit(self, event: Event) -> None:
        if isinstance(event, PhaseChanged):
            self._phase = event.phase
        self._listener(event)

    def _next_id(self) -> TurnId:
        return TurnId(next(self._numbers))

    def _new_turn(self, turn: Turn) -> None:
        self._newest = turn
        self._turns.put(turn)

    def _cancel_newest(self) -> None:
        turn, self._newest = self._newest, None
        if turn is not None:
            turn.cancel.cancel()
            if turn.take is not None:
                turn.take.discard()

    def _cue(self, name: CueName) -> None:
        parts = self._parts
        if parts is not None:
            parts.speaker.cue(name)

    # From here on: the turn thread.

    def _turn_loop(self) -> None:
        self._open_microphone()
        parts = self._load()
        while (turn := self._next_turn(parts)) is not None:
            # What kept it from loading (a missing model, say) may have been mended meanwhile.
            parts = parts or self._load()
            self._emit(TurnEnded(self._run(turn, parts)))
            if self._turns.empty() and parts is not None:
                self._emit(PhaseChanged(Phase.MUTED if self._muted else Phase.IDLE))
                parts.model.prepare(parts.prompt.opening())
        self._parts = None
        if parts is not None:
            parts.close()

    def _next_turn(self, parts: Parts | None) -> Turn | None:
        """Wait for a turn; when none comes for a while, the speaker goes to rest."""
        if parts is not None:
            try:
                return self._turns.get(timeout=REST_AFTER_S)
            except Empty:
                parts.speaker.close()
        return self._turns.get()

    def _open_microphone(self) -> None:
        try:
            self._microphone.open()
        except VoiceMateError as error:
            # Typing works without; each press tries again.
            self._emit(Notice(error.message, error.hint))

    def _load(self) -> Parts | None:
        start = time.monotonic()
        self._emit(PhaseChanged(Phase.LOADING))
        try:
            parts = self._parts = self._build()
        except VoiceMateError as error:
            self._emit(Notice(error.message, error.hint))
            self._emit(PhaseChanged(Phase.TROUBLE))
            return None
        except Exception:
            log.exception("the engines could not be built")
            self._emit(Notice("VoiceMate could not get ready: that is a bug.", self._bug_hint))
            self._emit(PhaseChanged(Phase.TROUBLE))
            return None
        parts.model.prepare(parts.prompt.opening())
        names = parts.recognizer.name, parts.model.name, parts.voice.name
        self._emit(Ready(*names, seconds=time.monotonic() - start))
        if self._turns.empty():
            self._emit(PhaseChanged(Phase.MUTED if self._muted else Phase.IDLE))
        return parts

    def _run(self, turn: Turn, parts: Parts | None) -> TurnRecord:
        if parts is not None:
            try:
                if turn.take is not None:
                    self._emit(PhaseChanged(Phase.LISTENING, turn.id))
                parts.speaker.open()
                record = run_turn(turn, parts, self._emit)
            except VoiceMateError as error:
                message, hint = error.message, error.hint
            except Exception:
                log.exception("turn %d failed", turn.id)
                message, hint = "Something went wrong: that is a bug.", self._bug_hint
                parts.speaker.cue("error")
            else:
                _log(record)
                return record
        else:
            message, hint = "VoiceMate is not ready to talk.", "See `voicemate doctor` for why."
        self._emit(TurnFailed(turn.id, message, hint))
        origin: Literal["voice", "typed"] = "voice" if turn.take else "typed"
        return TurnRecord(turn.id, time.time(), turn.typed, "", "", "failed", origin=origin)


def _log(record: TurnRecord) -> None:
    times, stats = record.times, record.stats
    log.info(
        "turn %d %s: transcript %s ms, first piece %s ms, first sound %s ms, "
        "%d of %d prompt tokens read before, %d written, %d of them ahead",
        record.turn,
        record.outcome,
        *(f"{t:.0f}" if t is not None else "-" for t in (
            times.final_transcript, times.first_piece, times.first_sound)),
        stats.cached_tokens,
        stats.prompt_tokens,
        stats.reply_tokens,
        stats.drafted_tokens,
    )  # fmt: skip
