"""What a terminal or a window shows of the conversation: one frozen state and a pure `reduce`.

Nothing here knows how it is drawn. Events of an older turn, or of a turn that has ended, change
nothing: what was interrupted cannot come back on the screen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from voicemate.events import (
    Event,
    Forgotten,
    Heard,
    Loading,
    Notice,
    PastTurns,
    Phase,
    PhaseChanged,
    Ready,
    ReplyGrew,
    Spoke,
    TurnEnded,
    TurnFailed,
)
from voicemate.types import MouthShape, SpokenWord, TurnId, TurnRecord

_IN_A_TURN = frozenset({Phase.LISTENING, Phase.THINKING, Phase.SPEAKING})


@dataclass(frozen=True, slots=True)
class Advice:
    """What the person is told: a sentence, and what to do next (may be empty)."""

    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Engines:
    """Names of the engines in use, and the seconds that loading them took."""

    recogniser: str
    model: str
    voice: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the answer; it sounds from `at` (`time.monotonic()`) on, None: not yet known.

    `words` are positions in `text`, where the voice tells them; `mouth` has `MOUTH_RATE_HZ` shapes
    for a second.
    """

    text: str
    at: float | None = None
    duration_s: float = 0.0
    words: tuple[SpokenWord, ...] = ()
    mouth: tuple[MouthShape, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """All that is shown.

    `turn` is the newest turn, `live` is true until it has ended, `last` is the record of the
    newest turn that has. `failure` belongs to the newest turn, `notice` to none.
    """

    phase: Phase = Phase.LOADING
    turn: TurnId | None = None
    live: bool = False
    heard: str = ""
    heard_final: bool = False
    reply: tuple[Stretch, ...] = ()
    failure: Advice | None = None
    notice: Advice | None = None
    engines: Engines | None = None
    loading: str = ""
    muted: bool = False
    last: TurnRecord | None = None

    @property
    def ended(self) -> TurnRecord | None:
        """The record of the newest turn; None while it is live."""
        return None if self.live else self.last


def reduce(state: State, event: Event) -> State:
    """Give the state after an event."""
    turn = turn_of(event)
    if turn is not None:
        if is_stale(state, turn):
            return state
        if turn != state.turn:
            state = _begin(state, turn)
    match event:
        case PhaseChanged():
            return _phase(state, event)
        case Heard(transcript=transcript):
            return replace(state, heard=transcript.text, heard_final=transcript.final)
        case ReplyGrew(text=text):
            return replace(state, reply=(*state.reply, Stretch(text))) if text else state
        case Spoke():
            return replace(state, reply=_sounding(state.reply, event))
        case TurnEnded(record=record):
            return _end(state, record)
        case TurnFailed(message=message, hint=hint):
            return replace(state, failure=Advice(message, hint))
        case Notice(message=message, hint=hint):
            return replace(state, notice=Advice(message, hint))
        case Loading(what=what):
            return replace(state, loading=what)
        case Ready():
            engines = Engines(event.recogniser, event.model, event.voice, event.seconds)
            return replace(state, engines=engines, loading="")
        case Forgotten():
            gone = State(phase=state.phase, engines=state.engines, muted=state.muted)
            return replace(state, last=None) if state.live else replace(gone, turn=state.turn)
        case PastTurns():
            return state


def turn_of(event: Event) -> TurnId | None:
    """Give the turn that an event belongs to."""
    match event:
        case TurnEnded(record=record):
            return record.turn
        case PhaseChanged() | Heard() | ReplyGrew() | Spoke() | TurnFailed():
            return event.turn
        case Notice() | Loading() | Ready() | PastTurns() | Forgotten():
            return None


def is_stale(state: State, turn: TurnId) -> bool:
    """True for a turn that is older than the newest one, or over."""
    if state.turn is None or turn > state.turn:
        return False
    return turn < state.turn or not state.live


def phase_shown(state: State, *, held: bool, muted: bool) -> Phase:
    """Give the phase that a person would name; the key and the microphone come first.

    `held`: the companion listens; `muted`: its microphone is closed on the person's wish.
    """
    if held:
        return Phase.LISTENING
    if state.phase is Phase.LISTENING:
        # The key was let go: what was said is being understood, once there is what understands.
        return Phase.THINKING if state.engines else Phase.LOADING
    if state.phase in (Phase.IDLE, Phase.MUTED):
        return Phase.MUTED if muted else Phase.IDLE
    return state.phase


def reply_text(state: State) -> str:
    """Give the answer as far as it is known, as it is spoken."""
    return "".join(space + stretch.text for space, stretch in _spaced(state.reply))


def spoken_so_far(state: State, now: float) -> tuple[str, str, str]:
    """Give what has been said of the answer, the word that sounds, and what is still to come.

    `now` is `time.monotonic()`. The three, joined, are `reply_text(state)`.
    """
    said: list[str] = []
    to_come: list[str] = []
    sounding = ""
    for space, stretch in _spaced(state.reply):
        start, end = _progress(stretch, now)
        if sounding or to_come or end == 0:
            to_come.append(space + stretch.text)
            continue
        said.append(space + stretch.text[:start])
        sounding = stretch.text[start:end]
        if end < len(stretch.text):
            to_come.append(stretch.text[end:])
    return "".join(said), sounding, "".join(to_come)


def _begin(state: State, turn: TurnId) -> State:
    return replace(state, turn=turn, live=True, heard="", heard_final=False, reply=(), failure=None)


def _phase(state: State, event: PhaseChanged) -> State:
    if event.turn is not None:
        # The turn is really under way, so what stood in its way has been mended.
        notice = None if event.phase in _IN_A_TURN else state.notice
        return replace(state, phase=event.phase, notice=notice)
    muted = state.muted
    if event.phase in (Phase.MUTED, Phase.IDLE):
        muted = event.phase is Phase.MUTED
    # The microphone may be closed while an answer sounds: the answer goes on.
    return replace(state, phase=state.phase if state.live else event.phase, muted=muted)


def _end(state: State, record: TurnRecord) -> State:
    phase = state.phase
    if phase in _IN_A_TURN:
        phase = Phase.MUTED if state.muted else Phase.IDLE
    return replace(state, live=False, last=record, phase=phase)


def _sounding(reply: tuple[Stretch, ...], event: Spoke) -> tuple[Stretch, ...]:
    """Put the time of a stretch to its text, which usually was written before."""
    spoken = Stretch(event.text, event.at, event.duration_s, event.words, event.mouth)
    waiting = [i for i, stretch in enumerate(reply) if stretch.at is None]
    if not waiting:
        return (*reply, spoken)
    i = next((i for i in waiting if reply[i].text == event.text), waiting[0])
    return (*reply[:i], spoken, *reply[i + 1 :])


def _spaced(reply: tuple[Stretch, ...]) -> list[tuple[str, Stretch]]:
    """Give each stretch with the space that parts it from the one before."""
    spaced = []
    ends_open = False
    for stretch in reply:
        parted = not ends_open or stretch.text[:1].isspace()
        spaced.append(("" if parted else " ", stretch))
        if stretch.text:
            ends_open = not stretch.text[-1].isspace()
    return spaced


def _progress(stretch: Stretch, now: float) -> tuple[int, int]:
    """Give where the word that sounds begins and ends in the stretch's text.

    Both are 0 before it begins and its length when it is over. Where the voice tells no words,
    time is taken to pass evenly over the text.
    """
    text, length = stretch.text, len(stretch.text)
    if stretch.at is None or now < stretch.at:
        return 0, 0
    if now >= stretch.at + stretch.duration_s:
        return length, length
    if stretch.words:
        begun = [word for word in stretch.words if stretch.at + word.at_s <= now]
        if not begun:
            return 0, 0
        start = min(max(begun[-1].start, 0), length)
        return start, min(max(begun[-1].end, start), length)
    passed = int(length * (now - stretch.at) / stretch.duration_s)
    start = text.rfind(" ", 0, passed) + 1
    end = text.find(" ", passed)
    return start, end if end >= 0 else length
