"""Which engines there are, and that another package can bring one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from voicemate.cancel import CancelToken
from voicemate.engines import registry
from voicemate.errors import EngineError, ModelError
from voicemate.settings import Voice as VoiceSettings


def chosen(engine: str, voice: str = "") -> VoiceSettings:
    return msgspec.structs.replace(VoiceSettings(voice=voice), engine=engine)


@pytest.fixture
def other_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package that brings a voice "beep", a recogniser "guess" and one that breaks."""
    (tmp_path / "beep_engines.py").write_text(
        "from voicemate.engines.scripted import ScriptedRecognizer, ScriptedVoice\n"
        "def beep(settings, language): return ScriptedVoice(settings.rate, settings.volume)\n"
        "def guess(folder, language): return ScriptedRecognizer(['hello'], language)\n"
    )
    info = tmp_path / "beep_engines-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: beep-engines\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[voicemate.voices]\nbeep = beep_engines:beep\nbroken = beep_engines:missing\n"
        "[voicemate.recognizers]\nguess = beep_engines:guess\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


def test_looking_at_the_engines_imports_none_of_their_libraries() -> None:
    code = (
        "import sys\n"
        "from voicemate.engines import registry\n"
        "print([(e.name, e.role) for e in registry.engines()])\n"
        "heavy = {'vosk', 'moonshine_voice', 'pyttsx3', 'hibari', 'piper', 'onnxruntime'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    names, heavy = done.stdout.splitlines()
    assert "('vosk', 'recogniser')" in names
    assert "('pyttsx3', 'voice')" in names
    assert heavy == "[]"


def test_an_engine_that_is_not_installed_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda package: None)
    gone = {info.name: info for info in registry.engines()}

    assert not any(info.installed for info in gone.values())
    assert gone["hibari"].install == 'pip install "voicemate[hibari]"'


@pytest.mark.parametrize("library", ["hibari", "piper", "vosk"])
def test_building_one_whose_library_is_missing_names_the_command(
    library: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.setattr("voicemate.engines.vosk.check_folder", lambda folder: None)
    build = {
        "vosk": lambda: registry.recognizer("vosk", tmp_path, "en"),
        "hibari": lambda: registry.voice(chosen("hibari"), "en"),
        "piper": lambda: registry.voice(chosen("piper"), "en"),
    }

    with pytest.raises(EngineError, match="not installed") as raised:
        build[library]()
    assert "pip install" in raised.value.hint


def test_an_unknown_engine_is_refused_with_those_that_there_are(other_package: None) -> None:
    with pytest.raises(EngineError, match="'nobody'") as raised:
        registry.voice(chosen("nobody"), "en")
    assert "pyttsx3, hibari, piper, beep" in raised.value.hint
    with pytest.raises(EngineError, match="'nobody'") as raised:
        registry.recognizer("nobody", Path("model"), "en")
    assert "vosk, moonshine, guess" in raised.value.hint


def test_another_package_brings_a_voice_and_a_recogniser(other_package: None) -> None:
    brought = [(e.name, e.role) for e in registry.engines()][-3:]
    assert brought == [("guess", "recogniser"), ("beep", "voice"), ("broken", "voice")]

    speech = registry.voice(chosen("beep"), "en").render("one two", CancelToken())
    assert [speech.text[w.start : w.end] for w in speech.words] == ["one", "two"]
    assert registry.recognizer("guess", Path("model"), "ko").language == "ko"


def test_a_broken_package_of_another_is_an_error_that_names_it(other_package: None) -> None:
    with pytest.raises(EngineError, match="'broken'") as raised:
        registry.voice(chosen("broken"), "en")
    assert "beep_engines:missing" in raised.value.hint


def test_english_engines_refuse_other_languages() -> None:
    with pytest.raises(EngineError, match="English only"):
        registry.voice(chosen("hibari"), "ko")
    with pytest.raises(EngineError, match="English only"):
        registry.recognizer("moonshine", Path("model"), "ko")


@pytest.mark.parametrize("engine", ["vosk", "moonshine"])
def test_a_folder_that_is_no_model_is_refused(engine: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is not a whole") as raised:
        registry.recognizer(engine, tmp_path / "some-model", "en")
    assert "voicemate models get some-model" in raised.value.hint


def test_a_voice_that_would_have_to_be_downloaded_is_refused() -> None:
    pytest.importorskip("hibari", reason="the engine hibari is not installed")
    # Were it tried, the network guard of every test would fail this one.
    with pytest.raises(EngineError, match="'emma' on this machine"):
        registry.voice(chosen("hibari", "emma"), "en")
