"""Between the companion and QML: events in, properties out; what a person does, back again.

Events come from any thread through one queued signal; everything else here runs on the window's
thread, and what might wait for a sound card is done by `Hands`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta

from PySide6.QtCore import Property, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

from voicemate.events import Event, Forgotten, Heard, Notice, PastTurns, TurnFailed
from voicemate.types import TurnId
from voicemate.ui import face, words
from voicemate.ui.answers import Answers
from voicemate.ui.facts import facts
from voicemate.ui.first_run import FirstRun
from voicemate.ui.hands import Hands
from voicemate.ui.history import History
from voicemate.ui.inbox import Inbox
from voicemate.ui.options import MAX_SCALE, MIN_SCALE, WindowOptions, WindowTalker
from voicemate.ui.settings_bridge import SettingsBridge
from voicemate.ui.shown import Caption, Shown, Surroundings, caption, shown
from voicemate.ui.talk_key import TalkKey
from voicemate.ui.theme import DARK, LIGHT, Palette, ThemeName
from voicemate.ui.turns import Finished, Turns

_LOOK_AGAIN_MS = 1000
"""How often the microphone's stream is looked at, since it may close without an event."""


class Bridge(QObject):
    """What QML knows as `App`: `now` (facts, see `Shown`), `moving`, `look`, `history`, slots."""

    window_wanted = Signal()
    over = Signal()
    changed = Signal()
    language_changed = Signal()
    _woken = Signal()

    def __init__(
        self,
        companion: WindowTalker,
        events: Inbox,
        options: WindowOptions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._companion = companion
        self._events = events
        self._options = options
        self._clock = clock
        self._turns = Turns()
        self._finished: Finished | None = None
        self._history = History(self)
        self._shown = Shown()
        self._now = facts(
            {
                **asdict(self._shown),
                "answer": "",
                "answer_text": "",
                "thumb": 0,
                "name": options.name,
                "conversing": False,
                "online": False,
                "today": "",
                "yesterday": "",
                "has_settings": options.desk is not None,
            }
        )
        self._moving = facts({"level": 0.0, "open": 0.0, "wide": face.CLOSED.wide, "progress": 0.0})
        self._look = facts({**LIGHT.as_dict(), "scale": 1.0, "reduced_motion": False})
        self._caption = Caption()
        self._answers = Answers()
        self._asked = ""
        self._dismissed = ""
        self._system_dark = False
        self._theme: ThemeName = options.theme
        self._settings = options.desk.settings if options.desk else None
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)
        self._waking = False
        self._hands = Hands(self._wake)
        self._key = TalkKey(companion, self._hands.do, clock)
        self._watch = QTimer(self)
        self._watch.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._watch.timeout.connect(self._refresh)
        self.set_look(options.theme, options.scale, reduced_motion=options.reduced_motion)
        self._refresh()
        self._desk = SettingsBridge(options.desk, companion, clock, self) if options.desk else None
        if self._desk is not None:
            self._desk.followed.connect(self._follow_settings)
            self._desk.online_changed.connect(self.set_online)
        self._first_run = FirstRun(options.desk, self._desk, companion, self._hands)

    def listen(self) -> None:
        """Take events in from now on."""
        self._events.listen(self._wake)

    def _wake(self) -> None:
        # Any thread. The flag falls before the inbox is emptied: what comes later wakes anew.
        if not self._waking:
            self._waking = True
            self._woken.emit()

    def close(self) -> None:
        """Take no more events; what is being said or answered is thrown away."""
        self._watch.stop()
        self._hands.do(self._companion.discard)
        self._hands.rest()
        if self._desk is not None:
            self._desk.close()
        self._events.listen(None)

    @property
    def name(self) -> str:
        """What the companion is called."""
        return str(self._now.value("name"))

    @property
    def shown(self) -> Shown:
        """What the window shows."""
        return self._shown

    @property
    def answer(self) -> Caption:
        """The answer as it stands."""
        return self._caption

    @property
    def colours(self) -> Palette:
        """The palette in use."""
        dark = self._system_dark if self._theme == "system" else self._theme == "dark"
        return DARK if dark else LIGHT

    def set_system_dark(self, dark: bool) -> None:
        """Say whether the desktop is dark."""
        self._system_dark = dark
        self._recolour()

    def set_look(self, theme: ThemeName, scale: float, *, reduced_motion: bool) -> None:
        """Look different from now on; `scale` is that of the text, 0.8 to 2."""
        self._theme = theme
        self._look.set("scale", min(max(scale, MIN_SCALE), MAX_SCALE))
        self._look.set("reduced_motion", reduced_motion)
        self._recolour()

    @Slot()
    def _follow_settings(self) -> None:
        settings = self._options.desk.settings if self._options.desk else None
        if settings is not None and settings != self._settings:
            self._settings = settings
            look = settings.window
            self.set_look(look.theme, look.scale, reduced_motion=look.reduced_motion)
            self._now.set("name", settings.companion.name)
            if settings.companion.language != words.language():
                words.set_language(settings.companion.language)
                self._refresh()
                self.language_changed.emit()
            self.changed.emit()

    def _recolour(self) -> None:
        self._look.set_all(self.colours.as_dict())
        self._show_caption(self._caption)

    @Slot(bool)
    def set_online(self, online: bool) -> None:
        """Say whether a connection is open: only a download opens any."""
        self._now.set("online", online)

    @Slot(bool)
    def set_visible(self, visible: bool) -> None:
        """Say whether anybody can see the window."""
        if visible and self._options.microphone_open is not None:
            self._watch.start(_LOOK_AGAIN_MS)
        else:
            self._watch.stop()

    # What QML reads.

    now = Property(QObject, lambda self: self._now, constant=True)
    moving = Property(QObject, lambda self: self._moving, constant=True)
    look = Property(QObject, lambda self: self._look, constant=True)
    history = Property(QObject, lambda self: self._history, constant=True)
    desk = Property(QObject, lambda self: self._desk, constant=True)
    first_run = Property(QObject, lambda self: self._first_run, constant=True)

    # What a person does.

    @Slot()
    def press(self) -> None:
        """The talk button or its key went down."""
        self._key.press()

    @Slot()
    def release(self) -> None:
        """The talk button or its key went up, or the window lost it."""
        self._key.release()
        self._refresh()

    @Slot()
    def toggle(self) -> None:
        """Begin to listen, or end it."""
        self._key.toggle()

    @Slot()
    def discard(self) -> None:
        """Throw away what is being said, or stop the answer."""
        self._key.let_go()
        self._dismissed = self._shown.trouble or self._dismissed
        self._hands.do(self._companion.discard)

    @Slot(str)
    def say(self, text: str) -> None:
        """Answer a typed line."""
        text = text.strip()
        if text:
            self._asked = text
            self._hands.do(lambda: self._companion.say(text))

    @Slot()
    def mute(self) -> None:
        """Close the microphone, or open it again."""
        self._hands.do(lambda: self._companion.set_muted(not self._companion.muted))

    @Slot()
    def copy(self) -> None:
        """Put the answer on the clipboard."""
        QGuiApplication.clipboard().setText(self._caption.text)

    @Slot(int)
    def copy_row(self, row: int) -> None:
        """Put what was answered in a row of the history on the clipboard."""
        QGuiApplication.clipboard().setText(self._history.said(row))

    @Slot()
    def repeat(self) -> None:
        """Have the answer said once more."""
        self._answers.expect_again()
        self._hands.do(self._companion.repeat)

    @Slot(int)
    def rate(self, thumb: int) -> None:
        """Say what the answer was like: 1 up, -1 down; the same again takes it back."""
        turn = self._answers.shown(self._turns.state)
        if turn is not None:
            self.rate_turn(turn, thumb)

    @Slot(int, int)
    def rate_turn(self, turn: int, thumb: int) -> None:
        """Say what the answer of an earlier turn of this session was like, as `rate` does."""
        rated = TurnId(turn)
        value = self._answers.rate(rated, thumb)
        self._hands.do(lambda: self._companion.rate(rated, value))
        self._history.set_thumb(rated, value)
        self._refresh()

    @Slot()
    def dismiss(self) -> None:
        """Close the notice that stands in the window."""
        self._dismissed = self._shown.trouble
        self._refresh()

    @Slot()
    def quit(self) -> None:
        """Leave."""
        self.over.emit()

    @Slot()
    def tick(self) -> None:
        """Move the mouth, the level and the words; called while something moves, about 30 Hz."""
        state, now = self._turns.state, self._clock()
        if self._shown.face == "listening":
            self._moving.set("level", round(face.loudness(self._companion.level_db), 3))
        elif self._shown.face == "speaking":
            mouth = face.mouth(state.reply, now)
            self._moving.set("open", round(mouth.open, 2))
            self._moving.set("wide", round(mouth.wide, 2))
            self._show_caption(caption(state, now, self._finished))

    # What comes from the companion.

    @Slot()
    def _on_woken(self) -> None:
        self._waking = False
        if self._events.finished:
            self.over.emit()
            return
        for event in self._events.drain():
            if isinstance(event, Notice | TurnFailed):
                # Also when it is the same as one that was closed: it has happened again.
                self._dismissed = ""
            if self._desk is not None:
                self._desk.see(event)
            self._see(event)
        self._refresh()

    def _see(self, event: Event) -> None:
        finished = self._turns.see(event, self._clock())
        self._answers.see(event, finished)
        if finished is not None:
            self._finished = finished
            if finished.record.origin == "typed":
                self._asked = ""
            self._history.add(finished)
            self._history.set_thumb(finished.record.turn, self._answers.thumb(finished.record.turn))
        match event:
            case Heard():
                self._asked = ""
            case PastTurns(records=records):
                self._history.put_past(records)
            case Forgotten():
                self._finished = None
                self._history.clear()
            case _:
                pass

    def _refresh(self) -> None:
        state = self._turns.state
        self._key.look()
        self._shown = shown(state, self._surroundings())
        self._now.set_all(asdict(self._shown))
        turn = self._answers.shown(state)
        self._now.set_all({"conversing": turn is not None, "thumb": self._answers.thumb(turn)})
        today = date.today()
        yesterday = today - timedelta(days=1)
        self._now.set_all({"today": today.isoformat(), "yesterday": yesterday.isoformat()})
        if self._shown.face not in ("listening", "speaking"):
            self._moving.set_all({"level": 0.0, "open": 0.0, "wide": face.CLOSED.wide})
        self._show_caption(caption(state, self._clock(), self._finished))
        self.changed.emit()

    def _surroundings(self) -> Surroundings:
        muted = self._companion.muted
        known = self._options.microphone_open
        return Surroundings(
            held=self._companion.held,
            latched=self._key.latched,
            muted=muted,
            microphone_open=known() if known is not None else not muted,
            asked=self._asked,
            dismissed=self._dismissed,
            stopped=self._finished,
            answer=self._answers.timed,
            tokens_per_s=self._answers.tokens_per_s,
        )

    def _show_caption(self, answer: Caption) -> None:
        self._caption = answer
        self._moving.set("progress", answer.progress)
        self._now.set("answer", answer.markup(self.colours))
        self._now.set("answer_text", answer.text)
