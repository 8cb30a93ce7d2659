from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voicemate.conversation.sentences import Cut, utterances
from voicemate.errors import TurnCancelled
from voicemate.types import Utterance


def sources(text: str, language: str = "en", cut: Cut | None = None) -> list[str]:
    return [u.source for u in utterances(list(text), language, cut or Cut())]


def said(text: str, language: str = "en") -> list[str]:
    return [u.spoken for u in utterances([text], language) if u.spoken]


FRAGMENTS = [
    *["Hello", "there", "the", "and", "because", "Dr.", "e.g.", "No.", "J.", "I", "etc.", "a.m."],
    *["3.5", "1,000", "2.", "www.a.com", "5", "U.S.", "Smith", "안녕하세요.", "좋지만", "今日は。"],
    *[
        ". ",
        ".",
        "! ",
        "?!",
        "? ",
        ", ",
        "; ",
        " - ",
        "— ",
        "...",
        "… ",
        ' "',
        '" ',
        "(",
        ") ",
        "*",
    ],
    *[
        "**",
        "`",
        "```",
        "```py\n",
        "\n```\n",
        "~~~\n",
        "<think>",
        "</think>",
        "<b>",
        "[",
        "](",
        ")",
    ],
    *["\n", "\n\n", "- ", "1. ", "# ", "| a | b |\n", " ", "  ", "😊", "\r\n", "$5 ", ":) ", "<3 "],
]
TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join),
    st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(" ".join),
)


@st.composite
def chunked(draw: st.DrawFn) -> tuple[str, list[str]]:
    text = draw(TEXTS)
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    bounds = [0, *places, len(text)]
    return text, [text[a:b] for a, b in pairwise(bounds)]


@settings(max_examples=300, deadline=None)
@given(chunked(), st.sampled_from(["en", "ko"]))
@example(("a ```py\nx. y\n``` b", ["a ``", "`py\nx. ", "y\n`", "`` b"]), "en")
def test_nothing_is_lost_and_chunks_do_not_matter(
    reply: tuple[str, list[str]], language: str
) -> None:
    text, pieces = reply
    whole = list(utterances([text], language))
    assert "".join(u.source for u in whole) == text
    assert all(u.source for u in whole)
    assert list(utterances(pieces, language)) == whole
    assert list(utterances(list(text), language)) == whole


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(0, 80))
def test_what_was_given_early_is_never_taken_back(text: str, length: int) -> None:
    """What came out of a beginning comes out of the whole as well, but for the open end."""
    early = sources(text[:length])[:-1]
    assert sources(text)[: len(early)] == early


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("The capital of France is Paris, which is lovely.", "The capital of France is Paris, "),
        ("Sure! The capital is Paris. It is big.", "Sure! The capital is Paris. "),
        ("I like long walks and I like tea too.", "I like long walks "),
        ("We could go out — or stay in.", "We could go out — "),
        ("He was late because the train broke down.", "He was late "),
        ("Yes, of course, I can do that.", "Yes, of course, "),
        ("One short thing.", "One short thing."),
    ],
)
def test_the_first_stretch_ends_at_the_first_clause(text: str, first: str) -> None:
    assert sources(text)[0] == first


@pytest.mark.parametrize(
    "text",
    [
        "the quick brown fox jumps over the lazy dog near the river bank today",
        "photosynthesis turns sunlight water air into sugar oxygen heat life food wood paper",
        "everybody here thinks that you should probably go home early tonight my friend",
    ],
)
def test_a_first_stretch_without_a_clause_ends_at_a_word_all_the_same(text: str) -> None:
    first = sources(text)[0]
    assert 3 <= len(first.split()) <= 10
    assert first.endswith(" ")
    assert first.split()[-1] not in {"the", "that", "a", "my", "over"}


def test_the_first_stretch_is_given_as_soon_as_it_is_certain() -> None:
    taken: list[str] = []

    def reply() -> Iterator[str]:
        for piece in ["I", " am", " here", ",", " and", " I", " wait", "."]:
            taken.append(piece)
            yield piece

    stream = utterances(reply())
    assert next(stream) == Utterance("I am here, ", "I am here,")
    assert taken == ["I", " am", " here", ",", " and"]


def test_a_sentence_is_given_when_the_space_after_it_is_there() -> None:
    taken: list[str] = []

    def reply() -> Iterator[str]:
        for piece in ["It is 3", ".", "5 now", ".", " Then", " what?"]:
            taken.append(piece)
            yield piece

    stream = utterances(reply())
    assert next(stream).source == "It is 3.5 now. "
    assert taken[-1] == " Then"


def test_after_the_first_whole_sentences_come() -> None:
    text = "Well then, here we go. I like apples, pears, and plums. You do too."
    assert sources(text) == [
        "Well then, here we go. ",
        "I like apples, pears, and plums. ",
        "You do too.",
    ]


def test_a_long_later_sentence_is_cut_at_a_clause() -> None:
    later = (
        "Green plants take in sunlight with their leaves all day long, and with its power they "
        "turn plain water and the air around them into sugar that feeds the plant until night."
    )
    parts = sources(f"I see that now. {later}")[1:]
    assert parts[0] == "Green plants take in sunlight with their leaves all day long, "
    assert "".join(parts) == later


def test_the_policy_is_a_parameter() -> None:
    text = "I am so very glad, and you are too. It is fine."
    assert sources(text, cut=Cut(first_min_words=6, first_max_words=20))[0] == (
        "I am so very glad, and you are too. "
    )
    birds = "Birds sing songs every single morning."
    assert sources(birds, cut=Cut(first_min_words=1, first_max_words=2))[0] == "Birds sing "


@pytest.mark.parametrize(
    "sentence",
    [
        "It is about 3.5 or 1,000.25 in all.",
        "I saw Dr. Smith and Mrs. Lee there.",
        "We met J. R. R. Tolkien in town.",
        "Some fruit, e.g. apples, will do, i.e. this one.",
        "See www.example.com/a.b?c=d for more of it.",
        "Look at No. 5 on p. 12 there.",
        "We had cats, dogs, etc. and so on.",
        "He said, well... maybe it is so.",
        "At 8 a.m. we ran to the U.S. Army base.",
        'She said, "I go. You stay. Bye." and left.',
        "They (I know. Really.) came by at last.",
        "She lives in St. Louis vs. Boston now.",
        "It was on Jan. 5 or so.",
    ],
)
def test_a_sentence_is_not_cut_inside(sentence: str) -> None:
    assert sources(f"I see it all. {sentence} Then what?") == [
        "I see it all. ",
        f"{sentence} ",
        "Then what?",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "Really?!",
        'He said "yes!"',
        "(It was so.)",
        "**So it is.**",
        "“Well, no.”",
        "So do I.",
        "We left at 5 p.m.",
        "Take vitamin C.",
        "Hm...",
        "We have tea, milk, etc.",
        "The answer is 3.",
        "No.",
    ],
)
def test_an_end_of_a_sentence_keeps_its_marks(sentence: str) -> None:
    assert sources(f"I see it all. {sentence} Then what?") == [
        "I see it all. ",
        f"{sentence} ",
        "Then what?",
    ]


def test_items_and_paragraphs_are_utterances_of_their_own() -> None:
    text = "Two ideas:\n1. Take a walk\n2. Read\n\n- tea\n\nThat is all"
    assert said(text) == ["Two ideas:", "Take a walk", "Read", "tea", "That is all"]


def test_code_over_many_pieces_is_silent() -> None:
    pieces = ["Look here:\n", "``", "`py", "thon\nprint('a. b')\n", "x = 1\n`", "``", "\nThat ran."]
    given_ = list(utterances(pieces))
    assert [u.spoken for u in given_ if u.spoken] == ["Look here:", "That ran."]
    assert Utterance("```python\nprint('a. b')\nx = 1\n```", "") in given_


def test_code_in_the_middle_of_a_line_and_without_an_end_is_silent() -> None:
    assert said("Try this now: ```sh\nrm x\n```\nDone.") == ["Try this now:", "Done."]
    assert said("Try this now:\n```sh\nrm x. Then y. ") == ["Try this now:"]
    assert said("Use the ```ls``` tool now. It works.") == ["Use the ls tool now.", "It works."]


def test_thinking_is_silent_and_the_answer_still_starts_short() -> None:
    pieces = [
        "<thi",
        "nk>",
        "I should say. Hello",
        ".\n</th",
        "ink>",
        "\n\nI am here, ",
        "and well.",
    ]
    assert list(utterances(pieces)) == [
        Utterance("<think>I should say. Hello.\n</think>", ""),
        Utterance("\n\nI am here, ", "I am here,"),
        Utterance("and well.", "and well."),
    ]
    assert said("<think>It never ends. Ever.") == []


def test_a_stage_direction_is_not_torn_apart() -> None:
    assert said("*He looks up. Then he smiles, slowly.* I am glad. You too?") == [
        "I am glad.",
        "You too?",
    ]


def test_a_quotation_that_is_never_closed_does_not_hold_the_reply_up() -> None:
    sentence = "I went home and I slept a lot. "
    parts = sources('He said, "' + sentence * 20)
    assert len(parts) > 5


def test_korean_is_cut_at_sentences_and_clauses() -> None:
    text = "오늘은 날씨가 정말 좋지만 조금 춥네요. 3.5도라고 해요. 같이 갈까요?"
    assert sources(text, "ko") == [
        "오늘은 날씨가 정말 좋지만 ",
        "조금 춥네요. ",
        "3.5도라고 해요. ",
        "같이 갈까요?",
    ]


def test_nothing_gives_nothing() -> None:
    assert list(utterances([])) == []
    assert list(utterances(["", ""])) == []
    assert list(utterances([" ", "\n"])) == [Utterance(" \n", "")]


class Pieces:
    """Pieces that say whether they were closed, and may fail."""

    def __init__(self, pieces: list[str], failure: BaseException | None = None) -> None:
        self._pieces = iter(pieces)
        self._failure = failure
        self.closed = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for piece in self._pieces:
            return piece
        if self._failure is not None:
            raise self._failure
        raise StopIteration

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("failure", [TurnCancelled(), ValueError("broken")])
def test_what_the_model_raises_passes_through(failure: BaseException) -> None:
    pieces = Pieces(["One two three. ", "Four"], failure)
    given_: list[str] = []
    with pytest.raises(type(failure)) as raised:
        given_.extend(u.source for u in utterances(pieces))
    assert raised.value is failure
    assert pieces.closed


def test_what_came_before_a_failure_was_given() -> None:
    stream = utterances(Pieces(["One two three. ", "Four"], TurnCancelled()))
    assert next(stream).source == "One two three. "
    with pytest.raises(TurnCancelled):
        next(stream)


def test_closing_early_closes_the_pieces() -> None:
    pieces = Pieces(["One two three. ", "Four five six. "])
    stream = utterances(pieces)
    next(stream)
    assert not pieces.closed
    stream.close()  # type: ignore[attr-defined]
    assert pieces.closed
