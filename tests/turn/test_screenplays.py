"""Conversations as scripts: who does what when, and what a person would notice."""

from __future__ import annotations

import itertools
import random
import threading
from dataclasses import replace

import pytest

from tests.turn.stage import PATIENCE_S, Stage, StageMemory
from voicemate.cancel import CancelToken
from voicemate.conversation import turn_thread
from voicemate.conversation.turn import Parts
from voicemate.engines.scripted import Hearing, ScriptedModel, ScriptedRecognizer, ScriptedVoice
from voicemate.errors import EngineError, ModelError, StorageError
from voicemate.events import (
    Heard,
    Notice,
    Phase,
    PhaseChanged,
    Ready,
    Spoke,
    TurnEnded,
    TurnFailed,
)
from voicemate.types import Message, Transcript, TurnId, TurnRecord

# The scripted voice takes 60 ms a word.
LONG = "One two three four five six. " * 10


def stage(
    *heard: str | Hearing, replies: tuple[str, ...] = ("Hello there.",), **more: object
) -> Stage:
    return Stage(
        recognizer=ScriptedRecognizer(heard),
        model=ScriptedModel(replies),
        **more,  # type: ignore[arg-type]
    )


def finish(scene: Stage) -> TurnRecord:
    """Let the whole answer sound."""
    scene.until_phase(Phase.SPEAKING)
    scene.clock.advance(60)
    return scene.until_ended()


def test_press_talk_release_and_an_answer() -> None:
    with stage("what is new", replies=("Nothing much, my friend. And with you?",)) as scene:
        scene.talk()
        record = finish(scene)
        assert record.heard == "what is new"
        assert record.said == record.reply == "Nothing much, my friend. And with you?"
        assert record.outcome == "answered"
        scene.until_phase(Phase.IDLE)
    assert scene.speaker.cues == ["down", "up"]
    phases = [e.phase for e in scene.events if isinstance(e, PhaseChanged)]
    assert phases[:2] == [Phase.LOADING, Phase.IDLE]
    assert phases[-4:] == [Phase.LISTENING, Phase.THINKING, Phase.SPEAKING, Phase.IDLE]


def test_what_was_said_can_be_seen_while_it_is_said_and_is_read_ahead() -> None:
    with stage("tell me a story") as scene:
        scene.talk()
        finish(scene)
    heard = [e.transcript for e in scene.events if isinstance(e, Heard)]
    assert [t.text for t in heard if not t.final][-1] == "tell me a story"
    assert heard[-1].final
    ahead = [messages[-1].text for messages in scene.model.prepared]
    assert "tell me" in ahead
    assert scene.model.asked[0][-1] == Message("user", "tell me a story")


def test_interrupted_after_1200_ms_it_stops_listens_and_keeps_what_was_heard() -> None:
    with stage("tell me a story", "stop please", replies=(LONG, "All right.")) as scene:
        scene.talk()
        scene.until_rendered(1.2)
        scene.clock.advance(1.2)
        scene.companion.press()
        first = scene.until_ended()
        assert first.outcome == "interrupted"
        # 20 words of 60 ms; a word that was cut counts as heard.
        assert 19 <= len(first.said.split()) <= 21
        assert LONG.startswith(first.said)
        scene.clock.advance(1)
        scene.companion.release()
        finish(scene)
        history = [m.text for m in scene.model.asked[-1]]
        assert first.said in history
        assert LONG.strip() not in history
    assert isinstance(scene.memory, StageMemory)
    assert [r.outcome for r in scene.memory.records] == ["interrupted", "answered"]


def test_a_second_press_while_the_key_is_down_is_one_press() -> None:
    with stage("hello") as scene:
        scene.companion.press()
        scene.companion.press()
        scene.clock.advance(1)
        scene.companion.release()
        scene.companion.release()
        finish(scene)
    assert len(scene.microphone.takes) == 1
    assert len(scene.records()) == 1


def test_a_release_without_a_press_does_nothing() -> None:
    with stage("hello") as scene:
        scene.companion.release()
        scene.talk()
        finish(scene)
    assert len(scene.records()) == 1


@pytest.mark.parametrize(
    ("heard", "speech_s", "held_s"),
    [
        (Hearing("the"), 0.0, 2.0),  # silence that was taken for a word
        (Hearing("huh", confidence=0.2), 1.0, 2.0),  # noise that was taken for a word
        (Hearing("yes"), 1.0, 0.15),  # a slip of the finger
        (Hearing(""), 1.0, 2.0),  # nothing understood
    ],
)
def test_nothing_said_never_reaches_the_model(
    heard: Hearing, speech_s: float, held_s: float
) -> None:
    def picky(parts: Parts) -> Parts:
        return replace(parts, min_confidence=0.45)

    with stage(heard, speech_s=(speech_s,), build=picky) as scene:
        scene.talk(held_s)
        assert scene.until_ended().outcome == "nothing heard"
    assert scene.model.asked == []
    assert scene.speaker.playbacks == []
    assert isinstance(scene.memory, StageMemory)
    assert scene.memory.records == []


def test_discarding_throws_away_what_is_being_said() -> None:
    with stage("never mind", "hello") as scene:
        scene.companion.press()
        assert scene.microphone.takes[0].reading.wait(PATIENCE_S)
        scene.companion.discard()
        assert scene.until_ended().outcome == "discarded"
        assert scene.microphone.takes[0].discarded
        assert scene.model.asked == []
        scene.companion.release()
        scene.talk()
        assert finish(scene).outcome == "answered"


def test_discarding_stops_the_answer() -> None:
    with stage("talk", replies=(LONG,)) as scene:
        scene.talk()
        scene.until_rendered(0.6)
        scene.clock.advance(0.6)
        scene.companion.discard()
        assert scene.until_ended().outcome == "interrupted"
        scene.until_phase(Phase.IDLE)


def test_a_typed_line_is_answered_and_stops_what_is_being_said() -> None:
    with stage("talk", replies=(LONG, "Yes.")) as scene:
        scene.talk()
        scene.until_rendered(0.3)
        scene.clock.advance(0.3)
        scene.companion.say("  are you there?  ")
        assert scene.until_ended().outcome == "interrupted"
        record = finish(scene)
        assert (record.heard, record.origin) == ("are you there?", "typed")


def test_a_press_while_it_loads_is_kept() -> None:
    loaded = threading.Event()

    def slow(parts: Parts) -> Parts:
        assert loaded.wait(PATIENCE_S)
        return parts

    with stage("hello", build=slow) as scene:
        scene.talk()
        loaded.set()
        assert finish(scene).outcome == "answered"


def test_it_goes_on_where_it_was_left() -> None:
    past = [TurnRecord(TurnId(1), 0.0, "I am Ada", "Hello Ada.", "Hello Ada.", "answered")]

    def with_past(parts: Parts) -> Parts:
        for record in parts.memory.recent(10):
            parts.prompt.add(record)
        return parts

    with stage("who am I", memory=StageMemory(past), build=with_past) as scene:
        scene.talk()
        finish(scene)
        assert [m.text for m in scene.model.asked[0]][1:] == ["I am Ada", "Hello Ada.", "who am I"]


def test_a_muted_microphone_is_closed_and_a_press_says_so() -> None:
    with stage("hello") as scene:
        scene.until(lambda e: isinstance(e, Ready))
        assert scene.microphone.is_open
        scene.companion.set_muted(True)
        assert not scene.microphone.is_open
        scene.companion.press()
        notice = scene.until(lambda e: isinstance(e, Notice))
        assert isinstance(notice, Notice)
        assert "closed" in notice.message
        scene.companion.set_muted(False)
        scene.talk()
        assert finish(scene).outcome == "answered"


def test_without_a_microphone_typing_works_and_each_press_tries_again() -> None:
    scene = stage("hello")
    scene.microphone.broken = True
    with scene:
        scene.until(lambda e: isinstance(e, Notice))
        scene.companion.say("hello")
        assert finish(scene).outcome == "answered"
        scene.companion.press()
        scene.until(lambda e: isinstance(e, Notice))
        scene.microphone.broken = False
        scene.talk()
        assert finish(scene).outcome == "answered"


def test_the_speaker_rests_when_nothing_is_said_and_wakes_with_the_next_press(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turn_thread, "REST_AFTER_S", 0.01)
    with stage("one", "two") as scene:
        scene.talk()
        finish(scene)
        assert scene.speaker.rested.wait(PATIENCE_S)
        assert not scene.speaker.is_open
        scene.talk()
        assert finish(scene).outcome == "answered"


def test_a_guard_answers_instead_of_the_model() -> None:
    class Rule:
        def check(self, heard: Transcript) -> str | None:
            return "I am a program." if "real" in heard.text else None

    with stage("are you real", "hello", guard=Rule()) as scene:
        scene.talk()
        assert finish(scene).said == "I am a program."
        assert scene.model.asked == []
        scene.talk()
        assert finish(scene).said == "Hello there."


def test_a_reply_that_never_ends_ends_with_its_sentence() -> None:
    with stage("talk", replies=(LONG,), max_spoken_s=1.0) as scene:
        scene.talk()
        record = finish(scene)
    assert record.outcome == "answered"
    assert record.said.endswith(".")
    assert 1.0 <= len(record.said.split()) * 0.06 <= 2.0


def test_a_broken_voice_is_told_and_the_next_turn_works() -> None:
    failures = iter([EngineError("The voice broke.", "Try again.")])

    def before(text: str, cancel: CancelToken) -> None:
        for failure in failures:
            raise failure

    with stage("one", "two", voice=ScriptedVoice(before=before)) as scene:
        scene.talk()
        failed = scene.until(lambda e: isinstance(e, TurnFailed))
        assert isinstance(failed, TurnFailed)
        assert failed.message == "The voice broke."
        assert scene.until_ended().outcome == "failed"
        scene.talk()
        assert finish(scene).outcome == "answered"
    assert "error" in scene.speaker.cues


def test_a_bug_is_told_in_general_words_and_the_thread_lives_on() -> None:
    failures = iter([ZeroDivisionError("secret")])

    def before(text: str, cancel: CancelToken) -> None:
        for failure in failures:
            raise failure

    with stage("one", "two", voice=ScriptedVoice(before=before)) as scene:
        scene.talk()
        failed = scene.until(lambda e: isinstance(e, TurnFailed))
        assert isinstance(failed, TurnFailed)
        assert "secret" not in failed.message
        scene.until_ended()
        scene.talk()
        assert finish(scene).outcome == "answered"


def test_a_full_disk_does_not_stop_the_conversation() -> None:
    class Full(StageMemory):
        def record(self, record: TurnRecord) -> None:
            raise StorageError("The disk is full.", "Make room.")

    with stage("one", "two", memory=Full()) as scene:
        scene.talk()
        scene.until_phase(Phase.SPEAKING)
        scene.clock.advance(60)
        notice = scene.until(lambda e: isinstance(e, Notice))
        assert isinstance(notice, Notice)
        assert notice.message == "The disk is full."
        assert scene.until_ended().outcome == "answered"
        scene.talk()
        assert finish(scene).outcome == "answered"


def test_a_missing_model_is_told_and_tried_again_with_the_next_turn() -> None:
    failures = iter([ModelError("No model.", "Get one.")])

    def build(parts: Parts) -> Parts:
        for failure in failures:
            raise failure
        return parts

    with stage("hello", build=build) as scene:
        notice = scene.until(lambda e: isinstance(e, Notice))
        assert notice == Notice("No model.", "Get one.")
        scene.talk()
        assert finish(scene).outcome == "answered"


def test_every_turn_ends_exactly_once_whatever_is_pressed() -> None:
    chance = random.Random(7)
    hearings = [f"question {n}" for n in range(400)]
    with stage(*hearings, replies=(LONG,)) as scene:
        for _ in range(300):
            action = chance.choice(["press", "release", "discard", "say", "advance", "toggle"])
            match action:
                case "say":
                    scene.companion.say("hello")
                case "advance":
                    scene.clock.advance(chance.random())
                case _:
                    getattr(scene.companion, action)()
        scene.companion.discard()
        scene.companion.say("last")
        scene.until(lambda e: isinstance(e, Spoke) and _is_last(scene, e))
        scene.clock.advance(100)
        last = scene.until(lambda e: isinstance(e, TurnEnded) and e.record.heard == "last")
        assert isinstance(last, TurnEnded)
    ended = [record.turn for record in scene.records()]
    assert ended == sorted(set(ended)), "in order, and once each"
    assert ended == list(range(1, last.record.turn + 1))
    for playback, newer in itertools.pairwise(scene.speaker.playbacks):
        assert playback is not newer


def _is_last(scene: Stage, spoke: Spoke) -> bool:
    return any(
        isinstance(e, Heard) and e.turn == spoke.turn and e.transcript.text == "last"
        for e in scene.events
    )
