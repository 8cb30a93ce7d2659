"""The commands as a person types them: a process each, its output and its exit status."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicemate import paths
from voicemate.memory.store import MemoryStore
from voicemate.types import TurnId, TurnRecord

VOICEMATE = [sys.executable, "-m", "voicemate"]


def run(
    *arguments: str | Path, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*VOICEMATE, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def assert_told(done: subprocess.CompletedProcess[str], status: int, *words: str) -> None:
    """One sentence and a hint on stderr, nothing on stdout, no traceback, the right status."""
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("voicemate: ")
    for word in words:
        assert word in done.stderr


@pytest.fixture
def no_models(tmp_path: Path) -> dict[str, str]:
    return {"VOICEMATE_MODELS": str(tmp_path / "no models")}


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """A second of sound that is a WAV of the usual kind."""
    file = tmp_path / "sound.wav"
    time_s = np.arange(16_000) / 16_000
    soundfile.write(file, 0.3 * np.sin(2 * np.pi * 300 * time_s), 16_000)
    return file


def test_help_names_every_command() -> None:
    text = run("--help").stdout
    for command in [
        "talk",
        "ptt",
        "ask",
        "chat",
        "say",
        "listen",
        "inspect",
        "devices",
        "models",
        "doctor",
        "config",
        "forget",
    ]:
        assert f"\n  {command} " in text


@pytest.mark.parametrize("arguments", [["dance"], ["ask"], ["ptt"], ["say", "--rate", "9", "x"]])
def test_wrong_use_is_status_2(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Usage" in done.stderr
    assert done.stdout == ""


def test_no_file_to_ask(tmp_path: Path) -> None:
    assert_told(run("ask", tmp_path / "none.wav"), 2, "none.wav")


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF", b"hello, this is no sound" * 50, struct.pack("<4sI4s", b"RIFF", 4, b"WAVE")],
)
def test_files_that_are_no_sound(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.wav"
    file.write_bytes(content)
    assert_told(run("ask", file), 2, "bad.wav")


def test_an_hour_is_too_long(tmp_path: Path) -> None:
    file = tmp_path / "long.wav"
    soundfile.write(file, np.zeros(8000 * 3600, dtype=np.int16), 8000)
    assert_told(run("ask", file), 2, "long.wav")


def test_no_models_names_the_command_that_brings_them(
    speech: Path, no_models: dict[str, str]
) -> None:
    assert_told(
        run("ask", speech, "--out", "x.wav", **no_models), 4, "voicemate models get recommended"
    )
    assert_told(run("listen", speech, **no_models), 4, "voicemate models get recommended")
    assert_told(run("chat", "--once", "hi", **no_models), 4, "voicemate models get recommended")


def test_settings_with_a_mistake_name_file_key_and_what_is_expected(
    voicemate_home: Path, speech: Path
) -> None:
    voicemate_home.mkdir()
    file = voicemate_home / "settings.toml"
    file.write_text("[voice]\nraet = 1.0\n")
    assert_told(run("ask", speech), 2, str(file), "voice.raet", "rate")
    file.write_text("[voice]\nrate = 'fast'\n")
    assert_told(run("config", "show"), 2, str(file), "voice.rate", "float")


def test_config_sets_shows_and_keeps_comments(voicemate_home: Path) -> None:
    voicemate_home.mkdir()
    file = voicemate_home / "settings.toml"
    file.write_text("# mine\n[voice]\nvolume = 0.5 # quiet\n")
    assert run("config", "set", "voice.rate", "1.2").returncode == 0
    assert file.read_text() == "# mine\n[voice]\nvolume = 0.5 # quiet\nrate = 1.2\n"
    shown = [json.loads(line) for line in run("config", "show", "--json").stdout.splitlines()]
    assert {"key": "voice.rate", "value": 1.2, "default": 1.0} in shown
    assert run("config", "path").stdout.strip() == str(file)
    assert_told(run("config", "set", "voice.rate", "9"), 2, "voice.rate")
    assert_told(run("config", "set", "voice.speed", "1"), 2, "voice.speed")
    assert "rate = 1.2" in file.read_text()


def test_ptt_without_a_running_voicemate() -> None:
    assert_told(run("ptt", "down"), 2, "not running")
    assert_told(run("ptt", "sideways"), 2, "down, up, toggle")


def test_nothing_to_say_or_answer() -> None:
    assert_told(run("say", " "), 2)
    assert_told(run("chat", "--once", " "), 2)


def test_inspect_spoken_reads_plain_and_json_lines() -> None:
    done = run("inspect", "spoken", stdin='It costs $5.\n"two\\nlines"\n')
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0] == {"text": "It costs $5.", "spoken": "It costs five dollars."}
    assert lines[1]["text"] == "two\nlines"
    assert_told(run("inspect", "spoken", stdin='"broken\n'), 2, "JSON")


def test_models_lists_all_as_json(no_models: dict[str, str]) -> None:
    done = run("models", "--json", **no_models)
    rows = {row["id"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert "vosk-model-small-en-us-0.15" in rows
    assert not rows["smollm2-135m-instruct-q4_1"]["installed"]
    assert any(row["recommended"] for row in rows.values() if row["kind"] == "recogniser")


def test_a_model_that_nobody_knows(no_models: dict[str, str]) -> None:
    assert_told(run("models", "get", "gpt-9", **no_models), 2, "gpt-9")
    assert_told(run("models", "remove", "gpt-9", **no_models), 4, "gpt-9")
    assert_told(run("models", "verify", "gpt-9", **no_models), 4, "gpt-9")


def test_a_file_of_ones_own_that_is_no_model(tmp_path: Path, no_models: dict[str, str]) -> None:
    file = tmp_path / "mine.gguf"
    file.write_bytes(b"GGUF" + bytes(100))
    assert_told(run("models", "add", file, **no_models), 4, "mine.gguf")


def test_doctor_says_what_is_missing_and_what_mends_it(no_models: dict[str, str]) -> None:
    done = run("doctor", "--quick", "--json", **no_models)
    checks = {check["name"]: check for check in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 4
    assert not checks["language model"]["ok"]
    assert "voicemate models get recommended" in checks["language model"]["fix"]
    assert checks["settings"]["ok"]


def test_forget_deletes_the_conversation_and_what_was_made_of_it(voicemate_home: Path) -> None:
    store = MemoryStore(paths.memory_file())
    store.record(TurnRecord(TurnId(1), 0.0, "my canary word", "Noted.", "Noted.", "answered"))
    store.close()
    state = voicemate_home / "state" / "model" / "x.state"
    state.parent.mkdir(parents=True)
    state.write_bytes(b"my canary word")
    assert run("forget", stdin="n\n").returncode != 0
    assert state.exists()
    done = run("forget", "--yes")
    assert done.returncode == 0
    assert "1 turns" in done.stderr
    left = [p for p in voicemate_home.rglob("*") if p.is_file() and b"canary" in p.read_bytes()]
    assert left == []
