from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from voicemate import paths
from voicemate.errors import StorageError

posix = pytest.mark.skipif(os.name != "posix", reason="modes of folders are for Linux and macOS")

EVERYTHING = [
    paths.config_file,
    paths.data_dir,
    paths.memory_file,
    paths.state_dir,
    paths.log_file,
    paths.cache_dir,
    paths.runtime_dir,
]


def test_one_variable_puts_everything_under_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEMATE_HOME", str(tmp_path / "a home"))
    monkeypatch.delenv("VOICEMATE_MODELS")
    for place in [*EVERYTHING, paths.models_dir]:
        assert place().is_relative_to(tmp_path / "a home"), place.__name__
    assert not (tmp_path / "a home").exists()  # asking for a path makes nothing


def test_the_models_can_lie_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEMATE_MODELS", str(tmp_path / "shelf"))
    assert paths.models_dir() == tmp_path / "shelf"
    assert not paths.data_dir().is_relative_to(tmp_path / "shelf")


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("VOICEMATE_HOME", "~/mate")
    monkeypatch.setenv("VOICEMATE_MODELS", "~/models")
    assert paths.data_dir() == tmp_path / "mate" / "data"
    assert paths.models_dir() == tmp_path / "models"


@pytest.mark.skipif(sys.platform != "linux", reason="the XDG folders are for Linux")
class TestOnLinux:
    @pytest.fixture(autouse=True)
    def _plain_login(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in [*os.environ]:
            if name.startswith(("XDG_", "VOICEMATE_")):
                monkeypatch.delenv(name)
        monkeypatch.setenv("HOME", str(tmp_path))

    def test_each_kind_lies_where_the_system_wants_it(self, tmp_path: Path) -> None:
        assert paths.config_file() == tmp_path / ".config/voicemate/settings.toml"
        assert paths.memory_file() == tmp_path / ".local/share/voicemate/memory.sqlite3"
        assert paths.models_dir() == tmp_path / ".local/share/voicemate/models"
        assert paths.log_file() == tmp_path / ".local/state/voicemate/voicemate.log"
        assert paths.cache_dir() == tmp_path / ".cache/voicemate"

    def test_the_control_socket_lies_in_the_logins_own_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
        assert paths.runtime_dir() == tmp_path / "run/voicemate"

    def test_without_a_login_session_it_stays_out_of_shared_folders(self, tmp_path: Path) -> None:
        assert paths.runtime_dir() == tmp_path / ".local/state/voicemate/run"


@posix
def test_a_private_folder_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert paths.private_folder(folder) == folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert paths.private_folder(folder) == folder


@posix
def test_a_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "kept").write_text("kept")
    paths.private_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "kept").read_text() == "kept"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError) as caught:
        paths.private_folder(tmp_path / "file" / "data")
    assert str(tmp_path / "file" / "data") in caught.value.message
    assert "VOICEMATE_HOME" in caught.value.hint
