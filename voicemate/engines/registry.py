"""Which engines there are, and how each is built. Looking does not import an engine's library.

Another package adds one with an entry point: in the group "voicemate.recognizers" a function of
(model folder, language) that gives a `Recognizer`, in "voicemate.voices" one of (the [voice]
settings, language) that gives a `Voice`. The entry point's name is the engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol, TypeVar, runtime_checkable

from voicemate.errors import EngineError
from voicemate.ports import Recognizer, Voice
from voicemate.settings import Voice as VoiceSettings

Role = Literal["recogniser", "voice"]
RecognizerFactory = Callable[[Path, str], Recognizer]
VoiceFactory = Callable[[VoiceSettings, str], Voice]
Factory = TypeVar("Factory")

RECOGNIZERS = "voicemate.recognizers"
VOICES = "voicemate.voices"


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """One engine: whether its library is here, and the command that brings it."""

    name: str
    role: Role
    installed: bool
    install: str


_BUILT_IN: tuple[tuple[str, Role, str, str], ...] = (
    ("vosk", "recogniser", "vosk", "pip install vosk==0.3.45"),
    ("moonshine", "recogniser", "moonshine_voice", 'pip install "voicemate[moonshine]"'),
    ("pyttsx3", "voice", "pyttsx3", "pip install pyttsx3==2.99"),
    ("hibari", "voice", "hibari", 'pip install "voicemate[hibari]"'),
    ("piper", "voice", "piper", 'pip install "voicemate[piper]"'),
)


@runtime_checkable
class Adjustable(Protocol):
    """A voice that can change its rate, pitch and volume; others are built anew for that."""

    def adjust(self, settings: VoiceSettings) -> None:
        """Speak so from the next text on. Returns at once."""


def engines() -> list[EngineInfo]:
    """List all engines, VoiceMate's own first."""
    own = [
        EngineInfo(name, role, find_spec(package) is not None, install)
        for name, role, package, install in _BUILT_IN
    ]
    known = {info.name for info in own}
    groups: tuple[tuple[str, Role], ...] = ((RECOGNIZERS, "recogniser"), (VOICES, "voice"))
    return own + [
        EngineInfo(name, role, installed=True, install="")
        for group, role in groups
        for name in _entry_points(group)
        if name not in known
    ]


def recognizer(engine: str, folder: Path, language: str) -> Recognizer:
    """Build a recogniser on a model's folder. Raises `EngineError`, `ModelError`."""
    own: dict[str, RecognizerFactory] = {"vosk": _vosk, "moonshine": _moonshine}
    return _factory(engine, own, RECOGNIZERS, "recogniser")(folder, language)


def voice(settings: VoiceSettings, language: str) -> Voice:
    """Build the voice of the settings. Raises `EngineError`, `ModelError`."""
    own: dict[str, VoiceFactory] = {"pyttsx3": _pyttsx3, "hibari": _hibari, "piper": _piper}
    return _factory(settings.engine, own, VOICES, "voice")(settings, language)


def _factory(name: str, own: Mapping[str, Factory], group: str, role: Role) -> Factory:
    if name in own:
        return own[name]
    others = _entry_points(group)
    if name not in others:
        raise EngineError(
            f"There is no {role} engine {name!r}.",
            f"There are: {', '.join([*own, *others])}.",
        )
    try:
        factory: Factory = others[name].load()
    except Exception as error:
        raise EngineError(
            f"The {role} engine {name!r} of another package cannot be loaded.",
            f"Mend or remove that package ({others[name].value}).",
        ) from error
    return factory


def _entry_points(group: str) -> dict[str, metadata.EntryPoint]:
    return {point.name: point for point in metadata.entry_points(group=group)}


def _vosk(folder: Path, language: str) -> Recognizer:
    from voicemate.engines.vosk import VoskRecognizer

    return VoskRecognizer(folder, language)


def _moonshine(folder: Path, language: str) -> Recognizer:
    from voicemate.engines.moonshine import MoonshineRecognizer

    if language != MoonshineRecognizer.language:
        raise EngineError(
            "The recogniser Moonshine understands English only.",
            "Set your language's engine: `voicemate config set recogniser.engine vosk`.",
        )
    return MoonshineRecognizer(folder)


def _pyttsx3(settings: VoiceSettings, language: str) -> Voice:
    from voicemate.engines.pyttsx3 import Pyttsx3Voice

    return Pyttsx3Voice(settings.voice, settings.rate, settings.pitch, settings.volume, language)


def _hibari(settings: VoiceSettings, language: str) -> Voice:
    from voicemate.engines.hibari import HibariVoice

    return HibariVoice(settings.voice, settings.rate, settings.volume, language)


def _piper(settings: VoiceSettings, language: str) -> Voice:
    from voicemate.engines.piper import PiperVoice

    return PiperVoice(settings.voice, settings.rate, settings.volume, language)
