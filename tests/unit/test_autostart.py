"""Starting at login: what each system's own place for it says afterwards."""

from __future__ import annotations

import contextlib
import os
import plistlib
import shutil
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from voicemate import APP_ID, autostart
from voicemate.errors import StorageError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other systems are played on Linux")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home of a person who has never seen VoiceMate, started from a folder with a space."""
    bin_dir = tmp_path / "my programs" / "bin"
    bin_dir.mkdir(parents=True)
    for name in ("python", "voicemate"):
        (bin_dir / name).write_text("#!/bin/sh\n")
        (bin_dir / name).chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bin_dir / "python"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "etc"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path / "home"


@pytest.fixture
def linux(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the autostart entry's path on Linux."""
    monkeypatch.setattr(sys, "platform", "linux")
    return home / ".config" / "autostart" / f"{APP_ID}.desktop"


class TestLinux:
    def test_it_is_off_until_it_is_switched_on_and_off_again_afterwards(self, linux: Path) -> None:
        assert autostart.starts_at_login() is False
        autostart.set_start_at_login(True)
        assert autostart.starts_at_login() is True
        autostart.set_start_at_login(False)
        assert autostart.starts_at_login() is False
        assert list(linux.parent.iterdir()) == []

    def test_switching_off_what_is_off_is_no_trouble(self, linux: Path) -> None:
        autostart.set_start_at_login(False)
        assert autostart.starts_at_login() is False

    def test_the_desktop_can_run_what_is_written(self, linux: Path, tmp_path: Path) -> None:
        autostart.set_start_at_login(True)
        started = _exec(linux)
        assert started == [str(tmp_path / "my programs" / "bin" / "voicemate"), "--hidden"]
        assert subprocess.run(started, check=False).returncode == 0

    @pytest.mark.parametrize(
        "name", ['quo"te', "back\\slash", "dol$lar", "per%cent", "tick`", "한국어 이름", "a'b"]
    )
    def test_an_odd_folder_name_survives_the_quoting(
        self, linux: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        folder = tmp_path / name
        folder.mkdir()
        script = folder / "voicemate"
        script.write_text("#!/bin/sh\n")
        script.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(folder / "python"))
        autostart.set_start_at_login(True)
        assert _exec(linux) == [str(script), "--hidden"]
        assert autostart.starts_at_login() is True  # TryExec has a quoting of its own

    def test_the_config_folder_may_be_elsewhere(
        self, linux: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
        autostart.set_start_at_login(True)
        assert (tmp_path / "config" / "autostart" / linux.name).is_file()
        monkeypatch.setenv("XDG_CONFIG_HOME", "relative")  # to be ignored, says the specification
        assert autostart.starts_at_login() is False

    @pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
    def test_what_was_switched_off_in_the_desktops_settings_is_off(
        self, linux: Path, line: str
    ) -> None:
        autostart.set_start_at_login(True)
        linux.write_text(f"{linux.read_text()}{line}\n")
        assert autostart.starts_at_login() is False
        autostart.set_start_at_login(True)
        assert autostart.starts_at_login() is True

    def test_a_key_of_another_group_does_not_count(self, linux: Path) -> None:
        autostart.set_start_at_login(True)
        linux.write_text(f"{linux.read_text()}[Desktop Action x]\nHidden=true\n")
        assert autostart.starts_at_login() is True

    def test_an_entry_of_the_whole_system_can_be_switched_off_by_one_person(
        self, linux: Path, tmp_path: Path
    ) -> None:
        everybodys = tmp_path / "etc" / "autostart" / linux.name
        everybodys.parent.mkdir(parents=True)
        everybodys.write_text("[Desktop Entry]\nType=Application\nExec=voicemate --hidden\n")
        assert autostart.starts_at_login() is True
        autostart.set_start_at_login(False)
        assert autostart.starts_at_login() is False
        assert everybodys.is_file()
        autostart.set_start_at_login(True)
        assert autostart.starts_at_login() is True

    def test_a_program_that_has_gone_does_not_start(self, linux: Path, tmp_path: Path) -> None:
        autostart.set_start_at_login(True)
        shutil.rmtree(tmp_path / "my programs")
        assert autostart.starts_at_login() is False

    def test_a_file_that_is_no_text_is_not_known(self, linux: Path) -> None:
        linux.parent.mkdir(parents=True)
        linux.write_bytes(b"\xff\xfe")
        assert autostart.starts_at_login() is None
        autostart.set_start_at_login(True)
        assert autostart.starts_at_login() is True

    def test_a_folder_that_cannot_be_written_is_told(self, linux: Path, home: Path) -> None:
        home.write_text("a file where the home should be")
        with pytest.raises(StorageError, match="could not be changed"):
            autostart.set_start_at_login(True)

    def test_the_entry_is_valid(self, linux: Path) -> None:
        if shutil.which("desktop-file-validate") is None:
            pytest.skip("desktop-file-validate is not installed (Debian: desktop-file-utils)")
        autostart.set_start_at_login(True)
        done = subprocess.run(
            ["desktop-file-validate", linux], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, "")


def test_without_a_script_python_itself_is_started(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    python = tmp_path / "python"
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(sys, "argv", ["/somewhere/voicemate/__main__.py"])
    assert autostart.command() == [str(python), "-m", "voicemate", "--hidden"]
    # Installed for one person, the script lies elsewhere than the system's Python.
    script = tmp_path / "voicemate"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3-of-the-system")
    monkeypatch.setattr(sys, "argv", [str(script)])
    assert autostart.command() == [str(script), "--hidden"]


class TestMac:
    def test_a_launch_agent_comes_and_goes(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(sys, "platform", "darwin")
        assert autostart.starts_at_login() is False
        autostart.set_start_at_login(True)
        assert autostart.starts_at_login() is True
        file = home / "Library" / "LaunchAgents" / f"{APP_ID}.plist"
        agent = plistlib.loads(file.read_bytes())
        assert agent["Label"] == APP_ID
        script = str(tmp_path / "my programs" / "bin" / "voicemate")
        assert agent["ProgramArguments"] == [script, "--hidden"]
        file.write_bytes(plistlib.dumps({**agent, "Disabled": True}))
        assert autostart.starts_at_login() is False
        autostart.set_start_at_login(False)
        assert not file.exists()

    def test_a_damaged_agent_is_not_known(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "platform", "darwin")
        file = home / "Library" / "LaunchAgents" / f"{APP_ID}.plist"
        file.parent.mkdir(parents=True)
        file.write_text("<plist><dict><key>")
        assert autostart.starts_at_login() is None


class Registry(types.ModuleType):
    """The four calls of winreg that are used, on a dictionary: (key, name) to value."""

    HKEY_CURRENT_USER, REG_SZ, KEY_SET_VALUE = 1, 1, 2

    def __init__(self) -> None:
        super().__init__("winreg")
        self.values: dict[tuple[str, str], Any] = {}
        self.keys: set[str] = set()

    @contextlib.contextmanager
    def OpenKey(self, _root: int, path: str, *_how: int) -> Iterator[str]:  # noqa: N802
        if path not in self.keys:
            raise FileNotFoundError(path)
        yield path

    @contextlib.contextmanager
    def CreateKey(self, _root: int, path: str) -> Iterator[str]:  # noqa: N802
        self.keys.add(path)
        yield path

    def QueryValueEx(self, key: str, name: str) -> tuple[Any, int]:  # noqa: N802
        try:
            return self.values[key, name], 1
        except KeyError:
            raise FileNotFoundError(name) from None

    def SetValueEx(self, key: str, name: str, _zero: int, _kind: int, value: str) -> None:  # noqa: N802
        self.values[key, name] = value

    def DeleteValue(self, key: str, name: str) -> None:  # noqa: N802
        if self.values.pop((key, name), None) is None:
            raise FileNotFoundError(name)


class TestWindows:
    @pytest.fixture
    def registry(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
        registry = Registry()
        monkeypatch.setitem(sys.modules, "winreg", registry)
        monkeypatch.setattr(sys, "platform", "win32")
        return registry

    def test_a_value_under_run_comes_and_goes(self, registry: Registry, tmp_path: Path) -> None:
        assert autostart.starts_at_login() is False
        autostart.set_start_at_login(False)
        autostart.set_start_at_login(True)
        assert autostart.starts_at_login() is True
        python = tmp_path / "my programs" / "bin" / "python"
        assert list(registry.values.values()) == [f'"{python}" -m voicemate --hidden']
        autostart.set_start_at_login(False)
        assert autostart.starts_at_login() is False

    def test_no_console_window_opens_at_login(self, registry: Registry, tmp_path: Path) -> None:
        pythonw = tmp_path / "my programs" / "bin" / "pythonw.exe"
        pythonw.write_text("")
        autostart.set_start_at_login(True)
        assert list(registry.values.values()) == [f'"{pythonw}" -m voicemate --hidden']

    def test_what_the_task_manager_switched_off_is_off(self, registry: Registry) -> None:
        autostart.set_start_at_login(True)
        ((run, name),) = registry.values
        approved = run.replace(r"\Run", r"\Explorer\StartupApproved\Run")
        registry.keys.add(approved)
        registry.values[approved, name] = b"\x03" + bytes(11)
        assert autostart.starts_at_login() is False
        autostart.set_start_at_login(True)
        assert autostart.starts_at_login() is True


def _exec(entry: Path) -> list[str]:
    """Read Exec as a desktop does: the string's escapes, then its quotes, then its field codes."""
    (line,) = (line for line in entry.read_text().splitlines() if line.startswith("Exec="))
    value = line.removeprefix("Exec=").replace("\\\\", "\\")
    # The quoting is the shell's.
    shell = ["sh", "-c", f"printf '%s\\n' {value}"]
    words = subprocess.run(shell, capture_output=True, text=True, check=True).stdout.splitlines()
    return [word.replace("%%", "%") for word in words]
