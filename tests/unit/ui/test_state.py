"""What a person is shown after each event, and that the past cannot come back."""

from __future__ import annotations

from functools import reduce as fold

from hypothesis import given
from hypothesis import strategies as st

from voicemate.events import (
    Event,
    Forgotten,
    Heard,
    Loading,
    Notice,
    PastTurns,
    Phase,
    PhaseChanged,
    Ready,
    ReplyGrew,
    Spoke,
    TurnEnded,
    TurnFailed,
)
from voicemate.types import MouthShape, Outcome, SpokenWord, Transcript, TurnId, TurnRecord
from voicemate.ui.state import (
    Advice,
    State,
    is_stale,
    phase_shown,
    reduce,
    reply_text,
    spoken_so_far,
    turn_of,
)


def after(*events: Event, start: State | None = None) -> State:
    return fold(reduce, events, start or State())


def phase(phase: Phase, turn: int | None = None) -> PhaseChanged:
    return PhaseChanged(phase, None if turn is None else TurnId(turn))


def heard(turn: int, text: str, *, final: bool = False) -> Heard:
    return Heard(TurnId(turn), Transcript(text, final=final))


def grew(turn: int, text: str) -> ReplyGrew:
    return ReplyGrew(TurnId(turn), text)


def spoke(turn: int, text: str, at: float, duration_s: float = 1.0, *words: SpokenWord) -> Spoke:
    return Spoke(TurnId(turn), text, at, duration_s, words)


def ended(turn: int, outcome: Outcome = "answered") -> TurnEnded:
    return TurnEnded(TurnRecord(TurnId(turn), 0.0, "hi", "hello", "hello", outcome))


def words_of(text: str, each_s: float) -> tuple[SpokenWord, ...]:
    words, start = [], 0
    for n, word in enumerate(text.split()):
        start = text.index(word, start)
        words.append(SpokenWord(start, start + len(word), n * each_s))
        start += len(word)
    return tuple(words)


def test_a_whole_turn_is_followed() -> None:
    loaded = after(
        phase(Phase.LOADING),
        Loading("the model"),
        Ready("vosk", "smol", "pyttsx3", 1.5),
        phase(Phase.IDLE),
    )
    assert loaded.phase is Phase.IDLE
    assert loaded.engines
    assert loaded.engines.model == "smol"
    assert loaded.loading == ""
    listening = after(phase(Phase.LISTENING, 1), heard(1, "what is"), start=loaded)
    assert (listening.heard, listening.heard_final) == ("what is", False)
    speaking = after(
        heard(1, "what is this", final=True),
        phase(Phase.THINKING, 1),
        phase(Phase.SPEAKING, 1),
        grew(1, "It is"),
        spoke(1, "It is", 10.0),
        start=listening,
    )
    assert speaking.phase is Phase.SPEAKING
    assert (speaking.heard, speaking.heard_final) == ("what is this", True)
    assert reply_text(speaking) == "It is"
    assert speaking.live
    done = after(ended(1), start=speaking)
    assert (done.phase, done.live) == (Phase.IDLE, False)
    assert done.last
    assert done.last.turn == 1
    # It stays to be seen until the next turn begins.
    assert reply_text(done) == "It is"
    assert reply_text(after(phase(Phase.LISTENING, 2), start=done)) == ""


def test_the_key_and_the_microphone_come_before_the_phase() -> None:
    def shown(phase: Phase, *, held: bool = False, muted: bool = False) -> Phase:
        return phase_shown(State(phase=phase), held=held, muted=muted)

    assert shown(Phase.LOADING, held=True) is Phase.LISTENING
    assert shown(Phase.IDLE, muted=True) is Phase.MUTED
    assert shown(Phase.MUTED) is Phase.IDLE
    assert shown(Phase.LISTENING) is Phase.LOADING
    assert shown(Phase.SPEAKING, muted=True) is Phase.SPEAKING
    loaded = after(Ready("vosk", "smol", "pyttsx3", 1.5), phase(Phase.LISTENING, 1))
    assert phase_shown(loaded, held=False, muted=False) is Phase.THINKING


def test_the_mouth_goes_with_its_stretch() -> None:
    frames = (MouthShape(0.5, 0.5), MouthShape())
    state = after(grew(1, "One."), Spoke(TurnId(1), "One.", 1.0, 2.0, (), frames))
    assert [stretch.mouth for stretch in state.reply] == [frames]


def test_forgetting_leaves_nothing_of_what_was_said() -> None:
    said = after(Ready("vosk", "smol", "pyttsx3", 1.5), heard(1, "hi"), grew(1, "One."), ended(1))
    gone = after(Forgotten(1), start=said)
    assert (gone.heard, gone.reply, gone.last) == ("", (), None)
    assert gone.engines == said.engines
    # What comes late of the turn that was forgotten does not bring it back.
    assert after(grew(1, "Late."), start=gone) == gone


def test_what_was_said_before_the_start_is_nothing_that_goes_on() -> None:
    before = State()
    past = TurnRecord(TurnId(7), 0.0, "hi", "hello", "hello", "answered")
    assert after(PastTurns((past,)), start=before) == before


def test_what_is_loading_is_told() -> None:
    assert after(phase(Phase.LOADING), Loading("the voice")).loading == "the voice"


def test_a_microphone_closed_while_it_speaks_does_not_end_the_answer() -> None:
    state = after(phase(Phase.IDLE), phase(Phase.SPEAKING, 1), phase(Phase.MUTED))
    assert (state.phase, state.muted) == (Phase.SPEAKING, True)
    state = after(ended(1), start=state)
    assert state.phase is Phase.MUTED
    state = after(phase(Phase.IDLE), start=state)
    assert (state.phase, state.muted) == (Phase.IDLE, False)


def test_trouble_stays_when_a_turn_could_not_be_answered() -> None:
    state = after(
        Notice("There is no model.", "Get one."),
        phase(Phase.TROUBLE),
        TurnFailed(TurnId(1), "Not ready.", "See the doctor."),
        ended(1, "failed"),
    )
    assert state.phase is Phase.TROUBLE
    assert state.notice == Advice("There is no model.", "Get one.")
    assert state.failure == Advice("Not ready.", "See the doctor.")


def test_a_notice_stays_until_a_turn_is_under_way() -> None:
    state = after(Notice("No microphone."), phase(Phase.LOADING), phase(Phase.IDLE))
    assert state.notice == Advice("No microphone.")
    assert after(phase(Phase.LISTENING, 1), start=state).notice is None


def test_a_failure_goes_with_its_turn() -> None:
    state = after(TurnFailed(TurnId(1), "Broken.", "Mend it."), ended(1, "failed"))
    assert state.failure
    assert after(phase(Phase.LISTENING, 2), start=state).failure is None


def test_each_word_is_told_while_it_sounds() -> None:
    text = "one two three"
    state = after(grew(1, text), spoke(1, text, 10.0, 3.0, *words_of(text, 1.0)))
    assert spoken_so_far(state, 9.9) == ("", "", text)
    assert spoken_so_far(state, 10.0) == ("", "one", " two three")
    assert spoken_so_far(state, 11.5) == ("one ", "two", " three")
    assert spoken_so_far(state, 12.9) == ("one two ", "three", "")
    assert spoken_so_far(state, 13.0) == (text, "", "")


def test_without_word_positions_time_passes_evenly() -> None:
    text = "aaaa bbbb cccc dddd"
    state = after(grew(1, text), spoke(1, text, 0.0, 2.0))
    assert spoken_so_far(state, 0.0)[1] == "aaaa"
    assert spoken_so_far(state, 1.1)[1] == "cccc"
    assert spoken_so_far(state, 1.9)[1] == "dddd"


def test_parts_that_were_written_ahead_wait_for_their_sound() -> None:
    state = after(grew(1, "One."), grew(1, "Two."), spoke(1, "One.", 0.0, 1.0), grew(1, "Three."))
    assert spoken_so_far(state, 5.0) == ("One.", "", " Two. Three.")
    state = after(spoke(1, "Two.", 1.0, 1.0), start=state)
    assert spoken_so_far(state, 1.5) == ("One. ", "Two.", " Three.")


def test_silent_parts_leave_no_gap() -> None:
    assert reply_text(after(grew(1, "One."), grew(1, ""), grew(1, "Two."))) == "One. Two."


_TURNS = st.integers(1, 4)
_TEXTS = st.sampled_from(
    ["", "a", "two words", " lead", "trail ", "한국어 문장", "three more words"]
)
_TIMES = st.floats(0, 10, allow_nan=False)
_SPOKEN_WORDS = st.lists(
    st.builds(SpokenWord, st.integers(0, 20), st.integers(0, 20), _TIMES), max_size=4
).map(tuple)
_OUTCOMES = st.sampled_from(["answered", "interrupted", "nothing heard", "discarded", "failed"])
_OF_A_TURN = st.one_of(
    st.builds(phase, st.sampled_from(Phase), _TURNS),
    st.builds(lambda t, x, f: heard(t, x, final=f), _TURNS, _TEXTS, st.booleans()),
    st.builds(grew, _TURNS, _TEXTS),
    st.builds(
        lambda t, x, a, d, w: spoke(t, x, a, d, *w), _TURNS, _TEXTS, _TIMES, _TIMES, _SPOKEN_WORDS
    ),
    st.builds(ended, _TURNS, _OUTCOMES),
    st.builds(lambda t: TurnFailed(TurnId(t), "m", "h"), _TURNS),
)
_OF_NO_TURN = st.one_of(
    st.builds(phase, st.sampled_from(Phase)),
    st.builds(Notice, _TEXTS, _TEXTS),
    st.builds(Loading, _TEXTS),
    st.just(Ready("r", "m", "v", 1.0)),
    st.just(PastTurns(())),
    st.just(Forgotten(3)),
)
_EVENTS = st.lists(st.one_of(_OF_A_TURN, _OF_NO_TURN), max_size=40)


@given(_EVENTS)
def test_what_belongs_to_the_past_changes_nothing(events: list[Event]) -> None:
    state, timely = State(), State()
    stale = set()
    newest, over = 0, set()
    for event in events:
        turn = turn_of(event)
        past = turn is not None and (turn < newest or turn in over)
        if past:
            stale.add(turn)
            assert is_stale(state, TurnId(turn or 0))
        else:
            timely = reduce(timely, event)
        if turn is not None:
            newest = max(newest, turn)
            if isinstance(event, TurnEnded):
                over.add(turn)
        state = reduce(state, event)
        assert state == timely


@given(_EVENTS)
def test_the_newest_turn_is_only_ever_followed_by_a_newer_one(events: list[Event]) -> None:
    state = State()
    for event in events:
        before, state = state, reduce(state, event)
        assert before.turn is None or (state.turn is not None and state.turn >= before.turn)
        if state.turn != before.turn:
            assert state.live or isinstance(event, TurnEnded)


@given(_EVENTS, st.floats(-1, 25, allow_nan=False))
def test_said_sounding_and_to_come_are_the_answer(events: list[Event], now: float) -> None:
    state = after(*events)
    assert "".join(spoken_so_far(state, now)) == reply_text(state)
