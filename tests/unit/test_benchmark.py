"""The bench's pure parts: a wrong number there would be believed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import soxr

from scripts.benchmark import report, rows, sound
from scripts.benchmark.__main__ import _joined
from scripts.benchmark.reasons import missed
from scripts.benchmark.rows import Row
from scripts.benchmark.sound import RECORDED_HZ, SPOKEN_HZ, Sound
from scripts.benchmark.stats import percentile, summary
from scripts.benchmark.targets import LARGE, SMALL, Target
from scripts.benchmark.timeline import svg


def speech_like(seconds: float, rate_hz: int = SPOKEN_HZ, seed: int = 1) -> Sound:
    """Noise that comes in syllables."""
    n = round(seconds * rate_hz)
    carrier = np.random.default_rng(seed).standard_normal(n)
    smooth = np.convolve(carrier, np.ones(4) / 4, mode="same")
    swell = 0.5 + 0.5 * np.sin(np.arange(n) * 2 * np.pi * 4 / rate_hz)
    return (0.1 * smooth * swell).astype(np.float32)


def test_the_statistics_are_those_of_the_samples() -> None:
    found = summary([float(n) for n in range(101)])
    assert found is not None
    assert (found.n, found.median, found.p95, found.least, found.most) == (101, 50, 95, 0, 100)
    assert percentile([10.0, 20.0], 0.95) == pytest.approx(19.5)
    assert percentile([7.0], 0.95) == 7.0
    assert summary([]) is None


@pytest.mark.parametrize("snr_db", [40, 20, 10])
def test_a_question_is_found_where_it_was_said_whatever_the_noise(snr_db: int) -> None:
    question = sound.at_level(speech_like(2.5), SPOKEN_HZ, -26)
    at = round(1.234 * SPOKEN_HZ)
    room = sound.pink_noise(5 * SPOKEN_HZ, -26 - snr_db, seed=2)
    room[at : at + len(question)] += question
    recording = soxr.resample(room, SPOKEN_HZ, RECORDED_HZ).astype(np.float32)
    match = sound.find(question[: round(0.8 * SPOKEN_HZ)], SPOKEN_HZ, recording)
    assert match.likeness > 0.7
    assert match.at / RECORDED_HZ == pytest.approx(1.234, abs=0.001)


def test_a_question_that_was_not_said_is_not_found() -> None:
    room = sound.pink_noise(3 * SPOKEN_HZ, -46, seed=2)
    recording = soxr.resample(room, SPOKEN_HZ, RECORDED_HZ).astype(np.float32)
    assert sound.find(speech_like(0.8), SPOKEN_HZ, recording).likeness < 0.5
    assert sound.find(speech_like(9), SPOKEN_HZ, recording).likeness == 0.0


def test_the_noise_is_as_far_below_the_speech_as_asked() -> None:
    speech = sound.at_level(speech_like(3), SPOKEN_HZ, -26)
    noise = sound.pink_noise(10 * SPOKEN_HZ, -46, seed=4)
    levels = sound.frame_levels_db(speech, SPOKEN_HZ)
    loud = levels[levels > levels.max() - 30]
    assert 10 * np.log10(np.mean(10 ** (loud / 10))) == pytest.approx(-26, abs=0.1)
    assert 10 * np.log10(np.mean(noise.astype(np.float64) ** 2)) == pytest.approx(-46, abs=0.1)


def test_a_sentence_is_cut_to_its_words() -> None:
    words = speech_like(1.0)
    silence = np.zeros(SPOKEN_HZ, np.float32)
    cut = sound.active(np.concatenate((silence, words, silence)), SPOKEN_HZ)
    assert len(cut) / SPOKEN_HZ == pytest.approx(1.0, abs=0.06)


def test_the_first_and_the_last_sound_are_found_to_the_sample() -> None:
    recording = np.zeros(48_000, np.float32)
    recording[1000:1010] = 0.5
    recording[20_000:20_100] = 0.001  # not audible
    recording[30_000:30_010] = -0.5
    assert sound.first_sound(recording) == 1000
    assert sound.first_sound(recording, 1010) == 30_000
    assert sound.first_sound(recording, 30_010) is None
    assert sound.last_sound(recording, 0, 48_000) == 30_009
    assert sound.last_sound(recording, 1010, 30_000) is None
    assert sound.onsets(recording, 0.1) == [1000, 30_000]


def test_a_speaker_that_ran_dry_shows_as_what_came_late() -> None:
    written = speech_like(4.0, RECORDED_HZ)
    lead = np.zeros(5000, np.float32)
    whole = np.concatenate((lead, written, lead))
    assert sound.late_s(written, whole) == pytest.approx([0.0] * 10, abs=1e-3)
    gap = np.zeros(round(0.1 * RECORDED_HZ), np.float32)
    cut = 2 * RECORDED_HZ
    dry = np.concatenate((lead, written[:cut], gap, written[cut:], lead))
    late = sound.late_s(written, dry)
    assert late[:5] == pytest.approx([0.0] * 5, abs=1e-3)
    assert late[-4:] == pytest.approx([0.1] * 4, abs=1e-3)


def sample(way: str, net_ms: float, pair: str = "", gap_ms: float = 300, **more: Any) -> Any:
    return {
        "way": way,
        "net_ms": net_ms,
        "gap_ms": gap_ms,
        "gap_was_ms": gap_ms,
        "pair": pair,
        "invalid": "",
        "faint_ms": 20.0,
        "understood": True,
        "stats": {},
        "times": {"final_transcript": 20.0, "first_piece": 30.0, "first_sound": 60.0},
        **more,
    }


@pytest.fixture
def run() -> dict[str, Any]:
    """A run with known numbers."""
    company = {
        "model": SMALL,
        "recogniser": "moonshine",
        "voice": "hibari",
        "language": "en",
        "max_tokens": 220,
    }
    samples = [
        sample("ours", 100.0, "0/300"),
        sample("plain", 1500.0, "0/300"),
        sample("ours", 140.0, "1/300", whole={"gaps_ms": [], "underruns": 0}),
        sample("plain", 1260.0, "1/300"),
        sample("ours", 9999.0, invalid="the question did not come through in one piece"),
        sample("ours", 400.0, gap_ms=0),
    ]
    turn = {"series": [{"company": company, "server_latency_s": [0.021], "samples": samples}]}
    start = {"help_ms": [200.0, 300.0, 310.0], "series": []}
    return {
        "at": "2026-01-02 03:04 UTC",
        "size": "quick",
        "machine": {
            "processor": "A processor",
            "cores": 2,
            "threads": 4,
            "memory_gb": 8.0,
            "system": "Linux 6",
            "python": "3.11.9",
        },
        "versions": {"voicemate": "0.1.0"},
        "models": {SMALL: "ab" * 32},
        "load_before": 0.2,
        "parts": {"turn": turn, "start": start},
    }


def test_a_row_sums_up_what_counts_and_says_whether_the_target_is_met(run: Any) -> None:
    table = {row.row: row for row in rows.rows(run)}
    answer = table["answer 300"]
    assert answer.values == (100.0, 140.0)
    assert [met for _, met in answer.verdicts()] == [True, True]
    assert "1 without" in answer.note
    assert [met for _, met in table["answer 0"].verdicts()] == [False]
    assert table["ratio"].values == pytest.approx((15.0, 9.0))
    assert [met for _, met in table["ratio"].verdicts()] == [True]
    assert [met for _, met in table["help"].verdicts()] == [False]
    assert table["underruns"].values == (0.0,)


def test_a_limit_itself_is_still_met() -> None:
    assert Target("p50", 10).met(10)
    assert not Target("p50", 10).met(10.1)
    assert Target("p50", 10, at_least=True).met(10)
    assert not Target("p50", 10, at_least=True).met(9.9)


def test_the_page_names_machine_samples_and_misses_and_the_picture_is_whole(
    run: Any, tmp_path: Path
) -> None:
    files = report.write(json.loads(json.dumps(run)), tmp_path)
    assert {file.name for file in files} == {"benchmarks.md", "benchmarks.svg"}
    page = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert "A processor" in page
    assert "| 120 ms | 138 | 100-140 | 2 | p50 ≤ 150 met, p95 ≤ 300 met |" in page
    assert "p50 ≤ 280 MISSED" in page
    assert "too high" not in page
    picture = ElementTree.fromstring((tmp_path / "benchmarks.svg").read_text(encoding="utf-8"))
    texts = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "120 ms" in texts
    assert "1380 ms" in texts


def test_a_bar_is_as_long_as_its_time() -> None:
    drawn = ElementTree.fromstring(
        svg({"a": {"final_transcript": 100.0, "sound": 400.0}, "b": {"sound": 800.0}})
    )
    bars = [r for r in drawn.iter("{http://www.w3.org/2000/svg}rect") if r.get("height") == "22"]
    widths = [float(bar.get("width", "")) for bar in bars]
    assert widths[1] == pytest.approx(3 * widths[0], abs=0.5)
    assert widths[2] == pytest.approx(8 * widths[0], abs=0.5)


def test_parts_that_were_not_measured_are_left_out_and_the_table_still_prints(run: Any) -> None:
    run["parts"] = {"interrupt": {"status": 1}, "start": run["parts"]["start"]}
    assert [row.row for row in rows.rows(run)] == ["help"]
    printed = report.printed(run)
    assert "voicemate --help" in printed
    assert "p50 ≤ 250 MISSED" in printed


def test_a_model_that_is_measured_later_joins_those_that_were() -> None:
    small = {"series": [{"company": {"model": "small"}, "n": 1}]}
    large = {"series": [{"company": {"model": "large"}, "n": 2}]}
    both = _joined(small, large)
    assert [series["n"] for series in both["series"]] == [1, 2]
    again = _joined(both, {"series": [{"company": {"model": "small"}, "n": 3}]})
    assert [series["n"] for series in again["series"]] == [2, 3]
    assert _joined(both, {"status": 1}) == {"status": 1}
    assert _joined(None, large) == large


def test_what_was_measured_beside_other_work_is_said(run: Any) -> None:
    assert "other work" not in report.markdown(run, picture=False)
    run["parts"]["turn"]["series"][0]["load_after"] = 1.9
    assert "turn of SmolLM2-135M (1.9)" in report.markdown(run, picture=False)


def test_a_miss_is_told_with_its_reason_and_a_hit_with_none(run: Any) -> None:
    page = report.markdown(run, picture=False)
    told = page[page.index("## What is missed") :]
    assert "- `voicemate --help`: not known why." in told
    assert "300 ms after" not in told.partition("## Where")[0].partition("- `voicemate")[0]
    [korean] = [
        text
        for row, text in missed(
            [Row("answer 300", "first sound", LARGE, "vosk, pyttsx3 ko", "ms", (5000.0,))]
        )
    ]
    assert "Korean" in korean
