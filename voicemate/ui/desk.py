"""What the settings and the first run may ask for and do; no Qt here, and no engine either.

`voicemate.desk` does it. Whatever may take longer than a picture says so: the window has it done
on a thread of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from voicemate.settings import Settings

ModelKind = Literal["recogniser", "language", "voice"]


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A microphone or a speaker; the empty `name` is the system's choice."""

    name: str
    shown: str
    default: bool = False


@dataclass(frozen=True, slots=True)
class VoiceRow:
    """A voice that can be chosen; `install` is the command that brings its engine, if missing.

    `languages` are BCP 47 tags; `voice` is empty for the engine's first one of a language.
    """

    engine: str
    voice: str
    shown: str
    languages: tuple[str, ...] = ()
    install: str = ""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model of the catalogue, or one of the person's own.

    `speed` is in plain words, empty where nothing is known; `recommended` is why it suits this
    machine, empty for one that does not. `in_use`: what the companion has loaded.
    """

    id: str
    name: str
    kind: ModelKind
    languages: tuple[str, ...]
    license: str
    n_bytes: int
    installed: bool = False
    in_use: bool = False
    recommended: str = ""
    speed: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class DownloadStep:
    """How far a download is: `total_bytes` is None where the size is not known."""

    label: str
    done_bytes: int
    total_bytes: int | None


@dataclass(frozen=True, slots=True)
class KeyState:
    """The key as it is: `heard_by` is the way it is heard (empty: not at all), `why` says why.

    `lines` are what binds the key in a desktop, by the desktop's name. `can_capture`: a new key
    can be chosen by pressing it.
    """

    binding: str
    heard_by: str = ""
    why: str = ""
    can_capture: bool = False
    lines: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept on this machine: turns, their bytes, and where everything lies."""

    n_turns: int
    n_bytes: int
    places: tuple[tuple[str, str], ...] = ()


class Desk(Protocol):
    """Settings, devices, voices, models, the key and what is kept. All from any thread."""

    @property
    def settings(self) -> Settings:
        """The settings as they are applied; returns at once."""

    def set(self, key: str, value: str) -> None:
        """Keep one setting, such as "voice.rate" = "1.2", and apply it; takes milliseconds.

        Raises `SettingsError`, `StorageError`; then nothing has changed.
        """

    def listen(self, changed: Callable[[], None] | None) -> None:
        """Call `changed`, on any thread, after settings or the key have changed; None: no more."""

    def devices(self) -> tuple[tuple[DeviceRow, ...], tuple[DeviceRow, ...]]:
        """Give microphones and speakers, the system's choice first. Raises `AudioDeviceError`."""

    def voices(self) -> tuple[VoiceRow, ...]:
        """Give the voices for the conversation's language. May take a second."""

    def speak(self, text: str) -> None:
        """Say something in the voice and at the speaker in use; returns at once."""

    def models(self) -> tuple[ModelRow, ...]:
        """Give the models for the conversation's language, by kind. May take a second."""

    def get_model(self, model_id: str, step: Callable[[DownloadStep], bool]) -> bool:
        """Download a model; `step` is told how far it is, and gives False to stop.

        Gives False when it was stopped: it goes on from there the next time. Raises
        `DownloadError`, `StorageError`, `ModelError`. What waited for it is loaded then.
        """

    def remove_model(self, model_id: str) -> None:
        """Delete an installed model. Raises `ModelError` for one that is in use."""

    def key(self) -> KeyState:
        """Give what the key is and how it is heard; returns at once."""

    def capture_key(self, timeout_s: float) -> str | None:
        """Wait for the next key that is pressed, anywhere; None for Esc, nothing or `stop`.

        The usual key means nothing meanwhile. Raises `VoiceMateError` where it cannot be heard.
        """

    def stop_capture(self) -> None:
        """End `capture_key`, from any thread."""

    def kept(self) -> Kept:
        """Give what is kept, and where. Raises `StorageError`."""

    def forget(self) -> None:
        """Delete the whole conversation; an event `Forgotten` or `Notice` tells how it went."""

    @property
    def starts_at_login(self) -> bool | None:
        """True when VoiceMate starts with the desktop; None where it cannot be arranged."""

    def start_at_login(self, on: bool) -> None:
        """Start with the desktop from now on, or no more. Raises `StorageError`."""

    @property
    def first_run_page(self) -> str:
        """Where the first run stands: "" before it, the name of a page, or "done"."""

    def reach_first_run_page(self, page: str) -> None:
        """Keep where the first run stands."""
