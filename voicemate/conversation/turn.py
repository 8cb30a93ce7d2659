"""One turn of the conversation: `run_turn` is the whole way from what is heard to what is kept.

It is a chain of generators on one thread: each step pulls from the one before it, so there is no
queue to see and nothing to call back. What travels back are events and the turn's cancel token.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from voicemate.cancel import CancelToken
from voicemate.conversation.delivery import speeches
from voicemate.conversation.mouth import shapes
from voicemate.conversation.prompt import Prompt
from voicemate.conversation.sentences import DEFAULT_CUT, Cut, utterances
from voicemate.errors import StorageError, TurnCancelled, VoiceMateError
from voicemate.events import (
    Event,
    Heard,
    Notice,
    Phase,
    PhaseChanged,
    ReplyGrew,
    Spoke,
    TurnFailed,
)
from voicemate.ports import (
    Guard,
    Memory,
    Playback,
    Recognizer,
    Reply,
    ReplyModel,
    Speaker,
    Take,
    Voice,
)
from voicemate.types import (
    AudioBlock,
    Origin,
    Outcome,
    ReplyStats,
    Speech,
    Transcript,
    TurnId,
    TurnRecord,
    TurnTimes,
    Utterance,
)

log = logging.getLogger(__name__)

Emit = Callable[[Event], None]

MIN_TAKE_S = 0.2
"""A key held for less is a slip of the finger."""

THINKING_CUE_AFTER_S = 1.0
"""How long an answer may take before a sound says that it is on its way."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: spoken (`take`) or typed (`typed`), and the token by which it is cancelled.

    With `recited` that text is said, as if it answered what was `typed`: no model words it, and
    nothing of it is kept.
    """

    id: TurnId
    cancel: CancelToken
    take: Take | None = None
    typed: str = ""
    recited: str = ""
    begun_at: float = field(default_factory=time.monotonic)

    @property
    def origin(self) -> Origin:
        """How it came about."""
        if self.recited:
            return "recited"
        return "voice" if self.take else "typed"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a turn works with; built on the turn thread. `past` is what was said before."""

    recognizer: Recognizer
    model: ReplyModel
    voice: Voice
    speaker: Speaker
    memory: Memory
    prompt: Prompt
    guard: Guard | None = None
    language: str = "en"
    min_confidence: float = 0.0
    max_spoken_s: float = 40.0
    cut: Cut = DEFAULT_CUT
    past: tuple[TurnRecord, ...] = ()
    clock: Callable[[], float] = time.monotonic

    def close(self) -> None:
        """Free them all."""
        for part in (self.speaker, self.recognizer, self.model, self.voice, self.memory):
            part.close()


def run_turn(turn: Turn, parts: Parts, emit: Emit) -> TurnRecord:
    """Hear, answer aloud and remember; gives the record, also of a turn that was cut off.

    A part that fails ends the turn with a `TurnFailed`; what was said until then is kept.
    """
    story = _Story(turn, parts)
    try:
        heard = _hear(turn, parts, emit)
        story.heard(heard)
        if heard.text or turn.recited:
            emit(PhaseChanged(Phase.THINKING, turn.id))
            playback = parts.speaker.play(turn.cancel, thinking_after_s=THINKING_CUE_AFTER_S)
            pieces = story.replies(_reply(heard, turn, parts), playback)
            breaths = utterances(pieces, parts.language, parts.cut)
            for utterance, speech in speeches(breaths, parts.voice, turn.cancel, parts.language):
                at = playback.write(speech)
                story.speaks(utterance, speech, at, emit)
                if story.spoken_s > parts.max_spoken_s:
                    break
            playback.finish()
            story.outcome = "answered"
    except TurnCancelled:
        story.outcome = "interrupted" if story.said() else "discarded"
    except VoiceMateError as error:
        log.warning("turn %d: %s", turn.id, error.message)
        story.outcome = "failed"
        parts.speaker.cue("error")
        emit(TurnFailed(turn.id, error.message, error.hint, error.exit_status))
    return _remember(story.end(), parts, emit)


def _remember(record: TurnRecord, parts: Parts, emit: Emit) -> TurnRecord:
    if record.origin == "recited":
        return record
    parts.prompt.add(record)
    if record.heard:
        try:
            parts.memory.record(record)
        except StorageError as error:
            # The answer has been given: the person is told, and the conversation goes on.
            emit(Notice(error.message, error.hint))
    return record


def _hear(turn: Turn, parts: Parts, emit: Emit) -> Transcript:
    """Give the final transcript, its text empty when nothing was said.

    Where it has the words of a partial for which a draft was begun, that spelling stays: what is
    answered, shown and remembered is then the same text.
    """
    if turn.take is None:
        transcript = Transcript(turn.typed.strip(), final=True)
        emit(Heard(turn.id, transcript))
        return transcript
    ear = _Ear()
    drafted = ""
    for transcript in parts.recognizer.recognize(ear.listen(turn.take)):
        turn.cancel.raise_if_cancelled()
        if transcript.final and not ear.heard_speech(turn.take, transcript, parts.min_confidence):
            transcript = Transcript("", final=True)
        if transcript.final and _words(transcript.text) == _words(drafted):
            transcript = replace(transcript, text=drafted)
        emit(Heard(turn.id, transcript))
        if not transcript.final and transcript.text:
            _read_ahead(transcript, parts)
            drafted = transcript.text if transcript.settled else drafted
    return transcript


def _read_ahead(partial: Transcript, parts: Parts) -> None:
    """Let the model read what is being said; in a pause, let it begin to answer."""
    notes = parts.memory.recall(partial.text) if partial.settled else ()
    messages = parts.prompt.messages(partial.text, notes)
    parts.model.prepare(messages, draft=partial.settled)


def _words(text: str) -> list[str]:
    """Give the words of a text without case and punctuation."""
    return re.sub(r"[^\w\s']", " ", text.casefold()).split()


def _reply(heard: Transcript, turn: Turn, parts: Parts) -> Reply:
    if turn.recited:
        return _FixedReply(turn.recited)
    fixed = parts.guard.check(heard) if parts.guard else None
    if fixed is not None:
        return _FixedReply(fixed)
    notes = parts.memory.recall(heard.text)
    return parts.model.reply(parts.prompt.messages(heard.text, notes), turn.cancel)


class _Ear:
    """Notices, in passing, whether a take has speech in it at all."""

    def __init__(self) -> None:
        self._duration_s = 0.0
        self._speaking = False

    def listen(self, take: Take) -> Iterator[AudioBlock]:
        for block in take.blocks():
            self._duration_s += block.duration_s
            self._speaking = self._speaking or block.speaking
            yield block

    def heard_speech(self, take: Take, transcript: Transcript, min_confidence: float) -> bool:
        """False for a slip of the finger, silence, or noise that was taken for words."""
        held_s = self._duration_s
        if take.released_at is not None:
            held_s = min(held_s, take.released_at - take.begun_at)
        if held_s < MIN_TAKE_S or not self._speaking:
            return False
        return transcript.confidence is None or transcript.confidence >= min_confidence


class _FixedReply:
    """A reply that no model words."""

    stats = ReplyStats()

    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self) -> Iterator[str]:
        yield self._text

    def close(self) -> None:
        return


class _Story:
    """Collects what becomes the turn's record."""

    def __init__(self, turn: Turn, parts: Parts) -> None:
        self.outcome: Outcome = "nothing heard"
        self._turn = turn
        self._parts = parts
        self._at = time.time()
        self._heard = Transcript("")
        self._written: list[str] = []
        self._spoken: list[tuple[Utterance, Speech]] = []
        self.spoken_s = 0.0
        self._reply: Reply | None = None
        self._playback: Playback | None = None
        self._final_transcript_at: float | None = None
        self._first_piece_at: float | None = None

    def heard(self, transcript: Transcript) -> None:
        self._heard = transcript
        self._final_transcript_at = self._parts.clock()

    def replies(self, reply: Reply, playback: Playback) -> Iterator[str]:
        """Pass the reply's pieces on, noting what was written and when it began."""
        self._reply, self._playback = reply, playback
        for piece in reply:
            if self._first_piece_at is None:
                self._first_piece_at = self._parts.clock()
            self._written.append(piece)
            yield piece

    def speaks(self, utterance: Utterance, speech: Speech, at: float, emit: Emit) -> None:
        """Note that an utterance will sound, and tell."""
        turn = self._turn.id
        if not self._spoken:
            emit(PhaseChanged(Phase.SPEAKING, turn))
        self._spoken.append((utterance, speech))
        self.spoken_s += speech.duration_s
        emit(ReplyGrew(turn, utterance.spoken))
        if speech.text:
            mouth = shapes(speech.samples, speech.rate_hz)
            emit(Spoke(turn, speech.text, at, speech.duration_s, speech.words, mouth))

    def said(self) -> str:
        """Give the part of what was written that has been heard."""
        if self._playback is None:
            return ""
        left_s = self._playback.played_s
        heard = []
        for utterance, speech in self._spoken:
            if left_s >= speech.duration_s:
                heard.append(utterance.source)
            else:
                heard.append(_heard_part(utterance, speech, left_s))
                break
            left_s -= speech.duration_s
        return "".join(heard).strip()

    def end(self) -> TurnRecord:
        """Stop what is still being written and give the record."""
        if self._reply is not None:
            self._reply.close()
        return self._record()

    def _record(self) -> TurnRecord:
        parts, reply = self._parts, self._reply
        whole = "".join(u.source for u, _ in self._spoken)
        return TurnRecord(
            turn=self._turn.id,
            at=self._at,
            heard=self._heard.text,
            reply="".join(self._written) or whole,
            said=whole.strip() if self.outcome == "answered" else self.said(),
            outcome=self.outcome,
            origin=self._turn.origin,
            confidence=self._heard.confidence,
            recogniser=parts.recognizer.name if self._turn.take else "",
            model=parts.model.name if reply else "",
            voice=parts.voice.name if self._spoken else "",
            times=self._times(),
            stats=reply.stats if reply else ReplyStats(),
        )

    def _times(self) -> TurnTimes:
        take = self._turn.take
        zero = take.released_at if take else self._turn.begun_at
        if zero is None:
            return TurnTimes()

        def since(moment: float | None) -> float | None:
            return None if moment is None else (moment - zero) * 1000

        return TurnTimes(
            final_transcript=since(self._final_transcript_at),
            first_piece=since(self._first_piece_at),
            first_sound=since(self._playback.first_sound_at) if self._playback else None,
            total=since(self._parts.clock()),
        )


def _heard_part(utterance: Utterance, speech: Speech, heard_s: float) -> str:
    """Give the words of an utterance whose sound had ended or nearly, from its beginning on.

    Where the voice tells no word positions, time is taken to pass evenly over the text.
    """
    if heard_s <= 0 or not utterance.spoken:
        return ""
    if speech.words:
        n_chars = max((w.end for w in speech.words if w.at_s < heard_s), default=0)
    else:
        n_chars = int(len(utterance.spoken) * heard_s / speech.duration_s)
    cut = int(len(utterance.source) * n_chars / len(utterance.spoken))
    source = utterance.source
    while 0 < cut < len(source) and not source[cut].isspace():
        cut -= 1
    return source[:cut]
