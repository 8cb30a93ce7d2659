import itertools

from voicemate.conversation.prompt import Prompt
from voicemate.types import Message, TurnId, TurnRecord


def turn(number: int, words: int = 10) -> TurnRecord:
    said = " ".join(["word"] * words)
    return TurnRecord(TurnId(number), 0.0, f"question {number}", said, said, "answered")


def prompt(room: int) -> Prompt:
    return Prompt("You are Mate.", room, lambda text: len(text.split()))


def test_the_order_is_persona_past_turns_then_what_was_said() -> None:
    made = prompt(1000)
    made.add(turn(1))
    messages = made.messages("And now?")
    assert [m.role for m in messages] == ["system", "user", "assistant", "user"]
    assert messages[0].text == "You are Mate."
    assert messages[-1] == Message("user", "And now?")


def test_notes_stand_with_what_was_said_so_that_all_before_stays_the_same() -> None:
    made = prompt(1000)
    made.add(turn(1))
    plain, noted = made.messages("And now?"), made.messages("And now?", ["It is noon."])
    assert plain[:-1] == noted[:-1]
    assert noted[-1].text == "(It is noon.)\nAnd now?"


def test_a_turn_of_which_nothing_was_heard_is_not_carried_on() -> None:
    made = prompt(1000)
    made.add(TurnRecord(TurnId(1), 0.0, "Hello", "Hi there", "", "interrupted"))
    made.add(TurnRecord(TurnId(2), 0.0, "", "", "", "nothing heard"))
    assert len(made.opening()) == 1


def test_an_interrupted_reply_is_carried_on_as_far_as_it_was_heard() -> None:
    made = prompt(1000)
    made.add(TurnRecord(TurnId(1), 0.0, "Hello", "Hi there, friend", "Hi there,", "interrupted"))
    assert made.opening()[-1] == Message("assistant", "Hi there,")


def test_a_full_window_is_cut_to_half_in_one_step_and_then_left_alone() -> None:
    made = prompt(300)
    beginnings = []
    for number in range(60):
        made.add(turn(number))
        beginnings.append(made.opening()[1].text)
    changes = sum(a != b for a, b in itertools.pairwise(beginnings))
    # 24 tokens a turn: 12 fit; cut to 6; so the beginning changes every 6 or 7 turns, not every
    # turn.
    assert changes <= 60 / 6
    assert len(made.opening()) - 1 <= 2 * 300 / 24
    assert made.opening()[-2].text == "question 59"


def test_forgetting_leaves_the_persona_only() -> None:
    made = prompt(1000)
    made.add(turn(1))
    made.forget()
    assert made.opening() == [Message("system", "You are Mate.")]
