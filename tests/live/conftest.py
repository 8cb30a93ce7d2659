"""The private audio server of the live tests.

ALSA reads its configuration when PortAudio starts, so the server's address is put into this
process's environment before sounddevice is loaded (a PortAudio that is already running is started
anew). What may leave PortAudio hanging, such as a server that dies, is tried in a child process.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rig import Rig, missing_parts, start_rig


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    """Give a private audio server that this process hears and speaks on; skips without one."""
    missing = missing_parts()
    if missing is not None:
        pytest.skip(missing)
    with start_rig() as running, running.in_this_process():
        yield running


@pytest.fixture
def own_rig() -> Iterator[Rig]:
    """Give a server of this test's own, to be killed, for child processes only."""
    missing = missing_parts()
    if missing is not None:
        pytest.skip(missing)
    with start_rig() as running:
        yield running
