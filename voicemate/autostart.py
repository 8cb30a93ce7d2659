"""Starting VoiceMate, hidden in its tray, whenever the person logs in.

Linux: an entry in the autostart folder of the XDG specification. macOS: a launch agent. Windows: a
value under the registry's Run key. What is written starts the very program that wrote it, so after
moving VoiceMate it has to be switched on anew. Any thread may call it; nothing is remembered here.

https://specifications.freedesktop.org/autostart-spec/latest/
"""

from __future__ import annotations

import contextlib
import os
import plistlib
import re
import subprocess
import sys
from pathlib import Path
from xml.parsers.expat import ExpatError

from voicemate import APP_ID
from voicemate.errors import StorageError

_HIDDEN = "--hidden"
_RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
_APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
_RUN_NAME = "VoiceMate"


def starts_at_login() -> bool | None:
    """Say whether VoiceMate starts when the person logs in; None where that cannot be told."""
    try:
        if sys.platform == "win32":
            return _registry_starts()
        if sys.platform == "darwin":
            return _agent_starts(_agent_file())
        return _entry_starts()
    except (OSError, ValueError, ExpatError):
        return None


def set_start_at_login(on: bool) -> None:
    """Start VoiceMate at each login from now on, or no more. Raises `StorageError`."""
    try:
        if sys.platform == "win32":
            _set_registry(on=on)
        elif sys.platform == "darwin":
            _set_agent(_agent_file(), on=on)
        else:
            _set_entry(on=on)
    except OSError as error:
        raise StorageError(
            "Whether VoiceMate starts at login could not be changed "
            f"({error.filename or _RUN}: {error.strerror}).",
            "Give yourself the rights to it, or change it in the system's settings.",
        ) from error


def command() -> list[str]:
    """Give what starts the VoiceMate that is running now: absolute, with `--hidden`."""
    python = Path(sys.executable)
    if sys.platform == "win32":
        # The script beside it would open a console window at every login.
        windowed = python.with_name("pythonw.exe")
        return [str(windowed if windowed.is_file() else python), "-m", "voicemate", _HIDDEN]
    for script in (python.with_name("voicemate"), Path(sys.argv[0]).absolute()):
        if script.name == "voicemate" and os.access(script, os.X_OK) and script.is_file():
            return [str(script), _HIDDEN]
    return [str(python), "-m", "voicemate", _HIDDEN]


# Linux and all others that follow the XDG specifications


def _entry_starts() -> bool:
    for folder in (_own_folder(), *_system_folders()):
        file = folder / f"{APP_ID}.desktop"
        if file.is_file():
            return _is_on(_keys(file.read_text(encoding="utf-8")))
    return False


def _is_on(keys: dict[str, str]) -> bool:
    """Say whether a desktop would start an entry (the first one found is the one that counts)."""
    if keys.get("Hidden") == "true" or keys.get("X-GNOME-Autostart-enabled") == "false":
        return False
    program = keys.get("TryExec", "")
    return not program.startswith("/") or os.access(_unescaped(program), os.X_OK)


def _set_entry(*, on: bool) -> None:
    file = _own_folder() / f"{APP_ID}.desktop"
    if on:
        started = command()
        lines = [f"Exec={_exec_value(started)}", f"TryExec={_escaped(started[0])}"]
    elif any((folder / file.name).is_file() for folder in _system_folders()):
        lines = ["Hidden=true"]  # an entry of one's own is the only way to switch that one off
    else:
        file.unlink(missing_ok=True)
        return
    head = ["[Desktop Entry]", "Type=Application", "Name=VoiceMate", f"Icon={APP_ID}"]
    _write(file, "\n".join([*head, *lines, ""]).encode())


def _own_folder() -> Path:
    return _absolute(os.environ.get("XDG_CONFIG_HOME", ""), Path.home() / ".config") / "autostart"


def _system_folders() -> list[Path]:
    named = [Path(name) for name in os.environ.get("XDG_CONFIG_DIRS", "").split(":") if name]
    return [folder / "autostart" for folder in named or [Path("/etc/xdg")] if folder.is_absolute()]


def _absolute(name: str, default: Path) -> Path:
    # The specification has relative paths ignored.
    return Path(name) if name.startswith("/") else default


def _keys(text: str) -> dict[str, str]:
    """Give the keys of the group [Desktop Entry]."""
    keys: dict[str, str] = {}
    group = ""
    for line in text.splitlines():
        if line.startswith("["):
            group = line.strip()
        elif group == "[Desktop Entry]" and not line.startswith("#"):
            name, equals, value = line.partition("=")
            if equals:
                keys.setdefault(name.strip(), value.strip())
    return keys


def _exec_value(words: list[str]) -> str:
    """Give a command as the key Exec wants it: quoted for its own rules, then for any string."""
    return _escaped(" ".join(map(_quoted, words)))


def _quoted(word: str) -> str:
    word = word.replace("%", "%%")
    if re.fullmatch(r"[\w@%+=:,./-]+", word, re.ASCII):
        return word
    return '"' + re.sub(r'(["`$\\])', r"\\\1", word) + '"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", r"\n").replace("\t", r"\t")


def _unescaped(text: str) -> str:
    signs = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
    return re.sub(r"\\([sntr\\])", lambda found: signs[found[1]], text)


# macOS


def _agent_file() -> Path:
    return Path.home() / "Library" / "LaunchAgents" / f"{APP_ID}.plist"


def _agent_starts(file: Path) -> bool:
    if not file.is_file():
        return False
    agent = plistlib.loads(file.read_bytes())
    return bool(agent.get("RunAtLoad")) and not agent.get("Disabled")


def _set_agent(file: Path, *, on: bool) -> None:
    if not on:
        file.unlink(missing_ok=True)
        return
    agent = {
        "Label": APP_ID,
        "ProgramArguments": command(),
        "RunAtLoad": True,
        "ProcessType": "Interactive",
        "LimitLoadToSessionType": "Aqua",
    }
    _write(file, plistlib.dumps(agent))


def _write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all: a desktop may read it at any moment."""
    file.parent.mkdir(parents=True, exist_ok=True)
    written = file.with_name(f".{file.name}.new")
    try:
        written.write_bytes(content)
        written.replace(file)
    finally:
        written.unlink(missing_ok=True)


# Windows


def _registry_starts() -> bool:
    if sys.platform != "win32":
        return False
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
            winreg.QueryValueEx(key, _RUN_NAME)
    except FileNotFoundError:
        return False
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _APPROVED) as key:
            flags, _ = winreg.QueryValueEx(key, _RUN_NAME)
    except FileNotFoundError:
        return True
    # What the Task Manager writes when somebody switches a program off there: an odd number.
    return not (isinstance(flags, bytes) and flags[:1] and flags[0] & 1)


def _set_registry(*, on: bool) -> None:
    if sys.platform != "win32":
        return
    import winreg

    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
        if on:
            line = subprocess.list2cmdline(command())
            winreg.SetValueEx(key, _RUN_NAME, 0, winreg.REG_SZ, line)
        else:
            with contextlib.suppress(FileNotFoundError):
                winreg.DeleteValue(key, _RUN_NAME)
    with (
        contextlib.suppress(FileNotFoundError),
        winreg.OpenKey(winreg.HKEY_CURRENT_USER, _APPROVED, 0, winreg.KEY_SET_VALUE) as key,
    ):
        winreg.DeleteValue(key, _RUN_NAME)
