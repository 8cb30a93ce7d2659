"""The window on a real screen, with a real window manager, real keys and a real mouse."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from tests.ui.conftest import Desk
from tests.ui.window_program import ANSWER, HOSTILE, PARTIAL, SAID

pytestmark = pytest.mark.live

Open = Callable[..., Desk]

A_TAP_IS_SHORTER_S = 0.5


def speaks(words: int) -> Callable[[dict[str, object]], bool]:
    """True once so many words of the answer have lit up, and not yet all."""
    return lambda seen: len(str(seen["said"]).split()) >= words


def hold(window: Desk) -> None:
    """Hold the space bar for longer than a tap; the key repeats meanwhile."""
    window.hold_space()
    window.until_face("listening")
    time.sleep(A_TAP_IS_SHORTER_S)  # a person's finger: there is no event to wait for


def test_it_starts_without_a_complaint_and_ends_with_its_key(desk: Open) -> None:
    window = desk().ready()
    assert window.seen["label"] == "Ready"
    assert "Microphone open, Offline, qwen2.5-1.5b-instruct" in window.seen["status"]
    window.key("ctrl+h")
    window.until(lambda seen: seen["drawer"], "the drawer")
    window.key("Escape")
    window.until(lambda seen: not seen["drawer"], "no drawer")
    window.key("ctrl+q")
    assert window.ended() == 0
    assert window.warnings() == []


def test_the_window_is_there_before_the_engines_are(desk: Open) -> None:
    window = desk("--hold")
    seen = window.until(lambda seen: seen.get("active", False) and seen["face"] == "loading", "it")
    assert seen["label"] == "Getting ready"
    window.key("ctrl+l")
    window.type("hello already")
    window.key("Return")
    window.until(lambda seen: "hello already" in seen["heard"], "what was typed")
    assert window.seen["face"] == "loading"
    window.tell("go")
    window.until(lambda seen: "You wrote hello already." in seen["answer"], "the answer")


def test_hold_space_talk_and_have_an_answer_whose_words_light_up(desk: Open) -> None:
    window = desk().ready()
    hold(window)
    seen = window.until(lambda seen: PARTIAL in seen["heard"], "the partial transcript")
    assert seen["heard"].endswith("…"), "it looks final"
    assert seen["turns"] == 0, "the repeating key was taken for releases"
    window.let_space_go()
    seen = window.until(speaks(4), "words that light up")
    assert SAID in seen["heard"]
    assert ANSWER.startswith(seen["said"].strip())
    before = seen["said"]
    seen = window.until(lambda seen: len(seen["said"]) > len(before), "further words")
    assert seen["face"] == "speaking"


def test_the_mouth_moves_with_the_sound(desk: Open) -> None:
    window = desk().ready()
    window.key("ctrl+l")
    window.type("good morning")
    window.key("Return")
    window.until(lambda seen: seen["face"] == "speaking" and seen["mouth"] > 0.5, "it opens")
    window.until(lambda seen: seen["face"] == "idle" and seen["mouth"] == 0, "it closes")


def test_with_reduced_motion_only_the_words_move(desk: Open) -> None:
    window = desk("--still").ready()
    hold(window)
    window.let_space_go()
    window.until(speaks(6), "words that light up")
    speaking = [seen for seen in window.all_seen if seen.get("face") == "speaking"]
    assert len({seen["said"] for seen in speaking}) >= 5
    assert len({seen["mouth"] for seen in speaking}) == 1
    assert len({seen["rings"] for seen in window.all_seen if seen.get("face")}) == 1


def test_the_rings_follow_the_voice(desk: Open) -> None:
    window = desk().ready()
    window.tell("level -50")
    hold(window)
    quiet = window.until(lambda seen: seen["rings"] > 0, "a quiet voice")["rings"]
    window.tell("level -18")
    window.until(lambda seen: seen["rings"] > quiet + 0.3, "a loud voice")
    window.key("Escape")
    window.until(lambda seen: seen["face"] == "idle" and seen["rings"] == 0, "rest")


def test_interrupting_shows_where_it_stopped(desk: Open) -> None:
    window = desk("--hold-answers").ready()
    hold(window)
    window.let_space_go()
    window.until_face("thinking")
    window.tell("go")
    window.until(speaks(3), "words that light up")
    hold(window)
    seen = window.until(lambda seen: seen["stopped"] != "", "where it stopped")
    assert "Something warm" in seen["stopped"]
    assert seen["answer"] == "", "the old answer still stands there"
    window.key("Escape")
    window.let_space_go()
    window.until_face("idle")
    window.key("ctrl+h")
    seen = window.until(lambda seen: seen["drawer"], "the drawer")
    assert seen["turns"] == 1


def test_escape_stops_the_answer_and_marks_the_place(desk: Open) -> None:
    window = desk().ready()
    hold(window)
    window.let_space_go()
    window.until(speaks(3), "words that light up")
    window.key("Escape")
    seen = window.until(lambda seen: seen["cut"], "the mark")
    assert seen["face"] == "idle"
    assert seen["answer"] == ANSWER
    assert 0 < len(seen["said"]) < len(ANSWER)


def test_escape_throws_away_what_is_being_said(desk: Open) -> None:
    window = desk().ready()
    hold(window)
    window.until(lambda seen: PARTIAL in seen["heard"], "the partial transcript")
    window.key("Escape")
    window.until(lambda seen: seen["face"] == "idle" and seen["heard"] == "", "nothing")
    window.let_space_go()
    window.key("ctrl+h")
    assert window.until(lambda seen: seen["drawer"], "the drawer")["turns"] == 0


def test_the_talk_button_works_with_the_mouse_held_and_tapped(desk: Open) -> None:
    window = desk("--hold-answers").ready()
    window.point(window.seen["talk"])
    window.screen.xdotool("mousedown", "1")
    window.until_face("listening")
    time.sleep(A_TAP_IS_SHORTER_S)
    window.screen.xdotool("mouseup", "1")
    window.until_face("thinking")
    window.key("Escape")
    window.until_face("idle")
    window.screen.xdotool("click", "1")
    window.until(lambda seen: seen["talk_says"] == "Tap to finish", "listening, by a tap")
    window.screen.xdotool("click", "1")
    window.until(lambda seen: SAID in seen["heard"], "what was said")


def test_losing_the_keyboard_lets_the_key_go(desk: Open) -> None:
    window = desk("--hold-answers").ready()
    hold(window)
    with window.screen.other_window():
        window.until(lambda seen: SAID in seen["heard"], "the take is over")
    window.let_space_go()


def test_a_typed_line_is_answered(desk: Open) -> None:
    window = desk().ready()
    window.key("ctrl+l")
    window.until(lambda seen: seen["focus"] == "line", "the line")
    window.type("good morning to you")
    window.until(lambda seen: seen["line"] == "good morning to you", "the line, spaces and all")
    window.key("Return")
    seen = window.until(lambda seen: "You wrote good morning to you." in seen["answer"], "it")
    assert seen["line"] == ""
    assert "good morning to you" in seen["heard"]


def test_space_talks_also_from_the_empty_line(desk: Open) -> None:
    window = desk().ready()
    window.key("ctrl+l")
    window.until(lambda seen: seen["focus"] == "line", "the line")
    hold(window)
    assert window.seen["line"] == ""


def test_markup_and_escape_sequences_are_shown_as_they_are_or_not_at_all(desk: Open) -> None:
    window = desk().ready()
    window.key("ctrl+l")
    window.type("something hostile")
    window.key("Return")
    seen = window.until(lambda seen: "back" in seen["answer"] and seen["face"] == "idle", "it")
    assert "<b>" not in seen["raw"]
    assert "<img" not in seen["raw"]
    assert not {"\x1b", "\u202e"} & set(seen["raw"])
    assert "\x1b" in HOSTILE


def test_an_answer_can_be_rated_copied_and_said_again(desk: Open) -> None:
    window = desk().ready()
    window.key("ctrl+l")
    window.type("good morning")
    window.key("Return")
    window.until(lambda seen: seen["clickable"]["repeat"] is not None, "an answer, over")
    window.click("good")
    window.until(lambda seen: seen["rated"] == [[1, 1]], "thumb up")
    window.click("bad")
    window.until(lambda seen: seen["rated"] == [[1, 1], [1, -1]], "thumb down")
    window.click("bad")
    window.until(lambda seen: seen["rated"][-1] == [1, 0], "taken back")
    window.click("copy")
    window.until(lambda seen: seen["clipboard"] == "You wrote good morning.", "the clipboard")
    window.click("repeat")
    window.until(lambda seen: seen["face"] == "speaking" and seen["said"] != "", "once more")
    window.until(lambda seen: seen["clickable"]["repeat"] is not None, "said, over")
    assert window.seen["answer"] == "You wrote good morning."
    assert "good morning" in window.seen["heard"]
    assert window.seen["turns"] == 1
    window.click("good")
    window.until(lambda seen: seen["rated"][-1] == [1, 1], "the answer that was repeated")


def test_what_was_said_before_stands_in_the_drawer_until_it_is_forgotten(desk: Open) -> None:
    window = desk("--past").ready()
    window.key("ctrl+l")
    window.type("good morning")
    window.key("Return")
    window.until(lambda seen: seen["clickable"]["repeat"] is not None, "an answer, over")
    window.key("ctrl+h")
    seen = window.until(lambda seen: seen["drawer"] and len(seen["days"]) == 3, "three days")
    assert seen["turns"] == 3
    assert seen["days"][1:] == ["Yesterday", "Today"]
    window.tell("forget")
    seen = window.until(lambda seen: seen["turns"] == 0, "nothing")
    assert (seen["answer"], seen["heard"]) == ("", "")


def test_the_stop_button_stops(desk: Open) -> None:
    window = desk().ready()
    hold(window)
    window.let_space_go()
    window.until(speaks(2), "words that light up")
    window.click("stop")
    window.until(lambda seen: seen["cut"], "the mark")


def test_muting_closes_the_microphone_and_says_so(desk: Open) -> None:
    window = desk().ready()
    window.key("ctrl+m")
    seen = window.until_face("muted")
    assert "Microphone closed" in seen["status"]
    window.hold_space()
    seen = window.until(lambda seen: "microphone is closed" in seen["trouble"].lower(), "why not")
    assert seen["face"] == "muted"
    window.let_space_go()
    window.click("mute_button")
    window.until(lambda seen: "Microphone open" in seen["status"], "open again")


def test_a_sound_card_that_hangs_does_not_freeze_the_window(desk: Open) -> None:
    window = desk().ready()
    window.tell("slow")
    window.key("ctrl+m")  # closing the microphone waits for the device now
    window.key("ctrl+h")
    seen = window.until(lambda seen: seen["drawer"], "the drawer opens all the same")
    assert "Microphone open" in seen["status"], "the fault did not happen: it closed at once"
    window.tell("go")
    window.until(lambda seen: "Microphone closed" in seen["status"], "closed in the end")


def test_a_missing_microphone_is_told_and_typing_works(desk: Open) -> None:
    window = desk("--gone")
    seen = window.until(lambda seen: seen.get("trouble", "") != "", "the notice")
    assert "There is no microphone. Plug one in and press again." in seen["trouble"]
    assert "No microphone" in seen["status"]
    window.until(lambda seen: seen["active"] and seen["face"] == "idle", "ready")
    window.key("ctrl+l")
    window.type("hello")
    window.key("Return")
    window.until(lambda seen: "You wrote hello." in seen["answer"], "an answer")


def test_a_missing_model_is_trouble_with_advice(desk: Open) -> None:
    window = desk("--no-model")
    seen = window.until_face("trouble")
    assert seen["label"] == "Something is wrong"
    assert "Run `voicemate setup`" in seen["trouble"]


def test_a_failed_turn_shows_why_and_the_next_one_works(desk: Open) -> None:
    window = desk().ready()
    window.key("ctrl+l")
    window.type("please fail")
    window.key("Return")
    seen = window.until_face("trouble")
    assert seen["trouble"] == "The model tripped over. Pick it up."
    window.type("better now")
    window.key("Return")
    seen = window.until(lambda seen: "You wrote better now." in seen["answer"], "an answer")
    assert seen["trouble"] == ""


def test_closing_leaves_it_in_the_tray_and_the_doorbell_brings_it_back(desk: Open) -> None:
    window = desk("--close-to-tray").ready()
    window.key("alt+F4")
    window.until(lambda seen: not seen["visible"], "hidden")
    assert window.process.poll() is None
    window.tell("ring")
    window.until(lambda seen: seen["visible"] and seen["active"], "back")
    window.key("ctrl+q")
    assert window.ended() == 0


def test_closing_ends_it_unless_asked_otherwise(desk: Open) -> None:
    window = desk().ready()
    window.key("alt+F4")
    assert window.ended() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it(desk: Open, number: signal.Signals) -> None:
    window = desk().ready()
    window.process.send_signal(number)
    assert window.ended() == 0


def test_it_follows_the_desktop_into_the_dark_and_back(desk: Open) -> None:
    window = desk().ready()
    light = window.seen["ground"]
    window.tell("dark")
    window.until(lambda seen: seen["ground"] != light, "a dark window")
    window.tell("light")
    window.until(lambda seen: seen["ground"] == light, "a light window")


def test_every_control_can_be_reached_by_keyboard(desk: Open) -> None:
    window = desk().ready()
    window.key("ctrl+l")
    window.type("good morning")
    window.key("Return")
    window.until(lambda seen: seen["clickable"]["repeat"] is not None, "an answer, over")
    wanted = {"history_button", "mute_button", "talk", "line", "copy", "repeat", "good", "bad"}
    for _ in range(16):
        focus = window.seen["focus"]
        window.key("Tab")
        window.until(lambda seen, focus=focus: seen["focus"] != focus, "another control")
    assert wanted <= {seen.get("focus") for seen in window.all_seen}


def test_twice_the_text_fits(desk: Open) -> None:
    window = desk("--scale", "2").ready()
    width, height = window.seen["size"]
    assert (width, height) <= (1280, 1024)
    window.key("ctrl+l")
    window.type("good morning")
    window.key("Return")
    seen = window.until(lambda seen: "You wrote good morning." in seen["answer"], "an answer")
    assert all(seen["clickable"][name] for name in ("history_button", "mute_button", "copy"))
