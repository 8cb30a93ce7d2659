"""What has been set up already: a small file in the virtual environment, read at each start."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

STEPS = {
    "run": ("system:run", "packages", "llama", "models:recommended"),
    "check": ("packages", "dev"),
    "test": ("system:test", "packages", "llama", "dev", "models:test"),
}
# Where models lie depends on these (voicemate/paths.py).
_PLACES = ("HOME", "USERPROFILE", "XDG_DATA_HOME", "VOICEMATE_HOME", "VOICEMATE_MODELS")


class State:
    """The steps that are done in one virtual environment, and what they had to leave out."""

    def __init__(self, root: Path, venv: Path) -> None:
        self.root = root
        self.venv = venv
        self.python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self.lock_file = venv.with_name(f"{venv.name}-setup.lock")
        self.log = venv.with_name(f"{venv.name}-setup.log")
        self._file = venv / "voicemate-setup.json"
        self._digest = _digest(root)
        self._done: dict[str, str] = {}
        self._left_out: dict[str, str] = {}
        self._redone: set[str] = set()
        self.moved = False
        self.read()

    def read(self) -> None:
        """Read the file anew.

        What was noted for another copy of VoiceMate does not count; an environment that has been
        copied or moved (`moved`) still names its old place everywhere, and has to be made anew.
        """
        try:
            noted = json.loads(self._file.read_text(encoding="utf-8"))
            root, venv = noted["root"], noted["venv"]
            done, left_out = noted["done"], noted["left_out"]
        except (OSError, ValueError, KeyError, TypeError):
            root, venv, done, left_out = str(self.root), str(self.venv), {}, {}
        self.moved = venv != str(self.venv)
        stays = not self.moved and root == str(self.root)
        self._done, self._left_out = (done, left_out) if stays else ({}, {})
        for step in self._redone:
            self._done.pop(step, None)

    def is_done(self, profile: str) -> bool:
        """Say whether all steps of a profile are done and still stand."""
        return self.python.exists() and all(self.has(step) for step in STEPS[profile])

    def has(self, step: str) -> bool:
        """Say whether one step is done."""
        if not step.startswith("models:"):
            return self._done.get(step) == self._digest
        folder = self._done.get(self._models_key(step))
        return folder is not None and any(Path(folder).glob("*"))

    def note(self, step: str, left_out: str = "", models_dir: str = "") -> None:
        """Note that a step is done; `left_out` tells what it had to do without."""
        if step.startswith("models:"):
            self._done[self._models_key(step)] = models_dir
        else:
            self._done[step] = self._digest
        self._left_out.pop(step, None)
        if left_out:
            self._left_out[step] = left_out
        written = self._file.with_suffix(".new")
        noted = {
            "root": str(self.root),
            "venv": str(self.venv),
            "done": self._done,
            "left_out": self._left_out,
        }
        written.write_text(json.dumps(noted, indent=1), encoding="utf-8")
        written.replace(self._file)

    def left_out(self, profile: str) -> dict[str, str]:
        """Give the steps that are done but for something, each with what a person is told."""
        return {step: self._left_out[step] for step in STEPS[profile] if step in self._left_out}

    def redo(self, step: str) -> None:
        """Take a step for not done."""
        self._done.pop(step, None)
        self._redone.add(step)

    def forget(self) -> None:
        """Start from nothing: the virtual environment is made anew."""
        self._done, self._left_out, self.moved = {}, {}, False

    def _models_key(self, step: str) -> str:
        places = "\0".join(os.environ.get(name, "") for name in _PLACES)
        return f"{step}:{hashlib.sha256(places.encode()).hexdigest()[:12]}"


def _digest(root: Path) -> str:
    """Give a digest of what decides what is installed, and how."""
    digest = hashlib.sha256(f"{sys.platform} {sys.version_info[:2]}".encode())
    for file in (root / "pyproject.toml", *sorted((root / "scripts" / "setup").glob("*.py"))):
        digest.update(file.read_bytes())
    return digest.hexdigest()
