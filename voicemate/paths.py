"""Where models, memory, logs and settings live on each operating system.

`VOICEMATE_HOME` puts all of them under one folder; `VOICEMATE_MODELS` moves the models alone.
Nothing here creates a folder but `private_folder`, which makes it readable for its owner only.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs

from voicemate.errors import StorageError

_APP = "voicemate"


def _home() -> Path | None:
    value = os.environ.get("VOICEMATE_HOME")
    return Path(value).expanduser() if value else None


def config_file() -> Path:
    """Give the path of settings.toml."""
    home = _home()
    folder = home if home else Path(platformdirs.user_config_dir(_APP, appauthor=False))
    return folder / "settings.toml"


def data_dir() -> Path:
    """Give the folder of what is kept for the person: the memory."""
    home = _home()
    return home / "data" if home else Path(platformdirs.user_data_dir(_APP, appauthor=False))


def memory_file() -> Path:
    """Give the path of the database of past turns."""
    return data_dir() / "memory.sqlite3"


def models_dir() -> Path:
    """Give the folder of installed models, one folder each."""
    value = os.environ.get("VOICEMATE_MODELS")
    return Path(value).expanduser() if value else data_dir() / "models"


def state_dir() -> Path:
    """Give the folder of logs and of what can be thrown away without loss."""
    home = _home()
    return home / "state" if home else Path(platformdirs.user_state_dir(_APP, appauthor=False))


def log_file() -> Path:
    """Give the path of the log."""
    return state_dir() / "voicemate.log"


def cache_dir() -> Path:
    """Give the folder of half downloads."""
    home = _home()
    return home / "cache" if home else Path(platformdirs.user_cache_dir(_APP, appauthor=False))


def runtime_dir() -> Path:
    """Give the private folder of the control socket, gone after logout where the system can."""
    home = _home()
    if home:
        return home / "run"
    if sys.platform.startswith("linux") and not os.environ.get("XDG_RUNTIME_DIR"):
        # Without a login session there is no runtime folder; a shared /tmp would not be private.
        return state_dir() / "run"
    return Path(platformdirs.user_runtime_dir(_APP, appauthor=False))


def private_folder(folder: Path) -> Path:
    """Make `folder` (mode 0700) where it is missing and give it back. Raises `StorageError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "posix" and folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be written ({error.strerror}).",
            "Give yourself the rights to it, or set VOICEMATE_HOME to a folder that you own.",
        ) from error
    return folder
