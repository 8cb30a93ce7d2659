"""The whole program on a screen with other programs, as a person uses it.

Real keys, a real window manager and tray, real engines, the private audio server. What stands in
the window is read as a screen reader reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from tests.contract import speech
from tests.contract.speech import letters
from tests.live.desktop import LIMIT_S, Desktop, Place
from tests.live.talking import LOAD_S, at_speech_rate, likeness, loudness, recognised, turns
from tests.rig import Rig, wait_until
from tests.rig.reader import Reader, missing_reader_parts, start_reader
from tests.rig.screen import (
    RIGHT_CTRL,
    WINDOW_MANAGER,
    Screen,
    missing_screen_parts,
    start_screen,
)
from voicemate import paths, settings
from voicemate.engines.moonshine import MoonshineRecognizer
from voicemate.types import SPEECH_RATE_HZ

pytest.importorskip("PySide6", reason="the window needs PySide6")
pytest.importorskip("Xlib", reason="python-xlib is not installed")
pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]

FRANCE = "What is the capital of France?"
STORY = "Tell me a long story about a ship."
RIGHT_CTRL_GOES_UP = ("KeyRelease", "Control_R")


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    """A screen with a window manager and a tray."""
    missing = missing_screen_parts(WINDOW_MANAGER, "trayer")
    if missing is not None:
        pytest.skip(missing)
    with start_screen("1280x1024x24") as running:
        running.run("trayer", "--edge", "top", "--widthtype", "request")
        yield running


@pytest.fixture(scope="module")
def reader(screen: Screen) -> Iterator[Reader]:
    missing = missing_reader_parts()
    if missing is not None:
        pytest.skip(missing)
    with start_reader(screen.display) as running:
        yield running


@pytest.fixture
def place(rig: Rig, screen: Screen, reader: Reader) -> Place:
    return Place(rig, screen, reader)


def test_hold_the_key_in_another_program_talk_and_be_answered_aloud(
    place: Place,
    in_english: dict[str, str],
    english: speech.Speaker,
    english_ears: MoonshineRecognizer,
) -> None:
    with Desktop(place, in_english) as mate:
        mate.ready()
        with place.screen.other_window() as other:
            answer = mate.hear(lambda: mate.say(english.say(FRANCE)))
            assert other.focused, "it takes the focus from nobody"
        [turn] = turns()
        assert turn.outcome == "answered"
        caption = mate.until_seen("You said: ")
        assert letters(caption) == letters("You said: " + FRANCE)
        assert letters(turn.said) in letters(mate.until_seen("Mate says: "))
        assert likeness(recognised(english_ears, answer), turn.said) > 0.7


def test_the_key_interrupts_it_and_it_is_silent_while_the_new_question_is_asked(
    place: Place, in_english: dict[str, str], english: speech.Speaker
) -> None:
    with Desktop(place, in_english) as mate:
        mate.ready()
        with place.screen.other_window():
            mate.say(english.say(STORY))
            mate.until("speaking")
            with place.rig.record_speaker() as ears:
                ears.wait_for(0.5)
                mate.hold()
                assert loudness(ears.samples()) > 0.05, "it spoke when the key went down"
                ears.wait_for(0.5)  # what the server had queued before is over by then
                before = ears.n_samples
                place.rig.feed(english.say(FRANCE), rate_hz=SPEECH_RATE_HZ)
                assert loudness(ears.samples()[before:]) == 0.0
                mate.let_go()
                mate.until("idle")
                assert loudness(ears.samples()[before:]) > 0.05, "it answers aloud"
        story, france = turns()
        assert story.outcome == "interrupted"
        assert 0 < len(story.said) < len(story.reply)
        assert letters(france.heard) == letters(FRANCE)
        assert france.outcome == "answered"


def test_a_new_key_is_chosen_by_pressing_it_and_the_old_one_means_nothing_any_more(
    place: Place, in_english: dict[str, str]
) -> None:
    with Desktop(place, in_english | {"key.mode": '"hold"'}) as mate:
        mate.ready()
        mate.open_settings("Key")
        mate.until_seen("The key is Right Ctrl")
        mate.press("Change the key")
        mate.until_seen("Press the new key now")
        while any(name.startswith("Press the new key now") for name in mate.names()):
            # It is heard a moment after the window asks for it.
            mate.key("F8")
        mate.until_seen("The key is F8")
        wait_until(lambda: "the key F8: x11" in mate.log(), LIMIT_S, "F8 is listened to")
        assert settings.load().key.key == "F8"
        mate.leave_settings()
        with place.screen.other_window() as other:
            mate.key(RIGHT_CTRL)
            wait_until(lambda: RIGHT_CTRL_GOES_UP in other.keys, LIMIT_S, "it was pressed")
            mate.hold("F8")
            mate.let_go("F8")
            mate.until("idle")
        wait_until(lambda: bool(_turns_in(mate.log())), LIMIT_S, "the log tells of F8")
        assert _turns_in(mate.log()) == [1], "the old key began nothing"


def test_the_first_run_is_finished_with_the_keyboard_and_ends_with_a_hello(
    place: Place, english_ears: MoonshineRecognizer, in_english: dict[str, str]
) -> None:
    del in_english  # only what it needs to be installed: an empty home has no settings
    with place.rig.watch() as happened, Desktop(place, {}, first_run=True) as mate:
        for heading in (
            "Hello, I am Mate",
            "What you say stays here",
            "Which language shall we speak?",
            "All that I need is here",
        ):
            mate.until_page(heading, LOAD_S)
            mate.key("Return")
        mate.until_page("May I hear you?")
        mate.until("muted", limit_s=LOAD_S)
        assert happened.n_recordings == 0, "it listened before it was allowed to"
        assert place.rig.recorders() == set()
        mate.key("Return")
        wait_until(
            lambda: mate.process.pid in place.rig.recorders(), LIMIT_S, "the microphone is open"
        )
        assert happened.n_recordings > 0, "the server would have told"
        mate.until_page("Say something")
        mate.key("Return")
        mate.until_page("How shall I sound?")
        mate.key("Return")
        mate.until_page("Hold a key and talk")
        with place.rig.record_speaker() as ears:
            mate.key("Return")
            mate.until_page("We can talk")
            greeting = mate.until_seen("I am a program on this computer")
            mate.until("speaking")
            mate.until("idle")
            ears.wait_for(0.5)
            heard = recognised(english_ears, at_speech_rate(ears.samples()))
        assert likeness(heard, greeting) > 0.6
        mate.key("Return")
        mate.until_seen("Mate is: Ready")
        assert turns() == [], "a hello is no part of the conversation"
    with Desktop(place, {}, first_run=True) as mate:
        mate.until("idle", limit_s=LOAD_S)
        mate.until_seen("Mate is: Ready")


def test_the_microphone_is_unplugged_and_plugged_in_again(
    own_rig: Rig,
    screen: Screen,
    reader: Reader,
    in_english: dict[str, str],
    english: speech.Speaker,
) -> None:
    with Desktop(Place(own_rig, screen, reader), in_english) as mate:
        mate.ready()
        mate.until_seen("Microphone open")
        own_rig.unplug_microphone()
        mate.until_seen("No microphone")
        assert mate.process.pid not in own_rig.recorders(), "it would hear itself"
        own_rig.plug_microphone_in()
        mate.until_seen("Microphone open")
        mate.say(english.say(FRANCE))
        mate.until("idle")
        [turn] = turns()
        assert letters(turn.heard) == letters(FRANCE)


def test_closed_it_stays_in_the_tray_and_a_second_start_brings_it_back(
    place: Place, in_english: dict[str, str], english: speech.Speaker
) -> None:
    with Desktop(place, in_english | {"window.close_to_tray": "true"}) as mate:
        mate.ready()
        mate.key("alt+F4")
        wait_until(lambda: mate.window is None, LIMIT_S, "the window is closed")
        mate.say(english.say(FRANCE))
        mate.until("idle")
        assert [turn.outcome for turn in turns()] == ["answered"], "the key works from the tray"
        assert mate.window is None
        again = mate.command()
        assert again.returncode == 2
        assert "running already" in again.stderr
        wait_until(lambda: mate.has_keyboard, LIMIT_S, "the window is in front again")
        assert letters(FRANCE) in letters(mate.until_seen("You said: "))


def test_without_that_wish_closing_the_window_ends_it(
    place: Place, in_english: dict[str, str]
) -> None:
    with Desktop(place, in_english) as mate:
        mate.ready()
        mate.key("alt+F4")
        assert mate.process.wait(timeout=LIMIT_S) == 0
    assert mate.process.pid not in place.rig.recorders()


def test_settings_that_are_changed_from_outside_are_followed(
    place: Place, in_english: dict[str, str]
) -> None:
    with Desktop(place, in_english) as mate:
        mate.ready()
        assert mate.title() == "Mate"
        slow = mate.hear(lambda: mate.type_line(FRANCE))
        assert mate.command("config", "set", "voice.rate", "1.6").returncode == 0
        assert mate.command("config", "set", "companion.name", "Robin").returncode == 0
        wait_until(lambda: mate.title() == "Robin", LIMIT_S, "the window has the new name")
        mate.until("idle")
        quick = mate.hear(lambda: mate.key("ctrl+r"))
        assert _sounding_s(quick) > 0.3, "it said it again"
        assert _sounding_s(quick) < 0.85 * _sounding_s(slow)


def test_the_conversation_is_deleted_in_the_settings(
    place: Place, in_english: dict[str, str]
) -> None:
    with Desktop(place, in_english) as mate:
        mate.ready()
        mate.type_line(FRANCE)
        mate.until_seen("Mate says: ")
        mate.until("idle")
        assert len(turns()) == 1
        assert len(_in_the_drawer(mate)) == 1
        mate.open_settings("Privacy")
        mate.press("Delete the conversation")
        mate.until_seen("It cannot be brought back")
        focus = mate.focus()
        assert focus is not None
        assert focus.name == "Keep it", "Enter alone deletes nothing"
        mate.press("Delete everything")
        mate.until_seen("Deleted: one turn.")
        assert turns() == []
        mate.leave_settings()
        assert _in_the_drawer(mate) == []
    assert FRANCE.encode() not in _all_bytes()


def _in_the_drawer(mate: Desktop) -> list[str]:
    """Open the drawer, give its turns, and close it."""
    mate.key("ctrl+h")
    wait_until(lambda: "Close" in mate.names("push button"), LIMIT_S, "the drawer is open")
    rows = mate.names("list item")
    mate.key("Escape")
    wait_until(lambda: "Close" not in mate.names("push button"), LIMIT_S, "it is closed")
    return rows


def _all_bytes() -> bytes:
    """Give all that is kept, and the log."""
    folders = (paths.data_dir(), paths.state_dir())
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    assert files
    return b"".join(file.read_bytes() for file in files)


def _turns_in(log: str) -> list[int]:
    return [int(number) for number in re.findall(r"turn (\d+) ", log)]


def _sounding_s(sound: np.ndarray[tuple[int], np.dtype[np.float32]]) -> float:
    """Give how long it is from the first sound to the last."""
    loud = np.flatnonzero(np.abs(sound) > 0.01)
    return float(loud[-1] - loud[0]) / SPEECH_RATE_HZ if len(loud) else 0.0
