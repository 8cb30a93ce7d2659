"""What the window shows, as text and facts: pure functions of the state, without Qt."""

from __future__ import annotations

import html
from dataclasses import dataclass

from voicemate.conversation.spoken_text import strip_unsafe
from voicemate.events import Phase
from voicemate.types import TurnRecord
from voicemate.ui.state import State, phase_shown, reply_text, spoken_so_far
from voicemate.ui.theme import Palette
from voicemate.ui.turns import Finished
from voicemate.ui.words import noted, t

_LABELS: dict[Phase, str] = {
    Phase.IDLE: noted("Ready"),
    Phase.LISTENING: noted("Listening"),
    Phase.THINKING: noted("Thinking"),
    Phase.SPEAKING: noted("Speaking"),
    Phase.MUTED: noted("Muted"),
    Phase.TROUBLE: noted("Something is wrong"),
    Phase.LOADING: noted("Getting ready"),
}

_LAST_WORDS = 5
_WHOLE_TOKENS_PER_S = 10


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the window knows besides the conversation.

    `held` and `muted` are the companion's; `latched`: listening was begun by a tap; `asked` was
    typed and has not been taken up yet; `dismissed` is a notice's text that was closed. `answer`
    is the last turn that the model answered, `tokens_per_s` how fast it writes.
    """

    held: bool = False
    latched: bool = False
    muted: bool = False
    microphone_open: bool = True
    asked: str = ""
    dismissed: str = ""
    stopped: Finished | None = None
    answer: TurnRecord | None = None
    tokens_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """All that stands in the window but the words of the answer."""

    face: str = Phase.LOADING.value
    label: str = ""
    detail: str = ""
    heard: str = ""
    heard_final: bool = False
    stopped_at: str = ""
    answered: bool = False
    interrupted: bool = False
    live: bool = False
    listening: bool = False
    latched: bool = False
    muted: bool = False
    trouble: str = ""
    hint: str = ""
    microphone: str = ""
    microphone_open: bool = False
    model: str = ""
    speed: str = ""
    last_answer: str = ""
    turn: int = 0


def shown(state: State, around: Surroundings) -> Shown:
    """Give what the window shows."""
    phase = _phase(state, around)
    trouble, hint = _trouble(state, around)
    return Shown(
        face=phase.value,
        label=t(_LABELS[phase]),
        detail=_detail(phase, state, around),
        heard=line(around.asked or _heard(state)),
        heard_final=state.heard_final or bool(around.asked),
        stopped_at=_stopped_at(state, around),
        answered=bool(state.reply),
        interrupted=bool(state.ended and state.ended.outcome == "interrupted"),
        live=state.live,
        listening=around.held,
        latched=around.latched and around.held,
        muted=around.muted,
        trouble=trouble,
        hint=hint,
        microphone=_microphone(around),
        microphone_open=around.microphone_open,
        model=line(state.engines.model) if state.engines else "",
        speed=_speed(around.tokens_per_s),
        last_answer=_last_answer(around.answer),
        turn=state.turn or 0,
    )


def line(text: str) -> str:
    """Give the text on one line, without anything that could hide or mislead in it."""
    return " ".join(strip_unsafe(text).split())


@dataclass(frozen=True, slots=True)
class Caption:
    """The answer: what has been said, the word that sounds, what is still to come."""

    said: str = ""
    sounding: str = ""
    to_come: str = ""

    @property
    def text(self) -> str:
        """The whole of it."""
        return self.said + self.sounding + self.to_come

    @property
    def progress(self) -> float:
        """The part of it that has sounded, 0 to 1."""
        return (len(self.said) + len(self.sounding)) / max(len(self.text), 1)

    def markup(self, colours: Palette) -> str:
        """Give it for a styled text; nothing in it can be taken for markup."""
        parts = (
            (self.said, colours.text, ""),
            (self.sounding, colours.now, "u"),
            (self.to_come, colours.faint, ""),
        )
        return "".join(_styled(text, colour, tag) for text, colour, tag in parts if text)


def caption(state: State, now: float, stopped: Finished | None) -> Caption:
    """Give the answer as it stands at `now`; `stopped` is the turn that ended last."""
    if stopped is not None and not state.live and stopped.record.turn == state.turn:
        if stopped.record.outcome == "answered":
            return Caption(said=_safe(reply_text(state)))
        said, sounding, to_come = spoken_so_far(state, stopped.at)
        return Caption(_safe(said + sounding), "", _safe(to_come))
    return Caption(*map(_safe, spoken_so_far(state, now)))


def said_and_rest(turn: Finished) -> tuple[str, str]:
    """Give what was heard of a finished answer, and what was not."""
    if turn.record.outcome == "answered":
        return line(reply_text(turn.state) or turn.record.said), ""
    said, sounding, to_come = spoken_so_far(turn.state, turn.at)
    return line(said + sounding), line(to_come)


def _styled(text: str, colour: str, tag: str) -> str:
    escaped = html.escape(text)
    if tag:
        escaped = f"<{tag}>{escaped}</{tag}>"
    return f'<font color="{colour}">{escaped}</font>'


def _safe(text: str) -> str:
    return strip_unsafe(text).replace("\n", " ").replace("\t", " ")


def _phase(state: State, around: Surroundings) -> Phase:
    """Give what the face expresses: a turn that failed leaves it in trouble until the next one."""
    phase = phase_shown(state, held=around.held, muted=around.muted)
    failed = state.failure is not None and not state.live
    return Phase.TROUBLE if failed and phase in (Phase.IDLE, Phase.MUTED) else phase


def _detail(phase: Phase, state: State, around: Surroundings) -> str:
    match phase:
        case Phase.LOADING:
            return _loading(line(state.loading)) if state.loading else ""
        case Phase.LISTENING:
            done = noted("Tap again when you are done"), noted("Let go when you are done")
            return t(done[0] if around.latched else done[1])
        case Phase.MUTED:
            return t("The microphone is closed")
        case Phase.IDLE:
            if state.ended and state.ended.outcome == "nothing heard":
                return t("I did not hear anything")
            return t("Hold Space and talk")
        case Phase.SPEAKING:
            return t("Hold Space to interrupt, Esc to stop")
        case Phase.THINKING | Phase.TROUBLE:
            return ""


_ENGINES = (noted("the recogniser"), noted("the language model"), noted("the voice"))


def _loading(what: str) -> str:
    """Say what is loaded: a kind of engine, which is translated, and a name, which is not."""
    for kind in _ENGINES:
        if what.startswith(kind):
            what = t(kind) + what.removeprefix(kind)
    return t("Loading {what}").format(what=what)


def _trouble(state: State, around: Surroundings) -> tuple[str, str]:
    for advice in (state.failure, state.notice):
        if advice is not None and line(advice.message) != around.dismissed:
            return line(advice.message), line(advice.hint)
    return "", ""


def _heard(state: State) -> str:
    """Give what was heard, unless it was thrown away."""
    if state.ended is not None and state.ended.outcome in ("discarded", "nothing heard"):
        return ""
    return state.heard


def _stopped_at(state: State, around: Surroundings) -> str:
    """Give the last words of the answer that this turn cut off, until its own comes."""
    before = around.stopped
    if before is None or state.reply or before.record.outcome != "interrupted":
        return ""
    if before.record.turn == state.turn:
        return ""
    words = said_and_rest(before)[0].split()
    return ("… " if len(words) > _LAST_WORDS else "") + " ".join(words[-_LAST_WORDS:])


def _microphone(around: Surroundings) -> str:
    if around.microphone_open:
        return t("Microphone open")
    return t("Microphone closed") if around.muted else t("No microphone")


def _speed(tokens_per_s: float | None) -> str:
    if tokens_per_s is None:
        return ""
    digits = 0 if tokens_per_s >= _WHOLE_TOKENS_PER_S else 1
    return t("{n} tokens/s").format(n=f"{tokens_per_s:,.{digits}f}")


def _last_answer(record: TurnRecord | None) -> str:
    if record is None or record.times.first_sound is None:
        return ""
    return t("{n} ms").format(n=f"{record.times.first_sound:,.0f}")
