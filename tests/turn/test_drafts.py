"""Reading and drafting ahead never changes what is answered."""

from __future__ import annotations

import gc
import threading
import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.turn.stage import Stage, StageMemory
from voicemate.cancel import CancelToken
from voicemate.conversation.companion import Companion
from voicemate.conversation.turn import Turn, run_turn
from voicemate.engines.scripted import Hearing, ScriptedModel, ScriptedRecognizer, ScriptedVoice
from voicemate.events import Event, Heard, Phase, Spoke, TurnEnded
from voicemate.types import Message, Transcript, TurnId

WORDS = st.sampled_from(["yes", "Yes,", "no", "the", "sea", "sea.", "it's", "its"])
TEXT = st.lists(WORDS, min_size=0, max_size=4).map(" ".join)
PARTIAL = st.tuples(TEXT, st.booleans())


def wording(messages: object) -> str:
    """Word a reply that shows every letter of what was asked."""
    assert isinstance(messages, (list, tuple))
    return f"You said {messages[-1].text!r} to me just now. That is all."


class Partials:
    """A recogniser that gives these partials, settled or not, and this final text."""

    name = "partials"
    language = "en"

    def __init__(self, partials: list[tuple[str, bool]], final: str) -> None:
        self._partials = partials
        self._final = final

    def recognize(self, blocks: object) -> object:
        for _ in blocks:  # type: ignore[attr-defined]
            pass
        for text, settled in self._partials:
            yield Transcript(text, settled=settled)
        yield Transcript(self._final, final=True)

    def close(self) -> None:
        pass


class DraftingModel(ScriptedModel):
    """Begins a reply when told to, and goes on with it only for the very same messages."""

    def __init__(self) -> None:
        super().__init__(wording)
        self.drafted: tuple[Message, ...] = ()
        self.used = 0

    def prepare(self, messages: object, *, draft: bool = False) -> None:
        self.drafted = tuple(messages) if draft else ()  # type: ignore[arg-type]

    def reply(self, messages: object, cancel: CancelToken) -> object:  # type: ignore[override]
        self.used += tuple(messages) == self.drafted  # type: ignore[arg-type]
        return super().reply(messages, cancel)  # type: ignore[arg-type]


def bare(text: str) -> str:
    return " ".join("".join(c for c in text.lower() if c.isalpha() or c in " '").split())


@settings(max_examples=100, deadline=None)
@given(st.lists(PARTIAL, max_size=5), TEXT)
def test_the_answer_is_the_one_to_what_was_heard(
    partials: list[tuple[str, bool]], final: str
) -> None:
    model = DraftingModel()
    scene = Stage(recognizer=Partials(partials, final), model=model)  # type: ignore[arg-type]
    take = scene.microphone
    take.open()
    held = take.begin_take()
    scene.clock.advance(2)
    held.release()
    events: list[Event] = []
    parts = scene.parts
    parts.speaker.open()

    def emit(event: Event) -> None:
        events.append(event)
        if isinstance(event, Spoke):
            scene.clock.advance(event.duration_s + 0.01)

    record = run_turn(Turn(TurnId(1), CancelToken(), take=held), parts, emit)
    shown = [e.transcript for e in events if isinstance(e, Heard)][-1]
    assert bare(record.heard) == bare(final), "what was heard are the final words"
    assert shown.text == record.heard, "what is shown is what is answered"
    if final.strip():
        assert record.said == wording([Message("user", record.heard)])
        settled = [text for text, is_settled in partials if is_settled and text]
        last = [text for text, is_settled in partials if text]
        if settled and last[-1] == settled[-1] and partials[-1] == (settled[-1], True):
            assert model.used == (bare(settled[-1]) == bare(final))
    else:
        assert model.asked == []


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 30), st.sampled_from(["press", "discard", "say"]))
def test_a_turn_may_be_cancelled_at_every_step(step: int, how: str) -> None:
    """At the n-th thing that happens in a turn, whatever it is, the person does something else."""
    count = 0
    companion: list[Companion] = []

    def act() -> None:
        nonlocal count
        count += 1
        if count == step:
            getattr(companion[0], how)(*(["typed"] if how == "say" else []))

    def before(text: str, cancel: CancelToken) -> None:
        act()

    scene = Stage(
        recognizer=ScriptedRecognizer([Hearing.of("tell me a story") for _ in range(3)]),
        model=ScriptedModel(["One two three four five. Six seven."], before=before),
        voice=ScriptedVoice(before=before),
    )
    companion.append(scene.companion)
    with scene:
        scene.talk()
        ended: list[TurnEnded] = []

        def is_over(event: Event) -> bool:
            if isinstance(event, Spoke):
                scene.clock.advance(30)
            if isinstance(event, TurnEnded):
                ended.append(event)
            return isinstance(event, TurnEnded)

        scene.until(is_over)
        if scene.companion.held:
            scene.clock.advance(1)
            scene.companion.release()
        if scene.companion.phase is not Phase.IDLE or count >= step > 0:
            scene.companion.say("last")
            while ended[-1].record.heard != "last":
                scene.until(is_over)
    turns = [record.turn for record in scene.records()]
    assert turns == sorted(set(turns)), "every turn ends once, and in order"
    assert isinstance(scene.memory, StageMemory)
    for record in scene.memory.records:
        assert record.reply.startswith(record.said)


def test_memory_and_threads_do_not_grow_over_500_turns() -> None:
    scene = Stage(
        # Few different ones: number words that have been worded once are kept.
        recognizer=ScriptedRecognizer([f"question number {n % 7}" for n in range(600)]),
        model=ScriptedModel(wording),
    )

    def talk(n: int) -> None:
        for _ in range(n):
            scene.talk()
            scene.until(lambda e: isinstance(e, Spoke))
            scene.clock.advance(60)
            scene.until_ended()
            scene.forget()

    with scene:
        talk(50)
        gc.collect()
        tracemalloc.start()
        threads = threading.active_count()
        talk(50)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        talk(450)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert threading.active_count() == threads
    assert after - before < 450 * 300, "less than 300 bytes a turn"
