"""The bridge between the companion and QML, without a window."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("PySide6", reason="the window needs PySide6")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from voicemate.events import (
    Forgotten,
    Heard,
    Notice,
    PastTurns,
    Phase,
    PhaseChanged,
    Ready,
    ReplyGrew,
    Spoke,
    TurnEnded,
)
from voicemate.types import (
    MouthShape,
    ReplyStats,
    SpokenWord,
    Transcript,
    TurnId,
    TurnRecord,
    TurnTimes,
)
from voicemate.ui.bridge import Bridge
from voicemate.ui.inbox import Inbox
from voicemate.ui.options import Doorbell, WindowOptions

ONE = TurnId(1)
TWO = TurnId(2)
PATIENCE_MS = 20_000


class Someone:
    """A companion that writes down what it is told."""

    def __init__(self) -> None:
        self.muted = False
        self.held = False
        self.level_db = -30.0
        self.told: list[str] = []
        self.threads: set[str] = set()
        self.hangs: threading.Event | None = None
        self.refuses = False

    def start(self) -> None:
        self._note("start")

    def press(self) -> None:
        self.held = not self.refuses
        self._note("press")

    def release(self) -> None:
        self.held = False
        self._note("release")

    def toggle(self) -> None:
        self.held = not self.held
        self._note("toggle")

    def discard(self) -> None:
        self.held = False
        self._note("discard")

    def say(self, text: str) -> None:
        self._note(f"say {text}")

    def set_muted(self, muted: bool) -> None:
        if self.hangs is not None:
            assert self.hangs.wait(PATIENCE_MS / 1000)
        self.muted = muted
        self._note("mute" if muted else "open")

    def recite(self, text: str) -> None:
        self._note(f"recite {text}")

    def repeat(self) -> None:
        self._note("repeat")

    def rate(self, turn: int, thumb: int) -> None:
        self._note(f"rate {turn} {thumb}")

    def _note(self, what: str) -> None:
        self.told.append(what)
        self.threads.add(threading.current_thread().name)


class Setting:
    """A bridge, its companion, and time that stands still."""

    def __init__(self, options: WindowOptions) -> None:
        self.someone = Someone()
        self.inbox = Inbox()
        self.time = 100.0
        self.bridge = Bridge(self.someone, self.inbox, options, clock=lambda: self.time)
        self.bridge.listen()

    def until(self, true: Callable[[], bool]) -> None:
        """Let Qt work until something is so."""
        loop = QEventLoop()
        limit = QTimer()
        limit.setSingleShot(True)
        limit.timeout.connect(loop.quit)
        limit.start(PATIENCE_MS)

        def look() -> None:
            if true():
                loop.quit()

        self.bridge.changed.connect(look)
        if not true():
            loop.exec()
        self.bridge.changed.disconnect(look)
        assert true()

    def put(self, *events: object) -> None:
        """Have events arrive from another thread, and be shown."""
        thread = threading.Thread(target=lambda: [self.inbox.put(e) for e in events])  # type: ignore[arg-type]
        thread.start()
        thread.join()
        shown: list[bool] = []
        self.bridge.changed.connect(lambda: shown.append(True))
        QCoreApplication.processEvents()
        assert shown

    def look(self, name: str) -> object:
        return self.bridge.look.value(name)

    def now(self, name: str) -> object:
        return self.bridge.now.value(name)

    def moving(self, name: str) -> object:
        return self.bridge.moving.value(name)


@pytest.fixture(scope="module", autouse=True)
def _app() -> Iterator[None]:
    # With widgets: a tray of another test may need them, and there is one application a process.
    app = QCoreApplication.instance() or QApplication([])
    yield
    del app


Make = Callable[..., Setting]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Setting] = []

    def make_setting(options: WindowOptions = WindowOptions()) -> Setting:  # noqa: B008  (frozen)
        made.append(Setting(options))
        return made[-1]

    yield make_setting
    for setting in made:
        if setting.someone.hangs is not None:
            setting.someone.hangs.set()
        setting.bridge.close()


def record(turn: TurnId, outcome: str = "answered", **more: object) -> TurnRecord:
    facts = {
        "heard": "hello",
        "reply": "One two three.",
        "said": "One two three.",
        "at": 0.0,
    } | more
    return TurnRecord(turn, outcome=outcome, **facts)  # type: ignore[arg-type]


def rows(setting: Setting) -> list[dict[str, object]]:
    """Give what stands in the drawer."""
    history = setting.bridge.history
    roles = {role: bytes(name).decode() for role, name in history.roleNames().items()}
    return [
        {name: history.data(history.index(n, 0), role) for role, name in roles.items()}
        for n in range(history.rowCount())
    ]


def spoken(turn: TurnId, text: str = "One two three.") -> list[object]:
    words = tuple(
        SpokenWord(text.index(w), text.index(w) + len(w), n) for n, w in enumerate(text.split())
    )
    return [
        Heard(turn, Transcript("hello", final=True)),
        ReplyGrew(turn, text),
        PhaseChanged(Phase.SPEAKING, turn),
        Spoke(turn, text, 100.0, 3.0, words),
    ]


def ready(setting: Setting) -> Setting:
    setting.put(Ready("moonshine", "qwen", "hibari", 1.0), PhaseChanged(Phase.IDLE))
    return setting


def test_what_is_said_lights_up_word_by_word(make: Make) -> None:
    setting = ready(make())
    setting.put(*spoken(ONE))
    seen = []
    for moment in (100.1, 101.1, 102.1, 103.1):
        setting.time = moment
        setting.bridge.tick()
        answer = setting.bridge.answer
        seen.append((answer.said.strip(), answer.sounding))
    assert seen == [("", "One"), ("One", "two"), ("One two", "three."), ("One two three.", "")]
    assert setting.now("answer_text") == "One two three."


def test_the_mouth_opens_while_a_word_sounds_and_closes_after_it(make: Make) -> None:
    setting = ready(make())
    setting.put(*spoken(ONE))
    setting.time = 100.1
    setting.bridge.tick()
    assert float(str(setting.moving("open"))) > 0.2
    setting.time = 100.9  # the word is over, the next one comes at 101
    setting.bridge.tick()
    assert setting.moving("open") == 0.0


def test_an_interrupted_answer_shows_where_it_stopped_and_stays_so(make: Make) -> None:
    setting = ready(make())
    setting.put(*spoken(ONE))
    setting.time = 101.5
    setting.put(TurnEnded(record(ONE, "interrupted", said="One")))
    setting.time = 200.0
    setting.put(PhaseChanged(Phase.IDLE))
    assert setting.bridge.answer.said == "One two"
    assert setting.bridge.answer.to_come.strip() == "three."
    assert setting.now("interrupted") is True


def test_the_turn_that_interrupts_says_where_the_other_stopped(make: Make) -> None:
    setting = ready(make())
    setting.put(*spoken(ONE))
    setting.time = 101.5
    setting.put(PhaseChanged(Phase.LISTENING, TWO), TurnEnded(record(ONE, "interrupted")))
    assert setting.now("stopped_at") == "One two"
    assert setting.now("answer_text") == ""
    setting.put(*spoken(TWO, "Another one."))
    assert setting.now("stopped_at") == ""


def test_events_of_an_older_turn_change_nothing(make: Make) -> None:
    setting = ready(make())
    setting.put(*spoken(TWO))
    setting.put(ReplyGrew(ONE, "Late."), Heard(ONE, Transcript("late")))
    assert setting.now("answer_text") == "One two three."
    assert setting.now("heard") == "hello"


def test_the_mouth_follows_the_sound_where_its_shapes_are_known(make: Make) -> None:
    setting = ready(make())
    frames = (*[MouthShape(0.9, 0.2)] * 15, *[MouthShape(0.1, 0.9)] * 15)
    setting.put(
        Heard(ONE, Transcript("hello", final=True)),
        PhaseChanged(Phase.SPEAKING, ONE),
        Spoke(ONE, "Oo ee.", 100.0, 1.0, (), frames),
    )
    seen = []
    for moment in (100.1, 100.9, 101.1):
        setting.time = moment
        setting.bridge.tick()
        seen.append((setting.moving("open"), setting.moving("wide")))
    assert seen == [(0.9, 0.2), (0.1, 0.9), (0.0, 0.6)]


def test_finished_turns_stand_in_the_history_with_what_was_not_said(make: Make) -> None:
    setting = ready(make())
    setting.put(*spoken(ONE))
    setting.time = 100.5
    setting.put(TurnEnded(record(ONE, "interrupted", said="One")))
    setting.put(TurnEnded(record(TWO, "discarded", heard="")))
    history = setting.bridge.history
    names = {bytes(name): role for role, name in history.roleNames().items()}
    row = history.index(0, 0)
    assert history.rowCount() == 1
    assert history.data(row, names[b"said"]) == "One"
    assert history.data(row, names[b"rest"]) == "two three."


def test_holding_is_press_and_release(make: Make) -> None:
    setting = make()
    setting.bridge.press()
    setting.bridge.press()  # a second pointer, or a key beside the mouse
    setting.until(lambda: setting.someone.held)
    setting.time += 2.0
    setting.bridge.release()
    setting.until(lambda: setting.someone.told == ["press", "release"])
    assert setting.someone.threads == {"hands"}


def test_a_tap_starts_and_the_next_one_ends(make: Make) -> None:
    setting = make()
    setting.bridge.press()
    setting.time += 0.1
    setting.bridge.release()
    setting.until(lambda: setting.bridge.shown.latched)
    setting.time += 5.0
    setting.bridge.press()
    setting.time += 0.1
    setting.bridge.release()
    setting.until(lambda: not setting.someone.held and not setting.bridge.shown.latched)
    assert setting.someone.told == ["press", "release"]


def test_a_tap_that_began_nothing_does_not_make_the_next_hold_a_tap(make: Make) -> None:
    setting = make()
    setting.someone.refuses = True  # the microphone is gone
    setting.bridge.press()
    setting.time += 0.1
    setting.bridge.release()
    setting.until(lambda: setting.someone.told == ["press"])
    setting.someone.refuses = False
    setting.someone.held = True  # now with the key that works everywhere
    setting.put(PhaseChanged(Phase.LISTENING, ONE))
    assert setting.bridge.shown.listening
    assert not setting.bridge.shown.latched


def test_discarding_makes_the_late_release_mean_nothing(make: Make) -> None:
    setting = make()
    setting.bridge.press()
    setting.time += 2.0
    setting.bridge.discard()
    setting.bridge.release()
    setting.until(lambda: setting.someone.told[-1:] == ["discard"])
    assert setting.someone.told == ["press", "discard"]


def test_a_device_that_hangs_does_not_hold_the_window_up(make: Make) -> None:
    setting = make()
    setting.someone.hangs = threading.Event()
    setting.bridge.mute()
    setting.put(*spoken(ONE))
    assert not setting.someone.muted, "it did not hang"
    assert setting.now("answer_text") == "One two three."
    setting.someone.hangs.set()
    setting.until(lambda: setting.bridge.shown.muted)


def test_the_status_tells_the_truth_about_the_stream(make: Make) -> None:
    is_open = [True]
    setting = make(WindowOptions(microphone_open=lambda: is_open[0]))
    ready(setting)
    assert setting.now("microphone") == "Microphone open"
    is_open[0] = False  # unplugged: nobody muted it
    setting.put(Notice("The microphone went away."))
    assert setting.now("microphone") == "No microphone"
    setting.put(TurnEnded(record(ONE, times=TurnTimes(first_sound=1234.4))))
    assert setting.now("last_answer") == "1,234 ms"
    assert setting.now("model") == "qwen"


def test_a_notice_can_be_closed_and_comes_back_when_it_happens_again(make: Make) -> None:
    setting = make()
    setting.put(Notice("There is no microphone.", "Plug one in."))
    assert setting.now("trouble") == "There is no microphone."
    setting.bridge.dismiss()
    assert setting.now("trouble") == ""
    setting.put(Notice("There is no microphone.", "Plug one in."))
    assert setting.now("trouble") == "There is no microphone."


def test_a_notice_of_several_lines_can_be_closed_too(make: Make) -> None:
    setting = make()
    setting.put(Notice("The disk  is full:\n/home"))
    assert setting.now("trouble") == "The disk is full: /home"
    setting.bridge.dismiss()
    assert setting.now("trouble") == ""


def test_thumbs_are_told_once_each_and_can_be_taken_back(make: Make) -> None:
    setting = ready(make())
    setting.put(*spoken(ONE))
    seen = []
    for thumb in (1, -1, -1):
        setting.bridge.rate(thumb)
        seen.append(setting.now("thumb"))
    assert seen == [1, -1, 0]
    setting.until(lambda: setting.someone.told == ["rate 1 1", "rate 1 -1", "rate 1 0"])
    assert setting.someone.threads == {"hands"}


def test_a_thumb_stands_in_the_drawer_too_and_can_be_given_there(make: Make) -> None:
    setting = ready(make())
    setting.put(*spoken(ONE))
    setting.bridge.rate(1)
    assert rows(setting) == []
    setting.put(TurnEnded(record(ONE)), *spoken(TWO), TurnEnded(record(TWO)))
    assert [row["thumb"] for row in rows(setting)] == [1, 0]
    assert all(row["rateable"] for row in rows(setting))
    setting.bridge.rate_turn(1, -1)
    setting.bridge.rate_turn(2, 1)
    assert [row["thumb"] for row in rows(setting)] == [-1, 1]
    assert setting.now("thumb") == 1


def repeated(turn: TurnId) -> list[object]:
    """What a companion tells when it says its last answer again."""
    return [*spoken(turn), TurnEnded(record(turn, origin="recited"))]


def test_a_repeated_answer_lights_up_is_rated_as_the_first_and_not_listed_twice(
    make: Make,
) -> None:
    setting = ready(make())
    setting.put(*spoken(ONE), TurnEnded(record(ONE)))
    setting.bridge.repeat()
    setting.until(lambda: setting.someone.told == ["repeat"])
    *begins, ends = repeated(TWO)
    setting.put(*begins)
    setting.time = 101.1
    setting.bridge.tick()
    assert setting.bridge.answer.sounding == "two"
    setting.bridge.rate(1)
    setting.put(ends)
    assert setting.now("thumb") == 1
    setting.bridge.rate(-1)
    setting.until(lambda: setting.someone.told[1:] == ["rate 1 1", "rate 1 -1"])
    assert [(row["turn"], row["thumb"]) for row in rows(setting)] == [(1, -1)]


def test_a_turn_that_comes_instead_of_the_repeated_answer_is_its_own(make: Make) -> None:
    setting = ready(make())
    setting.put(*spoken(ONE), TurnEnded(record(ONE)))
    setting.bridge.repeat()
    setting.put(PhaseChanged(Phase.LISTENING, TWO), *spoken(TWO))
    setting.bridge.rate(1)
    setting.until(lambda: setting.someone.told == ["repeat", "rate 2 1"])


def test_a_text_that_was_only_recited_cannot_be_rated(make: Make) -> None:
    setting = ready(make())
    setting.put(Heard(ONE, Transcript("", final=True)), *spoken(ONE)[1:])
    assert setting.now("answered")
    assert not setting.now("conversing")
    setting.bridge.rate(1)
    setting.put(TurnEnded(record(ONE, heard="", origin="recited")))
    assert not setting.now("conversing")
    setting.bridge.close()
    assert setting.someone.told == ["discard"]
    assert rows(setting) == []


def test_the_status_has_the_time_and_the_speed_of_the_last_real_answer(make: Make) -> None:
    setting = ready(make())
    measured = {"times": TurnTimes(first_sound=830.0), "stats": ReplyStats(tokens_per_s=13.6)}
    setting.put(*spoken(ONE), TurnEnded(record(ONE, **measured)))
    assert (setting.now("last_answer"), setting.now("speed")) == ("830 ms", "14 tokens/s")
    again = record(TWO, origin="recited", times=TurnTimes(first_sound=12.0))
    setting.put(*spoken(TWO), TurnEnded(again))
    assert (setting.now("last_answer"), setting.now("speed")) == ("830 ms", "14 tokens/s")
    short = record(TurnId(3), "interrupted", times=TurnTimes(first_sound=410.0))
    setting.put(*spoken(TurnId(3)), PhaseChanged(Phase.LISTENING, TurnId(4)), TurnEnded(short))
    assert (setting.now("last_answer"), setting.now("speed")) == ("410 ms", "14 tokens/s")
    setting.put(Ready("moonshine", "another", "hibari", 1.0))
    assert setting.now("speed") == ""


def test_it_is_offline_until_something_is_downloaded(make: Make) -> None:
    setting = make()
    assert setting.now("online") is False
    setting.bridge.set_online(True)
    assert setting.now("online") is True


def test_what_was_said_before_the_start_stands_above(make: Make) -> None:
    setting = make()
    before = record(ONE, "interrupted", heard="earlier", said="One", at=0.0)
    setting.put(PastTurns((before, record(TWO, heard="", at=1.0))))
    ready(setting)
    setting.put(*spoken(ONE), TurnEnded(record(ONE)))
    assert [(r["heard"], r["said"], r["rest"], r["rateable"]) for r in rows(setting)] == [
        ("earlier", "One", "two three.", False),
        ("hello", "One two three.", "", True),
    ]
    # The first turn of the session has the number of the one before it: each keeps to itself.
    setting.bridge.rate(1)
    assert [row["thumb"] for row in rows(setting)] == [0, 1]
    setting.bridge.copy_row(0)
    assert QGuiApplication.clipboard().text() == "One"


def test_forgetting_empties_the_drawer_and_the_captions(make: Make) -> None:
    setting = make()
    setting.put(PastTurns((record(ONE, heard="earlier"),)))
    ready(setting)
    setting.put(*spoken(ONE), TurnEnded(record(ONE, "interrupted", said="One")))
    setting.bridge.rate(1)
    assert len(rows(setting)) == 2
    setting.put(Forgotten(2))
    assert rows(setting) == []
    assert [setting.now(name) for name in ("heard", "answer_text", "stopped_at")] == ["", "", ""]
    assert not setting.now("answered")
    assert setting.now("face") == "idle"
    setting.put(*spoken(TWO))
    assert setting.now("answer_text") == "One two three."
    assert setting.now("thumb") == 0


def test_a_second_typed_line_is_shown_while_it_waits(make: Make) -> None:
    setting = ready(make())
    setting.put(*spoken(ONE), TurnEnded(record(ONE)))
    setting.bridge.say("and what then")
    setting.until(lambda: setting.now("heard") == "and what then")
    setting.put(Heard(TWO, Transcript("And what then", final=True)))
    assert setting.now("heard") == "And what then"


def test_settings_without_a_desk_are_not_offered(make: Make) -> None:
    assert not make().now("has_settings")


def test_hostile_text_is_shown_as_text(make: Make) -> None:
    setting = ready(make())
    text = "<b>no</b> \x1b[31m\u202e& more"
    setting.put(*spoken(ONE, text))
    markup = str(setting.now("answer"))
    assert "&lt;b&gt;no&lt;/b&gt;" in markup
    assert "&amp; more" in markup
    assert not {"\x1b", "\u202e"} & set(markup)


def test_an_override_beats_the_desktop(make: Make) -> None:
    setting = make(WindowOptions(theme="light"))
    light = setting.look("ground")
    setting.bridge.set_system_dark(True)
    assert setting.look("ground") == light
    setting.bridge.set_look("system", 5.0, reduced_motion=True)
    assert setting.look("ground") != light
    assert setting.look("scale") == 2.0
    assert setting.look("reduced_motion") is True


def test_asking_the_inbox_to_finish_ends_the_window(make: Make) -> None:
    setting = make()
    over: list[bool] = []
    setting.bridge.over.connect(lambda: over.append(True))
    setting.inbox.finish()
    QCoreApplication.processEvents()
    assert over


def test_ten_thousand_events_from_four_threads_all_arrive(make: Make) -> None:
    setting = ready(make())
    setting.put(*spoken(ONE, "Start."))

    def chatter() -> None:
        for _ in range(2500):
            setting.inbox.put(ReplyGrew(ONE, "x"))

    threads = [threading.Thread(target=chatter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    setting.until(lambda: setting.bridge.answer.text.count("x") == 10_000)


def test_the_doorbell_is_heard_also_when_it_rang_too_early() -> None:
    doorbell = Doorbell()
    answered: list[float] = []
    doorbell.ring()
    doorbell.listen(lambda: answered.append(time.monotonic()))
    assert len(answered) == 1
    doorbell.ring()
    assert len(answered) == 2
    doorbell.listen(None)
    doorbell.ring()
    assert len(answered) == 2
