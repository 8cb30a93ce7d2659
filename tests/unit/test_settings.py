from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from voicemate import paths, settings
from voicemate.errors import ExitStatus, SettingsError, StorageError
from voicemate.settings import Settings


def write(text: str) -> Path:
    file = paths.config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_everything_has_its_default() -> None:
    assert settings.load() == Settings()
    assert not paths.config_file().exists()


def test_what_is_in_the_file_counts_and_the_rest_stays_default() -> None:
    write(
        '# mine\n[companion]\nname = "민지"\nlanguage = "ko"\n\n[voice]\nrate = 1.5\nvolume = 1\n'
    )
    loaded = settings.load()
    assert (loaded.companion.name, loaded.companion.language) == ("민지", "ko")
    assert (loaded.voice.rate, loaded.voice.volume) == (1.5, 1.0)
    assert loaded.model == Settings().model


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[voise]\nrate = 1.0\n", ["[voise]", "companion, recogniser, model, voice"]),
        ("[voice]\nspeed = 1.0\n", ["voice.speed", "rate, pitch, volume"]),
        ('[voice]\nrate = "fast"\n', ["voice.rate", "float", "str"]),
        ("[voice]\nrate = 3.0\n", ["voice.rate", "<= 2"]),
        ("[voice]\nrate = nan\n", ["voice.rate"]),
        ('[companion]\nlanguage = "fr"\n', ["companion.language", "fr"]),
        ('[companion]\nname = ""\n', ["companion.name", ">= 1"]),
        ("[audio]\ncues = 1\n", ["audio.cues", "bool"]),
        ("[model]\nmax_tokens = 12.5\n", ["model.max_tokens", "int"]),
        ("voice = 3\n", ["voice", "object"]),
        ("[voice\nrate = 1\n", ["not valid TOML", "line 1"]),
        ("[voice]\nrate = 1\nrate = 2\n", ["not valid TOML"]),
    ],
)
def test_a_mistake_names_the_file_the_key_and_what_is_expected(text: str, named: list[str]) -> None:
    file = write(text)
    with pytest.raises(SettingsError) as caught:
        settings.load()
    told = f"{caught.value.message} {caught.value.hint}"
    assert str(file) in told
    assert all(part in told for part in named), told
    assert caught.value.hint
    assert caught.value.exit_status == ExitStatus.WRONG_USE


def test_a_file_that_is_not_text_is_named() -> None:
    file = write("")
    file.write_bytes(b"\xff\xfe\x00[\x00")
    with pytest.raises(SettingsError, match="cannot be read") as caught:
        settings.load()
    assert str(file) in caught.value.message


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("voice.rate", "1.2", 1.2),
        ("voice.rate", "2", 2.0),
        ("model.max_tokens", "100", 100),
        ("model.gpu_layers", "-1", -1),
        ("audio.cues", "off", False),
        ("audio.cues", "Yes", True),
        ("companion.name", "민지", "민지"),
        ("companion.persona", 'says "hm"\nand # waits', 'says "hm"\nand # waits'),
        ("voice.engine", "hibari", "hibari"),
    ],
)
def test_a_setting_that_is_set_is_there_next_time(key: str, value: str, expected: object) -> None:
    returned = settings.set_value(key, value)
    section, name = key.split(".")
    assert getattr(getattr(settings.load(), section), name) == expected
    assert returned == settings.load()


def test_setting_keeps_comments_and_everything_else() -> None:
    file = write("# my notes\n[voice]\nrate = 1.5  # not too fast\n")
    settings.set_value("voice.volume", "0.5")
    settings.set_value("audio.cues", "false")
    text = file.read_text()
    assert "# my notes\n" in text
    assert "rate = 1.5  # not too fast\n" in text
    assert settings.load().voice.volume == 0.5
    assert settings.load().audio.cues is False
    assert [f.name for f in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("voice.rate", "fast", "a number"),
        ("voice.rate", "9", "voice.rate"),
        ("voice.rate", "nan", "voice.rate"),
        ("model.max_tokens", "12.5", "a whole number"),
        ("audio.cues", "maybe", "true or false"),
        ("companion.language", "fr", "companion.language"),
        ("voice.speed", "1", "no setting voice.speed"),
        ("voice", "1", "no setting voice"),
        ("", "1", "no setting"),
        ("companion.name", "x" * 41, "companion.name"),
    ],
)
def test_a_value_that_does_not_fit_changes_nothing(key: str, value: str, told: str) -> None:
    file = write("[voice]\nrate = 1.5\n")
    with pytest.raises(SettingsError, match=told):
        settings.set_value(key, value)
    assert file.read_text() == "[voice]\nrate = 1.5\n"


def test_a_broken_file_is_reported_before_it_is_written_to() -> None:
    file = write("[voice\n")
    with pytest.raises(SettingsError, match="not valid TOML"):
        settings.set_value("voice.rate", "1")
    assert file.read_text() == "[voice\n"


def test_a_full_disk_leaves_the_old_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    file = write("[voice]\nrate = 1.5\n")
    full = []

    def no_space(descriptor: int) -> None:
        full.append(descriptor)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(StorageError, match="No space left"):
        settings.set_value("voice.rate", "1")
    assert full
    assert file.read_text() == "[voice]\nrate = 1.5\n"
    assert [f.name for f in file.parent.iterdir()] == [file.name]


@pytest.mark.skipif(os.name != "posix", reason="modes of files are for Linux and macOS")
def test_settings_are_the_owners_alone() -> None:
    settings.set_value("companion.name", "Robin")
    assert paths.config_file().stat().st_mode & 0o777 == 0o600
    assert paths.config_file().parent.stat().st_mode & 0o777 == 0o700


def test_the_reference_describes_every_setting_and_its_defaults_are_allowed() -> None:
    docs = settings.describe()
    assert len({doc.key for doc in docs}) == len(docs) > 20
    for doc in docs:
        assert doc.description.endswith("."), doc.key
        assert doc.expects, doc.key
        settings.set_value(doc.key, str(doc.default))
    assert settings.load() == Settings()
