"""Records one source of the private audio server, with the time of arrival of every stretch."""

from __future__ import annotations

import bisect
import subprocess
import threading
import time
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from tests.rig.waiting import wait_until

RATE_HZ = 48_000
_CHUNK_BYTES = 4 * 480


class Recorder:
    """A running recording: mono float32 at 48 kHz. Use as a context manager."""

    def __init__(self, source: str, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            (
                f"parec --device={source} --latency-msec=10 --raw --format=float32le "
                f"--channels=1 --rate={RATE_HZ}"
            ).split(),
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._lock = threading.Lock()
        self._data = bytearray()
        self._ends: list[int] = []
        self._times: list[float] = []
        self._thread = threading.Thread(target=self._read_loop, name="rig-recorder", daemon=True)
        self._thread.start()
        wait_until(lambda: self.n_samples > 0, 20, f"{source} is being recorded")

    def _read_loop(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while chunk := stream.read1(_CHUNK_BYTES):
            now = time.monotonic()
            with self._lock:
                self._data += chunk
                self._ends.append(len(self._data) // 4)
                self._times.append(now)

    @property
    def n_samples(self) -> int:
        """How much has been recorded so far."""
        with self._lock:
            return len(self._data) // 4

    def samples(self) -> NDArray[np.float32]:
        """Give everything recorded so far."""
        with self._lock:
            whole = len(self._data) // 4 * 4
            return np.frombuffer(bytes(self._data[:whole]), dtype="<f4").copy()

    def time_of(self, index: int) -> float:
        """Give `time.monotonic()` at which sample `index` had arrived."""
        with self._lock:
            return self._times[bisect.bisect_right(self._ends, index)]

    def wait_for(self, seconds: float) -> None:
        """Wait until this many more seconds have been recorded."""
        goal = self.n_samples + int(seconds * RATE_HZ)
        wait_until(lambda: self.n_samples >= goal, seconds + 20, f"{seconds} s of recording")

    def close(self) -> None:
        """Stop recording; what was recorded stays readable."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(timeout=20)
        self._thread.join(timeout=20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
