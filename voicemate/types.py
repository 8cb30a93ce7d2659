"""The nouns that travel between rooms: frozen, without behaviour beyond small derived values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NewType

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono sound, shape (n,), float32 in [-1, 1]."""

SPEECH_RATE_HZ = 16_000
"""The rate at which everything that was heard travels."""

TurnId = NewType("TurnId", int)

Thumb = Literal[-1, 0, 1]
"""What a person thinks of an answer: down, nothing or taken back, up."""


@dataclass(frozen=True, slots=True, eq=False)
class AudioBlock:
    """A stretch of what the microphone heard: mono, `SPEECH_RATE_HZ`, any length above 0.

    `captured_at` is `time.monotonic()` of its last sample; `level_db` is dB of full scale (RMS);
    `speaking` is the level gate's opinion at its end (hangover included); `quiet_s` is how long
    it has been quiet by then, 0 while it is loud; `released`: the key has been let go by then.
    """

    samples: Samples
    captured_at: float
    level_db: float
    speaking: bool
    quiet_s: float = 0.0
    released: bool = False

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / SPEECH_RATE_HZ


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word; times in seconds from the start of the take, confidence in [0, 1]."""

    text: str
    start_s: float
    end_s: float
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a recogniser has understood so far (`final` False), or of the whole take.

    `settled`: all that was said until now is in it, and the person has paused.
    """

    text: str
    final: bool = False
    words: tuple[Word, ...] = ()
    settled: bool = False

    @property
    def confidence(self) -> float | None:
        """Mean word confidence in [0, 1]; None where the recogniser gives none."""
        known = [w.confidence for w in self.words if w.confidence is not None]
        return sum(known) / len(known) if known else None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the conversation as a language model reads it."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stretch of a reply that is spoken in one breath.

    `source` is what the model wrote (all sources of a reply, joined, are the reply, character by
    character); `spoken` is what is said aloud, and may be empty. `goes_on`: the next utterance
    belongs to the same breath, and was not there yet.
    """

    source: str
    spoken: str
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """Where a word sounds in a `Speech`: characters [start, end) of its text, from `at_s` on."""

    start: int
    end: int
    at_s: float


MOUTH_RATE_HZ = 30
"""How many shapes of the mouth there are for a second of speech."""


@dataclass(frozen=True, slots=True)
class MouthShape:
    """How far a mouth is open, and how wide: both in [0, 1]; as it is made, closed and at rest."""

    open: float = 0.0
    wide: float = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """Rendered sound of one text: mono at `rate_hz`; `words` where the voice gives positions."""

    text: str
    samples: Samples
    rate_hz: int
    words: tuple[SpokenWord, ...] = ()

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """One voice that an engine offers; `languages` are BCP 47 tags such as "en-us"."""

    id: str
    name: str
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyStats:
    """What a reply cost in tokens: its prompt, how many of it were read before, what was written.

    `drafted_tokens` of those written were there before they were asked for. `tokens_per_s` is how
    fast the others were written; None where they were too few to tell.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    reply_tokens: int = 0
    drafted_tokens: int = 0
    tokens_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class TurnTimes:
    """Milliseconds from the key's release (typed: from the line); None where it never came.

    `first_sound` is the moment the first block of the answer was handed to the sound card, for
    a file the moment it was ready.
    """

    final_transcript: float | None = None
    first_piece: float | None = None
    first_sound: float | None = None
    total: float | None = None


Origin = Literal["voice", "typed", "recited"]
"""Spoken, typed, or a text that the companion was only asked to say (again): no turn to keep."""

Outcome = Literal["answered", "interrupted", "nothing heard", "discarded", "failed"]


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One finished turn.

    `heard` is what the person said, `reply` what was written, `said` the part of it that was
    heard: equal to `reply` unless the turn was interrupted. `at` is seconds since the epoch.
    """

    turn: TurnId
    at: float
    heard: str
    reply: str
    said: str
    outcome: Outcome
    origin: Origin = "voice"
    confidence: float | None = None
    recogniser: str = ""
    model: str = ""
    voice: str = ""
    times: TurnTimes = field(default_factory=TurnTimes)
    stats: ReplyStats = field(default_factory=ReplyStats)
