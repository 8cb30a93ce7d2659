"""Bytes of a terminal become keys, whatever way they are split."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemate.ui.keys import (
    KITTY_FLAGS,
    MAX_PASTE_BYTES,
    Decoder,
    Input,
    Key,
    KittyReply,
    SpaceBar,
)

CASES: list[tuple[str, list[Input]]] = [
    ("a", [Key("text", text="a")]),
    ("한", [Key("text", text="한")]),
    ("👍", [Key("text", text="👍")]),
    (" ", [Key("space", text=" ")]),
    ("\r", [Key("enter")]),
    ("\n", [Key("enter")]),
    ("\x7f", [Key("backspace")]),
    ("\x08", [Key("backspace")]),
    ("\t", [Key("tab")]),
    ("\x03", [Key("ctrl+c")]),
    ("\x0f", [Key("ctrl+o")]),
    ("\x00", [Key("ctrl+space")]),
    ("\x1b[D", [Key("left")]),
    ("\x1bOD", [Key("left")]),
    ("\x1b[3~", [Key("delete")]),
    ("\x1b[1;5C", [Key("ctrl+right")]),
    ("\x1bOP", [Key("f1")]),
    ("\x1b[P", [Key("f1")]),
    ("\x1b[11~", [Key("f1")]),
    ("\x1b[[A", [Key("f1")]),
    ("\x1bx", [Key("alt+x")]),
    ("\x1b[I", [Key("focus-in")]),
    ("\x1b[O", [Key("focus-out")]),
    ("\x1b[?31u", [KittyReply(31)]),
    # The kitty protocol.
    ("\x1b[32u", [Key("space")]),
    ("\x1b[32;1:1;32u", [Key("space", "press", " ")]),
    ("\x1b[32;1:2;32u", [Key("space", "repeat", " ")]),
    ("\x1b[32;1:3u", [Key("space", "release")]),
    # Let go while Ctrl is down: it is still the space bar that was let go.
    ("\x1b[32;5:3u", [Key("space", "release")]),
    ("\x1b[32;5u", [Key("ctrl+space")]),
    # Caps lock and num lock change nothing.
    ("\x1b[32;193:1;32u", [Key("space", "press", " ")]),
    ("\x1b[27u", [Key("escape")]),
    ("\x1b[13u", [Key("enter")]),
    ("\x1b[57414u", [Key("enter")]),
    ("\x1b[127u", [Key("backspace")]),
    ("\x1b[97;2;65u", [Key("text", text="A")]),
    ("\x1b[97;;229u", [Key("text", text="å")]),
    ("\x1b[97;3;229u", [Key("text", text="å")]),
    ("\x1b[57399;129;48u", [Key("text", text="0")]),
    ("\x1b[0;;50504:45397u", [Key("text", text="안녕")]),
    ("\x1b[97;1:3u", [Key("a", "release")]),
    ("\x1b[99;5u", [Key("ctrl+c")]),
    ("\x1b[1089::99;5u", [Key("ctrl+c")]),
    ("\x1b[1;1:3D", [Key("left", "release")]),
    # Without associated text, the key itself.
    ("\x1b[97u", [Key("text", text="a")]),
    ("\x1b[97:65;2u", [Key("text", text="A")]),
    # Modifier keys, nonsense, answers that nobody asked for.
    ("\x1b[57441;2u", []),
    ("\x1b[99999999999u", []),
    ("\x1b[1114112;1u", []),
    ("\x1b[97;1;27u", [Key("text", text="a")]),
    ("\x1b[?62;4c", []),
    ("\x1b]11;rgb:0/0/0\x1b\\z", [Key("text", text="z")]),
    ("\x1bP1$r0m\x1b\\z", [Key("text", text="z")]),
    # A paste is text, whatever is in it.
    (
        "\x1b[200~a\r\x1b[D\x03\x1b[201~b",
        [Key("paste", text="a\r\x1b[D\x03"), Key("text", text="b")],
    ),
]


def decoded(data: bytes, cuts: list[int] | None = None) -> list[Input]:
    decoder = Decoder()
    keys = []
    bounds = [0, *sorted(cuts or []), len(data)]
    for start, end in itertools.pairwise(bounds):
        keys += decoder.feed(data[start:end])
    return keys


@pytest.mark.parametrize(("sent", "keys"), CASES)
def test_each_sequence_is_its_key(sent: str, keys: list[Input]) -> None:
    assert decoded(sent.encode()) == keys


@pytest.mark.parametrize(("sent", "keys"), CASES)
def test_a_sequence_may_come_byte_by_byte(sent: str, keys: list[Input]) -> None:
    data = sent.encode()
    assert decoded(data, list(range(len(data)))) == keys


_BITS = st.sampled_from(
    [sent.encode() for sent, _ in CASES]
    + [b"\x1b", b"\x1b[", b"\x1b]", b"\xec", b"\xff", b"9" * 600]
)
_STREAMS = st.one_of(st.binary(max_size=80), st.lists(_BITS, max_size=8).map(b"".join))


@given(_STREAMS, st.data())
def test_how_bytes_are_split_changes_nothing(data: bytes, draw: st.DataObject) -> None:
    cuts = draw.draw(st.lists(st.integers(0, len(data)), max_size=10))
    assert decoded(data, cuts) == decoded(data)


@given(_STREAMS)
def test_nothing_typed_can_carry_a_control_character(data: bytes) -> None:
    for key in decoded(data):
        if isinstance(key, Key) and key.name in ("text", "space"):
            assert key.text.isprintable()


@given(_STREAMS)
def test_after_any_rubbish_a_key_still_works(data: bytes) -> None:
    decoder = Decoder()
    decoder.feed(data)
    # An unfinished paste ends, an unfinished sequence is given up, an unfinished letter is cut.
    decoder.feed(b"\x1b[201~")
    decoder.flush()
    decoder.feed(b"a")
    decoder.flush()
    assert decoder.feed(b"\x03") == [Key("ctrl+c")]


def test_a_lone_escape_is_the_key_once_nothing_follows() -> None:
    decoder = Decoder()
    assert decoder.feed(b"\x1b") == []
    assert decoder.undecided
    assert decoder.flush() == [Key("escape")]
    assert not decoder.undecided
    assert decoder.flush() == []


def test_two_escapes_are_two_keys() -> None:
    decoder = Decoder()
    assert decoder.feed(b"\x1b\x1b") + decoder.flush() == [Key("escape"), Key("escape")]


def test_an_unfinished_letter_is_not_an_escape() -> None:
    decoder = Decoder()
    assert decoder.feed("한".encode()[:2]) == []
    assert not decoder.undecided
    assert decoder.feed("한".encode()[2:]) == [Key("text", text="한")]


def test_a_huge_paste_is_cut_and_the_keys_after_it_work() -> None:
    keys = decoded(b"\x1b[200~" + b"x" * (3 * MAX_PASTE_BYTES) + b"\x1b[201~!")
    assert keys == [Key("paste", text="x" * MAX_PASTE_BYTES), Key("text", text="!")]


@pytest.mark.parametrize(
    ("flags", "tells"), [(KITTY_FLAGS, True), (26, True), (11, False), (1, False), (0, False)]
)
def test_holding_needs_releases_and_whole_text(flags: int, tells: bool) -> None:
    assert KittyReply(flags).tells_releases is tells


def test_a_held_space_bar_that_repeats_counts_once() -> None:
    bar = SpaceBar()
    assert bar.tapped(10.0, listening=False)
    assert not any(bar.tapped(10.5 + n * 0.03, listening=True) for n in range(100))
    # Let go, and tapped again to send.
    assert bar.tapped(15.0, listening=True)


def test_quick_taps_that_begin_something_count() -> None:
    bar = SpaceBar()
    assert bar.tapped(1.0, listening=False)
    assert bar.tapped(2.5, listening=True)
    assert bar.tapped(2.8, listening=False)
