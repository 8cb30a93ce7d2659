"""Part `interrupt`: the key goes down while it speaks, or just as it begins.

Measured at the recorded speaker: when the last sound of the cut answer was, whether anything of it
came later, and whether the question that follows at once is understood.
"""

from __future__ import annotations

import random
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scripts.benchmark import sound
from scripts.benchmark.questions import SHORT_ENGLISH, SPEECH_DB, Question, letters, spoken
from scripts.benchmark.room import Room
from scripts.benchmark.sound import RECORDED_HZ
from scripts.benchmark.talking import (
    Company,
    Ears,
    Line,
    Mate,
    lead_in,
    server_latency_s,
    spoken_until,
    talking,
    typical,
)
from scripts.benchmark.targets import LARGE, SMALL
from scripts.benchmark.turns import Say

SNR_DB = 40
GAP_S = 0.1
LEAD_IN_S = 0.1
STALE_S = 0.15
"""Sound of the old answer this long after the press (less the server's latency) is a failure."""

EARLY_S = 0.1
LATER_S = (0.3, 1.5)

Sample = dict[str, Any]


def counts(size: str) -> tuple[int, int]:
    """Give how many presses while it speaks, and how many within its first 100 ms."""
    return (4, 6) if size == "quick" else (50, 200)


def measure(size: str, models: tuple[str, ...] = (SMALL, LARGE), say: Say = print) -> Line:
    """Press and press again; gives the samples of each model."""
    done: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="vm-questions-", dir="/tmp") as folder:
        for model in models:
            company = Company(model, "moonshine", "pyttsx3")
            questions = spoken(SHORT_ENGLISH, company.voice, company.language, Path(folder))
            n_later, n_early = counts(size)
            with talking(company, SPEECH_DB - SNR_DB) as (mate, room):
                latencies = server_latency_s(mate, room, 7)
                bench = _Presses(mate, room, typical(latencies))
                clear = bench.understood(questions)
                say(f"{model}: {len(clear)} of {len(questions)} questions are understood exactly")
                rng = random.Random(5)
                waits = [("later", rng.uniform(*LATER_S)) for _ in range(n_later)]
                waits += [("early", rng.uniform(0, EARLY_S)) for _ in range(n_early)]
                samples = bench.chain(clear, waits, say)
            done.append(
                {
                    "company": asdict(company),
                    "server_latency_s": latencies,
                    "questions": [q.text for q in clear],
                    "samples": samples,
                }
            )
    return {"series": done}


class _Presses:
    """A conversation in which nobody lets the companion finish."""

    def __init__(self, mate: Mate, room: Room, latency_s: float) -> None:
        self._mate = mate
        self._room = room
        self._latency_s = latency_s

    def understood(self, questions: list[Question]) -> list[Question]:
        """Ask each question in peace; gives those that the recogniser writes down exactly."""
        clear = []
        for question in questions:
            with self._room.rig.record_microphone() as mic:
                feeding = self._room.say(lead_in(question.sound))
                self._mate.tell("press")
                self._mate.wait("pressed")
                _, ends = spoken_until(Ears(mic), question.sound, 20)
                self._mate.tell("release", at=ends + GAP_S)
                heard = self._mate.wait("heard", final=True)["text"]
                self._mate.tell("discard")
                self._mate.wait("ended")
                self._mate.idle()
                feeding.wait(30)
            if letters(heard) == letters(question.text):
                clear.append(question)
        if not clear:
            raise RuntimeError("the recogniser understands none of the questions")
        return clear

    def chain(
        self, questions: list[Question], waits: list[tuple[str, float]], say: Say
    ) -> list[Sample]:
        """Begin an answer, press after each wait, ask the next question at once, and so on."""
        samples: list[Sample] = []
        last_heard_at = 0.0
        speaking = False
        recorder = None
        try:
            for index, (kind, wait_s) in enumerate(waits):
                if not speaking:
                    recorder = recorder or self._room.rig.record_speaker()
                    self._mate.tell("say", text="Tell me a long story.", press_after_s=wait_s)
                assert recorder is not None
                # An answer that ends before its press: the chain begins anew.
                pressed = self._mate.wait("pressed", "ended")
                if pressed["event"] == "ended" and pressed["outcome"] != "answered":
                    # The press has ended it, and is only told a moment later.
                    pressed = self._mate.wait("pressed")
                if pressed["event"] == "ended":
                    say(f"  {kind:5} the answer was over after less than {wait_s:.2f} s")
                    self._mate.idle()
                    speaking = False
                    continue
                question = questions[index % len(questions)]
                following = waits[index + 1][1] if index + 1 < len(waits) else 0.0
                next_recorder = self._room.rig.record_speaker()
                sample, released = self._ask(question, following)
                sample |= self._silence(Ears(recorder), pressed["at"], last_heard_at, released)
                sample |= {"kind": kind, "wait_ms": wait_s * 1000}
                last_heard_at = released
                recorder.close()
                recorder = next_recorder
                samples.append(sample)
                # Nothing heard, no answer: the chain begins anew with a typed line.
                speaking = bool(sample["heard"])
                say(_line(sample))
            self._mate.tell("discard")
        finally:
            if recorder is not None:
                recorder.close()
        return samples

    def _ask(self, question: Question, press_after_s: float) -> tuple[Sample, float]:
        """Ask right after the press; gives what was understood, and the moment of the release."""
        with self._room.rig.record_microphone() as mic:
            feeding = self._room.say(lead_in(question.sound, LEAD_IN_S))
            begins, ends = spoken_until(Ears(mic), question.sound, 20)
            self._mate.tell("release", at=ends + GAP_S, press_after_s=press_after_s)
            lines = self._mate.collect("heard", final=True)
            released = next(line for line in lines if line["event"] == "released")["at"]
            feeding.wait(30)
        old = [line for line in lines if line["event"] == "ended"]
        heard = lines[-1]["text"]
        return {
            "question": question.text,
            "heard": heard,
            "lost": letters(heard) != letters(question.text),
            "old_outcome": old[0]["outcome"] if old else "",
            "begins_at": begins,
        }, released

    def _silence(self, ears: Ears, pressed: float, since: float, released: float) -> Sample:
        """Find the old answer's first and last sound around the press."""
        ears.heard_until(released)
        recording, start = ears.samples(), ears.start_at()

        def index(moment: float) -> int:
            return round((moment - start) * RECORDED_HZ)

        end = min(index(released), len(recording))
        first = sound.first_sound(recording[:end], index(since))
        last = sound.last_sound(recording, index(since), end)
        raw_ms = None if last is None else (start + last / RECORDED_HZ - pressed) * 1000
        latency_ms = self._latency_s * 1000
        return {
            "sounded_ms": None
            if first is None
            else (pressed - start - first / RECORDED_HZ) * 1000 + latency_ms,
            "raw_ms": raw_ms,
            "net_ms": None if raw_ms is None else max(0.0, raw_ms - latency_ms),
            "stale": raw_ms is not None and raw_ms - latency_ms > STALE_S * 1000,
        }


def _line(sample: Sample) -> str:
    def number(value: float | None) -> str:
        return "-" if value is None else f"{value:.0f}"

    return (
        f"  {sample['kind']:5} pressed {number(sample['sounded_ms'])} ms after it began: silence "
        f"after {number(sample['net_ms'])} ms{' STALE' if sample['stale'] else ''}"
        f"{' LOST' if sample['lost'] else ''} {sample['heard']!r}"
    )
