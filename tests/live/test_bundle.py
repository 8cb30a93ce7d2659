"""The self-contained bundle in a bare Debian without Python: scripts/package --smoke, when asked.

It takes a minute, root and a bundle that was built before: a plain run of the tests leaves it out.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ASKED = "VOICEMATE_TEST_BUNDLE"


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_bundle_installs_talks_and_opens_its_window_without_python() -> None:
    if not os.environ.get(ASKED):
        pytest.skip(f"the bundle is tried only when asked: {ASKED}=1")
    if not list((ROOT / "build" / "dist").glob("voicemate-*-linux-*.tar.gz")):
        pytest.skip("there is no bundle: scripts/package builds it")
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "packaging", "--smoke"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "Uninstalling · the settings and the conversation are kept" in done.stdout
