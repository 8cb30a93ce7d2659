"""A spoken conversation through the virtual microphone and speaker, with real engines."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from tests.contract import speech
from tests.contract.models import FAST, GOOD, KOREAN, installed_folder, installed_gguf
from tests.contract.speech import letters
from tests.live.talking import Talking, likeness, loudness, recognised, turns
from tests.rig import Rig
from voicemate.engines.moonshine import MoonshineRecognizer
from voicemate.engines.vosk import VoskRecognizer

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]

FRANCE = "What is the capital of France?"
ITALY = "And what is the capital of Italy?"
STORY = "Tell me a long story about a ship."
RADIO_KO = "라디오 뭐예요? 라디오 뭐예요? 라디오 뭐예요?"


def test_a_spoken_question_is_answered_aloud_and_the_talk_goes_on_after_a_restart(
    rig: Rig,
    in_english: dict[str, str],
    english: speech.Speaker,
    english_ears: MoonshineRecognizer,
) -> None:
    with Talking(rig, in_english) as mate:
        answer = mate.ask(english.say(FRANCE))
        [turn] = turns()
        assert letters(turn.heard) == letters(FRANCE)
        assert turn.outcome == "answered"
        # What came out of the speaker, understood again, is what was meant to be said.
        assert likeness(recognised(english_ears, answer), turn.said) > 0.7
        if GOOD in in_english["model.id"]:
            assert "Paris" in turn.said

    with Talking(rig, in_english) as mate:
        mate.ask(english.say(ITALY))
        first, second = turns()
        assert first.heard == turn.heard
        assert second.outcome == "answered"
        if GOOD in in_english["model.id"]:
            assert "Rome" in second.said


def test_a_press_while_it_speaks_stops_it_and_the_new_question_is_heard_whole(
    rig: Rig, in_english: dict[str, str], english: speech.Speaker
) -> None:
    with Talking(rig, in_english) as mate:
        mate.say(english.say(STORY))
        mate.until("speaking")
        with rig.record_speaker() as ears:
            ears.wait_for(0.5)
            mate.say(english.say(FRANCE))
            assert loudness(ears.samples()) > 0.05, "it spoke when the key went down"
            mate.until("idle")
        story, france = turns()
        assert story.outcome == "interrupted"
        assert 0 < len(story.said) < len(story.reply)
        assert letters(france.heard) == letters(FRANCE)
        assert france.outcome == "answered"


def test_it_is_silent_while_it_listens(
    rig: Rig, in_english: dict[str, str], english: speech.Speaker
) -> None:
    with Talking(rig, in_english) as mate:
        mate.say(english.say(STORY))
        mate.until("speaking")
        assert mate.key("down") == "listening"
        with rig.record_speaker() as ears:
            ears.wait_for(0.5)  # what the server had queued before is over by then
            before = ears.n_samples
            ears.wait_for(1.0)
            assert loudness(ears.samples()[before:]) == 0.0
        mate.key("cancel")
        mate.until("idle")


def test_silence_noise_and_slips_never_reach_the_model(
    rig: Rig, in_english: dict[str, str], english: speech.Speaker
) -> None:
    # In the mode `auto`, so short a press would begin to listen until the next one.
    with Talking(rig, in_english | {"key.mode": '"hold"'}) as mate:
        mate.say(speech.room(1.5))
        mate.until("idle")
        mate.key("down")
        mate.key("up")
        mate.until("idle")
        assert turns() == []


def test_a_second_start_speaks_to_the_first_one(rig: Rig, in_english: dict[str, str]) -> None:
    with Talking(rig, in_english):
        done = subprocess.run(
            [sys.executable, "-m", "voicemate", "talk"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=rig.child_env(),
        )
        assert done.returncode == 2
        assert "running already" in done.stderr


def test_korean_through_vosk(rig: Rig) -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    speech.skip_without("vosk")
    model = GOOD if (installed_folder(KOREAN).parent / GOOD).is_dir() else FAST
    installed_gguf(model)
    voice = speech.korean_voice()
    try:
        question = speech.Speaker(voice).say(RADIO_KO)
    finally:
        voice.close()
    settings = {
        "companion.language": '"ko"',
        "model.id": f'"{model}"',
        "model.temperature": "0.0",
        "model.max_tokens": "60",
        "recogniser.engine": '"vosk"',
        "audio.cues": "false",
    }
    with Talking(rig, settings) as mate:
        answer = mate.ask(question)
    [turn] = turns()
    # The small model understands eSpeak's Korean now and then only, and another word whenever the
    # sound comes through a sample later: it hears the end of one question of three nearly always.
    assert "뭐예요" in letters(turn.heard)
    assert turn.recogniser == KOREAN
    assert turn.outcome == "answered"
    ears = VoskRecognizer(installed_folder(KOREAN), "ko")
    try:
        understood = recognised(ears, answer)
    finally:
        ears.close()
    # It is enough to show that a voice was heard, for about as long as such an answer takes.
    assert understood, "somebody spoke Korean"
    assert len(answer[np.abs(answer) > 0.01]) > 4000
