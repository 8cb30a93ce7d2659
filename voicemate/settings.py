"""Everything a person can set: one frozen, typed tree, kept as TOML.

A key that is not in the file has its default. An unknown key or a wrong value is an error that
names the file, the key and what is expected. Descriptions here make docs/settings.md.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from voicemate import paths
from voicemate.errors import SettingsError, StorageError


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Companion(_Section, frozen=True, forbid_unknown_fields=True):
    """Who answers."""

    name: Annotated[str, Meta(min_length=1, max_length=40, description="What it is called.")] = (
        "Mate"
    )
    persona: Annotated[
        str,
        Meta(
            max_length=4000,
            description="How it is and talks, in your words; empty for the one it comes with.",
        ),
    ] = ""
    language: Annotated[
        Literal["en", "ko"],
        Meta(description="The language you talk in. It chooses the recogniser and the voice."),
    ] = "en"


class Recogniser(_Section, frozen=True, forbid_unknown_fields=True):
    """What turns speech into text."""

    engine: Annotated[
        str,
        Meta(
            description="`vosk`, `moonshine` (English only), or one of another package. `auto` "
            "takes Vosk where a model of your language is installed, else Moonshine."
        ),
    ] = "auto"
    model: Annotated[
        str,
        Meta(
            description="Id of an installed model (`voicemate models`); empty: the best there is. "
            "For an engine of another package: the folder that it wants."
        ),
    ] = ""
    min_confidence: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            description="A take whose mean word confidence is lower is taken for noise.",
        ),
    ] = 0.45


class Model(_Section, frozen=True, forbid_unknown_fields=True):
    """The language model that words the reply."""

    id: Annotated[
        str,
        Meta(
            description="Id of an installed model (`voicemate models`); empty: the best there is."
        ),
    ] = ""
    temperature: Annotated[
        float, Meta(ge=0, le=2, description="0 always words it alike; higher is livelier.")
    ] = 0.7
    max_tokens: Annotated[
        int, Meta(ge=16, le=1024, description="The longest reply, in tokens of the model.")
    ] = 220
    max_spoken_s: Annotated[
        float,
        Meta(
            ge=5,
            le=300,
            description="After this many seconds of speech the reply ends with its sentence.",
        ),
    ] = 40.0
    context_tokens: Annotated[
        int,
        Meta(ge=1024, le=32768, description="How much the model can have in view, in tokens."),
    ] = 3072
    gpu_layers: Annotated[
        int,
        Meta(
            ge=-2,
            le=1000,
            description="Layers on the graphics card: -2 all when a GPU build finds one and none "
            "otherwise, -1 all, 0 none.",
        ),
    ] = -2
    threads: Annotated[
        int, Meta(ge=0, le=64, description="Threads while answering; 0: as many as real cores.")
    ] = 0
    seed: Annotated[
        int,
        Meta(ge=-1, description="Fix it to have the same reply again; -1: a new one each time."),
    ] = -1


class Voice(_Section, frozen=True, forbid_unknown_fields=True):
    """The voice that speaks."""

    engine: Annotated[
        str,
        Meta(
            description="`pyttsx3` is the system's voice; `hibari` (English) sounds natural; "
            "`piper` is an extra to be installed; another package may bring more."
        ),
    ] = "pyttsx3"
    voice: Annotated[
        str,
        Meta(description="Id of a voice (`voicemate say --list`); empty: the language's first."),
    ] = ""
    rate: Annotated[
        float, Meta(ge=0.5, le=2, description="Speed of speech; 1 is the voice's own.")
    ] = 1.0
    pitch: Annotated[
        float,
        Meta(ge=0.5, le=2, description="Pitch; 1 is the voice's own. Where the engine can."),
    ] = 1.0
    volume: Annotated[float, Meta(ge=0, le=1, description="Loudness of the voice.")] = 0.9


class Audio(_Section, frozen=True, forbid_unknown_fields=True):
    """Microphone and speaker."""

    microphone: Annotated[
        str,
        Meta(description="Name of the input device (`voicemate devices`); empty: the system's."),
    ] = ""
    speaker: Annotated[
        str,
        Meta(description="Name of the output device (`voicemate devices`); empty: the system's."),
    ] = ""
    cues: Annotated[
        bool, Meta(description="Short sounds: listening, understood, thinking longer, trouble.")
    ] = True
    pre_roll_ms: Annotated[
        int,
        Meta(ge=0, le=2000, description="How much from before the key goes down is heard as well."),
    ] = 600
    post_roll_ms: Annotated[
        int,
        Meta(
            ge=0,
            le=2000,
            description="How long after the key's release it listens on while you still speak.",
        ),
    ] = 250


class Conversation(_Section, frozen=True, forbid_unknown_fields=True):
    """What is carried from turn to turn."""

    remember_turns: Annotated[
        int,
        Meta(
            ge=0,
            le=200,
            description="How many past turns the model may see again, also after a restart.",
        ),
    ] = 20


class Key(_Section, frozen=True, forbid_unknown_fields=True):
    """The key to talk with, from any program."""

    key: Annotated[
        str,
        Meta(
            max_length=40,
            description='The key, such as "F9", "Right Ctrl", "Pause" or "Ctrl+Space"; empty: '
            "Right Ctrl, or F9 where the desktop binds the key and on macOS.",
        ),
    ] = ""
    mode: Annotated[
        Literal["auto", "hold", "toggle"],
        Meta(
            description="`auto`: hold to talk, or tap to start and tap to stop; `hold` and "
            "`toggle` only the one."
        ),
    ] = "auto"
    backend: Annotated[
        Literal["auto", "x11", "pynput", "portal", "evdev", "none"],
        Meta(
            description="How the key is heard; `auto` takes what works here (`voicemate doctor`), "
            "`none` leaves it to `voicemate ptt`."
        ),
    ] = "auto"


class Window(_Section, frozen=True, forbid_unknown_fields=True):
    """The window on the desktop."""

    theme: Annotated[
        Literal["system", "light", "dark"],
        Meta(description="Its colours; `system` follows the desktop."),
    ] = "system"
    scale: Annotated[
        float, Meta(ge=0.8, le=2, description="Size of the text; 1 is usual, 2 is twice that.")
    ] = 1.0
    reduced_motion: Annotated[
        bool, Meta(description="Nothing moves but the words that light up.")
    ] = False
    close_to_tray: Annotated[
        bool, Meta(description="Closing the window leaves it in the tray.")
    ] = False
    tray: Annotated[bool, Meta(description="An icon in the system's tray.")] = True


class Settings(_Section, frozen=True, forbid_unknown_fields=True):
    """The whole tree."""

    companion: Companion = Companion()
    recogniser: Recogniser = Recogniser()
    model: Model = Model()
    voice: Voice = Voice()
    audio: Audio = Audio()
    conversation: Conversation = Conversation()
    key: Key = Key()
    window: Window = Window()


def load(file: Path | None = None) -> Settings:
    """Read the settings; all defaults when there is no file. Raises `SettingsError`."""
    file = file or paths.config_file()
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The settings file {file} cannot be read ({error}).",
            "Mend its rights or its encoding (UTF-8), or move it away to start from the defaults.",
        ) from error
    return parse(text, str(file))


def parse(text: str, source: str) -> Settings:
    """Read settings from TOML text; `source` names it in errors. Raises `SettingsError`."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{source} is not valid TOML: {error}.",
            "Open it with `voicemate config edit` and mend that line.",
        ) from error
    _refuse_unknown(tree, source)
    try:
        return msgspec.convert(tree, Settings)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        key = where.strip("`.") or "the file"
        raise SettingsError(
            f"{source}: {key} has a wrong value: {what}.",
            f"Mend it with `voicemate config set {key} VALUE`; docs/settings.md lists what fits.",
        ) from error


def _refuse_unknown(tree: dict[str, Any], source: str) -> None:
    sections = get_type_hints(Settings)
    for name, table in tree.items():
        if name not in sections:
            raise SettingsError(
                f"{source}: there is no section or key [{name}].",
                f"Known sections: {', '.join(sections)}.",
            )
        if isinstance(table, dict):
            known = get_type_hints(sections[name])
            for key in table:
                if key not in known:
                    raise SettingsError(
                        f"{source}: there is no setting {name}.{key}.",
                        f"Known in [{name}]: {', '.join(known)}.",
                    )


def set_value(key: str, value: str, file: Path | None = None) -> Settings:
    """Set one setting, e.g. "voice.rate" to "1.2", keeping comments. Raises `SettingsError`.

    The file is replaced whole or not at all; a value that does not fit changes nothing.
    """
    import tomlkit

    file = file or paths.config_file()
    section, _, name = key.partition(".")
    hints = get_type_hints(Settings)
    if section not in hints or name not in get_type_hints(hints[section]):
        known = ", ".join(k for k, _ in _keys())
        raise SettingsError(f"There is no setting {key}.", f"There are: {known}.")
    typed = _typed(value, get_type_hints(hints[section])[name], key)
    load(file)  # an error in the file is reported before it is written to
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    document = tomlkit.parse(text)
    if section not in document:
        document[section] = tomlkit.table()
    document[section][name] = typed
    text = tomlkit.dumps(document)
    settings = parse(text, str(file))
    _replace(file, text)
    return settings


def changed(settings: Settings, section: str, values: dict[str, Any]) -> Settings:
    """Give settings with some values of a section replaced, for once. Raises `SettingsError`."""
    tree = msgspec.to_builtins(settings)
    tree[section].update(values)
    try:
        return msgspec.convert(tree, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(
            f"That does not fit: {error}.", "docs/settings.md lists what does."
        ) from error


_BOOLS = {
    **dict.fromkeys(("true", "on", "yes", "1"), True),
    **dict.fromkeys(("false", "off", "no", "0"), False),
}


def _typed(value: str, hint: type, key: str) -> str | int | float | bool:
    try:
        if hint is bool:
            return _BOOLS[value.lower()]
        if hint is int:
            return int(value)
        if hint is float:
            return float(value)
    except (ValueError, KeyError) as error:
        kind = {bool: "true or false", int: "a whole number", float: "a number"}[hint]
        raise SettingsError(f"{key} takes {kind}, not {value!r}.", "") from error
    return value


def _replace(file: Path, text: str) -> None:
    paths.private_folder(file.parent)
    try:
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".settings-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(
            f"The settings could not be written to {file} ({error.strerror}).",
            "The old ones are untouched. Make room on the disk or mend the folder's rights.",
        ) from error


def _keys() -> Iterator[tuple[str, Any]]:
    for section, kind in get_type_hints(Settings).items():
        for name, hint in get_type_hints(kind, include_extras=True).items():
            yield f"{section}.{name}", hint


def value(settings: Settings, key: str) -> str | int | float | bool:
    """Give one setting, by a key such as "voice.rate"."""
    section, name = key.split(".")
    found: str | int | float | bool = getattr(getattr(settings, section), name)
    return found


class SettingDoc(msgspec.Struct, frozen=True):
    """One line of the settings' reference."""

    key: str
    expects: str
    default: str | int | float | bool
    description: str


def describe() -> list[SettingDoc]:
    """Give every setting with what it expects, its default and its description."""
    docs = []
    for key, hint in _keys():
        section, name = key.split(".")
        meta = hint.__metadata__[0]
        docs.append(
            SettingDoc(
                key,
                _expects(get_args(hint)[0], meta),
                getattr(getattr(Settings(), section), name),
                meta.description or "",
            )
        )
    return docs


def _expects(kind: object, meta: Meta) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(kind))
    words: dict[object, str] = {
        bool: "true or false",
        int: "whole number",
        float: "number",
        str: "text",
    }
    word = words[kind]
    if meta.ge is not None and meta.le is not None:
        return f"{word}, {meta.ge} to {meta.le}"
    if meta.ge is not None:
        return f"{word}, at least {meta.ge}"
    return word
