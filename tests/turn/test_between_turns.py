"""What a person may ask for besides talking: again, another setting, a thumb, forget it all."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from tests.turn.stage import PATIENCE_S, Stage, StageMemory, StageMicrophone
from voicemate.conversation.turn import Parts
from voicemate.engines.scripted import Hearing, ScriptedModel, ScriptedRecognizer, ScriptedVoice
from voicemate.errors import EngineError, StorageError
from voicemate.events import (
    Event,
    Forgotten,
    Notice,
    PastTurns,
    Phase,
    PhaseChanged,
    Ready,
    TurnEnded,
)
from voicemate.types import Thumb, TurnId, TurnRecord


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


def ready(scene: Stage) -> None:
    scene.until(lambda event: isinstance(event, Ready))


def _sounds_or_ended(event: Event) -> bool:
    speaks = isinstance(event, PhaseChanged) and event.phase is Phase.SPEAKING
    return speaks or isinstance(event, TurnEnded)


def notice(scene: Stage) -> Notice:
    event = scene.until(lambda event: isinstance(event, Notice))
    assert isinstance(event, Notice)
    return event


def test_the_last_answer_is_said_again_without_the_model_and_is_not_kept_twice() -> None:
    with stage("what is new", replies=("Nothing much, my friend. And with you?",)) as scene:
        scene.talk()
        first = finish(scene)
        scene.companion.repeat()
        again = finish(scene)
        assert (again.heard, again.reply, again.origin) == (first.heard, first.reply, "recited")
        assert again.said == first.reply
        assert scene.speaker.playbacks[1].texts == scene.speaker.playbacks[0].texts
        assert len(scene.model.asked) == 1
        assert isinstance(scene.memory, StageMemory)
        assert [r.turn for r in scene.memory.records] == [first.turn]
        # Repeated again: still the answer, not the repetition of it.
        scene.companion.repeat()
        assert finish(scene).reply == first.reply


def test_an_interrupted_answer_is_repeated_whole() -> None:
    long = "One two three four five six. " * 10
    with stage("tell me a story", replies=(long,)) as scene:
        scene.talk()
        scene.until_rendered(1.2)
        scene.clock.advance(1.2)
        scene.companion.discard()
        cut = scene.until_ended()
        assert cut.outcome == "interrupted"
        scene.companion.repeat()
        again = finish(scene)
        assert again.said == cut.reply.strip()
        assert len(again.said) > len(cut.said)


def test_nothing_is_repeated_where_nothing_was_said() -> None:
    with stage("hello") as scene:
        scene.companion.repeat()
        scene.talk()
        assert finish(scene).origin == "voice"
        assert len(scene.records()) == 1


def test_a_text_is_said_as_it_is() -> None:
    with stage() as scene:
        scene.companion.recite("This is how I sound.")
        record = finish(scene)
        assert record.origin == "recited"
        assert record.heard == ""
        assert scene.speaker.playbacks[0].texts == ["This is how I sound."]
        assert scene.model.asked == []


def test_a_press_stops_what_is_recited() -> None:
    with stage("hello") as scene:
        scene.companion.recite("One two three four five six seven eight nine ten.")
        scene.until_phase(Phase.SPEAKING)
        scene.companion.press()
        assert scene.until_ended().outcome in ("interrupted", "discarded")
        scene.companion.release()


def test_a_thumb_is_kept_with_its_turn() -> None:
    with stage("hello", "hello") as scene:
        scene.talk()
        turn = finish(scene).turn
        scene.companion.rate(turn, 1)
        scene.companion.rate(turn, -1)
        scene.talk()
        finish(scene)
        assert isinstance(scene.memory, StageMemory)
        assert scene.memory.thumbs == {turn: -1}


def test_a_thumb_that_cannot_be_kept_is_told_and_the_conversation_goes_on() -> None:
    class FullDisk(StageMemory):
        def rate(self, turn: TurnId, thumb: Thumb) -> None:
            raise StorageError("The disk is full.", "Make room.")

    with stage("hello", memory=FullDisk()) as scene:
        scene.companion.rate(TurnId(1), 1)
        assert notice(scene).message == "The disk is full."
        scene.talk()
        assert finish(scene).outcome == "answered"


def test_what_is_forgotten_is_gone_from_memory_prompt_and_model() -> None:
    with stage("my name is Ada", "who am I", replies=("Hello, Ada.", "I do not know.")) as scene:
        scene.talk()
        finish(scene)
        scene.companion.forget()
        gone = scene.until(lambda event: isinstance(event, Forgotten))
        assert gone == Forgotten(1)
        assert scene.model.forgotten == 1
        assert isinstance(scene.memory, StageMemory)
        assert scene.memory.records == []
        scene.talk()
        finish(scene)
        assert not any("Ada" in message.text for message in scene.model.asked[-1])
        # Nothing is left that could be said again.
        scene.forget()
        scene.companion.repeat()
        assert finish(scene).reply == "I do not know."


def test_what_cannot_be_forgotten_is_told() -> None:
    class ReadOnly(StageMemory):
        def forget_all(self) -> int:
            raise StorageError("The memory cannot be changed.", "Mend its rights.")

    with stage("hello", memory=ReadOnly()) as scene:
        scene.companion.forget()
        assert notice(scene).message == "The memory cannot be changed."
        assert not any(isinstance(event, Forgotten) for event in scene.events)


def test_what_was_said_before_the_start_is_told_once() -> None:
    past = (TurnRecord(TurnId(7), 1.0, "hello", "Hi.", "Hi.", "answered"),)
    with stage("hello", past=past) as scene:
        ready(scene)
        scene.companion.reload()
        ready(scene)
    told = [event for event in scene.events if isinstance(event, PastTurns)]
    assert told == [PastTurns(past)]


def test_after_a_reload_it_speaks_with_another_voice_and_remembers() -> None:
    voices = [ScriptedVoice(), ScriptedVoice(rate=2.0)]
    made: list[Parts] = []

    def build(parts: Parts) -> Parts:
        made.append(replace(parts, voice=voices[len(made)]))
        return made[-1]

    with stage("my name is Ada", "who am I", replies=("Hello, Ada.", "Ada."), build=build) as scene:
        scene.talk()
        finish(scene)
        scene.companion.reload()
        ready(scene)
        scene.until_phase(Phase.IDLE)
        scene.talk()
        finish(scene)
        assert voices[0].rendered == ["Hello, Ada."]
        assert voices[1].rendered == ["Ada."]
        assert "my name is Ada" in [message.text for message in scene.model.asked[-1]]


def test_a_reload_waits_for_the_answer_and_several_are_one() -> None:
    builds: list[Phase] = []

    def build(parts: Parts) -> Parts:
        builds.append(scene.companion.phase)
        return parts

    scene = stage("hello", build=build)
    with scene:
        scene.talk()
        scene.until_phase(Phase.SPEAKING)
        for _ in range(5):
            scene.companion.reload()
        assert len(builds) == 1, "the answer sounds on"
        scene.clock.advance(60)
        assert scene.until_ended().outcome == "answered"
        ready(scene)
        scene.companion.recite("Done.")
        finish(scene)
        assert len(builds) == 2


def test_a_reload_that_fails_is_told_and_the_next_press_tries_again() -> None:
    troubles = [False, True, False]

    def build(parts: Parts) -> Parts:
        if troubles.pop(0):
            raise EngineError("The voice does not start.", "Install it.")
        return parts

    with stage("hello", build=build) as scene:
        ready(scene)
        assert scene.companion.ready
        scene.companion.reload()
        assert notice(scene).message == "The voice does not start."
        scene.until_phase(Phase.TROUBLE)
        assert not scene.companion.ready
        scene.talk()
        assert finish(scene).outcome == "answered"


def test_another_microphone_is_heard_and_the_old_one_is_closed() -> None:
    with stage("hello", "hello") as scene:
        ready(scene)
        old = scene.microphone
        new = StageMicrophone(scene.clock, [2.0])
        scene.companion.press()
        take = old.takes[0]
        scene.companion.set_microphone(new)
        assert take.discarded
        assert (old.is_open, new.is_open) == (False, True)
        assert scene.until_ended().outcome == "discarded"
        scene.talk()
        assert finish(scene).heard == "hello"
        assert len(new.takes) == 1


def test_another_microphone_stays_closed_while_muted_and_trouble_with_it_is_told() -> None:
    with stage("hello") as scene:
        ready(scene)
        scene.companion.set_muted(True)
        new = StageMicrophone(scene.clock, [2.0])
        scene.companion.set_microphone(new)
        assert not new.is_open
        scene.companion.set_muted(False)
        assert new.is_open
        broken = StageMicrophone(scene.clock, [2.0])
        broken.broken = True
        scene.companion.set_microphone(broken)
        assert notice(scene).message == "There is no microphone."


def test_begun_muted_nothing_listens_until_it_is_allowed() -> None:
    with stage("hello", muted=True) as scene:
        scene.until_phase(Phase.MUTED)
        assert not scene.microphone.is_open
        scene.companion.press()
        assert "closed" in notice(scene).message
        assert scene.microphone.takes == []
        scene.companion.set_muted(False)
        scene.until_phase(Phase.IDLE)
        assert scene.microphone.is_open
        scene.talk()
        assert finish(scene).heard == "hello"


def test_jobs_and_turns_from_many_threads_all_come_to_their_end() -> None:
    """Nothing is lost or stuck when everything is asked for at once."""
    with stage("hello") as scene:
        ready(scene)
        jobs = (
            scene.companion.reload,
            scene.companion.repeat,
            lambda: scene.companion.rate(TurnId(1), 1),
            lambda: scene.companion.say("hi"),
            lambda: scene.companion.recite("So."),
        )
        threads = [threading.Thread(target=job) for job in jobs for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
        scene.companion.discard()
        scene.companion.say("the last one")
        ended = None
        while ended is None or ended.record.heard != "the last one":
            event = scene.until(_sounds_or_ended)
            scene.clock.advance(60)
            ended = event if isinstance(event, TurnEnded) else ended
        assert ended.record.outcome == "answered"
    numbers = [record.turn for record in scene.records()]
    assert len(numbers) == len(set(numbers)), "every turn ends once"


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_to_recite_is_no_turn(text: str) -> None:
    with stage("hello") as scene:
        scene.companion.recite(text)
        scene.talk()
        assert finish(scene).heard == "hello"
        assert len(scene.records()) == 1


def test_a_microphone_that_is_opened_makes_nothing_ready_that_is_not() -> None:
    def build(_parts: Parts) -> Parts:
        raise EngineError("There is no model.", "Get one.")

    with stage("hello", muted=True, build=build) as scene:
        scene.until_phase(Phase.TROUBLE)
        scene.companion.set_muted(False)
        assert scene.companion.phase is Phase.TROUBLE
        assert scene.microphone.is_open
