"""The key's keeper: what it starts, stops and says, with keyboards of our own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.rig.waiting import wait_until
from voicemate.errors import SettingsError
from voicemate.events import Event, Notice
from voicemate.global_key import GlobalKey
from voicemate.hotkey import choice
from voicemate.hotkey.backend import (
    Availability,
    Environment,
    HotkeyBackend,
    HotkeyError,
    OnKey,
    OnLost,
)
from voicemate.hotkey.keys import Binding, RawKey
from voicemate.settings import Key

LIMIT_S = 20.0
X11 = Environment("linux", {"DISPLAY": ":7"})
WAYLAND = Environment("linux", {"WAYLAND_DISPLAY": "wayland-0"})


class Talker:
    """A companion that only remembers what the key told it."""

    def __init__(self) -> None:
        self.held = False
        self.told: list[str] = []

    def press(self) -> None:
        self.held = True
        self.told.append("press")

    def release(self) -> None:
        self.held = False
        self.told.append("release")

    def discard(self) -> None:
        self.held = False
        self.told.append("discard")


class Keyboard:
    """A way to hear keys whose keys the test presses."""

    sees_all_keys = True

    def __init__(self, desk: Desk, name: str) -> None:
        self.name = name
        self._desk = desk
        self._on_key: OnKey = lambda _key: None
        self.lose: OnLost = lambda _error: None
        self.running = False

    def start(self, on_key: OnKey, on_lost: OnLost) -> None:
        self._desk.started.append(self)
        if trouble := self._desk.refuses.get(self.name):
            raise HotkeyError(trouble)
        if wait := self._desk.waits.get(self.name):
            assert wait.wait(LIMIT_S)
        self._on_key, self.lose = on_key, on_lost
        self.running = True

    def stop(self) -> None:
        self.running = False

    def is_down(self, name: str) -> bool | None:
        return name in self._desk.down

    def press(self, name: str, later_s: float = 0.0) -> None:
        self._desk.down.add(name)
        if self.running:
            self._on_key(RawKey(name, True, time.monotonic() + later_s))

    def release(self, name: str, later_s: float = 0.0) -> None:
        self._desk.down.discard(name)
        if self.running:
            self._on_key(RawKey(name, False, time.monotonic() + later_s))


@dataclass
class Desk:
    """A machine: what works on it, what it says, and every way that was started on it."""

    works: set[str] = field(default_factory=lambda: {"x11"})
    refuses: dict[str, str] = field(default_factory=dict)
    waits: dict[str, threading.Event] = field(default_factory=dict)
    started: list[Keyboard] = field(default_factory=list)
    down: set[str] = field(default_factory=set)

    @property
    def running(self) -> list[Keyboard]:
        return [keyboard for keyboard in self.started if keyboard.running]


Make = Callable[..., "Rig"]


class Rig:
    """A key with its talker, and what it told."""

    def __init__(self, environment: Environment) -> None:
        self.talker = Talker()
        self.notices: list[Event] = []
        self.changes = 0
        self.key = GlobalKey(self.talker, self.notices.append, self._count, environment=environment)

    def _count(self) -> None:
        self.changes += 1

    def wait_for(self, heard_by: str, binding: str) -> None:
        wait_until(
            lambda: (self.key.state.heard_by, self.key.state.binding) == (heard_by, binding),
            LIMIT_S,
            f"{binding} is heard by {heard_by!r}",
        )

    def wait_for_why(self, words: str) -> None:
        wait_until(lambda: words in self.key.state.why, LIMIT_S, f"the state says {words!r}")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()

    def build(name: str, _binding: Binding, _environment: Environment) -> HotkeyBackend:
        keyboard = Keyboard(desk, name)
        keyboard.sees_all_keys = name != "portal"
        return keyboard

    def check(name: str) -> Callable[[Environment], Availability]:
        return lambda _environment: Availability(name, name in desk.works, f"so says {name}")

    checks = {name: check(name) for name in ("x11", "pynput", "portal", "evdev")}
    monkeypatch.setattr(choice, "_CHECKS", checks)
    monkeypatch.setattr(choice, "_build", build)
    return desk


@pytest.fixture
def make() -> Iterator[Make]:
    rigs: list[Rig] = []

    def make(environment: Environment = X11) -> Rig:
        rigs.append(Rig(environment))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.key.close()


def test_the_key_is_heard_and_the_state_says_how(desk: Desk, make: Make) -> None:
    rig = make()
    rig.key.apply(Key())
    rig.wait_for("x11", "Right Ctrl")
    state = rig.key.state
    assert "so says x11" in state.why
    assert state.can_capture
    assert "Control_R" in state.lines["Sway"]
    assert rig.changes
    desk.running[0].press("Right Ctrl")
    desk.running[0].release("Right Ctrl", 1.0)
    wait_until(lambda: len(rig.talker.told) == 2, LIMIT_S, "the key was heard")
    assert rig.talker.told == ["press", "release"]
    assert rig.notices == []


def test_a_new_key_takes_the_place_of_the_old_one_and_what_that_held_is_discarded(
    desk: Desk, make: Make
) -> None:
    rig = make()
    rig.key.apply(Key(key="F9"))
    rig.wait_for("x11", "F9")
    (old,) = desk.running
    old.press("F9")
    assert rig.talker.held
    rig.key.apply(Key(key="F8"))
    rig.wait_for("x11", "F8")
    assert rig.talker.told == ["press", "discard"]
    (new,) = desk.running
    assert new is not old
    new.press("F9")
    assert rig.talker.told == ["press", "discard"], "the old key means nothing any more"
    new.press("F8")
    assert rig.talker.told == ["press", "discard", "press"]


def test_the_same_key_again_changes_nothing(desk: Desk, make: Make) -> None:
    rig = make()
    for _ in range(3):
        rig.key.apply(Key(key="F9"))
        rig.wait_for("x11", "F9")
    assert len(desk.started) == 1


def test_of_keys_that_come_while_one_is_being_started_the_newest_wins(
    desk: Desk, make: Make
) -> None:
    desk.waits["x11"] = threading.Event()
    rig = make()
    rig.key.apply(Key(key="F1"))
    wait_until(lambda: len(desk.started) == 1, LIMIT_S, "the first one is being started")
    for key in ("F2", "F3", "F4"):
        rig.key.apply(Key(key=key))
    desk.waits["x11"].set()
    rig.wait_for("x11", "F4")
    assert len(desk.started) == 2, "nobody waited for the ones between"
    assert len(desk.running) == 1


def test_a_way_that_does_not_start_is_followed_by_the_next(desk: Desk, make: Make) -> None:
    desk.works = {"portal", "evdev"}
    desk.refuses["portal"] = "An app id is required."
    rig = make(WAYLAND)
    rig.key.apply(Key(key="F9"))
    rig.wait_for("evdev", "F9")
    assert [keyboard.name for keyboard in desk.started] == ["portal", "evdev"]
    assert rig.notices == [], "it works: nothing that a person must know"


def test_when_no_way_starts_the_last_failure_is_told_and_the_state_says_why(
    desk: Desk, make: Make
) -> None:
    desk.refuses["x11"] = "The screen says no."
    rig = make()
    rig.key.apply(Key(key="F9"))
    rig.wait_for_why("The screen says no.")
    wait_until(lambda: bool(rig.notices), LIMIT_S, "the person is told")
    assert isinstance(rig.notices[0], Notice)
    assert rig.notices[0].message == "The screen says no."
    assert (rig.key.state.heard_by, rig.key.state.binding) == ("", "F9")


def test_a_way_that_was_asked_for_by_name_and_does_not_work_is_told(desk: Desk, make: Make) -> None:
    rig = make()
    rig.key.apply(Key(key="F9", backend="evdev"))
    wait_until(lambda: bool(rig.notices), LIMIT_S, "the person is told")
    assert isinstance(rig.notices[0], Notice)
    assert "so says evdev" in rig.notices[0].message
    assert "voicemate ptt" in rig.notices[0].hint


def test_where_nothing_works_by_itself_nobody_is_bothered_and_the_lines_are_there(
    desk: Desk, make: Make
) -> None:
    desk.works = set()
    rig = make(WAYLAND)
    rig.key.apply(Key())
    rig.wait_for_why("so says portal")
    state = rig.key.state
    assert (state.heard_by, state.can_capture) == ("", False)
    assert "F9 exec voicemate ptt down" in state.lines["Sway"]
    assert rig.notices == []


def test_a_key_that_there_is_not_is_told_and_ptt_works_all_the_same(desk: Desk, make: Make) -> None:
    rig = make()
    rig.key.apply(Key(key="Fnord"))
    wait_until(lambda: bool(rig.notices), LIMIT_S, "the person is told")
    assert "Fnord" in rig.key.state.why
    assert rig.key.state.lines == {}
    rig.key.feed_ptt("down")
    assert rig.talker.held
    rig.key.apply(Key(key="F9"))
    rig.wait_for("x11", "F9")


def test_a_screen_that_goes_is_told_and_the_same_key_again_starts_anew(
    desk: Desk, make: Make
) -> None:
    rig = make()
    rig.key.apply(Key(key="F9"))
    rig.wait_for("x11", "F9")
    (keyboard,) = desk.running
    keyboard.press("F9")
    keyboard.lose(HotkeyError("The screen has gone.", "Start anew."))
    assert rig.talker.told == ["press", "discard"]
    assert rig.notices == [Notice("The screen has gone.", "Start anew.")]
    assert (rig.key.state.heard_by, rig.key.state.why) == ("", "The screen has gone.")
    rig.key.feed_ptt("down")
    assert rig.talker.held, "ptt works on"
    rig.key.apply(Key(key="F9"))
    rig.wait_for("x11", "F9")
    assert len(desk.started) == 2


@pytest.mark.parametrize("works", [{"x11"}, set()])
def test_ptt_holds_and_taps_as_the_key_does(desk: Desk, make: Make, works: set[str]) -> None:
    desk.works = works
    rig = make()
    rig.key.apply(Key(key="F9", mode="hold"))
    rig.wait_for("x11" if works else "", "F9")
    wait_until(lambda: "so says x11" in rig.key.state.why, LIMIT_S, "it is set up")
    for _ in range(20):
        rig.key.feed_ptt("down")
    assert rig.talker.told == ["press"], "a compositor that repeats presses once"
    rig.key.feed_ptt("up")
    wait_until(lambda: len(rig.talker.told) == 2, LIMIT_S, "the release is believed")
    assert rig.talker.told == ["press", "release"]


def test_ptt_is_heard_while_a_slow_desktop_is_asked(desk: Desk, make: Make) -> None:
    desk.waits["x11"] = threading.Event()
    rig = make()
    rig.key.apply(Key(key="F9"))
    wait_until(lambda: len(desk.started) == 1, LIMIT_S, "the desktop is being asked")
    rig.key.feed_ptt("down")
    assert rig.talker.told == ["press"]
    desk.waits["x11"].set()
    rig.wait_for("x11", "F9")


class Capture:
    """A `capture` on a thread of its own."""

    def __init__(self, rig: Rig, desk: Desk) -> None:
        self.result: str | None = "nothing yet"
        self.error: Exception | None = None
        before = len(desk.running)
        self._rig = rig
        self._thread = threading.Thread(target=self._run, name="capture")
        self._thread.start()
        wait_until(lambda: len(desk.running) > before, LIMIT_S, "it waits for a key")
        self.keyboard = desk.running[-1]

    def _run(self) -> None:
        try:
            self.result = self._rig.key.capture(LIMIT_S)
        except (SettingsError, HotkeyError) as error:
            self.error = error

    def wait(self) -> str | None:
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive()
        return self.result


def test_the_next_key_is_captured_and_the_usual_one_means_nothing_meanwhile(
    desk: Desk, make: Make
) -> None:
    rig = make()
    rig.key.apply(Key(key="F9"))
    rig.wait_for("x11", "F9")
    (usual,) = desk.running
    capture = Capture(rig, desk)
    usual.press("F9")
    usual.release("F9", 1.0)
    rig.key.feed_ptt("down")
    rig.key.feed_ptt("up")
    assert rig.talker.told == []
    capture.keyboard.press("Pause")
    assert capture.wait() == "Pause"
    assert desk.running == [usual]
    usual.press("F9")
    assert rig.talker.told == ["press"], "it listens again"


def test_a_captured_key_that_is_still_held_does_not_talk_by_repeating(
    desk: Desk, make: Make
) -> None:
    rig = make()
    rig.key.apply(Key(key="F9"))
    rig.wait_for("x11", "F9")
    capture = Capture(rig, desk)
    capture.keyboard.press("F8")
    assert capture.wait() == "F8"
    rig.key.apply(Key(key="F8"))
    rig.wait_for("x11", "F8")
    (new,) = desk.running
    new.press("F8", 0.3)
    new.press("F8", 0.34)
    new.release("F8", 0.36)
    assert rig.talker.told == []
    new.press("F8", 2.0)
    assert rig.talker.told == ["press"]


@pytest.mark.parametrize("how", ["Esc", "stop_capture", "close", "another capture"])
def test_a_capture_can_be_ended(desk: Desk, make: Make, how: str) -> None:
    rig = make()
    rig.key.apply(Key(key="F9"))
    rig.wait_for("x11", "F9")
    capture = Capture(rig, desk)
    if how == "Esc":
        capture.keyboard.press("Esc")
    elif how == "stop_capture":
        rig.key.stop_capture()
    elif how == "close":
        rig.key.close()
    else:
        assert rig.key.capture(0) is None
    assert capture.wait() is None
    assert capture.error is None
    if how != "close":
        rig.wait_for("x11", "F9")
        desk.running[0].press("F9")
        assert rig.talker.told == ["press"]


@pytest.mark.parametrize("key", ["A", "Enter", "Space", "Left Shift"])
def test_a_key_that_cannot_be_it_is_refused_with_the_reason(
    desk: Desk, make: Make, key: str
) -> None:
    rig = make()
    rig.key.apply(Key(key="F9"))
    rig.wait_for("x11", "F9")
    capture = Capture(rig, desk)
    capture.keyboard.press(key)
    capture.keyboard.release(key, 1.0)
    capture.wait()
    assert isinstance(capture.error, SettingsError)
    assert key in capture.error.message
    assert capture.error.hint
    assert rig.key.state.binding == "F9"


def test_the_key_that_pressed_the_button_is_not_taken_for_the_choice(
    desk: Desk, make: Make
) -> None:
    rig = make()
    rig.key.apply(Key(key="F9"))
    rig.wait_for("x11", "F9")
    desk.down.add("Enter")
    capture = Capture(rig, desk)
    capture.keyboard.press("Enter")  # it repeats
    capture.keyboard.release("Enter")
    capture.keyboard.press("F7")
    assert capture.wait() == "F7"


def test_a_key_can_be_captured_by_another_way_than_the_one_that_hears_it(
    desk: Desk, make: Make
) -> None:
    desk.works = {"portal", "evdev"}
    rig = make(WAYLAND)
    rig.key.apply(Key())
    rig.wait_for("portal", "F9")
    assert rig.key.state.can_capture
    capture = Capture(rig, desk)
    assert capture.keyboard.name == "evdev"
    capture.keyboard.press("F10")
    assert capture.wait() == "F10"


def test_where_no_way_hears_all_keys_a_capture_says_so(desk: Desk, make: Make) -> None:
    desk.works = {"portal"}
    rig = make(WAYLAND)
    rig.key.apply(Key())
    rig.wait_for("portal", "F9")
    assert not rig.key.state.can_capture
    with pytest.raises(HotkeyError, match="cannot be heard here"):
        rig.key.capture(LIMIT_S)


def test_after_the_end_nothing_is_heard_or_started(desk: Desk, make: Make) -> None:
    desk.waits["x11"] = threading.Event()
    rig = make()
    rig.key.apply(Key(key="F9"))
    wait_until(lambda: len(desk.started) == 1, LIMIT_S, "it is being started")
    rig.key.feed_ptt("down")
    rig.key.close()
    assert rig.talker.told == ["press", "discard"]
    desk.waits["x11"].set()
    rig.key.apply(Key(key="F8"))
    rig.key.feed_ptt("down")
    assert rig.key.capture(LIMIT_S) is None
    for thread in threading.enumerate():
        if thread.name == "hotkey-start":
            thread.join(LIMIT_S)
    assert desk.running == []
    assert len(desk.started) == 1
    assert rig.talker.told == ["press", "discard"]
