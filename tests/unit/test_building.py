"""Which parts are built anew when settings change, and what happens when one cannot be."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.turn.stage import StageSpeaker, VirtualClock
from voicemate import building, settings
from voicemate.conversation.turn import Parts
from voicemate.engines.scripted import ScriptedModel, ScriptedRecognizer, ScriptedVoice
from voicemate.errors import EngineError, ModelError
from voicemate.events import Event, Loading, Notice
from voicemate.settings import Settings, changed
from voicemate.types import TurnId, TurnRecord

RECORD = TurnRecord(TurnId(1), 1.0, "my name is Ada", "Hello, Ada.", "Hello, Ada.", "answered")


class Part:
    """Notes that it was closed."""

    closed = False

    def close(self) -> None:
        assert not self.closed
        self.closed = True


class Ears(Part, ScriptedRecognizer):
    pass


class Words(Part, ScriptedModel):
    pass


class Mouth(Part, ScriptedVoice):
    def __init__(self, wanted: settings.Voice) -> None:
        super().__init__()
        self.spoken_as = wanted

    def adjust(self, wanted: settings.Voice) -> None:
        self.spoken_as = wanted


class Workbench:
    """Stands in for everything that is loaded from disk; `broken` roles cannot be built."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.broken: dict[str, str] = {}
        self.built: list[str] = []
        self.events: list[Event] = []
        self.models = {"": "small"}
        self.loaded_together = 0
        self._alive: list[Words] = []
        monkeypatch.setattr(building, "build_voice", self._voice)
        monkeypatch.setattr(building, "build_recognizer", self._recognizer)
        monkeypatch.setattr(building, "build_model", self._model)
        monkeypatch.setattr(building, "choose_recogniser", self._chosen_recogniser)
        monkeypatch.setattr(building, "choose_language_model", self._chosen_model)
        self.shop = building.Workshop(self._speaker, self.events.append, private=False)

    def notices(self) -> list[str]:
        return [event.message for event in self.events if isinstance(event, Notice)]

    def _begin(self, role: str, which: str) -> None:
        if self.broken.get(role) in (which, "*"):
            raise EngineError(f"The {role} {which} does not start.", "Install it.")
        self.built.append(role)

    def _speaker(self, wanted: settings.Audio) -> Any:
        self._begin("speaker", wanted.speaker)
        return StageSpeaker(VirtualClock())

    def _voice(self, wanted: Settings, loading: building.Emit) -> Any:
        loading(Loading("the voice"))
        self._begin("voice", wanted.voice.engine)
        return Mouth(wanted.voice)

    def _recognizer(self, wanted: Settings, loading: building.Emit) -> Any:
        self._begin("recognizer", wanted.recogniser.model)
        return Ears(["hello"])

    def _model(self, wanted: Settings, loading: building.Emit, *, private: bool = True) -> Any:
        self._begin("model", wanted.model.id)
        self._alive = [model for model in self._alive if not model.closed]
        self._alive.append(Words(["Hello."]))
        self.loaded_together = max(self.loaded_together, len(self._alive))
        return self._alive[-1]

    def _chosen_recogniser(self, wanted: Settings) -> Any:
        return SimpleNamespace(path=Path("/models", wanted.recogniser.model)), ""

    def _chosen_model(self, wanted: Settings) -> Any:
        if wanted.model.id == "missing":
            raise ModelError("The model missing is not installed.", "Get it.")
        model_id = wanted.model.id or self.models[""]
        return SimpleNamespace(path=Path("/models", model_id)), ""


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Workbench:
    return Workbench(monkeypatch)


def first(bench: Workbench) -> Parts:
    parts = bench.shop.build(Settings())
    assert sorted(bench.built) == ["model", "recognizer", "speaker", "voice"]
    bench.built.clear()
    return parts


@pytest.mark.parametrize(
    ("section", "values", "anew"),
    [
        ("voice", {"engine": "hibari"}, {"voice"}),
        ("voice", {"voice": "ada"}, {"voice"}),
        ("recogniser", {"model": "other"}, {"recognizer"}),
        ("model", {"id": "large"}, {"model"}),
        ("model", {"context_tokens": 2048}, {"model"}),
        ("audio", {"speaker": "Headphones"}, {"speaker"}),
        ("audio", {"cues": False}, {"speaker"}),
        ("companion", {"language": "ko"}, {"voice", "recognizer"}),
        ("companion", {"name": "Ada"}, set()),
        ("audio", {"microphone": "Other"}, set()),
        ("model", {"temperature": 0.1}, set()),
    ],
)
def test_only_what_has_changed_is_built_anew(
    bench: Workbench, section: str, values: dict[str, Any], anew: set[str]
) -> None:
    before = first(bench)
    after = bench.shop.build(changed(Settings(), section, values))
    assert set(bench.built) == anew
    for role in ("speaker", "voice", "recognizer", "model"):
        assert (getattr(after, role) is getattr(before, role)) == (role not in anew)
    for role in anew - {"speaker"}:
        assert getattr(before, role).closed
    assert not after.voice.closed  # type: ignore[attr-defined]
    assert after.memory is before.memory
    after.close()


def test_rate_pitch_and_volume_change_without_another_voice(bench: Workbench) -> None:
    parts = first(bench)
    wanted = changed(Settings(), "voice", {"rate": 1.3, "volume": 0.5})
    after = bench.shop.build(wanted)
    assert after.voice is parts.voice
    assert isinstance(after.voice, Mouth)
    assert after.voice.spoken_as == wanted.voice
    after.close()


def test_a_voice_that_cannot_be_adjusted_is_built_anew(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stiff(Part, ScriptedVoice):
        pass

    def voice(_wanted: Settings, _loading: building.Emit) -> Stiff:
        bench.built.append("voice")
        return Stiff()

    monkeypatch.setattr(building, "build_voice", voice)
    before = first(bench)
    after = bench.shop.build(changed(Settings(), "voice", {"rate": 1.3}))
    assert bench.built == ["voice"]
    assert after.voice is not before.voice
    after.close()


def test_the_companions_name_and_persona_reach_the_prompt_and_the_talk_goes_on(
    bench: Workbench,
) -> None:
    before = first(bench)
    before.memory.record(RECORD)
    before.prompt.add(RECORD)
    after = bench.shop.build(changed(Settings(), "companion", {"persona": "You are a pirate."}))
    messages = after.prompt.messages("who am I")
    assert "pirate" in messages[0].text
    assert [m.text for m in messages[1:]] == ["my name is Ada", "Hello, Ada.", "who am I"]
    after.close()


def test_off_the_record_the_talk_goes_on_too(bench: Workbench) -> None:
    shop = building.Workshop(bench._speaker, bench.events.append, private=True)
    before = shop.build(Settings())
    before.prompt.add(RECORD)
    after = shop.build(changed(Settings(), "model", {"id": "large"}))
    assert [m.text for m in after.prompt.opening()][1:] == ["my name is Ada", "Hello, Ada."]
    after.close()


@pytest.mark.parametrize(
    ("role", "section", "values"),
    [
        ("voice", "voice", {"engine": "piper"}),
        ("recognizer", "recogniser", {"model": "broken"}),
        ("model", "model", {"id": "broken"}),
        ("speaker", "audio", {"speaker": "Broken"}),
    ],
)
def test_what_does_not_start_is_told_and_all_goes_on_as_before(
    bench: Workbench, role: str, section: str, values: dict[str, Any]
) -> None:
    before = first(bench)
    bench.broken = {role: next(iter(values.values()))}
    wanted = changed(changed(Settings(), section, values), "companion", {"name": "Ada"})
    after = bench.shop.build(wanted)
    assert bench.notices() == [f"The {role} {next(iter(values.values()))} does not start."]
    assert after.voice is before.voice
    assert after.recognizer is before.recognizer
    assert not after.voice.closed  # type: ignore[attr-defined]
    assert not after.recognizer.closed  # type: ignore[attr-defined]
    assert not after.model.closed  # type: ignore[attr-defined]
    # Mended meanwhile: the same settings work now.
    bench.broken = {}
    mended = bench.shop.build(wanted)
    assert getattr(mended, role) is not getattr(before, role)
    mended.close()


def test_two_language_models_are_never_loaded_at_a_time(bench: Workbench) -> None:
    first(bench)
    parts = bench.shop.build(changed(Settings(), "model", {"id": "large"}))
    bench.broken = {"model": "broken"}
    parts = bench.shop.build(changed(Settings(), "model", {"id": "broken"}))
    assert bench.loaded_together == 1
    parts.close()


def test_where_not_even_the_old_model_comes_back_all_is_freed_and_told(bench: Workbench) -> None:
    before = first(bench)
    bench.broken = {"model": "*"}
    with pytest.raises(EngineError, match="does not start"):
        bench.shop.build(changed(Settings(), "model", {"id": "other"}))
    assert before.voice.closed  # type: ignore[attr-defined]
    assert before.recognizer.closed  # type: ignore[attr-defined]
    # And once it is mended, everything is built again.
    bench.broken = {}
    parts = bench.shop.build(Settings())
    assert set(bench.built) >= {"speaker", "voice", "recognizer", "model"}
    parts.close()


def test_a_better_model_that_was_installed_meanwhile_is_taken(bench: Workbench) -> None:
    before = first(bench)
    bench.models[""] = "large"
    after = bench.shop.build(Settings())
    assert bench.built == ["model"]
    assert after.model is not before.model
    after.close()


def test_a_model_that_is_missing_is_told(bench: Workbench) -> None:
    before = first(bench)
    after = bench.shop.build(changed(Settings(), "model", {"id": "missing"}))
    assert after is before
    assert bench.notices() == ["The model missing is not installed."]
    after.close()


def test_where_the_system_has_no_voice_hibari_speaks_and_the_person_is_told(
    bench: Workbench,
) -> None:
    bench.broken = {"voice": "pyttsx3"}
    parts = bench.shop.build(Settings())
    assert isinstance(parts.voice, Mouth)
    assert parts.voice.spoken_as.engine == "hibari"
    [notice] = bench.notices()
    assert notice == "The voice pyttsx3 does not start. Hibari speaks instead."
    parts.close()


def test_where_nobody_can_speak_the_first_trouble_is_told(bench: Workbench) -> None:
    bench.broken = {"voice": "*"}
    with pytest.raises(EngineError, match="pyttsx3"):
        bench.shop.build(Settings())


def test_hibari_does_not_speak_korean(bench: Workbench) -> None:
    bench.broken = {"voice": "pyttsx3"}
    with pytest.raises(EngineError, match="pyttsx3"):
        bench.shop.build(changed(Settings(), "companion", {"language": "ko"}))
