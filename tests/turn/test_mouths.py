"""Whoever watches a turn is told how the mouth goes with each stretch of the answer."""

from __future__ import annotations

import math

from tests.turn.stage import Stage
from voicemate.engines.scripted import ScriptedModel, ScriptedRecognizer
from voicemate.events import Spoke
from voicemate.types import MOUTH_RATE_HZ


def test_each_stretch_comes_with_its_mouth() -> None:
    reply = "One two three four five. Six seven eight nine ten."
    model = ScriptedModel([reply])
    with Stage(recognizer=ScriptedRecognizer(["hello"]), model=model) as scene:
        scene.talk()
        scene.until(lambda event: isinstance(event, Spoke))
        scene.clock.advance(60)
        scene.until_ended()
    spoken = [event for event in scene.events if isinstance(event, Spoke)]
    assert len(spoken) > 1
    for event in spoken:
        assert len(event.mouth) == math.ceil(round(event.duration_s * MOUTH_RATE_HZ, 6))
        # The scripted voice is one loud tone without a pause.
        assert all(shape.open > 0.4 for shape in event.mouth)
