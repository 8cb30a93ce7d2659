"""One key, three gestures, and nothing that leaves it stuck."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemate.hotkey.gesture import BOUNCE_S, HOLD_S, MAX_S, Action, Gesture, Mode
from voicemate.hotkey.keys import TRIGGER, Binding, RawKey, parse_binding

SLACK_S = 1.0


class Hand:
    """A hand on a keyboard: a clock, the keys that are really down, and what came of it."""

    def __init__(self, key: str = "F9", mode: Mode = "auto", *, can_ask: bool = True) -> None:
        self.binding: Binding = parse_binding(key)
        self.name = self.binding.key
        self.can_ask = can_ask
        self.really_down: set[str] = set()
        self.now = 1000.0
        self.wall_ahead = 1e9
        self.actions: list[Action] = []
        self.times: list[float] = []
        self.gesture = Gesture(self.binding, mode, self._ask)

    def _ask(self, name: str) -> bool | None:
        return name in self.really_down if self.can_ask else None

    def did(self) -> list[Action]:
        """Give what happened since the last time it was asked."""
        done, self.actions = self.actions, []
        return done

    def _note(self, actions: tuple[Action, ...]) -> None:
        self.actions += actions
        self.times += [self.now] * len(actions)

    def down(self, name: str = "", *, after: float = 0.0) -> None:
        self.wait(after)
        self.really_down.add(name or self.name)
        self._send(name, True)

    def up(self, name: str = "", *, after: float = 0.0, lost: bool = False) -> None:
        self.wait(after)
        self.really_down.discard(name or self.name)
        if not lost:
            self._send(name, False)

    def repeat_as_pair(self) -> None:
        """Tell a repeat in two halves, while the key itself stays down."""
        self._send("", False)
        self._send("", True)

    def _send(self, name: str, down: bool) -> None:
        self._note(self.gesture.tick(self.now, self.now + self.wall_ahead))
        self._note(self.gesture.feed(RawKey(name or self.name, down, self.now)))

    def tap(self, name: str = "") -> None:
        self.down(name)
        self.up(name, after=0.08)
        self.wait(0.1)

    def wait(self, seconds: float) -> None:
        """Let time pass, ticking as the watching thread does."""
        end = self.now + seconds
        late = 0
        while (wake := self.gesture.wake_at) is not None and wake <= end:
            late = late + 1 if wake <= self.now else 0
            assert late < 5, "it asks to be woken again and again"
            self.now = max(wake, self.now)
            self._note(self.gesture.tick(self.now, self.now + self.wall_ahead))
        self.now = end


def test_holding_the_key_listens_until_it_is_let_go() -> None:
    hand = Hand()
    hand.down()
    assert hand.did() == ["press"]
    hand.wait(2)
    assert hand.did() == []
    hand.up()
    hand.wait(BOUNCE_S)
    assert hand.did() == ["release"]


def test_a_tap_starts_and_the_next_one_stops() -> None:
    hand = Hand()
    hand.tap()
    hand.wait(20)
    assert hand.did() == ["press"]
    hand.down()
    assert hand.did() == ["release"], "it ends when the key goes down, not when it comes up"
    hand.up(after=0.1)
    hand.wait(1)
    assert hand.did() == []


@pytest.mark.parametrize(("held_s", "tapped"), [(HOLD_S - 0.02, True), (HOLD_S + 0.02, False)])
def test_how_long_a_tap_is(held_s: float, tapped: bool) -> None:
    hand = Hand()
    hand.down()
    hand.up(after=held_s)
    hand.wait(1)
    assert hand.did() == (["press"] if tapped else ["press", "release"])


def test_in_hold_mode_a_tap_ends_as_well() -> None:
    hand = Hand(mode="hold")
    hand.tap()
    assert hand.did() == ["press", "release"]


def test_in_toggle_mode_a_long_press_listens_on() -> None:
    hand = Hand(mode="toggle")
    hand.down()
    hand.up(after=3)
    hand.wait(1)
    assert hand.did() == ["press"]
    hand.tap()
    assert hand.did() == ["release"]


@pytest.mark.parametrize("held", [True, False])
def test_esc_discards(held: bool) -> None:
    hand = Hand()
    hand.tap() if not held else hand.down()
    hand.wait(1)
    hand.tap("Esc")
    assert hand.did() == ["press", "discard"]
    hand.up()
    hand.wait(1)
    assert hand.did() == [], "the key that was still held means nothing any more"
    hand.down()
    assert hand.did() == ["press"]


def test_esc_means_nothing_to_us_while_nobody_listens() -> None:
    hand = Hand()
    hand.tap("Esc")
    assert hand.did() == []


def test_auto_repeat_is_one_press_and_one_release() -> None:
    hand = Hand()
    hand.down()
    hand.down(after=0.66)
    for _ in range(100):
        hand.down(after=0.04)
    hand.up(after=0.02)
    hand.wait(1)
    assert hand.did() == ["press", "release"]


def test_auto_repeat_that_comes_as_pairs_of_up_and_down_is_one_press() -> None:
    hand = Hand()
    hand.down()
    hand.wait(0.66)
    for _ in range(100):
        hand.repeat_as_pair()
        hand.wait(0.04)
    assert hand.did() == ["press"]
    hand.up()
    hand.wait(1)
    assert hand.did() == ["release"]


def test_pairs_after_esc_do_not_start_anew() -> None:
    hand = Hand()
    hand.down()
    hand.tap("Esc")
    hand.did()
    for _ in range(20):
        hand.repeat_as_pair()
        hand.wait(0.04)
    assert hand.did() == []


def test_a_switch_that_bounces_is_one_press() -> None:
    hand = Hand()
    hand.down()
    hand.up(after=0.004)
    hand.down(after=0.004)
    hand.up(after=1)
    hand.down(after=0.003)
    hand.up(after=0.003)
    hand.wait(1)
    assert hand.did() == ["press", "release"]


def test_a_lost_release_is_noticed_by_asking_whether_the_key_is_down() -> None:
    hand = Hand()
    hand.down()
    hand.wait(2)
    hand.up(lost=True)
    hand.wait(SLACK_S)
    assert hand.did() == ["press", "release"]
    hand.down()
    assert hand.did() == ["press"]


def test_a_lost_release_that_nobody_can_tell_is_mended_by_the_next_press() -> None:
    hand = Hand(can_ask=False)
    hand.down()
    hand.up(after=1, lost=True)
    hand.wait(5)
    assert hand.did() == ["press"]
    hand.down()
    assert hand.did() == ["release"]
    hand.up(after=0.1)
    hand.wait(1)
    assert hand.did() == []
    hand.down()
    assert hand.did() == ["press"]


def test_a_key_under_a_book_ends_after_the_longest_take_and_stays_ended() -> None:
    hand = Hand()
    hand.down()
    for _ in range(int(2 * MAX_S / 0.04)):
        hand.down(after=0.04)
    assert hand.did() == ["press", "release"]
    hand.up()
    hand.wait(1)
    hand.down()
    assert hand.did() == ["press"]


def test_listening_that_was_tapped_on_and_forgotten_ends() -> None:
    hand = Hand()
    hand.tap()
    hand.wait(MAX_S + SLACK_S)
    assert hand.did() == ["press", "release"]


def test_a_chord_with_our_modifier_is_discarded_in_silence() -> None:
    hand = Hand("Right Ctrl")
    hand.down()
    hand.tap("C")
    assert hand.did() == ["press", "discard"]
    hand.tap("V")
    hand.up(after=1)
    hand.wait(1)
    assert hand.did() == []


def test_a_chord_while_it_listens_after_a_tap_changes_nothing() -> None:
    hand = Hand("Right Ctrl")
    hand.tap()
    hand.wait(2)
    hand.down()
    hand.tap("C")
    hand.up()
    hand.wait(1)
    assert hand.did() == ["press"]
    hand.tap()
    assert hand.did() == ["release"]


def test_a_key_that_was_held_before_and_repeats_makes_no_chord() -> None:
    hand = Hand("Right Ctrl")
    hand.down("W")
    hand.down("W", after=0.5)
    hand.down(after=0.03)
    for _ in range(30):
        hand.down("W", after=0.03)
    hand.up()
    hand.wait(1)
    assert hand.did() == ["press", "release"]


def test_other_keys_do_not_disturb_a_key_that_is_no_modifier() -> None:
    hand = Hand("F9")
    hand.down()
    hand.tap("C")
    hand.up(after=1)
    hand.wait(1)
    assert hand.did() == ["press", "release"]


def test_f9_with_a_modifier_belongs_to_somebody_else() -> None:
    hand = Hand("F9")
    hand.down("Left Alt")
    hand.down(after=0.1)
    hand.up("Left Alt", after=0.1)
    hand.down(after=0.1)  # it repeats, now without Alt
    hand.up(after=0.1)
    hand.wait(1)
    assert hand.did() == []
    hand.tap()
    assert hand.did() == ["press"]


def test_a_combination_needs_exactly_its_modifiers() -> None:
    hand = Hand("Ctrl+Alt+Space")
    hand.down("Left Ctrl")
    hand.tap("Space")
    assert hand.did() == []
    hand.down("Right Alt")
    hand.down("Space", after=0.1)
    assert hand.did() == ["press"]
    hand.up("Right Alt", after=1)
    hand.up("Left Ctrl")
    hand.up("Space")
    hand.wait(1)
    assert hand.did() == ["release"]


def test_a_modifier_whose_release_was_lost_does_not_kill_the_key() -> None:
    hand = Hand("F9")
    hand.down("Left Alt")
    hand.up("Left Alt", after=0.1, lost=True)
    hand.wait(1)
    hand.tap()
    assert hand.did() == ["press"]


@pytest.mark.parametrize("tapped", [True, False])
@pytest.mark.parametrize("clock_runs_asleep", [True, False])
def test_a_computer_that_slept_while_it_listened(tapped: bool, clock_runs_asleep: bool) -> None:
    hand = Hand(can_ask=False)
    hand.tap() if tapped else hand.down()
    hand.wait(1)
    assert hand.did() == ["press"]
    if clock_runs_asleep:
        hand.now += 3600
    else:
        hand.wall_ahead += 3600
    hand.wait(SLACK_S)
    assert hand.did() == ["discard"]
    hand.down()
    assert hand.did() == ["press"]


def test_a_take_that_a_button_ended_makes_the_next_tap_a_beginning() -> None:
    hand = Hand()
    hand.tap()
    hand.wait(1)
    hand.gesture.agree(False, hand.now)
    hand.did()
    hand.down()
    assert hand.did() == ["press"]


def test_a_take_that_a_button_began_is_ended_by_a_tap() -> None:
    hand = Hand()
    hand.gesture.agree(True, hand.now)
    hand.tap()
    assert hand.did() == ["release"]


def test_what_the_desktop_matched_needs_no_modifiers() -> None:
    hand = Hand("Ctrl+Space", can_ask=False)
    hand.down(TRIGGER)
    hand.up(TRIGGER, after=1)
    hand.wait(1)
    assert hand.did() == ["press", "release"]


def test_a_key_of_the_desktop_is_not_asked_for_on_the_keyboard() -> None:
    hand = Hand("Right Ctrl")
    hand.down(TRIGGER)
    hand.really_down.clear()  # Right Ctrl is up all the time: the desktop has F9
    hand.wait(5)
    hand.tap("C")
    hand.wait(1)
    assert hand.did() == ["press"], "and what is typed meanwhile is no chord of it"
    hand.up(TRIGGER)
    hand.wait(1)
    assert hand.did() == ["release"]


def test_a_tap_of_the_desktop_stops_when_it_goes_down() -> None:
    hand = Hand("Right Ctrl")
    hand.tap(TRIGGER)
    hand.wait(2)
    hand.down(TRIGGER)
    assert hand.did() == ["press", "release"]


@pytest.mark.parametrize("every_s", [0.04, 0.2])
def test_a_compositor_that_repeats_is_one_press(every_s: float) -> None:
    hand = Hand(can_ask=False)
    hand.down(TRIGGER)
    hand.down(TRIGGER, after=0.6)
    for _ in range(100):
        hand.down(TRIGGER, after=every_s)
    assert hand.did() == ["press"]
    hand.up(TRIGGER, after=0.02)
    hand.wait(1)
    assert hand.did() == ["release"]


def test_a_compositor_that_repeats_and_loses_the_release_is_let_go_when_the_repeats_end() -> None:
    hand = Hand()
    hand.down(TRIGGER)
    hand.down(TRIGGER, after=0.6)
    for _ in range(20):
        hand.down(TRIGGER, after=0.05)
    hand.wait(1)
    assert hand.did() == ["press"], "a busy machine may be late with one"
    hand.wait(1)
    assert hand.did() == ["release"]
    hand.down(TRIGGER)
    assert hand.did() == ["press"]


def test_a_compositor_that_does_not_repeat_holds_as_long_as_the_person() -> None:
    hand = Hand(can_ask=False)
    hand.down(TRIGGER)
    hand.wait(20)
    assert hand.did() == ["press"]


def test_esc_ends_what_the_desktop_holds_and_its_repeats_mean_nothing() -> None:
    hand = Hand()
    hand.down(TRIGGER)
    hand.tap("Esc")
    assert hand.did() == ["press", "discard"]
    for _ in range(20):
        hand.down(TRIGGER, after=0.05)
    hand.up(TRIGGER)
    hand.wait(1)
    assert hand.did() == []
    hand.down(TRIGGER)
    assert hand.did() == ["press"]


@pytest.mark.parametrize("late_s", [0.03, 0.2])
def test_a_key_that_the_desktop_tells_as_well_is_heard_once(late_s: float) -> None:
    hand = Hand()
    hand.tap()
    hand.down(TRIGGER, after=late_s)
    hand.up(TRIGGER, after=0.05)
    hand.wait(5)
    assert hand.did() == ["press"], "a tap listens on; its echo does not end it"
    hand.tap(TRIGGER)
    assert hand.did() == ["release"], "later it counts"


def test_an_echo_that_comes_back_to_front_leaves_nothing_stuck() -> None:
    hand = Hand(can_ask=False)
    hand.up(TRIGGER)
    hand.down(TRIGGER, after=0.01)  # two programs were started, and the second was quicker
    hand.wait(3)
    assert hand.did() == ["press"]
    hand.down(TRIGGER)
    hand.up(TRIGGER, after=0.05)
    assert hand.did() == ["release"]


def test_a_key_that_is_held_when_listening_begins_means_nothing_until_it_is_let_go() -> None:
    hand = Hand()
    hand.gesture.begin(True, hand.now)
    for _ in range(30):
        hand.down(after=0.04)
    hand.up(after=0.01)
    hand.wait(1)
    assert hand.did() == []
    hand.down()
    assert hand.did() == ["press"]


WHAT = ["down", "up", "lost up", "told down", "told up", "other", "Esc", "shift", "sleep", "wait"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(WHAT),
        st.sampled_from([0.0, 0.004, 0.03, 0.2, 0.5, 2.0, 40.0]),
    ),
    max_size=40,
)


@given(
    steps=STEPS,
    key=st.sampled_from(["F9", "Right Ctrl", "Ctrl+Space"]),
    mode=st.sampled_from(["auto", "hold", "toggle"]),
    can_ask=st.booleans(),
)
def test_whatever_happens_it_is_never_stuck(
    steps: list[tuple[str, float]], key: str, mode: Mode, can_ask: bool
) -> None:
    hand = Hand(key, mode, can_ask=can_ask)
    for what, after in steps:
        hand.wait(after)
        match what:
            case "down":
                hand.down()
            case "up":
                hand.up()
            case "lost up":
                hand.up(lost=True)
            case "told down":
                hand.down(TRIGGER)
            case "told up":
                hand.up(TRIGGER)
            case "other":
                hand.tap("C")
            case "shift":
                hand.down("Left Shift")
                hand.up("Left Shift", lost=after > 1)
            case "Esc":
                hand.tap("Esc")
            case "sleep":
                hand.wall_ahead += 60
    hand.up()
    hand.really_down.clear()
    hand.wait(MAX_S + SLACK_S)
    assert not hand.gesture.listening
    assert hand.gesture.wake_at is None, "it keeps the computer awake for nothing"
    assert_alternates(hand.actions)
    for begun, ended in zip(hand.times[::2], hand.times[1::2], strict=True):
        assert ended - begun <= MAX_S + SLACK_S
    hand.did()
    for name in ("Left Shift", "Left Ctrl"):
        hand.up(name)
    for modifier in hand.binding.modifiers:
        hand.down(f"Left {modifier}")
    hand.down()
    assert hand.did() == ["press"], "after all that the key works"


def assert_alternates(actions: list[Action]) -> None:
    assert all(action == "press" for action in actions[::2])
    assert all(action in ("release", "discard") for action in actions[1::2])
