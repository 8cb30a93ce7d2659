"""The room in which the questions are asked: a person's mouth, and a noise that never stops."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from types import TracebackType
from typing import Self

from scripts.benchmark.sound import SPOKEN_HZ, Sound, pink_noise
from tests.rig import Rig
from tests.rig.server import MICROPHONE_SINK

_LOOP_S = 20
_SETTLE_S = 3.0
_RISE_DB_PER_S = 3.0  # how fast VoiceMate's level gate follows a louder room


class Room:
    """Where the companion listens. Use as a context manager, inside its rig's."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self._noise: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._level_db = -70.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop_noise()

    def set_noise(self, level_db: float) -> None:
        """Make pink noise of a level, dB of full scale, and wait until one has got used to it."""
        self._stop_noise()
        noise = pink_noise(_LOOP_S * SPOKEN_HZ, level_db, seed=3).tobytes()
        process = subprocess.Popen(
            (
                f"pacat --playback --device={MICROPHONE_SINK} --latency-msec=1000 --raw "
                f"--format=float32le --channels=1 --rate={SPOKEN_HZ}"
            ).split(),
            env=self.rig.child_env(),
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._noise = process
        self._thread = threading.Thread(target=_pour_loop, args=(process, noise), daemon=True)
        self._thread.start()
        rise_s = max(0.0, level_db - self._level_db) / _RISE_DB_PER_S
        self._level_db = level_db
        time.sleep(rise_s + _SETTLE_S)

    def say(self, speech: Sound) -> subprocess.Popen[bytes]:
        """Speak into the microphone, 16 kHz; returns at once."""
        return self.rig.feed(speech, rate_hz=SPOKEN_HZ, wait=False)

    def _stop_noise(self) -> None:
        if self._noise is not None:
            self._noise.kill()
            self._noise.wait(20)
        if self._thread is not None:
            self._thread.join(20)
        self._noise = self._thread = None


def _pour_loop(process: subprocess.Popen[bytes], noise: bytes) -> None:
    assert process.stdin is not None
    with contextlib.suppress(OSError):  # it was killed
        while True:
            process.stdin.write(noise)
    with contextlib.suppress(OSError):
        process.stdin.close()
