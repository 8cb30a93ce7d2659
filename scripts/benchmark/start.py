"""Part `start`: how soon it is there, how much memory it takes, and what it costs while idle."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scripts.benchmark.questions import SHORT_ENGLISH, SPEECH_DB, spoken
from scripts.benchmark.room import Room
from scripts.benchmark.sound import Sound
from scripts.benchmark.talking import Company, Ears, Line, Mate, lead_in, spoken_until, talking
from scripts.benchmark.targets import LARGE, SMALL
from scripts.benchmark.turns import Say
from voicemate import building, paths
from voicemate.catalog import Store
from voicemate.conversation.turn_thread import REST_AFTER_S

SNR_DB = 40
N_TURNS = 3
WARM_S = 8.0


def measure(size: str, models: tuple[str, ...] = (SMALL, LARGE), say: Say = print) -> Line:
    """Start again and again."""
    n_help, n_start, rest_s = (3, 2, 5.0) if size == "quick" else (15, 7, 20.0)
    help_ms = [_help_ms() for _ in range(n_help + 1)][1:]
    say(f"  --help: {', '.join(f'{ms:.0f}' for ms in help_ms)} ms")
    series = []
    with tempfile.TemporaryDirectory(prefix="vm-questions-", dir="/tmp") as folder:
        for model in models:
            for voice in ("hibari", "pyttsx3"):
                company = Company(model, "moonshine", voice)
                # All starts of a model are alike but for the voice: the usual one has most.
                starts = [_start(company) for _ in range(n_start if voice == "hibari" else 2)]
                one = _life(company, Path(folder), rest_s)
                one |= {
                    "model": model,
                    "voice": voice,
                    # The very first read the files from the disk.
                    "starts": starts[1:],
                }
                say(f"  {one}")
                series.append(one)
    return {"help_ms": help_ms, "series": series}


def _help_ms() -> float:
    command = [str(Path(sys.executable).with_name("voicemate"))]
    if not Path(command[0]).exists():
        command = [sys.executable, "-m", "voicemate"]
    begun = time.perf_counter()
    subprocess.run([*command, "--help"], check=True, capture_output=True)
    return (time.perf_counter() - begun) * 1000


def _start(company: Company) -> Line:
    """Give the seconds from the process's start to ready, and those that the loading took."""
    with talking(company) as (mate, _):
        return {"ready_s": mate.ready_at - mate.begun_at, "loading_s": mate.loading_s}


def _life(company: Company, folder: Path, rest_s: float) -> Line:
    """Talk three turns; gives the memory then, and the processor time at rest."""
    questions = spoken(SHORT_ENGLISH[:N_TURNS], company.voice, company.language, folder)
    with talking(company, SPEECH_DB - SNR_DB) as (mate, room):
        heard = [_turn(mate, room, question.sound) for question in questions]
        mate.tell("footprint")
        told = mate.wait("footprint")
        # At first the speaker's stream still runs; after some seconds it rests.
        mate.tell("rest", seconds=WARM_S)
        warm = mate.wait("rested", limit_s=60)["percent"]
        mate.tell("rest", seconds=REST_AFTER_S - WARM_S + 1)
        mate.wait("rested", limit_s=60)
        mate.tell("rest", seconds=rest_s)
        idle = mate.wait("rested", limit_s=rest_s + 60)["percent"]
    file_mb = _file_mb(company.model)
    return {
        "heard": heard,
        "file_mb": file_mb,
        "idle_percent": idle,
        "idle_warm_percent": warm,
        "rss_mb": told["rss_mb"],
        "pss_mb": told["pss_mb"],
        "children_pss_mb": told["children_pss_mb"],
        "threads": told["threads"],
        "beyond_file_mb": told["rss_mb"] + told["children_pss_mb"] - file_mb,
    }


def _turn(mate: Mate, room: Room, question: Sound) -> str:
    with room.rig.record_microphone() as mic:
        feeding = room.say(lead_in(question))
        mate.tell("press")
        mate.wait("pressed")
        _, ends = spoken_until(Ears(mic), question, 20)
        mate.tell("release", at=ends + 0.3, cut_after_s=3.0)
        ended = mate.wait("ended")
        mate.idle()
        feeding.wait(30)
    return str(ended["heard"])


def _file_mb(model_id: str) -> float:
    file = building.gguf_file(Store(paths.models_dir()).find(model_id))
    return file.stat().st_size / 1_000_000
