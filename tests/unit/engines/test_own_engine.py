"""The engine of docs/engines.md, installed as a package would be, and used."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

DOCUMENT = Path(__file__).parents[3] / "docs" / "engines.md"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Put the document's module and entry point where Python finds them."""
    text = DOCUMENT.read_text(encoding="utf-8")
    [module] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    [toml] = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(module.splitlines()) <= 40
    site = tmp_path / "site"
    info = site / "whistle-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "whistle.py").write_text(module, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: whistle\nVersion: 1.0\n")
    target = re.search(r'whistle = "(.*)"', toml)
    assert target
    (info / "entry_points.txt").write_text(f"[voicemate.voices]\nwhistle = {target[1]}\n")
    return site


def voicemate(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "voicemate", *arguments],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_speaks(installed: Path, tmp_path: Path) -> None:
    assert voicemate(installed, "config", "set", "voice.engine", "whistle").returncode == 0
    out = tmp_path / "out.wav"
    done = voicemate(installed, "say", "Hello there my friend", "--out", str(out))
    assert done.returncode == 0, done.stderr
    sound, rate_hz = soundfile.read(out)
    assert len(sound) / rate_hz == pytest.approx(4 * 0.12, abs=0.01)
    assert abs(sound).max() > 0.1
    assert "whistle" in voicemate(installed, "say", "--list").stdout


def test_an_engine_that_is_not_there_is_told_with_those_that_are(installed: Path) -> None:
    done = voicemate(installed, "say", "Hello", "--engine", "trumpet", "--out", "x.wav")
    assert done.returncode == 4
    assert "trumpet" in done.stderr
    assert "whistle" in done.stderr
    assert "hibari" in done.stderr
