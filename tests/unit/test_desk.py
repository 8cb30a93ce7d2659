"""What a window's settings do to a running VoiceMate, its files and its models."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from tests.unit.catalog.catalog_rig import Site, gguf, language_model, store_of
from voicemate import desk as desk_module
from voicemate import paths, settings
from voicemate.desk import Desk, first_run_is_over, speed_in_words
from voicemate.errors import DownloadError, ModelError, SettingsError, VoiceMateError
from voicemate.events import Event, Forgotten, Notice
from voicemate.memory.store import MemoryStore
from voicemate.settings import Key, Settings
from voicemate.types import TurnId, TurnRecord
from voicemate.ui.desk import DownloadStep, KeyState

PATIENCE_S = 10.0
RECORD = TurnRecord(TurnId(1), 1.0, "hello", "Hi.", "Hi.", "answered")


class StillCompanion:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.ready = False
        self.asked: list[str] = []

    def reload(self) -> None:
        self.asked.append("reload")

    def recite(self, text: str) -> None:
        self.asked.append(f"recite {text}")

    def forget(self) -> None:
        self.asked.append("forget")


class StillSession:
    def __init__(self) -> None:
        self.companion = StillCompanion()
        self.settings = settings.load()
        self.applied: SimpleQueue[Settings] = SimpleQueue()

    def apply(self, wanted: Settings) -> None:
        self.settings = wanted
        self.applied.put(wanted)


class StillKey:
    def __init__(self) -> None:
        self.state = KeyState("Right Ctrl", "x11")
        self.applied: list[Key] = []

    def apply(self, key: Key) -> None:
        self.applied.append(key)


class Room:
    """A desk with everything around it."""

    def __init__(self, tmp_path: Path, site: Site) -> None:
        self.session, self.key = StillSession(), StillKey()
        self.events: SimpleQueue[Event] = SimpleQueue()
        body = gguf()
        self.models = (
            language_model(body, site.put("/tiny.gguf", body)),
            language_model(body, site.url("/nowhere.gguf"), model_id="lost"),
        )
        self.store = store_of(tmp_path, *self.models)
        self.desk = Desk(
            self.session,  # type: ignore[arg-type]
            self.key,  # type: ignore[arg-type]
            self.events.put,
            self.store,
        )

    def notice(self) -> Notice:
        event = self.events.get(timeout=PATIENCE_S)
        assert isinstance(event, Notice)
        return event


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def room(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setattr(desk_module, "LOOK_AGAIN_S", 0.02)
    room = Room(tmp_path, site)
    yield room
    room.desk.close()


def test_a_setting_is_kept_and_applied(room: Room) -> None:
    told = threading.Event()
    room.desk.listen(told.set)
    room.desk.set("companion.name", "Ada")
    assert room.session.applied.get_nowait().companion.name == "Ada"
    assert room.desk.settings.companion.name == "Ada"
    assert settings.load().companion.name == "Ada"
    assert told.is_set()
    assert room.key.applied[-1] == Key()


def test_a_value_that_does_not_fit_changes_nothing(room: Room) -> None:
    with pytest.raises(SettingsError, match="voice\\.rate"):
        room.desk.set("voice.rate", "fast")
    assert room.session.applied.empty()
    assert not paths.config_file().exists()


def test_the_key_is_applied_at_the_start_and_when_it_changes(room: Room) -> None:
    room.desk.start()
    room.desk.set("key.key", "F9")
    assert [key.key for key in room.key.applied] == ["", "F9"]
    assert room.desk.key() == KeyState("Right Ctrl", "x11")


def test_a_change_from_outside_is_applied(room: Room) -> None:
    told = threading.Event()
    room.desk.listen(told.set)
    room.desk.start()
    settings.set_value("companion.name", "Grace")
    assert room.session.applied.get(timeout=PATIENCE_S).companion.name == "Grace"
    assert told.wait(PATIENCE_S)


def test_a_file_that_was_broken_outside_is_told_once_and_the_settings_stay(room: Room) -> None:
    room.desk.set("companion.name", "Ada")
    room.desk.start()
    paths.config_file().write_text("[companion\n", encoding="utf-8")
    assert "not valid TOML" in room.notice().message
    assert room.desk.settings.companion.name == "Ada"
    paths.config_file().write_text('[companion]\nname = "Grace"\n', encoding="utf-8")
    while room.session.applied.get(timeout=PATIENCE_S).companion.name != "Grace":
        pass
    assert room.events.empty(), "told once"


def test_what_it_says_is_said_by_the_companion(room: Room) -> None:
    room.desk.speak("This is how I sound.")
    assert room.session.companion.asked == ["recite This is how I sound."]


def test_models_are_listed_with_what_a_person_wants_to_know(room: Room) -> None:
    tiny, lost = room.desk.models()
    assert (tiny.id, tiny.kind, tiny.installed, tiny.in_use) == ("tiny", "language", False, False)
    assert tiny.n_bytes == len(gguf())
    assert tiny.license == "Apache-2.0"
    assert tiny.speed == "Very quick, but simple-minded"
    assert not lost.installed


def test_a_model_is_downloaded_and_then_used(room: Room) -> None:
    steps: list[DownloadStep] = []

    def step(at: DownloadStep) -> bool:
        steps.append(at)
        return True

    assert room.desk.get_model("tiny", step)
    assert room.desk.models()[0].installed
    assert max(at.done_bytes for at in steps) == len(gguf())
    assert steps[0].total_bytes == len(gguf())
    assert room.session.companion.asked == ["reload"]


def test_a_download_that_is_stopped_leaves_no_model_and_can_be_taken_up(room: Room) -> None:
    assert not room.desk.get_model("tiny", lambda at: at.done_bytes == 0)
    assert not room.desk.models()[0].installed
    assert room.desk.get_model("tiny", lambda _at: True)
    assert room.desk.models()[0].installed


def test_a_download_that_fails_says_why(room: Room) -> None:
    with pytest.raises(DownloadError, match="could not be had"):
        room.desk.get_model("lost", lambda _at: True)
    assert not any(row.installed for row in room.desk.models())


def test_a_model_is_removed_unless_it_is_in_use(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.desk.get_model("tiny", lambda _at: True)
    monkeypatch.setattr(desk_module, "_used", lambda _settings: iter(["tiny"]))
    assert room.desk.models()[0].in_use
    with pytest.raises(ModelError, match="in use"):
        room.desk.remove_model("tiny")
    monkeypatch.setattr(desk_module, "_used", lambda _settings: iter([]))
    room.desk.remove_model("tiny")
    assert not room.desk.models()[0].installed


def test_what_is_kept_is_counted_and_named(room: Room) -> None:
    assert room.desk.kept().n_turns == 0
    store = MemoryStore(paths.memory_file())
    store.record(RECORD)
    store.close()
    kept = room.desk.kept()
    assert kept.n_turns == 1
    assert kept.n_bytes >= paths.memory_file().stat().st_size
    assert str(paths.memory_file()) in [place for _, place in kept.places]


def test_the_conversation_is_deleted_also_when_nothing_is_loaded(room: Room) -> None:
    store = MemoryStore(paths.memory_file())
    store.record(RECORD)
    store.close()
    room.desk.forget()
    assert room.events.get_nowait() == Forgotten(1)
    assert room.desk.kept().n_turns == 0
    room.session.companion.ready = True
    room.desk.forget()
    assert room.session.companion.asked == ["forget"]


def test_a_conversation_that_cannot_be_deleted_is_told(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked() -> int:
        raise VoiceMateError("The memory is locked.", "Close the other program.")

    monkeypatch.setattr(desk_module.app, "forget_conversation", locked)
    room.desk.forget()
    assert room.notice() == Notice("The memory is locked.", "Close the other program.")


def test_the_first_run_is_taken_up_where_it_was_left(room: Room) -> None:
    assert room.desk.first_run_page == ""
    room.desk.reach_first_run_page("voice")
    assert room.desk.first_run_page == "voice"
    assert not first_run_is_over()
    room.desk.reach_first_run_page("done")
    assert first_run_is_over()


def test_voices_of_engines_that_are_missing_name_what_brings_them(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    from voicemate.engines import registry

    missing = registry.EngineInfo("piper", "voice", installed=False, install="pip install it")
    monkeypatch.setattr(registry, "engines", lambda: [missing])
    [row] = room.desk.voices()
    assert (row.engine, row.install) == ("piper", "pip install it")


@pytest.mark.parametrize(
    ("n_bytes", "words"),
    [
        (100_000_000, "Very quick, but simple-minded"),
        (1_100_000_000, "Quick on any laptop of the last years"),
        (2_500_000_000, "Takes a breath on most laptops"),
        (5_000_000_000, "Slow without a graphics card"),
        (40_000_000_000, "Very slow without a graphics card"),
    ],
)
def test_speed_is_told_in_plain_words(n_bytes: int, words: str) -> None:
    assert speed_in_words(n_bytes) == words


def test_no_thread_stays_and_nothing_is_told_after_the_end(room: Room) -> None:
    calls: list[Any] = []
    room.desk.listen(lambda: calls.append(1))
    room.desk.start()
    room.desk.close()
    settings.set_value("companion.name", "Grace")
    room.desk.tell_changed()
    assert calls == []
