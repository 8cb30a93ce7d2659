"""Part `turn`: from the key's release to the first sound at the recorded speaker, both ways."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import soundfile

from scripts.benchmark import sound
from scripts.benchmark.questions import (
    ENGLISH,
    KOREAN,
    LEAST_S,
    MOST_S,
    SPEECH_DB,
    Question,
    letters,
    speaker_name,
    spoken,
)
from scripts.benchmark.room import Room
from scripts.benchmark.sound import RECORDED_HZ
from scripts.benchmark.talking import (
    Company,
    Ears,
    Line,
    Mate,
    lead_in,
    server_latency_s,
    slip_s,
    spoken_until,
    talking,
    typical,
)
from scripts.benchmark.targets import LARGE, SMALL

SNR_DB = (40, 20)
GAPS_S = (0.3, 0.0)
CUT_AFTER_S = 0.6
MOST_SLIP_S = 0.005
LONGEST_GAP_S = 0.06

Sample = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Series:
    """How many questions a company gets at each gap, the plain way gets, are answered wholly."""

    company: Company
    n: int
    n_plain: int
    n_whole: int


def plan(size: str, models: tuple[str, ...]) -> list[Series]:
    """Give the series of a run: "quick" or "usual"."""
    n, n_plain, n_whole = (2, 1, 1) if size == "quick" else (30, 8, 2)
    return [
        Series(company, n, n_plain, n_whole)
        for model in models
        for company in (
            Company(model, "moonshine", "hibari"),
            Company(model, "moonshine", "pyttsx3"),
            Company(model, "vosk", "pyttsx3", "ko"),
        )
    ]


def measure(size: str, models: tuple[str, ...] = (SMALL, LARGE), say: Say = print) -> Line:
    """Run all series; gives their samples."""
    done: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="vm-questions-", dir="/tmp") as folder:
        for series in plan(size, models):
            company = series.company
            texts = KOREAN if company.language == "ko" else ENGLISH
            questions = spoken(texts, company.voice, company.language, Path(folder))
            fitting = [q for q in questions if LEAST_S <= q.duration_s <= MOST_S]
            say(
                f"{company.model}, {company.recogniser}, {company.voice} {company.language}: "
                f"{len(fitting)} questions of "
                f"{min(q.duration_s for q in fitting):.1f} to "
                f"{max(q.duration_s for q in fitting):.1f} s"
            )
            start = time.monotonic()
            done.append(_run(series, fitting, Path(folder), say))
            say(f"  took {time.monotonic() - start:.0f} s")
    return {"series": done}


def _run(series: Series, questions: list[Question], folder: Path, say: Say) -> Line:
    company = series.company
    samples: list[Sample] = []
    with talking(company, SPEECH_DB - SNR_DB[0]) as (mate, room):
        latencies = server_latency_s(mate, room, 7)
        bench = _Bench(mate, room, typical(latencies), folder)
        endless = itertools.cycle(questions)
        # The first turn of a process is not like the others; nobody's bench should hide it, but
        # it is no sample of them.
        first = bench.ours(next(endless), GAPS_S[0], CUT_AFTER_S)
        share = -(-series.n // len(SNR_DB))
        plain_at = _spread(series.n_plain, series.n)
        whole_at = _spread(series.n_whole, series.n)
        for index in range(share * len(SNR_DB)):
            snr_db = SNR_DB[index // share]
            if index and index % share == 0:
                room.set_noise(SPEECH_DB - snr_db)
            for sample in _round(bench, endless, index, index in plain_at, index in whole_at):
                sample |= {"snr_db": snr_db, "index": index}
                samples.append(sample)
                say(_line(sample))
        latencies += server_latency_s(mate, room, 7)
    return {
        "company": asdict(company),
        "asked_by": speaker_name(company.voice, company.language),
        "server_latency_s": latencies,
        "first": first,
        "samples": samples,
    }


def _spread(n: int, total: int) -> set[int]:
    """Give `n` indices evenly spread over `total`."""
    return {i * total // n for i in range(n)} if n else set()


def _round(
    bench: _Bench, questions: Iterator[Question], index: int, plain: bool, whole: bool
) -> Iterator[Sample]:
    """Ask with each gap; now and then both ways, in turns, or to the answer's end."""
    for gap_s in GAPS_S:
        question = next(questions)
        cut = None if whole and gap_s else CUT_AFTER_S
        pair = f"{index}/{gap_s * 1000:.0f}"
        # The plain way stops recording late at the gap 0 as we do, for the same words: no pair.
        if not (plain and gap_s):
            yield bench.ours(question, gap_s, cut) | {"pair": ""}
            continue
        bench.mate.tell("opening")
        for way in ("ours", "plain") if index % 2 else ("plain", "ours"):
            sample = (
                bench.plain(question, gap_s) if way == "plain" else bench.ours(question, gap_s, cut)
            )
            yield sample | {"pair": pair}


class _Bench:
    """Asks one question at a time and finds the moments in the recordings."""

    def __init__(self, mate: Mate, room: Room, latency_s: float, folder: Path) -> None:
        self.mate = mate
        self._room = room
        self._latency_s = latency_s
        self._folder = folder

    def ours(self, question: Question, gap_s: float, cut_after_s: float | None) -> Sample:
        """Ask VoiceMate."""
        with self._room.rig.record_microphone() as mic, self._room.rig.record_speaker() as out:
            hears, speaks = Ears(mic), Ears(out)
            feeding, ends, sample = self._ask(question, gap_s, hears, "press")
            self.mate.tell("release", at=ends + gap_s, cut_after_s=cut_after_s)
            lines = self.mate.collect("ended")
            self.mate.idle()
            ended = lines[-1]
            released = next(line for line in lines if line["event"] == "released")
            partials = [line for line in lines if line["event"] == "heard"]
            sample |= {
                "way": "ours",
                "heard": ended["heard"],
                "outcome": ended["outcome"],
                "times": ended["times"],
                "stats": ended["stats"],
                "last_partial_ms": _since(released["at"], partials[-2]["at"])
                if len(partials) > 1
                else None,
                "reply": ended["reply"],
            }
            sample |= self._measured(question, ends, released["at"], hears, speaks)
            if cut_after_s is None and ended["outcome"] == "answered":
                sample |= {"whole": self._whole(speaks, released["at"])}
            feeding.wait(30)
        return _judged(sample)

    def plain(self, question: Question, gap_s: float) -> Sample:
        """Ask in the plain way."""
        with self._room.rig.record_microphone() as mic, self._room.rig.record_speaker() as out:
            hears, speaks = Ears(mic), Ears(out)
            feeding, ends, sample = self._ask(question, gap_s, hears, "plain_press")
            self.mate.tell("plain_release", at=ends + gap_s, cut_after_s=CUT_AFTER_S)
            lines = self.mate.collect("plain ended")
            ended = lines[-1]
            released = next(line for line in lines if line["event"] == "released")["at"]
            sample |= {
                "way": "plain",
                "heard": ended["heard"],
                "outcome": "answered" if ended["first_sound_at"] else "nothing said",
                "times": {
                    "final_transcript": _since(released, ended["final_transcript_at"]),
                    "first_piece": _since(released, ended["first_piece_at"]),
                    "written": _since(released, ended["written_at"]),
                    "rendered": _since(released, ended["rendered_at"]),
                    "first_sound": _since(released, ended["first_sound_at"]),
                },
                "stats": {"reply_tokens": ended["reply_tokens"]},
                "reply": ended["reply"],
            }
            sample |= self._measured(question, ends, released, hears, speaks)
            feeding.wait(30)
        return _judged(sample)

    def _ask(
        self, question: Question, gap_s: float, hears: Ears, press: str
    ) -> tuple[Any, float, Sample]:
        feeding = self._room.say(lead_in(question.sound))
        self.mate.tell(press)
        pressed = self.mate.wait("pressed")
        begins, ends = spoken_until(hears, question.sound, 20)
        return (
            feeding,
            ends,
            {
                "question": question.text,
                "seconds": round(question.duration_s, 3),
                "gap_ms": gap_s * 1000,
                "pressed_before_ms": (begins - pressed["at"]) * 1000,
                "begins_at": begins,
            },
        )

    def _measured(
        self, question: Question, ends: float, released: float, hears: Ears, speaks: Ears
    ) -> Sample:
        """Find the first sound, and whether the question came through whole and the gap held."""
        speaks.heard_until(time.monotonic())
        begins = ends - question.duration_s
        recording = speaks.samples()
        start = speaks.start_at()
        at_release = round((released - start) * RECORDED_HZ)
        first = sound.first_sound(recording, at_release)
        raw_ms = None if first is None else _since(released, start + first / RECORDED_HZ)
        faintest = sound.first_sound(recording, at_release, 0.0)
        return {
            "gap_was_ms": (released - ends) * 1000,
            "slip_ms": slip_s(hears, question.sound, begins) * 1000,
            # The answer before, which was cut, may still be on its way when the recording begins.
            "silent_before": sound.first_sound(
                recording[:at_release], round((begins - start) * RECORDED_HZ)
            )
            is None,
            "raw_ms": raw_ms,
            "net_ms": None if raw_ms is None else raw_ms - self._latency_s * 1000,
            # What the voice puts before its first audible sound.
            "faint_ms": None
            if first is None or faintest is None
            else (first - faintest) / RECORDED_HZ * 1000,
        }

    def _whole(self, speaks: Ears, released: float) -> Sample:
        """Compare what sounded with what was written: a speaker that ran dry shows as delay."""
        file = self._folder / "written.wav"
        self.mate.tell("written", file=str(file))
        told = self.mate.wait("written")
        written, _ = soundfile.read(file, dtype="float32")
        speaks.heard_until(time.monotonic() + 0.2)
        recording = speaks.samples()
        start = round((released - speaks.start_at()) * RECORDED_HZ)
        late = sound.late_s(written, recording[max(0, start) :])
        jumps = [b - a for a, b in itertools.pairwise(late)]
        return {
            "seconds": len(written) / RECORDED_HZ,
            "n_speeches": told["n_speeches"],
            "stretches": len(late),
            "gaps_ms": [jump * 1000 for jump in jumps if jump > LONGEST_GAP_S],
            "late_ms": (late[-1] if late else 0.0) * 1000,
            "underruns": told["underruns"],
            "underflows": told["underflows"],
        }


def _judged(sample: Sample) -> Sample:
    """Say why a sample counts for nothing, where that is so."""
    trouble = ""
    if abs(sample["slip_ms"]) > MOST_SLIP_S * 1000:
        trouble = "the question did not come through in one piece"
    elif not sample["silent_before"]:
        trouble = "there was sound before the release"
    elif sample["raw_ms"] is None:
        trouble = f"no answer ({sample['outcome']})"
    right = letters(sample["heard"]) == letters(sample["question"])
    return sample | {"invalid": trouble, "understood": right}


def _since(zero: float, moment: float | None) -> float | None:
    return None if moment is None else (moment - zero) * 1000


def _line(sample: Sample) -> str:
    net = "-" if sample["net_ms"] is None else f"{sample['net_ms']:.0f}"
    times = " ".join(
        f"{name} {value:.0f}" for name, value in sample["times"].items() if value is not None
    )
    mark = f"  INVALID: {sample['invalid']}" if sample["invalid"] else ""
    whole = f"  whole: {sample['whole']}" if "whole" in sample else ""
    return (
        f"  {sample['way']:5} {sample['snr_db']} dB gap {sample['gap_was_ms']:.0f} ms: "
        f"{net} ms ({times}) {'=' if sample['understood'] else '≠'} {sample['heard']!r}"
        f"{whole}{mark}"
    )
