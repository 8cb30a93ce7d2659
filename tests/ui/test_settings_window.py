"""The settings in a real window that nobody sees: real keys, a real mouse, a desk in memory."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("PySide6", reason="the window needs PySide6")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import (
    QCoreApplication,
    QEventLoop,
    QObject,
    QPoint,
    Qt,
    QTimer,
    qInstallMessageHandler,
)
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.desk_of_memory import KEY_LINES, PARCELS, DeskOfMemory
from voicemate import settings as tree
from voicemate.errors import StorageError
from voicemate.settings import Settings, Window
from voicemate.ui import window, words
from voicemate.ui.inbox import Inbox
from voicemate.ui.options import WindowOptions

PATIENCE_MS = 20_000
LOOK_MS = 5
ENTER, ESCAPE, TAB = Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Tab
SPACE, RIGHT, DOWN = Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_Down
CTRL = Qt.KeyboardModifier.ControlModifier

TOPICS = ("companion", "sound", "key", "models", "privacy", "looks", "language", "everything")
MODEL = "qwen2.5-1.5b-instruct-q4_k_m"
RECOGNISER = "vosk-model-en-us-0.22-lgraph"


class Someone:
    """A companion with a microphone."""

    def __init__(self) -> None:
        self.muted = False
        self.held = False
        self.level_db = -30.0
        self.told: list[str] = []

    @property
    def microphone_open(self) -> bool:
        return not self.muted

    def start(self) -> None:
        self.told.append("start")

    def set_muted(self, muted: bool) -> None:
        self.muted = muted

    def press(self) -> None:
        self.told.append("press")

    def release(self) -> None:
        self.told.append("release")

    def toggle(self) -> None:
        self.told.append("toggle")

    def discard(self) -> None:
        self.held = False

    def say(self, text: str) -> None:
        self.told.append(f"say {text}")


class Seen:
    """The window: what stands in it, and what a person does to it."""

    def __init__(self, desk: DeskOfMemory) -> None:
        self.desk = desk
        self.someone = Someone()
        inbox = Inbox()
        desk.emit = inbox.put  # type: ignore[assignment]
        look = desk.settings.window
        self.desktop = window._Desktop(
            self.someone,  # type: ignore[arg-type]
            inbox,
            WindowOptions(
                desk=desk,
                theme=look.theme,
                scale=look.scale,
                reduced_motion=True,
                tray=False,
            ),
        )
        self.window = self.desktop._window
        self.until(lambda: "start" in self.someone.told, "its start")

    def until(self, true: Callable[[], object], what: str) -> None:
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

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier | None = None) -> None:
        QTest.keyClick(self.window, key, modifiers or Qt.KeyboardModifier.NoModifier)

    def type(self, text: str) -> None:
        for letter in text:
            QTest.keyClick(self.window, letter)

    def click(self, name: str) -> None:
        """Bring it into view and press the left button on its middle."""
        item = self.wanted(name)
        places: list[QPoint] = []

        def rests() -> bool:
            _bring_into_view(item)
            places.append(item.mapToScene(item.boundingRect().center()).toPoint())
            return len(places) > 2 and len(set(places[-3:])) == 1

        self.until(rests, f"{name} at rest")
        assert self.window.contentItem().boundingRect().contains(places[-1].toPointF()), name
        QTest.mouseClick(
            self.window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, places[-1]
        )

    def settings(self, topic: str = "") -> None:
        """Open the settings, and one topic of them, with the mouse."""
        self.click("settings_button")
        self.until(lambda: self.item("topics"), "the topics")
        if topic:
            self.click(f"topic_{topic}")
            self.until(lambda: self.panel() is not None, f"the panel of {topic}")

    def panel(self) -> QQuickItem | None:
        page = self.window.findChild(QObject, "settings").property("item")
        panel = page.property("panel") if page is not None else None
        return panel if isinstance(panel, QQuickItem) else None

    def tab_to(self, name: str) -> QQuickItem:
        """Press Tab until the keyboard is there."""
        for _ in range(60):
            focus = self.window.activeFocusItem()
            if focus is not None and name in (focus.objectName(), _scope(focus)):
                return focus
            self.key(TAB)
        raise AssertionError(f"Tab does not lead to {name}")

    def items(self) -> list[QQuickItem]:
        """Give everything that can be seen."""
        return [item for item in _tree(self.window.contentItem()) if item.isVisible()]

    def item(self, name: str) -> QQuickItem | None:
        return next((item for item in self.items() if item.objectName() == name), None)

    def wanted(self, name: str) -> QQuickItem:
        self.until(lambda: self.item(name) is not None, name)
        item = self.item(name)
        assert item is not None
        return item

    def texts(self) -> list[str]:
        return [str(item.property("text")) for item in self.items() if item.inherits("QQuickText")]

    def close(self) -> None:
        self.desk.let_all()
        self.desktop.close()


def _tree(item: QQuickItem) -> Iterator[QQuickItem]:
    yield item
    for child in item.childItems():
        yield from _tree(child)


def _bring_into_view(item: QQuickItem) -> None:
    view = item.parentItem()
    while view is not None and not view.inherits("QQuickFlickable"):
        view = view.parentItem()
    if view is None:
        return
    over = item.mapToItem(view, item.boundingRect().center()).y() - view.height() / 2
    most = max(0.0, view.property("contentHeight") - view.height())
    view.setProperty("contentY", min(max(view.property("contentY") + over, 0.0), most))


def _scope(item: QQuickItem) -> str:
    """Give the name of the field in which a text is written."""
    parent = item.parentItem()
    while parent is not None and not parent.objectName():
        parent = parent.parentItem()
    return parent.objectName() if parent is not None else ""


Open = Callable[..., Seen]


@pytest.fixture(scope="module", autouse=True)
def _app() -> Iterator[None]:
    app = QCoreApplication.instance() or QApplication([])
    before = qInstallMessageHandler(window._to_log)
    yield
    qInstallMessageHandler(before)
    del app


@pytest.fixture
def open_window(caplog: pytest.LogCaptureFixture) -> Iterator[Open]:
    """Open windows; one that Qt complains about fails its test."""
    opened: list[Seen] = []

    def open_it(settings: Settings | None = None) -> Seen:
        opened.append(Seen(DeskOfMemory(settings, page="done")))
        return opened[-1]

    with caplog.at_level(logging.WARNING, "voicemate.ui.window"):
        yield open_it
        for seen in opened:
            seen.close()
    words.set_language("en")
    told = [record.getMessage() for record in caplog.get_records("call")]
    # What the offscreen screen has none of is no complaint about the window.
    lacks = ("systemTray", "propagateSizeHints")
    complaints = [text for text in told if "Qt: " in text and not any(x in text for x in lacks)]
    assert complaints == []


def sets(seen: Seen) -> list[tuple[str, ...]]:
    return [call[1:] for call in seen.desk.asked if call[0] == "set"]


def test_ctrl_comma_opens_the_settings_and_esc_leads_back_step_by_step(open_window: Open) -> None:
    seen = open_window()
    seen.key(Qt.Key.Key_Comma, CTRL)
    seen.until(lambda: seen.item("topics"), "the topics")
    assert seen.item("talk") is None, "the main page can still be reached"
    seen.key(DOWN)
    seen.key(ENTER)
    seen.until_says("Try the speaker")
    seen.key(ESCAPE)
    seen.until(lambda: seen.item("topic_sound"), "the topics again")
    assert seen.item("settings_title").property("text") == "Settings"  # type: ignore[union-attr]
    seen.key(ESCAPE)
    seen.until(lambda: seen.item("talk"), "the main page")


def test_the_space_bar_talks_to_nobody_in_the_settings(open_window: Open) -> None:
    seen = open_window()
    seen.settings()
    seen.key(SPACE)
    seen.until(lambda: seen.item("companion_name"), "the first topic: a space is as good as Enter")
    seen.key(ESCAPE)
    seen.click("topic_looks")
    seen.wanted("window_reduced_motion")
    seen.tab_to("window_reduced_motion")
    seen.key(SPACE)
    seen.desk.until_asked("set", "window.reduced_motion", "true")
    assert "press" not in seen.someone.told


def test_a_switch_is_changed_with_the_mouse_and_with_the_keyboard(open_window: Open) -> None:
    seen = open_window()
    seen.settings("sound")
    seen.click("audio_cues")
    seen.desk.until_asked("set", "audio.cues", "false")
    seen.until(lambda: seen.wanted("audio_cues").property("value") is False, "a switch that is off")
    seen.tab_to("audio_cues")
    seen.key(SPACE)
    seen.desk.until_asked("set", "audio.cues", "true")


def test_a_slider_goes_with_the_arrow_keys(open_window: Open) -> None:
    seen = open_window()
    seen.settings("companion")
    seen.tab_to("voice_rate")
    seen.key(RIGHT)
    seen.desk.until_asked("set", "voice.rate", "1.05")
    seen.key(Qt.Key.Key_End)
    seen.desk.until_asked("set", "voice.rate", "2")
    seen.until_says("2 ×")


def test_a_slider_that_is_dragged_asks_once_when_it_is_let_go(open_window: Open) -> None:
    seen = open_window()
    seen.settings("companion")
    slider = seen.tab_to("voice_volume")
    seen.until(lambda: seen.item("voice_volume") is not None, "the slider in view")
    left = slider.mapToScene(slider.boundingRect().center()).toPoint()
    none, button = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    QTest.mousePress(seen.window, button, none, left)
    for step in range(1, 6):
        QTest.mouseMove(seen.window, left - QPoint(step * 12, 0))
    assert sets(seen) == []
    QTest.mouseRelease(seen.window, button, none, left - QPoint(60, 0))
    seen.until(lambda: len(sets(seen)) == 1, "what was asked")
    assert sets(seen)[0][0] == "voice.volume"
    assert 0.1 < float(sets(seen)[0][1]) < 0.5


def test_a_list_is_opened_walked_and_chosen_from(open_window: Open) -> None:
    seen = open_window()
    seen.settings("sound")
    seen.until_says("The system's choice (Built-in Audio)")
    seen.tab_to("audio_microphone")
    seen.key(SPACE)
    seen.until_says("USB Headset")
    seen.key(DOWN)
    seen.key(DOWN)
    seen.key(ENTER)
    seen.desk.until_asked("set", "audio.microphone", "USB Headset")
    assert seen.item("settings_scroller") is not None, "Enter went on to the page"


def test_esc_closes_an_open_list_and_nothing_else(open_window: Open) -> None:
    seen = open_window()
    seen.settings("looks")
    seen.tab_to("window_theme")
    seen.key(SPACE)
    seen.until_says("As the desktop has them")
    seen.until(lambda: "Dark" in seen.texts(), "the list")
    seen.key(ESCAPE)
    seen.until(lambda: "Dark" not in seen.texts(), "no list")
    assert seen.item("window_theme") is not None
    assert sets(seen) == []


def test_the_window_follows_its_settings_at_once(open_window: Open) -> None:
    seen = open_window(Settings(window=Window(theme="light")))
    light = seen.window.color().name()
    seen.settings("looks")
    seen.tab_to("window_theme")
    seen.key(DOWN)
    seen.until(lambda: seen.window.color().name() != light, "a dark window")
    seen.desk.change_outside("companion.name", "Ada")
    seen.until(lambda: seen.window.title() == "Ada", "the name")
    seen.desk.change_outside("window.scale", "1.4")
    title = seen.wanted("settings_title")
    seen.until(lambda: title.property("font").pixelSize() == 25, "larger text")


def test_a_name_is_written_and_kept_with_enter(open_window: Open) -> None:
    seen = open_window()
    seen.settings("companion")
    seen.tab_to("companion_name")
    seen.key(Qt.Key.Key_A, CTRL)
    seen.type("Ada")
    assert sets(seen) == []
    seen.key(ENTER)
    seen.desk.until_asked("set", "companion.name", "Ada")


def test_what_was_written_is_kept_when_the_keyboard_leaves(open_window: Open) -> None:
    seen = open_window()
    seen.settings("companion")
    seen.tab_to("companion_persona")
    seen.type("kind")
    seen.key(ENTER)
    seen.type("and short")
    seen.key(TAB)
    seen.desk.until_asked("set", "companion.persona", "kind\nand short")


def test_esc_takes_back_what_was_written_and_then_goes_back(open_window: Open) -> None:
    seen = open_window()
    seen.settings("companion")
    field = seen.tab_to("companion_name")
    seen.type("xyz")
    seen.key(ESCAPE)
    assert field.property("text") == "Mate"
    assert seen.item("companion_name") is not None
    seen.key(ESCAPE)
    seen.until(lambda: seen.item("topic_companion"), "the topics")
    assert sets(seen) == []


def test_going_back_with_the_mouse_keeps_what_was_written(open_window: Open) -> None:
    seen = open_window()
    seen.settings("companion")
    seen.tab_to("companion_name")
    seen.key(Qt.Key.Key_A, CTRL)
    seen.type("Eve")
    seen.click("settings_back")
    seen.desk.until_asked("set", "companion.name", "Eve")


def test_a_change_from_outside_leaves_alone_what_is_being_written(open_window: Open) -> None:
    seen = open_window()
    seen.settings("companion")
    field = seen.tab_to("companion_name")
    seen.type("Ad")
    seen.desk.change_outside("companion.name", "Zoe")
    seen.until(lambda: seen.window.title() == "Zoe", "the change")
    assert "Ad" in field.property("text")
    assert field.property("cursorPosition") == field.property("text").index("Ad") + 2


def test_a_change_from_outside_shows_up_in_the_controls(open_window: Open) -> None:
    seen = open_window()
    seen.settings("companion")
    seen.desk.change_outside("companion.name", "Zoe")
    seen.desk.change_outside("voice.rate", "1.5")
    seen.until(lambda: seen.wanted("companion_name").property("held") == "Zoe", "the name")
    field = seen.tab_to("companion_name")
    assert field.property("text") == "Zoe"
    seen.until(lambda: seen.wanted("voice_rate").property("value") == 1.5, "the rate")


def test_a_refusal_stands_beside_its_control_which_shows_what_holds(open_window: Open) -> None:
    seen = open_window()
    seen.settings("looks")
    seen.desk.fail("set", StorageError("The disk is full.", "Make room on it."))
    seen.click("window_tray")
    seen.until_says("The disk is full.")
    seen.until_says("Make room on it.")
    assert seen.wanted("window_tray").property("value") is True
    problem = next(item for item in seen.items() if item.property("text") == "The disk is full.")
    tray, stay = seen.wanted("window_tray"), seen.wanted("window_close_to_tray")
    assert _y(tray) < _y(problem) < _y(stay)


def test_a_list_whose_choice_was_refused_shows_the_old_one(open_window: Open) -> None:
    seen = open_window()
    seen.settings("looks")
    picker = seen.tab_to("window_theme")
    seen.desk.fail("set", StorageError("The disk is full.", ""))
    seen.key(DOWN)
    seen.until_says("The disk is full.")
    assert picker.property("displayText") == "As the desktop has them"


def test_a_field_whose_text_was_refused_shows_the_old_one(open_window: Open) -> None:
    seen = open_window()
    seen.settings("everything")
    field = seen.tab_to("model_threads")
    seen.key(Qt.Key.Key_A, CTRL)
    seen.type("many")
    seen.key(ENTER)
    seen.until_says("model.threads takes a whole number")
    assert field.property("text") == "0"


def test_the_voice_can_be_heard_before_it_is_kept_or_not(open_window: Open) -> None:
    seen = open_window()
    seen.settings("companion")
    seen.click("speak_sample")
    seen.desk.until_asked("speak", "Hello, I am Mate. This is how I sound.")
    seen.tab_to("voice")
    seen.key(DOWN)
    seen.desk.until_asked("set", "voice.voice", "gmw/en-US")


def test_the_microphone_is_seen_to_hear_while_the_page_is_open(open_window: Open) -> None:
    seen = open_window()
    seen.someone.level_db = -60.0
    seen.settings("sound")
    seen.until_says("Say something")
    talking = QTimer()
    talking.timeout.connect(
        lambda: setattr(seen.someone, "level_db", -20.0 if seen.someone.level_db < -40 else -60.0)
    )
    talking.start(300)
    seen.until_says("I hear you well.")
    talking.stop()
    seen.someone.muted = True
    seen.until_says("The microphone is closed.")


def test_the_key_is_changed_by_pressing_it(open_window: Open) -> None:
    seen = open_window()
    seen.settings("key")
    seen.click("change_key")
    seen.until_says("Press the new key now")
    seen.desk.until_waiting("key")
    seen.key(SPACE)
    seen.key(TAB)
    seen.until_says("Esc keeps Right Ctrl")
    seen.desk.press_key("F9")
    seen.until(lambda: seen.wanted("binding").property("text") == "F9", "the new key")
    assert seen.desk.settings.key.key == "F9"
    seen.click("usual_key")
    seen.until(lambda: seen.wanted("binding").property("text") == "Right Ctrl", "the usual one")


def test_esc_keeps_the_old_key_and_stays_on_the_page(open_window: Open) -> None:
    seen = open_window()
    seen.settings("key")
    seen.tab_to("change_key")
    seen.key(ENTER)
    seen.until_says("Press the new key now")
    seen.desk.until_waiting("key")
    seen.key(ESCAPE)
    seen.until(lambda: seen.item("waiting_for_key") is None, "an end of waiting")
    assert seen.wanted("binding").property("text") == "Right Ctrl"
    assert sets(seen) == []
    seen.until(lambda: seen.window.activeFocusItem().objectName() == "change_key", "the keyboard")


def test_leaving_the_page_waits_for_no_key_any_more(open_window: Open) -> None:
    seen = open_window()
    seen.settings("key")
    seen.click("change_key")
    seen.desk.until_waiting("key")
    seen.click("settings_back")
    seen.until(lambda: "key" not in seen.desk._waiting, "an end of waiting")
    seen.until(lambda: seen.item("topic_key"), "the topics")


@pytest.mark.parametrize("desktop", KEY_LINES)
def test_the_lines_for_a_desktop_are_copied_as_they_are(open_window: Open, desktop: str) -> None:
    seen = open_window()
    seen.settings("key")
    seen.click("more")
    seen.until_says(desktop)
    copy = next(item for item in seen.items() if item.property("text") == f"Copy: {desktop}")
    copy.setObjectName("copy_it")
    seen.click("copy_it")
    seen.until(
        lambda: QGuiApplication.clipboard().text() == KEY_LINES[desktop], "it on the clipboard"
    )


def test_a_model_is_downloaded_with_a_bar_that_moves(open_window: Open) -> None:
    seen = open_window()
    seen.desk.hold("get_model")
    seen.settings("models")
    seen.click(f"get_{MODEL}")
    bar = seen.wanted(f"progress_{MODEL}")
    before = 0.0
    for _ in range(3):
        seen.desk.parcel()
        seen.until(lambda before=before: bar.property("part") > before + 0.05, "a longer bar")
        before = bar.property("part")
    seen.until_says("of 1.1 GB")
    for _ in range(PARCELS):
        seen.desk.parcel()
    seen.until(lambda: seen.item(f"use_{MODEL}"), "a button to use it")
    seen.click(f"use_{MODEL}")
    seen.desk.until_asked("set", "model.id", MODEL)


def test_a_download_is_stopped_with_the_keyboard(open_window: Open) -> None:
    seen = open_window()
    seen.desk.hold("get_model")
    seen.settings("models")
    seen.wanted(f"get_{MODEL}")
    seen.tab_to(f"get_{MODEL}")
    seen.key(ENTER)
    seen.until(lambda: seen.window.activeFocusItem().objectName() == f"stop_{MODEL}", "the stop")
    seen.desk.parcel()
    seen.until_says("of 1.1 GB")
    seen.key(ENTER)
    seen.until_says("Stopped. It goes on from there the next time.")
    assert seen.wanted(f"get_{MODEL}").property("text") == "Go on"


def test_a_model_is_removed_only_after_a_question(open_window: Open) -> None:
    seen = open_window()
    seen.settings("models")
    seen.click(f"remove_{RECOGNISER}")
    seen.until_says("Remove Vosk English from this computer?")
    seen.until(
        lambda: seen.window.activeFocusItem().objectName() == f"remove_{RECOGNISER}_keep",
        "the keyboard on keeping it",
    )
    seen.key(ENTER)
    assert not any(call[0] == "remove_model" for call in seen.desk.asked)
    seen.click(f"remove_{RECOGNISER}")
    seen.click(f"remove_{RECOGNISER}_yes")
    seen.desk.until_asked("remove_model", RECOGNISER)
    seen.until(lambda: seen.item(f"get_{RECOGNISER}"), "a button to download it")


def test_the_conversation_is_deleted_only_after_a_question(open_window: Open) -> None:
    seen = open_window()
    seen.settings("privacy")
    seen.until_says("42 turns of your conversation")
    seen.click("forget")
    seen.until_says("Delete all 42 turns?")
    seen.key(ESCAPE)
    seen.until(lambda: seen.item("forget"), "the button again")
    assert ("forget",) not in seen.desk.asked
    seen.click("forget")
    seen.click("forget_yes")
    seen.until_says("Deleted: 42 turns.")
    seen.until_says("No conversation is kept.")
    assert seen.desk.n_turns == 0


def test_the_microphone_is_closed_from_the_privacy_page(open_window: Open) -> None:
    seen = open_window()
    seen.settings("privacy")
    seen.click("close_microphone_control")
    seen.until(lambda: seen.someone.muted, "a closed microphone")


def test_start_at_login_is_offered_only_where_it_can_be_arranged(open_window: Open) -> None:
    seen = open_window()
    seen.settings("looks")
    seen.until(lambda: seen.wanted("start_at_login_control").isEnabled(), "a switch to use")
    seen.click("start_at_login_control")
    seen.desk.until_asked("start_at_login", "True")
    other = open_window()
    other.desk.can_start_at_login = False
    other.settings("looks")
    other.until_says("This cannot be arranged from here on this system.")
    assert not other.wanted("start_at_login_control").isEnabled()


def test_every_setting_stands_on_the_page_of_all(open_window: Open) -> None:
    seen = open_window()
    seen.settings("everything")
    for doc in tree.describe():
        assert seen.item(doc.key.replace(".", "_")) is not None, doc.key
    seen.desk.change_outside("model.seed", "7")
    seen.click("reset_model.seed")
    seen.desk.until_asked("set", "model.seed", "-1")


def test_another_language_is_spoken_at_once(open_window: Open) -> None:
    seen = open_window()
    seen.settings("language")
    seen.tab_to("companion_language")
    seen.key(DOWN)
    seen.desk.until_asked("set", "companion.language", "ko")
    seen.until(lambda: seen.wanted("settings_title").property("text") == "언어", "the Korean title")


@pytest.mark.parametrize("topic", TOPICS)
def test_every_control_can_be_reached_and_has_a_name(open_window: Open, topic: str) -> None:
    seen = open_window()
    seen.settings(topic)
    if topic == "models":
        seen.wanted(f"get_{MODEL}")
    if seen.item("more") is not None:
        seen.click("more")
    visited: list[QQuickItem] = []
    for _ in range(150):
        seen.key(TAB)
        focus = seen.window.activeFocusItem()
        if focus in visited:
            break
        visited.append(focus)
        seen.until(lambda focus=focus: _in_view(seen, focus), f"{focus} in view")
    assert len(visited) > 1
    for item in visited:
        told = QAccessible.queryAccessibleInterface(item)
        assert told is not None, item
        assert told.text(QAccessible.Text.Name), f"{item} {item.objectName()} has no name"
    if topic == "everything":
        reached = {item.objectName() or _scope(item) for item in visited}
        reached |= {_scope(item) for item in visited}
        assert {doc.key.replace(".", "_") for doc in tree.describe()} <= reached


@pytest.mark.parametrize("scale", [0.8, 1.0, 2.0])
@pytest.mark.parametrize("topic", TOPICS)
def test_nothing_is_cut_off_or_lies_over_another(
    open_window: Open, topic: str, scale: float
) -> None:
    """In 460 pixels of width, whatever the size of the text."""
    seen = open_window(Settings(window=Window(scale=scale)))
    seen.window.setMinimumWidth(300)
    seen.window.resize(460, 760)
    seen.until(lambda: seen.window.contentItem().width() == 460, "a narrow window")
    seen.settings(topic)
    if topic == "models":
        seen.wanted(f"get_{MODEL}")
    if topic == "privacy":
        seen.until_says("Where everything lies")
    if seen.item("more") is not None:
        seen.click("more")
    seen.until(lambda: len(seen.texts()) > 3, "something to read")
    panel = seen.panel()
    assert panel is not None
    seen.until(lambda: not _faults(panel), f"no fault in {_faults(panel)}")


def _faults(panel: QQuickItem) -> list[str]:
    """Say what can't be read: texts that are cut off, leave the page or lie over another."""
    shown = [
        item
        for item in _tree(panel)
        if item.isVisible() and item.inherits("QQuickText") and item.property("text")
    ]
    faults = [] if shown else ["nothing is shown"]
    boxes = []
    for text in shown:
        name = str(text.property("text"))
        wide, high = text.property("contentWidth"), text.property("contentHeight")
        if text.property("truncated") or wide > text.width() + 1 or high > text.height() + 1:
            faults.append(f"{name!r} is cut off")
        box = text.mapRectToItem(panel, text.boundingRect())
        if box.left() < -1 or box.right() > panel.width() + 1:
            faults.append(f"{name!r} leaves the page")
        for other, another in boxes:
            common = box.intersected(another)
            if common.width() > 1 and common.height() > 1:
                faults.append(f"{name!r} lies over {other!r}")
        boxes.append((name, box))
    return faults


def test_a_wide_window_shows_topics_and_panel_side_by_side(open_window: Open) -> None:
    seen = open_window()
    seen.window.resize(1000, 700)
    seen.until(lambda: seen.window.contentItem().width() == 1000, "a wide window")
    seen.settings()
    seen.until_says("Who it is")
    seen.click("topic_looks")
    seen.until(lambda: seen.item("window_scale"), "the looks")
    assert seen.item("topics") is not None
    seen.key(ESCAPE)
    seen.until(lambda: seen.item("talk"), "the main page")


def _y(item: QQuickItem) -> float:
    return item.mapToScene(item.boundingRect().center()).y()


def _in_view(seen: Seen, item: QQuickItem) -> bool:
    top = item.mapToScene(item.boundingRect().topLeft()).y()
    tall = item.height() > seen.window.height() / 2
    bottom = top + (0 if tall else item.height())
    return top >= -1 and bottom <= seen.window.height() + 1
