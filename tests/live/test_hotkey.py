"""The global key on a real X11 screen: real key presses while another program has the focus."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.rig.screen import RIGHT_CTRL, Screen, missing_screen_parts, start_screen
from tests.rig.waiting import wait_until
from voicemate.errors import SettingsError
from voicemate.events import Event
from voicemate.global_key import GlobalKey
from voicemate.hotkey.backend import Environment, HotkeyError
from voicemate.hotkey.choice import choose
from voicemate.hotkey.gesture import HOLD_S, Mode
from voicemate.hotkey.keys import Binding, RawKey, parse_binding
from voicemate.hotkey.listener import HotkeyListener, capture_next_key
from voicemate.hotkey.x11 import X11Keys
from voicemate.settings import Key

pytest.importorskip("Xlib", reason="python-xlib is not installed (extra desktop)")
pytestmark = [pytest.mark.live]

LIMIT_S = 20.0


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    missing = missing_screen_parts("openbox", "xev")
    if missing is not None:
        pytest.skip(missing)
    with start_screen() as running:
        yield running


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

    def wait_for(self, *told: str) -> None:
        wait_until(lambda: len(self.told) >= len(told), LIMIT_S, f"the key told {told}")
        assert self.told == list(told)


Listen = Callable[..., tuple[Talker, "Probe"]]


class Probe(X11Keys):
    """X11 that also counts, so that a test knows when every key has been heard."""

    def __init__(self, display: str) -> None:
        super().__init__(display)
        self.heard: list[RawKey] = []

    def start(
        self, on_key: Callable[[RawKey], None], on_lost: Callable[[HotkeyError], None]
    ) -> None:
        def note(key: RawKey) -> None:
            on_key(key)
            self.heard.append(key)

        super().start(note, on_lost)

    def wait_for_keys(self, n: int) -> None:
        wait_until(lambda: len(self.heard) >= n, LIMIT_S, f"{n} key events were heard")


@pytest.fixture
def listen(screen: Screen) -> Iterator[Listen]:
    """Give what starts to listen to a key."""
    running: list[HotkeyListener] = []

    def start(key: str, mode: Mode = "auto") -> tuple[Talker, Probe]:
        talker, backend = Talker(), Probe(screen.display)
        listener = HotkeyListener(talker, backend, parse_binding(key), mode=mode)
        listener.start()
        running.append(listener)
        return talker, backend

    yield start
    for listener in running:
        listener.stop()


@pytest.mark.parametrize(("key", "pressed"), [("F9", "F9"), ("Right Ctrl", RIGHT_CTRL)])
def test_holding_the_key_is_heard_while_another_window_has_the_focus(
    screen: Screen, listen: Listen, key: str, pressed: str
) -> None:
    talker, _ = listen(key)
    with screen.other_window() as other:
        screen.xdotool("keydown", pressed, "sleep", "0.5", "keyup", pressed)
        talker.wait_for("press", "release")
        screen.xdotool("key", "a")
        wait_until(lambda: ("KeyRelease", "a") in other.keys, LIMIT_S, "the other window got its a")
        assert other.focused, "listening to a key takes the focus from nobody"


def test_the_key_is_heard_where_no_window_is(screen: Screen, listen: Listen) -> None:
    talker, _ = listen("F9")
    screen.xdotool("keydown", "F9", "sleep", "0.5", "keyup", "F9")
    talker.wait_for("press", "release")


def test_a_key_that_no_window_is_given_is_heard_at_once(screen: Screen, listen: Listen) -> None:
    # Nothing but this key happens on the screen, and it does not repeat: what the server keeps
    # back now, it would keep back for ever.
    from Xlib import X
    from Xlib.display import Display
    from Xlib.ext import xtest

    talker, _ = listen("Right Ctrl")
    hand = Display(screen.display)
    try:
        for told in (["press"], ["press", "release"]):
            kind = X.KeyPress if told == ["press"] else X.KeyRelease
            xtest.fake_input(hand, kind, int(RIGHT_CTRL))
            hand.flush()
            talker.wait_for(*told)
            hold = threading.Event()
            hold.wait(HOLD_S)
    finally:
        xtest.fake_input(hand, X.KeyRelease, int(RIGHT_CTRL))
        hand.close()


def test_a_held_key_repeats_in_the_window_and_is_one_press_for_us(
    screen: Screen, listen: Listen
) -> None:
    talker, backend = listen("F9")
    with screen.other_window() as other:
        screen.xdotool("keydown", "F9", "sleep", "1.2", "keyup", "F9")
        talker.wait_for("press", "release")
        downs = [key for key in backend.heard if key.down]
        assert len(downs) > 3, "the keyboard did not repeat, so this proves nothing"
        assert other.keys.count(("KeyPress", "F9")) > 3


def test_a_held_right_ctrl_gives_the_window_nothing_but_itself(
    screen: Screen, listen: Listen
) -> None:
    talker, _ = listen("Right Ctrl")
    with screen.other_window() as other:
        screen.xdotool("keydown", RIGHT_CTRL, "sleep", "1.2", "keyup", RIGHT_CTRL)
        talker.wait_for("press", "release")
        wait_until(lambda: len(other.keys) >= 2, LIMIT_S, "the window got the key")
        assert other.keys == [("KeyPress", "Control_R"), ("KeyRelease", "Control_R")]


def test_a_chord_belongs_to_the_other_window(screen: Screen, listen: Listen) -> None:
    talker, backend = listen("Right Ctrl")
    with screen.other_window() as other:
        screen.xdotool("keydown", RIGHT_CTRL, "key", "c", "keyup", RIGHT_CTRL)
        backend.wait_for_keys(4)
        talker.wait_for("press", "discard")
        wait_until(lambda: ("KeyPress", "c") in other.keys, LIMIT_S, "the window got its chord")
    screen.xdotool("keydown", RIGHT_CTRL, "sleep", "0.5", "keyup", RIGHT_CTRL)
    talker.wait_for("press", "discard", "press", "release")


def test_a_tap_starts_another_one_stops_and_esc_discards(screen: Screen, listen: Listen) -> None:
    talker, _ = listen("F9")
    screen.xdotool("key", "F9", "sleep", "0.2", "key", "F9")
    talker.wait_for("press", "release")
    screen.xdotool("sleep", "0.1", "key", "F9", "sleep", "0.2", "key", "Escape")
    talker.wait_for("press", "release", "press", "discard")


def test_a_combination_is_heard_and_its_key_alone_is_not(screen: Screen, listen: Listen) -> None:
    talker, backend = listen("Ctrl+Alt+M")
    screen.xdotool("key", "m", "key", "ctrl+m")
    backend.wait_for_keys(6)
    assert talker.told == []
    screen.xdotool("keydown", "ctrl", "keydown", "alt", "keydown", "m", "sleep", "0.5")
    screen.xdotool("keyup", "m", "keyup", "alt", "keyup", "ctrl")
    talker.wait_for("press", "release")


def test_two_hundred_quick_taps_never_leave_it_stuck(screen: Screen, listen: Listen) -> None:
    talker, backend = listen("F9")
    screen.xdotool("key", "--delay", "40", *["F9"] * 200)
    backend.wait_for_keys(400)
    assert talker.told == ["press", "release"] * 100
    screen.xdotool("key", "--delay", "1", *["F9"] * 200)  # faster than any hand: like a bad switch
    backend.wait_for_keys(800)
    wait_until(lambda: not backend.is_down("F9"), LIMIT_S, "the key is up")
    assert talker.told[::2] == ["press"] * len(talker.told[::2])
    assert talker.told[1::2] == ["release"] * len(talker.told[1::2])
    if talker.held:
        screen.xdotool("sleep", "0.1", "key", "Escape")
        wait_until(lambda: not talker.held, LIMIT_S, "Esc ends it in any case")
    told = len(talker.told)
    screen.xdotool("sleep", "0.1", "keydown", "F9", "sleep", "0.5", "keyup", "F9")
    wait_until(lambda: len(talker.told) == told + 2, LIMIT_S, "the key works as before")
    assert talker.told[told:] == ["press", "release"]


class Deaf(Probe):
    """X11 whose releases all get lost, as on a lock screen."""

    def start(
        self, on_key: Callable[[RawKey], None], on_lost: Callable[[HotkeyError], None]
    ) -> None:
        self.lost = 0

        def downs_only(key: RawKey) -> None:
            if key.down:
                on_key(key)
            else:
                self.lost += 1

        super().start(downs_only, on_lost)


def test_a_lost_release_is_found_by_asking_the_screen(screen: Screen) -> None:
    talker, backend = Talker(), Deaf(screen.display)
    listener = HotkeyListener(talker, backend, parse_binding("F9"))
    listener.start()
    try:
        screen.xdotool("keydown", "F9", "sleep", "0.5", "keyup", "F9")
        talker.wait_for("press", "release")
        assert backend.lost == 1, "the release was not lost, so this proves nothing"
    finally:
        listener.stop()


@pytest.mark.parametrize(
    ("keys", "binding"),
    [
        (["key", "Pause"], "Pause"),
        (["key", "105"], "Right Ctrl"),
        (["key", "ctrl+alt+m"], "Ctrl+Alt+M"),
        (["key", "Escape"], None),
    ],
)
def test_a_key_is_chosen_by_pressing_it(
    screen: Screen, keys: list[str], binding: str | None
) -> None:
    backend = Probe(screen.display)
    chosen: list[Binding | None] = []
    waiting = threading.Thread(target=lambda: chosen.append(capture_next_key(backend, LIMIT_S)))
    waiting.start()
    wait_until(lambda: backend.is_down("F9") is False, LIMIT_S, "it listens")
    screen.xdotool("sleep", "0.2", *keys)
    waiting.join(LIMIT_S)
    assert chosen == [parse_binding(binding) if binding else None]


def _n_keyboards() -> int:
    return sum(thread.name == "hotkey" for thread in threading.enumerate())


class Settled:
    """A global key as the window has it, whose way and key are known."""

    def __init__(self, screen: Screen, key: str) -> None:
        self.screen = screen
        self.talker = Talker()
        self.notices: list[Event] = []
        environment = Environment("linux", {"DISPLAY": screen.display})
        self.key = GlobalKey(
            self.talker, self.notices.append, lambda: None, environment=environment
        )
        self.use(key)

    def use(self, key: str) -> None:
        self.key.apply(Key(key=key))
        wait_until(
            lambda: (self.key.state.heard_by, self.key.state.binding) == ("x11", key),
            LIMIT_S,
            f"{key} is heard",
        )

    def capture(self, *keys: str) -> str | None | SettingsError:
        """Press keys while one is being chosen."""
        chosen: list[str | None | SettingsError] = []

        def choose_key() -> None:
            try:
                chosen.append(self.key.capture(LIMIT_S))
            except SettingsError as error:
                chosen.append(error)

        waiting = threading.Thread(target=choose_key, name="test-capture")
        waiting.start()
        wait_until(lambda: _n_keyboards() == 2, LIMIT_S, "the usual key means nothing now")
        # The new one is heard a moment later: it is pressed until then.
        while not chosen:
            self.screen.xdotool(*keys, "sleep", "0.2")
        waiting.join(LIMIT_S)
        return chosen[0]

    def hold(self, key: str) -> None:
        self.screen.xdotool("sleep", "0.1", "keydown", key, "sleep", "0.5", "keyup", key)


@pytest.fixture
def settled(screen: Screen) -> Iterator[Callable[[str], Settled]]:
    with contextlib.ExitStack() as keys:

        def settle(key: str) -> Settled:
            made = Settled(screen, key)
            keys.callback(made.key.close)
            return made

        yield settle


@pytest.mark.parametrize(
    ("old", "pressed", "new", "xkey"),
    [
        ("F9", "Pause", "Pause", "Pause"),
        ("F9", RIGHT_CTRL, "Right Ctrl", RIGHT_CTRL),
        ("Right Ctrl", "F8", "F8", "F8"),
        ("F9", "XF86AudioPlay", "Play", "XF86AudioPlay"),
    ],
)
def test_a_key_that_is_chosen_by_pressing_works_and_the_old_one_does_not(
    screen: Screen,
    settled: Callable[[str], Settled],
    old: str,
    pressed: str,
    new: str,
    xkey: str,
) -> None:
    mate = settled(old)
    old_key = RIGHT_CTRL if old == "Right Ctrl" else old
    with screen.other_window() as other:
        mate.hold(old_key)
        mate.talker.wait_for("press", "release")
        assert mate.capture("key", pressed) == new
        mate.use(new)
        mate.hold(old_key)
        mate.hold(xkey)
        mate.talker.wait_for("press", "release", "press", "release")
        assert other.focused
    assert mate.notices == []


def test_the_usual_key_can_be_pressed_while_another_is_chosen_and_esc_keeps_it(
    settled: Callable[[str], Settled],
) -> None:
    mate = settled("Ctrl+Alt+M")
    assert mate.capture("key", "Escape") is None
    assert mate.capture("key", "ctrl+alt+m") == "Ctrl+Alt+M"
    assert mate.talker.told == []
    assert mate.key.state.binding == "Ctrl+Alt+M"
    mate.screen.xdotool("keydown", "ctrl", "keydown", "alt", "keydown", "m", "sleep", "0.5")
    mate.screen.xdotool("keyup", "m", "keyup", "alt", "keyup", "ctrl")
    mate.talker.wait_for("press", "release")


@pytest.mark.parametrize("key", ["a", "Return", "space", "KP_Enter", "Shift_L"])
def test_a_key_that_one_writes_with_is_refused_and_the_old_one_goes_on(
    settled: Callable[[str], Settled], key: str
) -> None:
    mate = settled("F9")
    refused = mate.capture("key", key)
    assert isinstance(refused, SettingsError)
    assert "write with" in refused.message or "capital letter" in refused.message
    assert "F9" in refused.hint
    mate.hold("F9")
    mate.talker.wait_for("press", "release")


def test_a_key_that_is_held_while_it_is_chosen_does_not_talk_by_repeating(
    screen: Screen, settled: Callable[[str], Settled]
) -> None:
    mate = settled("F9")
    counting = Probe(screen.display)
    counting.start(lambda _key: None, lambda _error: None)
    try:
        assert mate.capture("keydown", "F8") == "F8"
        mate.use("F8")
        heard = len(counting.heard)
        wait_until(lambda: len(counting.heard) > heard + 5, LIMIT_S, "the key repeats")
        screen.xdotool("keyup", "F8")
        assert mate.talker.told == []
        mate.hold("F8")
        mate.talker.wait_for("press", "release")
    finally:
        screen.xdotool("keyup", "F8")
        counting.stop()


# Another program that takes the key, or the whole keyboard, for itself.
GRABBER = """
import sys
from Xlib import X, XK
from Xlib.display import Display

display = Display()
root = display.screen().root
if sys.argv[1] == "key":
    code = display.keysym_to_keycode(XK.string_to_keysym("F9"))
    root.grab_key(code, X.AnyModifier, True, X.GrabModeAsync, X.GrabModeAsync)
else:
    assert root.grab_keyboard(True, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime) == 0
display.sync()
print("ready", flush=True)
while True:
    event = display.next_event()
    if event.type == X.KeyPress:
        print("taken", flush=True)
"""


@pytest.mark.parametrize("what", ["key", "keyboard"])
def test_a_key_that_another_program_has_taken_is_heard_all_the_same(
    screen: Screen, settled: Callable[[str], Settled], what: str
) -> None:
    child = screen.run(sys.executable, "-c", GRABBER, what)
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "ready\n"
        mate = settled("F9")
        mate.hold("F9")
        mate.talker.wait_for("press", "release")
        assert child.stdout.readline() == "taken\n", "nobody took it, so this proves nothing"
    finally:
        child.kill()
        child.wait(LIMIT_S)


def test_a_screen_that_goes_is_told_once_and_ends_what_was_held() -> None:
    missing = missing_screen_parts()
    if missing is not None:
        pytest.skip(missing)
    with start_screen() as own:
        talker, lost = Talker(), []
        backend = Probe(own.display)
        listener = HotkeyListener(talker, backend, parse_binding("F9"), on_trouble=lost.append)
        listener.start()
        own.xdotool("keydown", "F9", "sleep", "0.5")
        talker.wait_for("press")
        own.server.kill()
        own.server.wait(LIMIT_S)
        wait_until(lambda: bool(lost), LIMIT_S, "the loss was told")
        listener.stop()
    assert [error.message for error in lost] == ["The X11 screen has gone."]
    assert talker.told == ["press", "discard"]


def test_what_is_chosen_on_this_screen_hears_its_default_key(screen: Screen) -> None:
    environment = Environment("linux", {"DISPLAY": screen.display})
    backend, binding, why = choose(environment=environment)
    assert backend is not None, why
    talker = Talker()
    listener = HotkeyListener(talker, backend, binding)
    listener.start()
    try:
        screen.xdotool("keydown", RIGHT_CTRL, "sleep", "0.5", "keyup", RIGHT_CTRL)
        talker.wait_for("press", "release")
    finally:
        listener.stop()


# In a process of its own: on X11 pynput's thread does not end when it is told to.
PYNPUT = """
import queue, sys
from voicemate.hotkey.pynput_keys import PynputKeys

heard = queue.SimpleQueue()
PynputKeys().start(heard.put, print)
print("ready", flush=True)
for _ in range(6):
    key = heard.get(timeout=20)
    print(key.name, "down" if key.down else "up", flush=True)
"""


def test_pynput_hears_the_same_keys(screen: Screen) -> None:
    if importlib.util.find_spec("pynput") is None:
        pytest.skip("pynput is not installed")
    child = screen.run(sys.executable, "-c", PYNPUT)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    screen.xdotool("key", "F9", "key", RIGHT_CTRL, "key", "Pause")
    heard = [child.stdout.readline().strip() for _ in range(6)]
    child.kill()
    assert heard == [f"{n} {d}" for n in ("F9", "Right Ctrl", "Pause") for d in ("down", "up")]
