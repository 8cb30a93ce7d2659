"""What the window shows and how it looks, as far as no window is needed."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from voicemate.events import Phase
from voicemate.types import MOUTH_RATE_HZ, MouthShape, SpokenWord
from voicemate.ui import face
from voicemate.ui.shown import Surroundings, shown
from voicemate.ui.state import Advice, Engines, State, Stretch
from voicemate.ui.theme import DARK, LIGHT, Palette, contrast

READY = State(phase=Phase.IDLE, engines=Engines("ear", "qwen", "voice", 1.0))
QML = Path(face.__file__).parent / "qml"


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read(palette: Palette) -> None:
    weak = [pair for pair in palette.texts() if contrast(*pair) < 4.5]
    assert weak == []
    assert contrast(palette.focus, palette.ground) >= 3
    assert contrast(palette.focus, palette.surface) >= 3


def test_qml_names_no_colour_of_its_own() -> None:
    """Otherwise the contrast above would be that of something else."""
    own = [
        f"{file.name}: {line.strip()}"
        for file in QML.glob("*.qml")
        for line in file.read_text(encoding="utf-8").splitlines()
        if '"#' in line and "Overlay" not in line
    ]
    assert own == []


@pytest.mark.parametrize(
    ("state", "held", "muted", "expected"),
    [
        (State(), False, False, "loading"),
        (READY, False, False, "idle"),
        (READY, False, True, "muted"),
        (READY, True, False, "listening"),
        (replace(READY, phase=Phase.LISTENING, live=True), False, False, "thinking"),
        (replace(READY, phase=Phase.THINKING, live=True), False, True, "thinking"),
        (replace(READY, phase=Phase.SPEAKING, live=True), False, True, "speaking"),
        (replace(READY, failure=Advice("Broken.")), False, False, "trouble"),
        (State(phase=Phase.TROUBLE), False, True, "trouble"),
        (State(phase=Phase.LISTENING, live=True), False, False, "loading"),
    ],
)
def test_the_face_says_what_is_going_on(
    state: State, held: bool, muted: bool, expected: str
) -> None:
    now = shown(state, Surroundings(held=held, muted=muted))
    assert now.face == expected
    assert now.label != ""


def test_the_mouth_is_that_of_the_sound_between_two_of_its_shapes() -> None:
    frames = (MouthShape(0.0, 0.6), MouthShape(1.0, 0.2), MouthShape(0.5, 0.4))
    stretch = Stretch("banana", at=5.0, duration_s=0.2, mouth=frames)
    assert face.mouth([stretch], 5.0) == frames[0]
    between = face.mouth([stretch], 5.0 + 0.5 / MOUTH_RATE_HZ)
    assert (between.open, between.wide) == (pytest.approx(0.5), pytest.approx(0.4))
    assert face.mouth([stretch], 5.19) == frames[-1]
    assert face.mouth([stretch], 5.21) == face.CLOSED


def test_loudness_spans_speech() -> None:
    levels = [face.loudness(db) for db in (-100, -60, -40, -14, 0)]
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) == (0, 1)


def test_the_mouth_opens_once_a_syllable() -> None:
    stretch = Stretch("banana", at=0.0, duration_s=0.6, words=(SpokenWord(0, 6, 0.0),))
    opened = [face.mouth([stretch], t / 100).open > 0.5 for t in range(60)]
    assert [is_open for is_open, _ in itertools.groupby(opened)].count(True) == 3


def test_round_vowels_make_it_narrow() -> None:
    def wide(text: str) -> float:
        return face.mouth([Stretch(text, at=0.0, duration_s=0.2)], 0.1).wide

    assert wide("oh") < wide("he")


def test_the_mouth_is_closed_before_between_and_after() -> None:
    one = Stretch("ah", at=1.0, duration_s=0.2)
    two = Stretch("ah", at=2.0, duration_s=0.2)
    later = Stretch("ah")
    for moment in (0.5, 1.5, 2.5):
        assert face.mouth([one, two, later], moment) == face.CLOSED
    assert face.mouth([one, two, later], 2.1).open > 0.5


def test_korean_moves_the_mouth_too() -> None:
    stretch = Stretch("안녕하세요", at=0.0, duration_s=1.0)
    assert max(face.mouth([stretch], t / 100).open for t in range(100)) > 0.3
