"""What the window shows, as text and facts: pure functions of the state, without Qt."""

from __future__ import annotations

import html
from dataclasses import dataclass

from voicemate.conversation.spoken_text import strip_unsafe
from voicemate.types import TurnRecord
from voicemate.ui.face import Expression, expression
from voicemate.ui.state import State, reply_text, spoken_so_far
from voicemate.ui.theme import Palette
from voicemate.ui.turns import Finished

_LABELS: dict[Expression, str] = {
    "idle": "Ready",
    "listening": "Listening",
    "thinking": "Thinking",
    "speaking": "Speaking",
    "muted": "Muted",
    "trouble": "Something is wrong",
    "loading": "Getting ready",
}

_LAST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the window knows besides the conversation.

    `held` and `muted` are the companion's; `latched`: listening was begun by a tap; `asked` was
    typed and has not been taken up yet; `dismissed` is a notice's text that was closed.
    """

    held: bool = False
    latched: bool = False
    muted: bool = False
    microphone_open: bool = True
    asked: str = ""
    dismissed: str = ""
    stopped: Finished | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """All that stands in the window but the words of the answer."""

    face: Expression = "loading"
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
    last_answer: str = ""
    turn: int = 0


def shown(state: State, around: Surroundings) -> Shown:
    """Give what the window shows."""
    face = expression(state, held=around.held, muted=around.muted)
    trouble, hint = _trouble(state, around)
    return Shown(
        face=face,
        label=_LABELS[face],
        detail=_detail(face, state, around),
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
        last_answer=_last_answer(state.last),
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


def _detail(face: Expression, state: State, around: Surroundings) -> str:
    match face:
        case "loading":
            return f"Loading {line(state.loading)}" if state.loading else ""
        case "listening":
            return "Tap again when you are done" if around.latched else "Let go when you are done"
        case "muted":
            return "The microphone is closed"
        case "idle":
            if state.ended and state.ended.outcome == "nothing heard":
                return "I did not hear anything"
            return "Hold Space and talk"
        case "speaking":
            return "Hold Space to interrupt, Esc to stop"
        case "thinking" | "trouble":
            return ""


def _trouble(state: State, around: Surroundings) -> tuple[str, str]:
    for advice in (state.failure, state.notice):
        if advice is not None and advice.message != around.dismissed:
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
        return "Microphone open"
    return "Microphone closed" if around.muted else "No microphone"


def _last_answer(record: TurnRecord | None) -> str:
    if record is None or record.times.first_sound is None:
        return ""
    return f"{record.times.first_sound:,.0f} ms"
