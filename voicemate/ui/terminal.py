"""The terminal front end of `voicemate talk`.

The conversation scrolls as ordinary lines; below it stand, drawn in place, what is being said, the
line that is typed and the status. One loop on the main thread waits for keys and events together;
it sleeps until one comes, and draws at most 20 times a second.
"""

from __future__ import annotations

import os
import sys
import time

from voicemate.errors import ExitStatus
from voicemate.events import Event, Forgotten, Heard, Phase
from voicemate.ui.inbox import Inbox
from voicemate.ui.keys import Key, SpaceBar
from voicemate.ui.line import Line
from voicemate.ui.plain import run_plain
from voicemate.ui.screen import Row, Screen
from voicemate.ui.state import Advice
from voicemate.ui.talker import Talker, Terminal
from voicemate.ui.turns import Turns
from voicemate.ui.view import (
    Look,
    forgotten_lines,
    frame,
    line_width,
    live_rows,
    opening_lines,
    turn_lines,
)
from voicemate.ui.words import noted, t

FRAME_S = 0.05
"""The shortest time between two drawings."""

_METER_S = 0.1

GOODBYE = noted("Goodbye.")


def run_terminal(
    companion: Talker, events: Inbox, *, timing: bool = False, name: str = "Mate"
) -> ExitStatus:
    """Talk until the person leaves; the companion has been started, and is closed by the caller.

    `events` is what the companion emits to; `timing` shows the milliseconds of each turn; `name`
    is the companion's. Where stdin or stdout is no terminal, each line of stdin is said. Gives the
    status for the shell: that of the last failed turn then, otherwise OK. Call it on the main
    thread.
    """
    if not _is_terminal():
        return run_plain(companion, events, show_timing=timing)
    terminal = _terminal(events)
    with terminal:
        _FrontEnd(companion, events, terminal, timing, name).run()
    return ExitStatus.OK


def _is_terminal() -> bool:
    dumb = os.name == "posix" and os.environ.get("TERM", "dumb") == "dumb"
    return sys.stdin.isatty() and sys.stdout.isatty() and not dumb


def _terminal(events: Inbox) -> Terminal:
    if os.name == "nt":
        from voicemate.ui.keyboard_windows import Keyboard as Console

        return Console(events)
    from voicemate.ui.keyboard import Keyboard

    return Keyboard(events)


class _FrontEnd:
    """The loop, and what each key does."""

    def __init__(
        self, companion: Talker, events: Inbox, terminal: Terminal, timing: bool, name: str
    ) -> None:
        self._companion = companion
        self._events = events
        self._terminal = terminal
        self._timing = timing
        self._name = name
        self._screen = Screen(terminal.write, os.environ)
        self._turns = Turns()
        self._line = Line()
        self._space_bar = SpaceBar()
        self._holding = False
        self._asked = ""
        self._help = False
        self._dismissed: Advice | None = None
        self._over = False
        self._lines: list[Row] = []
        self._drawn_at = 0.0
        self._changed = True

    def run(self) -> None:
        """Run until the person leaves."""
        self._lines += opening_lines(self._terminal.size()[0])
        try:
            while not (self._over or self._events.finished):
                for key in self._terminal.wait(self._timeout_s()):
                    self._on_key(key)
                for event in self._events.drain():
                    self._on_event(event)
                # Also without either: the terminal may have said what it can.
                self._changed = True
                self._draw_when_due()
            self._lines += self._unfinished()
            self._lines.append(((t(GOODBYE), ""),))
        finally:
            self._companion.discard()
            self._screen.clear(self._terminal.size()[0], self._lines)

    def _unfinished(self) -> list[Row]:
        """Give what was being said when the person left, which no `TurnEnded` will tell."""
        if not self._turns.state.live:
            return []
        width = self._terminal.size()[0]
        look = self._look(width)
        rows = live_rows(self._turns.state, look, max(width - 1, 1), time.monotonic())
        return [*rows, ()] if rows else []

    def _timeout_s(self) -> float | None:
        """Give how long nothing can change on the screen by itself; None: for ever."""
        passed_s = time.monotonic() - self._drawn_at
        if self._changed:
            return max(FRAME_S - passed_s, 0.0)
        if self._turns.state.live and self._turns.state.phase is Phase.SPEAKING:
            return max(FRAME_S - passed_s, 0.0)
        return max(_METER_S - passed_s, 0.0) if self._companion.held else None

    def _draw_when_due(self) -> None:
        now = time.monotonic()
        if now - self._drawn_at < FRAME_S:
            return
        size = self._terminal.size()
        width = size[0]
        self._screen.draw(
            frame(self._turns.state, self._look(width), size, now), width, self._lines
        )
        self._lines.clear()
        self._drawn_at = now
        self._changed = False

    def _look(self, width: int) -> Look:
        line, cursor = self._line.window(line_width(width))
        return Look(
            name=self._name,
            timing=self._timing,
            holds=self._terminal.tells_releases,
            held=self._companion.held,
            muted=self._companion.muted,
            open=self._companion.microphone_open,
            level_db=self._companion.level_db,
            line=line,
            cursor=cursor,
            asked=self._asked,
            help=self._help,
            dismissed=self._dismissed,
        )

    def _on_event(self, event: Event) -> None:
        finished = self._turns.see(event, time.monotonic())
        if isinstance(event, Forgotten):
            self._lines += forgotten_lines(self._terminal.size()[0])
        if isinstance(event, Heard) or (finished and finished.record.origin == "typed"):
            self._asked = ""
        if finished:
            width = self._terminal.size()[0]
            self._lines += turn_lines(finished, self._look(width), width)

    def _on_key(self, key: Key) -> None:
        if key.name == "space":
            self._space(key)
        elif key.name == "focus-out":
            # The release goes to another window now.
            self._let_go()
        elif key.action != "release":
            closes = self._help and key.name not in ("focus-in", "resize")
            self._help = self._help and not closes
            if not (closes and key.text == "?"):
                self._press(key)

    def _press(self, key: Key) -> None:
        match key.name:
            case "text" | "paste":
                self._type(key.text)
            case "enter":
                self._enter()
            case "escape":
                self._escape()
            case "ctrl+o":
                self._companion.set_muted(not self._companion.muted)
            case "ctrl+c" | "quit":
                self._over = True
            case "ctrl+d" if not self._line.text:
                self._over = True
            case "ctrl+z" | "suspend":
                self._suspend()
            case "resume":
                self._terminal.resume()
                self._screen.forget()
            case "f1":
                self._help = True
            case name:
                self._edit(name)

    def _edit(self, name: str) -> None:
        edits = {
            "backspace": self._line.backspace,
            "delete": self._line.delete,
            "ctrl+d": self._line.delete,
            "ctrl+u": self._line.delete_to_start,
            "ctrl+w": self._line.delete_word,
            "left": self._line.left,
            "right": self._line.right,
            "home": self._line.home,
            "ctrl+a": self._line.home,
            "end": self._line.end,
            "ctrl+e": self._line.end,
        }
        if name in edits:
            edits[name]()

    def _space(self, key: Key) -> None:
        if key.action == "release":
            self._let_go()
        elif self._line.text:
            self._type(" ")
        elif key.action == "press" and not self._holding:
            self._help = False
            self._talk()

    def _talk(self) -> None:
        if self._terminal.tells_releases:
            self._holding = True
            if self._companion.held:
                # It was begun by a tap, before the terminal said that it tells releases.
                self._companion.release()
            else:
                self._companion.press()
        elif self._space_bar.tapped(time.monotonic(), listening=self._companion.held):
            self._companion.toggle()

    def _let_go(self) -> None:
        if self._holding:
            self._holding = False
            self._companion.release()

    def _type(self, text: str) -> None:
        if self._companion.held:
            # While one talks, letters are slips; a line would make space mean a space again.
            return
        if text == "?" and not self._line.text:
            self._help = True
        else:
            self._line.insert(text)

    def _enter(self) -> None:
        if self._companion.held:
            self._holding = False
            self._companion.release()
            return
        text = self._line.take().strip()
        if text:
            self._asked = text
            self._companion.say(text)

    def _escape(self) -> None:
        self._holding = False
        if self._line.text and not (self._companion.held or self._turns.state.live):
            self._line.take()
            return
        self._dismissed = self._turns.state.notice
        self._companion.discard()

    def _suspend(self) -> None:
        self._holding = False
        self._companion.discard()
        self._screen.clear(self._terminal.size()[0])
        self._terminal.suspend()
