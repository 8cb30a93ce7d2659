"""A companion under test seen from outside: a key, a mouth and ears, all on one clock."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scripts.benchmark import clicks, sound
from scripts.benchmark.room import Room
from scripts.benchmark.sound import RECORDED_HZ, SPOKEN_HZ, Sound
from scripts.benchmark.targets import RECOGNISERS
from tests.rig import Recorder, Rig, start_rig
from voicemate import paths

LEAD_IN_S = 0.4
LIMIT_S = 180.0

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Company:
    """Which companion: the ids of its parts."""

    model: str
    recogniser: str
    voice: str
    language: str = "en"
    max_tokens: int = 220

    def toml(self) -> str:
        """Give its settings; a fixed seed, so that both ways word the same answer."""
        return (
            f'[companion]\nlanguage = "{self.language}"\n'
            f'[recogniser]\nengine = "{self.recogniser}"\n'
            f'model = "{RECOGNISERS[self.recogniser]}"\n'
            f'[model]\nid = "{self.model}"\nseed = 1\nmax_tokens = {self.max_tokens}\n'
            f'[voice]\nengine = "{self.voice}"\n[audio]\ncues = false\n'
        )


class Mate:
    """The process of `mate.py`, with what it tells."""

    def __init__(self, company: Company, rig: Rig, home: Path) -> None:
        (home / "settings.toml").write_text(company.toml(), encoding="utf-8")
        env = rig.child_env() | {
            "VOICEMATE_HOME": str(home),
            "VOICEMATE_MODELS": str(paths.models_dir().absolute()),
        }
        self.begun_at = self.ready_at = time.monotonic()
        self.loading_s = 0.0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scripts.benchmark.mate"],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._lines: queue.SimpleQueue[Line | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read_loop, daemon=True)
        self._reader.start()

    def _read_loop(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(json.loads(line))
        self._lines.put(None)

    def tell(self, do: str, **facts: object) -> None:
        """Give an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **facts}) + "\n")
        self._process.stdin.flush()

    def wait(self, event: str, *others: str, limit_s: float = LIMIT_S, **like: object) -> Line:
        """Give the next line about `event` (or one of `others`); what comes before is dropped."""
        return self.collect(event, *others, limit_s=limit_s, **like)[-1]

    def collect(
        self, event: str, *others: str, limit_s: float = LIMIT_S, **like: object
    ) -> list[Line]:
        """Give all lines until the next one about `event` whose facts are `like` that."""
        end = time.monotonic() + limit_s
        seen: list[Line] = []
        while True:
            try:
                line = self._lines.get(timeout=max(end - time.monotonic(), 0.001))
            except queue.Empty:
                raise RuntimeError(f"not within {limit_s} s: {event} {like}; {seen}") from None
            if line is None:
                raise RuntimeError(f"the companion's process ended; it was to tell {event}")
            seen.append(line)
            wanted = line["event"] == event and all(line[k] == v for k, v in like.items())
            if wanted or line["event"] in others:
                return seen

    def idle(self) -> None:
        """Wait until it is idle after a turn."""
        self.wait("phase", phase="idle")

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def close(self) -> None:
        """Let it end."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(30)
        self._reader.join(30)
        assert self._process.stdout is not None
        self._process.stdout.close()


class Ears:
    """A recording with every sample's moment, free of the jitter of its arrival."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def samples(self) -> Sound:
        """Give what has been recorded so far."""
        return self.recorder.samples()

    def start_at(self) -> float:
        """Give the moment of sample 0, by the stretches that came with the least delay."""
        # Sound comes at the rate of the clock; only its delivery is late now and then.
        n = self.recorder.n_samples
        step = RECORDED_HZ // 1000
        return min(self.recorder.time_of(i) - i / RECORDED_HZ for i in range(step, n, step))

    def heard_until(self, moment: float) -> None:
        """Wait until a moment has been recorded."""
        pause = threading.Event()
        while self.start_at() + self.recorder.n_samples / RECORDED_HZ < moment:
            pause.wait(0.01)


@contextlib.contextmanager
def talking(company: Company, noise_db: float | None = None) -> Iterator[tuple[Mate, Room]]:
    """Give a companion that is ready to listen, in a room of its own."""
    home = Path(tempfile.mkdtemp(prefix="vm-bench-", dir="/tmp"))
    try:
        with start_rig() as rig, Room(rig) as room:
            if noise_db is not None:
                room.set_noise(noise_db)
            mate = Mate(company, rig, home)
            try:
                told = mate.wait("ready", "trouble")
                if told["event"] == "trouble":
                    raise RuntimeError(f"VoiceMate does not start: {told['message']}")
                mate.ready_at, mate.loading_s = told["at"], told["seconds"]
                mate.idle()
                yield mate, room
            finally:
                mate.close()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def server_latency_s(mate: Mate, room: Room, n: int) -> list[float]:
    """Measure how long a click takes from the sound card's callback to the recorded speaker."""
    latencies: list[float] = []
    for _ in range(3):
        with room.rig.record_speaker() as recorder:
            mate.tell("clicks", n=n)
            times = mate.wait("clicks")["times"]
            recorder.wait_for(0.3)
            ears = Ears(recorder)
            start = ears.start_at()
            heard = sound.onsets(ears.samples(), clicks.APART_S / 2)
        if len(heard) == len(times):
            latencies += [
                start + at / RECORDED_HZ - left for at, left in zip(heard, times, strict=True)
            ]
    return latencies


def spoken_until(ears: Ears, question: Sound, limit_s: float) -> tuple[float, float]:
    """Find live when a question begins to be heard; gives its beginning and its end."""
    pattern = question[: round(0.8 * SPOKEN_HZ)]
    end = time.monotonic() + limit_s
    pause = threading.Event()
    while time.monotonic() < end:
        pause.wait(0.1)
        match = sound.find(pattern, SPOKEN_HZ, ears.samples())
        if match.likeness > 0.7:
            begins = ears.start_at() + match.at / RECORDED_HZ
            return begins, begins + len(question) / SPOKEN_HZ
    raise RuntimeError("the question was not heard at the microphone")


def slip_s(ears: Ears, question: Sound, begins: float) -> float:
    """Tell by how much the question's end was heard later than its beginning foretold."""
    tail = question[-round(0.8 * SPOKEN_HZ) :]
    match = sound.find(tail, SPOKEN_HZ, ears.samples())
    expected = begins + (len(question) - len(tail)) / SPOKEN_HZ
    return ears.start_at() + match.at / RECORDED_HZ - expected


def typical(values: list[float]) -> float:
    """Give the median, 0 of none."""
    return statistics.median(values) if values else 0.0


def lead_in(question: Sound, lead_in_s: float = LEAD_IN_S) -> Sound:
    """Put silence before a question, in which the key goes down, and a little behind it."""
    silence = np.zeros(round(lead_in_s * SPOKEN_HZ), np.float32)
    return np.concatenate((silence, question, np.zeros(SPOKEN_HZ // 4, np.float32)))


def environment_ok() -> str | None:
    """Say what is missing for the live parts, or None."""
    from tests.rig import missing_parts

    missing = missing_parts()
    if missing is None and os.name != "posix":
        missing = "the private audio server runs on Linux"
    return missing
