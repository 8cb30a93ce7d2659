"""Part `long`: whether a turn late in a long conversation takes longer than at its beginning.

Typed turns with the real model, prompt, history and memory; a silent voice and a speaker that is a
list, so that nothing but the conversation itself takes time.
"""

from __future__ import annotations

import os
import queue
import shutil
import tempfile
import threading
import time
from pathlib import Path

from scripts.benchmark.footprint import footprint
from scripts.benchmark.talking import Line
from scripts.benchmark.targets import SMALL
from scripts.benchmark.turns import Say
from voicemate import building, paths, settings
from voicemate.audio.files import FileSpeaker, FileTake
from voicemate.conversation.companion import Companion
from voicemate.conversation.turn import Parts
from voicemate.errors import AudioDeviceError
from voicemate.events import Event, Notice, Ready, TurnEnded, TurnFailed
from voicemate.types import TurnRecord

MAX_TOKENS = 4
EDGE = 30
_SUBJECTS = ("the sea", "bread", "an old clock", "a garden", "the moon", "a train", "music", "rain")
_ASKS = ("Tell me about", "What is so nice about", "Who likes", "When did you last think of")


class NoMicrophone:
    """Where a typed conversation has its microphone; fulfils `ports.Microphone`."""

    is_open = False
    level_db = -100.0

    def open(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def begin_take(self) -> FileTake:
        """Refuse."""
        raise AudioDeviceError("There is no microphone.", "")


def measure(size: str, models: tuple[str, ...] = (SMALL,), say: Say = print) -> Line:  # noqa: ARG001
    """Talk 2,000 turns; gives each turn's milliseconds to its first piece, memory and threads."""
    n_turns = 2 * EDGE + 20 if size == "quick" else 2000
    home = tempfile.mkdtemp(prefix="vm-bench-", dir="/tmp")
    # The models stay where they are: VOICEMATE_HOME would move them.
    os.environ["VOICEMATE_MODELS"] = str(paths.models_dir().absolute())
    before = os.environ.get("VOICEMATE_HOME")
    os.environ["VOICEMATE_HOME"] = home
    try:
        return _talk(n_turns, say)
    finally:
        if before is None:
            del os.environ["VOICEMATE_HOME"]
        else:
            os.environ["VOICEMATE_HOME"] = before
        shutil.rmtree(home, ignore_errors=True)


def _talk(n_turns: int, say: Say) -> Line:
    wanted = settings.Settings(
        # Shorter than a person may set it: an answer's length changes nothing here but the hours.
        model=settings.Model(id=SMALL, seed=1, max_tokens=MAX_TOKENS),
    )
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def build() -> Parts:
        return building.build_parts(wanted, FileSpeaker(), events.put, listens=False, speaks=False)

    companion = Companion(build, NoMicrophone(), events.put, "")
    first_ms: list[float] = []
    memory: list[Line] = []
    prompt_tokens: list[int] = []
    companion.start()
    begun = time.monotonic()
    try:
        _until_ready(events)
        for index in range(n_turns):
            ask, subject = _ASKS[index % len(_ASKS)], _SUBJECTS[index // 4 % len(_SUBJECTS)]
            companion.say(f"{ask} {subject}, number {index}?")
            record = _ended(events)
            first_ms.append(record.times.first_piece or 0.0)
            prompt_tokens.append(record.stats.prompt_tokens)
            if index in (0, EDGE) or (index + 1) % 250 == 0 or index + 1 == n_turns:
                memory.append({"turn": index, "threads": threading.active_count(), **footprint()})
                rss = memory[-1]["rss_mb"]
                say(
                    f"  turn {index + 1}: {first_ms[-1]:.0f} ms, {prompt_tokens[-1]} tokens of "
                    f"prompt, {rss:.0f} MB, {time.monotonic() - begun:.0f} s"
                )
        kept = (Path(os.environ["VOICEMATE_HOME"]) / "data" / "memory.sqlite3").stat().st_size
    finally:
        companion.close()
    return {
        "series": [
            {
                "model": SMALL,
                "first_piece_ms": first_ms,
                "prompt_tokens": prompt_tokens,
                "memory": memory,
                "kept_bytes": kept,
            }
        ]
    }


def _until_ready(events: queue.SimpleQueue[Event]) -> None:
    while True:
        event = events.get(timeout=120)
        match event:
            case Ready():
                return
            case Notice(message=message):
                raise RuntimeError(f"VoiceMate does not start: {message}")


def _ended(events: queue.SimpleQueue[Event]) -> TurnRecord:
    while True:
        event = events.get(timeout=120)
        match event:
            case TurnEnded(record=record):
                return record
            case TurnFailed(message=message):
                raise RuntimeError(message)
