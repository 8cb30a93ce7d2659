"""What happens on the private audio server, written down as it tells it."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Mapping

from tests.rig.waiting import wait_until


class Watch:
    """What happened on the server since it was made. Use as a context manager."""

    def __init__(self, env: Mapping[str, str], poke: Callable[[], object]) -> None:
        """Watch the server of this environment; `poke` makes something happen on it."""
        self._process = subprocess.Popen(
            ["pactl", "subscribe"],
            env={**env, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read_loop, name="rig-watch", daemon=True)
        self._thread.start()
        # Once one event has been told, none is missed any more.
        wait_until(lambda: bool(poke() and self._lines), 20, "the server tells what happens")

    def _read_loop(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        for line in stream:
            with self._lock:
                self._lines.append(line.strip())

    @property
    def n_recordings(self) -> int:
        """How often a program has begun to record."""
        with self._lock:
            return sum(line.startswith("Event 'new' on source-output") for line in self._lines)

    def close(self) -> None:
        """Stop watching."""
        self._process.terminate()
        self._process.wait(timeout=20)
        self._thread.join(timeout=20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_of_the_error: object) -> None:
        self.close()
