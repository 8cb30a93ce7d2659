"""How the terminal front end looks: pure functions from the state to rows of text."""

from __future__ import annotations

from dataclasses import dataclass

from voicemate.events import Phase
from voicemate.types import TurnRecord
from voicemate.ui.screen import Frame, Row, Span, Style, folded
from voicemate.ui.state import Advice, State, phase_shown, reply_text, spoken_so_far
from voicemate.ui.text import columns, printable, shortened
from voicemate.ui.turns import Finished
from voicemate.ui.words import noted, t

_FACES: dict[Phase, tuple[str, str, Style]] = {
    Phase.LOADING: ("…", noted("Getting ready"), "thinking"),
    Phase.IDLE: ("○", noted("Ready"), "strong"),
    Phase.LISTENING: ("●", noted("Listening"), "listening"),
    Phase.THINKING: ("~", noted("Thinking"), "thinking"),
    Phase.SPEAKING: ("▶", noted("Speaking"), "speaking"),
    Phase.MUTED: ("×", noted("Muted"), "dim"),
    Phase.TROUBLE: ("!", noted("Trouble"), "trouble"),
}
"""A sign, a word and a colour for each phase: any one of the three tells them apart."""

FORGOTTEN = noted("The whole conversation was deleted.")

_METER_CELLS = 10
_QUIET_DB, _LOUD_DB = -60.0, -10.0

_HELP = (
    ("SPACE", noted("talk, on an empty line: {talk}")),
    ("ESC", noted("throw away what you are saying, or stop the answer")),
    (noted("a line, ENTER"), noted("say it by typing; Ctrl-U and Ctrl-W delete")),
    ("Ctrl-O", noted("close the microphone, or open it again")),
    ("Ctrl-C", noted("leave (Ctrl-D too, on an empty line)")),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What the front end itself knows: the keys, the line, the microphone.

    `line` is the visible part of what is typed and `cursor` its cell; `asked` was sent and has not
    been taken up yet; `level_db` is dB of full scale; `holds` is true where space can be held.
    """

    name: str = "Mate"
    timing: bool = False
    holds: bool = False
    held: bool = False
    muted: bool = False
    open: bool = True
    level_db: float = -100.0
    line: str = ""
    cursor: int = 0
    asked: str = ""
    help: bool = False
    dismissed: Advice | None = None


PROMPT = "› "


def line_width(width: int) -> int:
    """Give the cells that are left for the typed line."""
    return max(width - 1 - columns(PROMPT), 1)


def frame(state: State, look: Look, size: tuple[int, int], now: float) -> Frame:
    """Give what stands at the bottom of a terminal of `size` columns and rows at `now`."""
    width, height = max(size[0] - 1, 1), size[1]
    talk = live_rows(state, look, width, now)
    below = [
        *(_help(look, width) if look.help else []),
        *_notices(state, look, width),
    ]
    if look.line:
        typed: Row = ((PROMPT, "strong"), (look.line, ""))
    else:
        typed = ((PROMPT, "strong"), (shortened(_hint(state, look), line_width(size[0])), "dim"))
    bottom = [typed, status(state, look, width)]
    room = max(height - 1 - len(bottom) - len(below), 0)
    # The end of what is said matters most; all of it goes into the scrollback anyway.
    rows = ([*talk, ()] if talk else [])[-room:] if room else []
    rows = [*rows, *below, *bottom][-max(height - 1, 1) :]
    row = max(len(rows) - 2, 0)
    return Frame(tuple(rows), (row, min(columns(PROMPT) + look.cursor, width)))


def status(state: State, look: Look, width: int) -> Row:
    """Give the status line."""
    phase = phase_shown(state, held=look.held, muted=look.muted)
    sign, word, style = _FACES[phase]
    is_open = look.open and not look.muted
    facts = [t("microphone open") if is_open else t("microphone closed"), t("offline")]
    if phase is Phase.LOADING and state.loading:
        facts.insert(0, printable(state.loading))
    if state.engines:
        facts.append(printable(state.engines.model))
    if look.timing and state.last and state.last.times.first_sound is not None:
        facts.append(_milliseconds(noted("first sound {n} ms"), state.last.times.first_sound))
    head = shortened(f"{sign} {t(word)}", width)
    meter = shortened(f"  {_meter(look.level_db)}" if look.held else "", width - columns(head))
    left = max(width - columns(head) - columns(meter), 0)
    rest = shortened("  " + " · ".join(facts), left)
    return tuple(span for span in ((head, style), (meter, style), (rest, "dim")) if span[0])


def turn_lines(turn: Finished, look: Look, width: int) -> list[Row]:
    """Give what stays in the scrollback of a turn that has ended."""
    record, failure = turn.record, turn.state.failure
    width = max(width - 1, 1)
    heard = printable(record.heard)
    lines = folded(_says(t("You"), "you", [(heard, "")]), width) if heard else []
    said = answer_text(turn)
    if said or record.outcome == "interrupted":
        cut: list[Span] = []
        if record.outcome == "interrupted":
            cut = [(f" — ({t('interrupted')})", "dim")]
        answer: list[Span] = [(said, ""), *cut]
        lines += folded(_says(printable(look.name), "mate", answer), width)
    elif heard and record.outcome == "discarded":
        lines += [((f"({t('discarded')})", "dim"),)]
    if record.outcome == "failed" and failure:
        lines += _advice(failure, width)
    if look.timing and heard:
        lines += folded(((timing(record), "dim"),), width)
    return [*lines, ()] if lines else []


def answer_text(turn: Finished) -> str:
    """Give what was said aloud of the answer, on one line."""
    if turn.record.outcome == "answered":
        return printable(reply_text(turn.state)).strip()
    said, sounding, _ = spoken_so_far(turn.state, turn.at)
    return printable(said + sounding).strip()


def timing(record: TurnRecord) -> str:
    """Give the milliseconds and the tokens of a turn."""
    times, stats = record.times, record.stats
    named = (
        (noted("transcript {n} ms"), times.final_transcript),
        (noted("first piece {n} ms"), times.first_piece),
        (noted("first sound {n} ms"), times.first_sound),
        (noted("total {n} ms"), times.total),
    )
    parts = [_milliseconds(text, ms) for text, ms in named if ms is not None]
    tokens = t("{n} of {all} prompt tokens read before").format(
        n=stats.cached_tokens, all=stats.prompt_tokens
    )
    written = t("{n} written").format(n=stats.reply_tokens)
    if stats.drafted_tokens:
        written += t(", {n} of them ahead").format(n=stats.drafted_tokens)
    return " · ".join([*parts, tokens, written])


def opening_lines(width: int) -> list[Row]:
    """Give the line that stands above the conversation."""
    text = t("VoiceMate is a program that talks with you. What you say stays on this computer.")
    return [*folded(((text, "dim"),), max(width - 1, 1)), ()]


def forgotten_lines(width: int) -> list[Row]:
    """Give what stands in the scrollback once nothing is left of the conversation."""
    return [*folded(((t(FORGOTTEN), "dim"),), max(width - 1, 1)), ()]


def live_rows(state: State, look: Look, width: int, now: float) -> list[Row]:
    """Give what is being said at `now`, by both."""
    rows: list[Row] = []
    if state.live and state.heard:
        style: Style = "" if state.heard_final else "dim"
        more: list[Span] = [] if state.heard_final else [(" …", "dim")]
        rows += folded(_says(t("You"), "you", [(printable(state.heard), style), *more]), width)
    if state.live and state.reply:
        said, sounding, to_come = map(printable, spoken_so_far(state, now))
        spans: list[Span] = [(said, ""), (sounding, "now"), (to_come, "dim")]
        rows += folded(_says(printable(look.name), "mate", spans), width)
    if look.asked:
        rows += folded(_says(t("You"), "you", [(printable(look.asked), "dim")]), width)
    ended = state.ended
    if ended and not look.held and not ended.heard and ended.outcome in _QUIET_ENDS:
        rows += folded(((f"({t(_QUIET_ENDS[ended.outcome])})", "dim"),), width)
    return rows


_QUIET_ENDS = {"nothing heard": noted("nothing heard"), "discarded": noted("discarded")}


def _notices(state: State, look: Look, width: int) -> list[Row]:
    rows: list[Row] = []
    if state.live and state.failure:
        rows += _advice(state.failure, width)
    if state.notice and state.notice is not look.dismissed:
        rows += _advice(state.notice, width)
    return rows


def _advice(advice: Advice, width: int) -> list[Row]:
    spans: list[Span] = [("! ", "trouble"), (printable(advice.message), "")]
    if advice.hint:
        spans.append((" " + printable(advice.hint), "dim"))
    return folded(spans, width)


def _help(look: Look, width: int) -> list[Row]:
    talk = t("hold it, let go to send") if look.holds else t("tap to begin, tap again to send")
    rows: list[Row] = []
    for key, what in _HELP:
        name = t(key)
        margin = " " * max(14 - columns(name), 0)
        rows += folded(((f"{margin}{name}  ", "strong"), (t(what).format(talk=talk), "")), width)
    return rows


def _hint(state: State, look: Look) -> str:
    if look.held:
        hint = noted("Let go to send, ESC to discard"), noted("SPACE to send, ESC to discard")
    elif look.muted:
        return t("Type a line, or Ctrl-O to open the microphone. ? for help")
    elif state.phase in (Phase.SPEAKING, Phase.THINKING):
        hint = (
            noted("Hold SPACE to interrupt, ESC to stop"),
            noted("SPACE to interrupt, ESC to stop"),
        )
    else:
        hint = (
            noted("Hold SPACE to talk, or type a line. ? for help"),
            noted("SPACE to talk, or type a line. ? for help"),
        )
    return t(hint[0] if look.holds else hint[1])


def _milliseconds(text: str, ms: float) -> str:
    return t(text).format(n=f"{ms:.0f}")


def _says(name: str, style: Style, spans: list[Span]) -> Row:
    return ((f"{name}: ", style), *spans)


def _meter(level_db: float) -> str:
    share = (level_db - _QUIET_DB) / (_LOUD_DB - _QUIET_DB)
    full = round(min(max(share, 0.0), 1.0) * _METER_CELLS)
    return "▮" * full + "▯" * (_METER_CELLS - full)
