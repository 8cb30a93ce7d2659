"""The thread that runs the turns one after the other, and between them whatever else needs them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from voicemate.conversation.turn import Emit, Parts, Turn, run_turn
from voicemate.errors import VoiceMateError
from voicemate.events import (
    Notice,
    PastTurns,
    Phase,
    PhaseChanged,
    Ready,
    TurnEnded,
    TurnFailed,
)
from voicemate.types import TurnRecord

log = logging.getLogger(__name__)

REST_AFTER_S = 10.0
"""A speaker that plays nothing still costs 1.5 % of a core, and opens within some milliseconds."""

_BUG = "Something went wrong: that is a bug."
_NOT_READY = "VoiceMate is not ready to talk."
_SEE_DOCTOR = "See `voicemate doctor` for why."

Build = Callable[[], Parts]
Job = Callable[[Parts], None]
"""Something to be done with the parts between two turns."""


class TurnThread:
    """Builds the parts, runs turns and jobs in the order in which they were asked for, and ends.

    Its methods may be called from any thread, and return at once.
    """

    def __init__(
        self,
        build: Build,
        emit: Emit,
        bug_hint: str,
        *,
        begin: Callable[[], None],
        resting: Callable[[], Phase],
    ) -> None:
        """Take what builds the parts, what is done first of all, and the phase between turns."""
        self._build = build
        self._emit = emit
        self._bug_hint = bug_hint
        self._begin = begin
        self._resting = resting
        self._wanted: SimpleQueue[Turn | Job | _Reload | None] = SimpleQueue()
        self._reload_lock = threading.Lock()
        self._reloading = False
        self._told_past = False
        self._loading = True
        self._parts: Parts | None = None
        self._last: TurnRecord | None = None
        self._thread = threading.Thread(target=self._turn_loop, name="turn", daemon=True)

    def start(self) -> None:
        """Begin to load."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """True from `start` to the end."""
        return self._thread.is_alive()

    @property
    def parts(self) -> Parts | None:
        """What the turns work with; None while nothing is loaded."""
        return self._parts

    @property
    def loading(self) -> bool:
        """True while the parts are being built."""
        return self._loading

    @property
    def last(self) -> TurnRecord | None:
        """The newest turn in which something was answered, unless it was forgotten."""
        return self._last

    def run(self, turn: Turn) -> None:
        """Run a turn as soon as those before it have ended."""
        self._wanted.put(turn)

    def do(self, job: Job) -> None:
        """Do something between turns; what goes wrong with it is told."""
        self._wanted.put(job)

    def reload(self) -> None:
        """Build what needs to be built anew, once the running turn has ended."""
        with self._reload_lock:
            if self._reloading:
                return
            self._reloading = True
        self._wanted.put(_Reload())

    def forget_last(self) -> None:
        """Know nothing of the last turn any more."""
        self._last = None

    def end(self) -> None:
        """End after what has been asked for, and free the parts."""
        self._wanted.put(None)

    def join(self) -> None:
        """Wait for the end."""
        if self._thread.is_alive():
            self._thread.join()

    # From here on: the thread itself.

    def _turn_loop(self) -> None:
        self._begin()
        parts = self._load()
        while (wanted := self._next(parts)) is not None:
            match wanted:
                case Turn():
                    # What kept it from loading (a missing model) may have been mended meanwhile.
                    parts = parts or self._load()
                    self._take(wanted, parts)
                case _Reload():
                    with self._reload_lock:
                        self._reloading = False
                    parts = self._load()
                case _:
                    self._do(wanted, parts)
        self._parts = None
        if parts is not None:
            parts.close()

    def _take(self, turn: Turn, parts: Parts | None) -> None:
        record = self._run(turn, parts)
        if record.reply and record.origin != "recited":
            self._last = record
        self._emit(TurnEnded(record))
        if self._wanted.empty() and parts is not None:
            self._emit(PhaseChanged(self._resting()))
            parts.model.prepare(parts.prompt.opening())

    def _do(self, job: Job, parts: Parts | None) -> None:
        if parts is None:
            self._emit(Notice(_NOT_READY, _SEE_DOCTOR))
            return
        try:
            job(parts)
        except VoiceMateError as error:
            self._emit(Notice(error.message, error.hint))
        except Exception:
            log.exception("a job between turns failed")
            self._emit(Notice(_BUG, self._bug_hint))

    def _next(self, parts: Parts | None) -> Turn | Job | _Reload | None:
        """Wait for what is wanted; when nothing is for a while, the speaker goes to rest."""
        if parts is not None:
            try:
                return self._wanted.get(timeout=REST_AFTER_S)
            except Empty:
                parts.speaker.close()
        return self._wanted.get()

    def _load(self) -> Parts | None:
        start = time.monotonic()
        self._parts, self._loading = None, True
        self._emit(PhaseChanged(Phase.LOADING))
        try:
            parts = self._parts = self._build()
        except VoiceMateError as error:
            self._loading = False
            self._emit(Notice(error.message, error.hint))
            self._emit(PhaseChanged(Phase.TROUBLE))
            return None
        except Exception:
            self._loading = False
            log.exception("the engines could not be built")
            self._emit(Notice("VoiceMate could not get ready: that is a bug.", self._bug_hint))
            self._emit(PhaseChanged(Phase.TROUBLE))
            return None
        self._loading = False
        parts.model.prepare(parts.prompt.opening())
        if not self._told_past:
            self._told_past = True
            self._emit(PastTurns(parts.past))
        names = parts.recognizer.name, parts.model.name, parts.voice.name
        self._emit(Ready(*names, seconds=time.monotonic() - start))
        if self._wanted.empty():
            self._emit(PhaseChanged(self._resting()))
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
                message, hint = _BUG, self._bug_hint
                parts.speaker.cue("error")
            else:
                _log(record)
                return record
        else:
            message, hint = _NOT_READY, _SEE_DOCTOR
        self._emit(TurnFailed(turn.id, message, hint))
        return TurnRecord(turn.id, time.time(), turn.typed, "", "", "failed", origin=turn.origin)


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


class _Reload:
    """Asks for the parts to be built anew."""
