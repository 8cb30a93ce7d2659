"""Where and with what something was measured."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from voicemate import __version__, paths
from voicemate.catalog import Store

BUSY_LOAD = 0.7
OWN_LOAD = 1.5
"""A conversation that is measured causes less than that itself."""

_PACKAGES = ("llama-cpp-python", "vosk", "moonshine-voice", "hibari-tts", "pyttsx3", "sounddevice")


def load() -> float | None:
    """Give the mean number of busy programs of the last minute; None where it is not known."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def machine() -> dict[str, Any]:
    """Describe the machine."""
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count(logical=False),
        "threads": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Give the versions of what is measured."""
    found = {"voicemate": __version__, "commit": _commit()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = ""
    return found


def models() -> dict[str, str]:
    """Give the digests of the installed models."""
    # A voice that is a Python package is known by its version.
    found = Store(paths.models_dir()).installed()
    return {model.id: model.digest for model in found if model.digest}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
    )
    return done.stdout.strip()
