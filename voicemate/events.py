"""What a window or a terminal may see of the conversation: frozen, in order, one turn at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from voicemate.errors import ExitStatus
from voicemate.types import MouthShape, SpokenWord, Transcript, TurnId, TurnRecord


class Phase(Enum):
    """What the companion is doing, as a person sees it."""

    LOADING = "loading"
    IDLE = "idle"
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"
    MUTED = "muted"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """The companion does something else now; `turn` is None outside of a turn."""

    phase: Phase
    turn: TurnId | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A partial or final transcript of what the person says."""

    turn: TurnId
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class ReplyGrew:
    """The model wrote another stretch; `text` is only what is new, as it will be spoken."""

    turn: TurnId
    text: str


@dataclass(frozen=True, slots=True)
class Spoke:
    """A stretch of the answer begins to sound `at` (`time.monotonic()`), for `duration_s`.

    `mouth` has `MOUTH_RATE_HZ` shapes for a second of it.
    """

    turn: TurnId
    text: str
    at: float
    duration_s: float
    words: tuple[SpokenWord, ...] = ()
    mouth: tuple[MouthShape, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The turn is over; sent exactly once a turn."""

    record: TurnRecord


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """The turn could not be answered; a `TurnEnded` with outcome "failed" follows."""

    turn: TurnId
    message: str
    hint: str
    status: ExitStatus = ExitStatus.BUG


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the person should know that belongs to no turn (a microphone that went away)."""

    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Loading:
    """An engine is being loaded; `what` is a few words for the person."""

    what: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything is loaded; names of the engines that will be used."""

    recogniser: str
    model: str
    voice: str
    seconds: float


@dataclass(frozen=True, slots=True)
class PastTurns:
    """What was said before the program was started, oldest first; sent once, before `Ready`."""

    records: tuple[TurnRecord, ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The whole conversation was deleted on the person's wish."""

    n_turns: int


Event = (
    PhaseChanged
    | Heard
    | ReplyGrew
    | Spoke
    | TurnEnded
    | TurnFailed
    | Notice
    | Loading
    | Ready
    | PastTurns
    | Forgotten
)
