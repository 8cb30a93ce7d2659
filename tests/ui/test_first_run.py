"""The first run, in a real window that nobody sees, with real keys and a desk in memory."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

pytest.importorskip("PySide6", reason="the window needs PySide6")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QEventLoop,
    Qt,
    QTimer,
    qInstallMessageHandler,
)
from PySide6.QtGui import QAccessible, QKeyEvent
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.desk_of_memory import DeskOfMemory
from voicemate.errors import DownloadError
from voicemate.events import Notice, Phase, PhaseChanged, Ready
from voicemate.settings import Key, Settings, Window
from voicemate.ui import first_run, window, words
from voicemate.ui.first_run import DONE, PAGES, FirstRun
from voicemate.ui.hands import Hands
from voicemate.ui.inbox import Inbox
from voicemate.ui.options import WindowOptions

PATIENCE_MS = 20_000
LOOK_MS = 5
ENTER, ESCAPE, TAB = Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Tab

RECOGNISER = "vosk-model-en-us-0.22-lgraph"
MODEL = "qwen2.5-1.5b-instruct-q4_k_m"


class Someone:
    """A companion with a microphone that says when it is opened."""

    def __init__(self, inbox: Inbox) -> None:
        self.muted = False
        self.held = False
        self.microphone_open = False
        self.level_db = -30.0
        self.there_is_one = True
        self.told: list[str] = []
        self._inbox = inbox

    def start(self) -> None:
        self.told.append("start")
        if not self.muted:
            self._open()
        self._inbox.put(Ready("ear", "qwen", "voice", 1.0))
        self._inbox.put(PhaseChanged(Phase.MUTED if self.muted else Phase.IDLE))

    def set_muted(self, muted: bool) -> None:
        self.told.append("mute" if muted else "open")
        if muted:
            self.microphone_open = False
        elif not self._open():
            return
        self.muted = muted
        self._inbox.put(PhaseChanged(Phase.MUTED if muted else Phase.IDLE))

    def _open(self) -> bool:
        if not self.there_is_one:
            self._inbox.put(Notice("There is no microphone.", "Plug one in."))
            return False
        self.microphone_open = True
        return True

    def press(self) -> None:
        self._hold(True)

    def release(self) -> None:
        self._hold(False)

    def toggle(self) -> None:
        self._hold(not self.held)

    def _hold(self, held: bool) -> None:
        self.held = held
        self._inbox.put(PhaseChanged(Phase.LISTENING if held else Phase.IDLE))

    def discard(self) -> None:
        self.held = False

    def say(self, text: str) -> None:
        self.told.append(f"say {text}")


class Seen:
    """The window: what stands in it, and keys pressed in it."""

    def __init__(self, desk: DeskOfMemory) -> None:
        self.desk = desk
        self.inbox = Inbox()
        self.someone = Someone(self.inbox)
        look = desk.settings.window
        self.desktop = window._Desktop(
            self.someone,
            self.inbox,
            WindowOptions(
                desk=desk,
                theme=look.theme,
                scale=look.scale,
                reduced_motion=look.reduced_motion,
                tray=False,
                microphone_open=lambda: self.someone.microphone_open,
            ),
        )
        self.window = self.desktop._window
        self.run = self.desktop._bridge.first_run
        self.until(lambda: "start" in self.someone.told, "its start")

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Let Qt work until something is so."""
        loop, limit, look = QEventLoop(), QTimer(), QTimer()
        limit.setSingleShot(True)
        limit.timeout.connect(loop.quit)
        limit.start(PATIENCE_MS)
        look.timeout.connect(lambda: loop.quit() if true() else None)
        look.start(LOOK_MS)
        if not true():
            loop.exec()
        look.stop()
        limit.stop()
        assert true(), f"never seen: {what}; there was {self.texts()}"

    def until_says(self, text: str) -> None:
        self.until(lambda: any(text in shown for shown in self.texts()), text)

    def until_page(self, page: str) -> None:
        """Wait for a page that can be left with Enter."""
        self.until(
            lambda: self.run.page == page and self._next_is_ready(), f"the page {page}, ready"
        )

    def _next_is_ready(self) -> bool:
        button = self.item("first_run_next")
        return button is not None and button.isEnabled() and button.hasActiveFocus()

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(self.window, key)

    def through(self, page: str) -> None:
        """Press Enter until the page, from one that is before it."""
        while self.run.page != page:
            here = self.run.page
            self.until_page(here)
            self.key(ENTER)
            if here == "microphone":
                self.until(lambda: self.someone.microphone_open, "an open microphone")
                self.until_page(here)
                self.key(ENTER)
            self.until(lambda here=here: self.run.page != here, f"what comes after {here}")
        self.until_page(page)

    def shrink(self) -> None:
        """Make the window as small as it can be."""
        self.window.resize(self.window.minimumWidth(), self.window.minimumHeight())
        self.until(
            lambda: self.window.contentItem().width() == self.window.minimumWidth(), "a small one"
        )

    def tab_to(self, name: str) -> QQuickItem:
        """Press Tab until the keyboard is there."""
        for _ in range(30):
            focus = self.window.activeFocusItem()
            if focus is not None and focus.objectName() == name:
                return focus
            self.key(TAB)
        raise AssertionError(f"Tab does not lead to {name}")

    def items(self) -> list[QQuickItem]:
        """Give everything that can be seen."""
        return [item for item in _tree(self.window.contentItem()) if item.isVisible()]

    def item(self, name: str) -> QQuickItem | None:
        return next((item for item in self.items() if item.objectName() == name), None)

    def texts(self) -> list[str]:
        return [str(item.property("text")) for item in self.items() if item.inherits("QQuickText")]

    def close(self) -> None:
        self.desk.let_all()
        self.desktop.close()


def _tree(item: QQuickItem) -> Iterator[QQuickItem]:
    yield item
    for child in item.childItems():
        yield from _tree(child)


Open = Callable[[DeskOfMemory], Seen]


@pytest.fixture(scope="module", autouse=True)
def _app() -> Iterator[None]:
    app = QCoreApplication.instance() or QApplication([])
    before = qInstallMessageHandler(window._to_log)
    yield
    qInstallMessageHandler(before)
    del app


@pytest.fixture
def open_window(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[Open]:
    """Open windows; one that Qt complains about fails its test."""
    monkeypatch.setattr(first_run, "system_language", lambda: "en")
    opened: list[Seen] = []

    def open_it(desk: DeskOfMemory) -> Seen:
        opened.append(Seen(desk))
        return opened[-1]

    with caplog.at_level(logging.WARNING, "voicemate.ui.window"):
        yield open_it
        for seen in opened:
            if seen.window is not None:
                seen.close()
    words.set_language("en")
    # What the offscreen screen has no tray for is no complaint about the window.
    told = [record.getMessage() for record in caplog.get_records("call")]
    complaints = [text for text in told if "Qt: " in text and "systemTray" not in text]
    assert complaints == []


def empty_desk(settings: Settings | None = None) -> DeskOfMemory:
    """Give a desk on which no model is installed."""
    desk = DeskOfMemory(settings)
    desk._models = {
        name: replace(row, installed=False, in_use=False) for name, row in desk._models.items()
    }
    return desk


def downloads(desk: DeskOfMemory) -> list[str]:
    return [call[1] for call in desk.asked if call[0] == "get_model"]


def test_enter_alone_leads_from_an_empty_desk_to_the_first_word(open_window: Open) -> None:
    desk = empty_desk()
    seen = open_window(desk)
    assert seen.item("talk") is None, "the main page shows through"
    visited = []
    while seen.run.page != PAGES[-1]:
        visited.append(seen.run.page)
        if seen.run.page == "microphone":
            assert not seen.someone.microphone_open
        seen.through(PAGES[PAGES.index(seen.run.page) + 1])
    assert (*visited, seen.run.page) == PAGES
    desk.until_asked("get_model", RECOGNISER)
    desk.until_asked("get_model", MODEL)
    greeting = next(text for text in seen.texts() if text.startswith("Hello, I am Mate."))
    desk.until_asked("speak", greeting)
    seen.key(ENTER)
    desk.until_asked("reach_first_run_page", DONE)
    seen.until(lambda: seen.item("talk") is not None, "the main page")
    assert seen.item("first_run_reminder") is None
    assert not seen.someone.muted


def test_the_microphone_stays_closed_until_the_person_opens_it(open_window: Open) -> None:
    seen = open_window(DeskOfMemory())
    assert seen.someone.told == ["mute", "start"], "it was open for a moment"
    seen.through("microphone")
    assert not seen.someone.microphone_open
    seen.until_says("The microphone is closed.")
    seen.key(ENTER)
    seen.until(lambda: seen.someone.microphone_open, "an open microphone")
    seen.until_says("Say something")
    assert seen.run.page == "microphone"


def test_it_says_that_it_hears(open_window: Open) -> None:
    seen = open_window(DeskOfMemory())
    seen.through("microphone")
    seen.someone.level_db = -60.0
    seen.key(ENTER)
    seen.until_says("Say something: the bar moves with your voice.")
    talking = QTimer()
    talking.timeout.connect(
        lambda: setattr(seen.someone, "level_db", -20.0 if seen.someone.level_db < -40 else -60.0)
    )
    talking.start(300)
    seen.until_says("I hear you well.")
    talking.stop()


def test_where_there_is_no_microphone_it_says_so_and_goes_on(open_window: Open) -> None:
    seen = open_window(DeskOfMemory())
    seen.someone.there_is_one = False
    seen.through("microphone")
    seen.key(ENTER)
    seen.until_says("There is no microphone.\nPlug one in.")
    seen.until_page("microphone")
    seen.tab_to("first_run_second")
    seen.key(ENTER)
    seen.until_page("voice")
    assert not seen.someone.microphone_open


def test_left_in_the_middle_it_is_taken_up_there(open_window: Open) -> None:
    desk = DeskOfMemory()
    seen = open_window(desk)
    seen.through("voice")
    assert seen.someone.microphone_open
    seen.close()
    seen.window = None
    assert desk.first_run_page == "voice"
    again = open_window(desk)
    again.until_page("voice")
    assert not again.someone.microphone_open, "it was opened unasked"


def test_later_leads_to_the_main_page_and_the_way_back_is_there(open_window: Open) -> None:
    desk = DeskOfMemory()
    seen = open_window(desk)
    seen.through("language")
    seen.tab_to("first_run_later")
    seen.key(ENTER)
    seen.until(lambda: seen.item("talk") is not None, "the main page")
    assert seen.item("first_run_next") is None
    assert not seen.someone.microphone_open
    seen.tab_to("first_run_reminder")
    seen.key(ENTER)
    seen.until_page("language")
    desk.until_asked("reach_first_run_page", "language")
    assert desk.first_run_page == "language"


def test_one_that_is_done_does_not_come_back(open_window: Open) -> None:
    desk = DeskOfMemory()
    desk.reach_first_run_page(DONE)
    seen = open_window(desk)
    assert seen.item("talk") is not None
    assert seen.item("first_run_reminder") is None
    assert seen.someone.told == ["start"]


def test_a_window_without_a_desk_has_no_first_run() -> None:
    someone, hands = Someone(Inbox()), Hands(lambda: None)
    run = FirstRun(None, None, someone, hands)
    hands.rest()
    assert (run.active, run.done) == (False, True)
    assert someone.told == []


def test_escape_and_the_arrow_lead_back(open_window: Open) -> None:
    seen = open_window(DeskOfMemory())
    seen.until_page("welcome")
    seen.key(ESCAPE)
    assert seen.run.page == "welcome"
    assert seen.item("first_run_back") is None
    seen.through("models")
    seen.key(ESCAPE)
    seen.until_page("language")
    seen.tab_to("first_run_back")
    seen.key(ENTER)
    seen.until_page("stays")


def test_a_key_that_repeats_leads_on_once(open_window: Open) -> None:
    seen = open_window(DeskOfMemory())
    seen.until_page("welcome")
    QTest.keyPress(seen.window, ENTER)
    seen.until_page("stays")
    repeated = QKeyEvent(QEvent.Type.KeyPress, ENTER, Qt.KeyboardModifier.NoModifier, "\r", True)
    for _ in range(5):
        QCoreApplication.sendEvent(seen.window, repeated)
    assert seen.run.page == "stays"


def test_a_download_goes_on_behind_the_other_pages(open_window: Open) -> None:
    desk = empty_desk()
    desk.hold("get_model")
    seen = open_window(desk)
    seen.through("models")
    seen.until_says("I need some parts")
    seen.key(ENTER)
    seen.until_page("microphone")
    desk.until_asked("get_model", RECOGNISER)
    desk.parcel()
    seen.until(
        lambda: any(text.startswith("Downloading: 16 MB of 131 MB") for text in seen.texts()),
        "how far it is",
    )
    desk.let("get_model")
    desk.until_asked("get_model", MODEL)
    seen.until(lambda: not any("Downloading" in text for text in seen.texts()), "its end")
    seen.key(ESCAPE)
    seen.until_page("models")
    seen.until_says("All that I need is here")


def test_a_download_that_fails_says_what_to_do_and_lets_go_on(open_window: Open) -> None:
    desk = empty_desk()
    seen = open_window(desk)
    seen.through("models")
    desk.fail("parcel", DownloadError("The connection broke.", "Look at your network."))
    seen.key(ENTER)
    seen.until_page("microphone")
    seen.until_says("The connection broke.\nLook at your network.")
    seen.key(ESCAPE)
    seen.until_page("models")
    seen.until_says("The connection broke.\nLook at your network.")
    before = downloads(desk)
    seen.key(ENTER)
    seen.until_page("microphone")
    assert downloads(desk) == before, "Next has downloaded"
    seen.tab_to("first_run_retry")
    seen.key(ENTER)
    seen.until(lambda: seen.item("first_run_retry") is None, "no trouble any more")
    seen.until(lambda: all(desk._models[name].installed for name in (RECOGNISER, MODEL)), "both")


def test_what_is_installed_needs_no_download(open_window: Open) -> None:
    desk = DeskOfMemory()
    seen = open_window(desk)
    seen.through("models")
    seen.until_says("All that I need is here")
    seen.key(ENTER)
    seen.until_page("microphone")
    assert downloads(desk) == []


def test_a_better_model_is_offered_with_its_size_and_why(open_window: Open) -> None:
    desk = DeskOfMemory()
    seen = open_window(desk)
    seen.through("models")
    seen.until_says("Qwen2.5 1.5B Instruct · 1.1 GB")
    seen.until_says("Suits this computer: good answers")
    assert not any("Qwen3 4B" in text for text in seen.texts()), "it does not suit"
    seen.tab_to("get_" + MODEL)
    seen.key(ENTER)
    desk.until_asked("get_model", MODEL)
    seen.until_says("Qwen2.5 1.5B Instruct · is here")


def test_models_that_cannot_be_looked_at_hold_nobody_up(open_window: Open) -> None:
    desk = DeskOfMemory()
    desk.hold("models")
    seen = open_window(desk)
    seen.until_page("welcome")
    for page in ("stays", "language"):
        seen.key(ENTER)
        seen.until_page(page)
    seen.key(ENTER)
    desk.until_waiting("models")
    seen.until_says("Looking …")
    seen.tab_to("first_run_second")
    seen.key(ENTER)
    seen.until_page("microphone")


def test_the_language_changes_the_window_at_once_and_for_good(open_window: Open) -> None:
    desk = DeskOfMemory()
    seen = open_window(desk)
    seen.through("language")
    seen.tab_to("language_ko")
    seen.key(Qt.Key.Key_Space)
    korean = words.table("ko")
    seen.until_says(korean["Which language shall we speak?"])
    seen.until_says(korean["Later"])
    assert desk.settings.companion.language == "ko"
    assert seen.desktop._bridge.shown.label == korean["Muted"]
    desk.change_outside("companion.language", "en")
    seen.until_says("Which language shall we speak?")


def test_a_korean_desktop_is_spoken_to_in_korean(
    open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_run, "system_language", lambda: "ko")
    seen = open_window(DeskOfMemory())
    seen.until_says(words.table("ko")["I can be wrong"])
    seen.through("language")
    assert seen.desk.settings.companion.language == "ko"


def test_a_voice_is_heard_when_it_is_chosen(open_window: Open) -> None:
    desk = DeskOfMemory()
    seen = open_window(desk)
    seen.through("voice")
    seen.until_says("Heart: natural")
    assert not any("Joe" in text for text in seen.texts()), "it is not installed"
    seen.tab_to("voice_hibari:heart")
    seen.key(Qt.Key.Key_Space)
    desk.until_asked("speak", "Hello, I am Mate. This is how I sound.")
    assert (desk.settings.voice.engine, desk.settings.voice.voice) == ("hibari", "heart")
    focus = seen.window.activeFocusItem()
    assert focus is not None
    assert focus.objectName() == "voice_hibari:heart"


def test_a_lamp_shows_that_the_key_is_held(open_window: Open) -> None:
    seen = open_window(DeskOfMemory())
    seen.through("key")
    seen.until_says("Right Ctrl")
    lamp = seen.item("first_run_lamp")
    assert lamp is not None
    assert not lamp.property("lit")
    holding = threading.Thread(target=seen.someone.press)
    holding.start()
    holding.join()
    seen.until(lambda: bool(lamp.property("lit")), "the lamp")
    seen.someone.release()
    seen.until(lambda: not lamp.property("lit"), "no lamp")


def test_another_key_is_taken_by_pressing_it(open_window: Open) -> None:
    desk = DeskOfMemory()
    seen = open_window(desk)
    seen.through("key")
    seen.tab_to("first_run_change_key")
    seen.key(ENTER)
    desk.until_waiting("key")
    seen.until_says("Press the key you want")
    for key in (ENTER, ESCAPE):
        seen.key(key)
    assert seen.run.page == "key", "the key that was pressed meant something else as well"
    desk.press_key("F7")
    seen.until_says("F7")
    desk.until_asked("set", "key.key", "F7")
    seen.tab_to("first_run_next")
    seen.key(ENTER)
    seen.until_page("hello")
    seen.until_says("Now you: hold F7 and talk.")


def test_where_no_key_is_heard_the_button_is_named_instead(open_window: Open) -> None:
    seen = open_window(DeskOfMemory(Settings(key=Key(backend="none"))))
    seen.through("key")
    seen.until_says("Talk by holding a button")
    assert seen.item("first_run_lamp") is None
    seen.through("hello")
    seen.until_says("hold the big button and talk")


def test_a_microphone_that_was_left_closed_can_be_opened_at_the_end(open_window: Open) -> None:
    seen = open_window(DeskOfMemory())
    seen.through("microphone")
    seen.tab_to("first_run_second")
    seen.key(ENTER)
    seen.until_page("voice")
    seen.through("hello")
    seen.until_says("The microphone is closed. Open it to talk")
    seen.tab_to("first_run_open")
    seen.key(ENTER)
    seen.until_says("Now you: hold Right Ctrl and talk.")
    assert seen.someone.microphone_open


@pytest.mark.parametrize("scale", [0.8, 2.0])
def test_every_page_fits_and_every_control_has_a_name(open_window: Open, scale: float) -> None:
    QAccessible.setActive(True)
    look = Window(scale=scale, reduced_motion=True)
    seen = open_window(DeskOfMemory(Settings(window=look)))
    seen.shrink()
    for page in PAGES:
        seen.through(page)
        for item in seen.items():
            left = item.mapToScene(item.boundingRect().topLeft()).x()
            if item.inherits("QQuickText") and item.property("text"):
                right = left + float(item.property("contentWidth"))
                assert left >= 0, item.property("text")
                assert right <= seen.window.width(), item.property("text")
                assert not item.property("truncated"), item.property("text")
            if item.property("activeFocusOnTab"):
                described = QAccessible.queryAccessibleInterface(item)
                name = described.text(QAccessible.Text.Name) if described else ""
                assert name, f"{page}: {item} has no name"


def test_tab_reaches_what_is_below_and_scrolls_to_it(open_window: Open) -> None:
    seen = open_window(DeskOfMemory(Settings(window=Window(scale=2.0, reduced_motion=True))))
    seen.shrink()
    seen.through("voice")
    seen.until_says("Heart: natural")
    choice = seen.tab_to("voice_hibari:heart")
    foot = seen.item("first_run_next")
    assert foot is not None

    def in_view() -> bool:
        bottom = choice.mapToScene(choice.boundingRect().bottomLeft()).y()
        return bottom <= foot.mapToScene(foot.boundingRect().topLeft()).y()

    seen.until(in_view, "the last voice")
