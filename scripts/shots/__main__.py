"""Take pictures of every state and page of the window, light and dark, at 100 % and 200 %.

    .venv/bin/python -m scripts.shots FOLDER [NAME ...] [--theme dark] [--scale 2]
    .venv/bin/python -m scripts.shots docs/images --docs

A picture is called NAME-THEME-PERCENT.png; NAMEs choose some of them by how they begin. With
`--docs` it makes those that the documents show. Nothing comes onto a screen: the companion is
scripted, the settings live in memory, the clock stands still and nothing moves, so that the same
code makes the same pictures wherever the fonts are the same.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

THEMES, SCALES = ("light", "dark"), (1.0, 2.0)
SCREEN = {"name": "laptop", "x": 0, "y": 0, "width": 1366, "height": 768}
LARGEST_BYTES = 200_000


def main() -> int:
    """Give the exit status: 1 when a picture could not be made, or is too large for docs/."""
    parser = argparse.ArgumentParser(prog="python -m scripts.shots")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--theme", choices=THEMES)
    parser.add_argument("--scale", type=float)
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_intermixed_args()
    wanted.folder.mkdir(parents=True, exist_ok=True)
    if wanted.here:
        return _take(wanted)
    themes = [wanted.theme] if wanted.theme else THEMES
    scales = [wanted.scale] if wanted.scale else SCALES[:1] if wanted.docs else SCALES
    status = max(_child(wanted, theme, scale) for theme in themes for scale in scales)
    return max(status, _check_sizes(wanted.folder)) if wanted.docs else status


def _child(wanted: argparse.Namespace, theme: str, scale: float) -> int:
    """Take the pictures of one look in a process with a screen and a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        screen = Path(home) / "screen.json"
        screen.write_text(json.dumps({"screens": [SCREEN]}), encoding="utf-8")
        env = {
            **os.environ,
            "QT_QPA_PLATFORM": f"offscreen:configfile={screen}",
            "QT_QUICK_BACKEND": "software",
            "VOICEMATE_HOME": home,
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        command = [sys.executable, "-m", "scripts.shots", "--here", str(wanted.folder)]
        command += [*wanted.names, "--theme", theme, "--scale", str(scale)]
        return subprocess.run(command + ["--docs"] * wanted.docs, env=env, check=False).returncode


def _take(wanted: argparse.Namespace) -> int:
    from scripts.shots.pictures import DOCS, PICTURES
    from scripts.shots.studio import Studio

    for name, arrange in PICTURES.items():
        called = f"{name}-{wanted.theme}-{wanted.scale * 100:.0f}"
        if wanted.docs:
            if (name, wanted.theme) not in DOCS:
                continue
            called = DOCS[name, wanted.theme]
        if wanted.names and not any(name.startswith(start) for start in wanted.names):
            continue
        file = wanted.folder / f"{called}.png"
        with Studio(wanted.theme, wanted.scale, first_run=name.startswith("first-run")) as studio:
            arrange(studio)
            studio.save(file)
        print(file, flush=True)
    return 0


def _check_sizes(folder: Path) -> int:
    large = [file for file in folder.glob("*.png") if file.stat().st_size > LARGEST_BYTES]
    for file in large:
        print(f"{file} has {file.stat().st_size} bytes: more than {LARGEST_BYTES}")
    return 1 if large else 0


if __name__ == "__main__":
    sys.exit(main())
