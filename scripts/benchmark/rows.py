"""From samples to a table: each row is measured, summed up and held against its targets."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scripts.benchmark.stats import Summary, summary
from scripts.benchmark.targets import MOST, P50, P95, SHORT, SMALL, TARGETS, Target

Line = dict[str, Any]
Report = dict[str, Any]

EDGE = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `values` are its samples."""

    row: str
    label: str
    model: str
    what: str
    unit: str
    values: tuple[float, ...]
    note: str = ""

    @property
    def summary(self) -> Summary | None:
        """Sum the samples up."""
        return summary(self.values)

    @property
    def targets(self) -> tuple[Target, ...]:
        """Give what it should reach."""
        return TARGETS.get((self.row, self.model)) or TARGETS.get((self.row, ""), ())

    def verdicts(self) -> list[tuple[Target, bool]]:
        """Hold each target against what was measured; nothing where nothing was."""
        found = self.summary
        if found is None:
            return []
        known = {P50: found.median, P95: found.p95, MOST: found.most}
        return [(target, target.met(known[target.statistic])) for target in self.targets]


def rows(report: Report) -> list[Row]:
    """Give the table of a run, as far as its parts were measured."""
    makers = {
        "turn": turn_rows,
        "interrupt": interrupt_rows,
        "tokens": token_rows,
        "recogniser": recogniser_rows,
        "long": long_rows,
        "start": start_rows,
    }
    table: list[Row] = []
    for name, make in makers.items():
        part = report["parts"].get(name)
        if part and "series" in part:
            table += make(part)
    return table


def company_of(series: Line) -> str:
    """Name recogniser, voice and language."""
    company = series["company"]
    return f"{company['recogniser']}, {company['voice']} {company['language']}"


def valid(series: Line, way: str, gap_ms: float | None = None) -> list[Line]:
    """Give the samples of one way that count."""
    return [
        sample
        for sample in series["samples"]
        if sample["way"] == way
        and not sample["invalid"]
        and (gap_ms is None or sample["gap_ms"] == gap_ms)
    ]


def ratios(series: Line) -> list[float]:
    """Give, for each question asked both ways, how many times faster ours was."""
    pairs: dict[str, dict[str, float]] = {}
    for sample in series["samples"]:
        if sample.get("pair") and not sample["invalid"]:
            pairs.setdefault(sample["pair"], {})[sample["way"]] = sample["net_ms"]
    return [p["plain"] / max(p["ours"], 1.0) for p in pairs.values() if len(p) == 2]


def turn_rows(part: Line) -> Iterator[Row]:
    """Give the rows of `turn`, gap by gap."""
    gaps = ((300.0, "key release 300 ms after the last word → first sound"),
            (0.0, "key release on the last word → first sound"))  # fmt: skip
    for gap_ms, label in gaps:
        for series in part["series"]:
            samples = valid(series, "ours", gap_ms)
            lost = sum(
                1
                for s in series["samples"]
                if s["way"] == "ours" and s["gap_ms"] == gap_ms and s["invalid"]
            )
            notes = [f"{lost} without a valid measurement"] if lost else []
            if series["company"]["language"] == "ko" and series["company"]["model"] == SMALL:
                notes.append("it has learnt no Korean")
            yield Row(
                f"answer {gap_ms:.0f}",
                label,
                series["company"]["model"],
                company_of(series),
                "ms",
                tuple(s["net_ms"] for s in samples),
                "; ".join(notes),
            )
    for series in part["series"]:
        yield Row(
            "ratio",
            "the plain way takes this many times longer",
            series["company"]["model"],
            company_of(series),
            "×",
            tuple(ratios(series)),
        )
    for series in part["series"]:
        whole = [s["whole"] for s in valid(series, "ours") if "whole" in s]
        yield Row(
            "underruns",
            "gaps over 60 ms in an answer that was heard out",
            series["company"]["model"],
            company_of(series),
            "",
            tuple(float(len(w["gaps_ms"])) for w in whole),
        )


def interrupt_rows(part: Line) -> Iterator[Row]:
    """Give the rows of `interrupt`."""
    for series in part["series"]:
        model, what = series["company"]["model"], company_of(series)
        sounding = [s for s in series["samples"] if s["net_ms"] is not None]
        later = [s["net_ms"] for s in sounding if s["kind"] == "later"]
        raw = [s["raw_ms"] for s in sounding if s["kind"] == "later"]
        note = f"with the server's latency: median {statistics.median(raw):.0f} ms" if raw else ""
        label = "key press while it speaks → silence"
        yield Row("interrupt", label, model, what, "ms", tuple(later), note)
    for series in part["series"]:
        early = [s for s in series["samples"] if s["kind"] == "early"]
        lost = sum(s["lost"] for s in early)
        stale = sum(s["stale"] for s in early)
        yield Row(
            "early",
            "press in the first 100 ms: stale sound or a lost word",
            series["company"]["model"],
            company_of(series),
            "failures",
            tuple(float(s["lost"] or s["stale"]) for s in early),
            f"{stale} stale, {lost} not understood as asked",
        )


def token_rows(part: Line) -> Iterator[Row]:
    """Give the rows of `tokens`."""
    for series in part["series"]:
        samples = [s for s in series["samples"] if not s.get("invalid")]
        rate = statistics.median(s["ours_per_s"] for s in samples) if samples else 0.0
        yield Row(
            "tokens",
            "token rate, of the bare llama.cpp loop",
            series["model"],
            f"{series['threads']} threads",
            "",
            tuple(s["ratio"] for s in samples),
            f"{rate:.1f} tokens/s",
        )


def recogniser_rows(part: Line) -> Iterator[Row]:
    """Give the rows of `recogniser`."""
    for series in part["series"]:
        samples = series["samples"]
        ours = statistics.median(s["ours"] for s in samples) if samples else 0.0
        yield Row(
            "recogniser",
            "recogniser's CPU, of the bare library",
            "",
            f"{series['engine']}; bare: {series['bare']}",
            "",
            tuple(s["ratio"] for s in samples),
            f"{ours:.2f} s of a core per second of audio",
        )


def long_rows(part: Line) -> Iterator[Row]:
    """Give the row of `long`."""
    for series in part["series"]:
        first_ms = series["first_piece_ms"]
        last, first = first_ms[-EDGE:], first_ms[:EDGE]
        before, after = statistics.median(first), statistics.median(last)
        # At first the history is still short; a full one is what stays.
        full = statistics.median(first_ms[2 * EDGE : 4 * EDGE] or last)
        growth = series["memory"][-1]["rss_mb"] - series["memory"][1]["rss_mb"]
        yield Row(
            "long",
            f"last {EDGE} of {len(first_ms)} turns against the first {EDGE}",
            series["model"],
            "typed turns, first piece",
            "",
            (after / before,),
            f"{before:.0f} → {after:.0f} ms (turns {2 * EDGE + 1} to {4 * EDGE}, with a full "
            f"history: {full:.0f}); {growth:+.0f} MB since turn {EDGE}",
        )


def start_rows(part: Line) -> Iterator[Row]:
    """Give the rows of `start`."""
    yield Row("help", "`voicemate --help`", "", "", "ms", tuple(part["help_ms"]))
    for row, label, unit, take in (
        ("start", "warm start to ready to listen", "s", _starts),
        ("memory", "resident memory beyond the model's file", "MB", _memory),
        ("idle", "idle with a warm microphone, of one core", "%", _idle),
    ):
        for series in part["series"]:
            values, note = take(series)
            what = f"moonshine, {series['voice']}"
            yield Row(row, label, series["model"], what, unit, tuple(values), note)


def _starts(series: Line) -> tuple[list[float], str]:
    loading = [s["loading_s"] for s in series["starts"]]
    return [s["ready_s"] for s in series["starts"]], (
        f"of it loading {statistics.median(loading):.2f} s" if loading else ""
    )


def _memory(series: Line) -> tuple[list[float], str]:
    return [series["beyond_file_mb"]], (
        f"RSS {series['rss_mb']:.0f} (PSS {series['pss_mb']:.0f}) + children "
        f"{series['children_pss_mb']:.0f} - file {series['file_mb']:.0f}"
    )


def _idle(series: Line) -> tuple[list[float], str]:
    return [series["idle_percent"]], (
        f"{series['idle_warm_percent']:.1f} % while the speaker is not at rest yet"
    )


def table(found: Iterable[Row]) -> list[tuple[str, ...]]:
    """Give the cells: what, model, with, median, p95, range, n, target, note."""
    cells = []
    for row in found:
        s = row.summary
        model = SHORT.get(row.model, row.model)
        judged = ", ".join(f"{t} {'met' if ok else 'MISSED'}" for t, ok in row.verdicts())
        if s is None:
            numbers: tuple[str, ...] = ("-", "-", "-", "0")
        else:
            numbers = (
                f"{number(s.median)} {row.unit}".strip(),
                number(s.p95),
                f"{number(s.least)}-{number(s.most)}",
                str(s.n),
            )
        cells.append((row.label, model, row.what, *numbers, judged or "not measured", row.note))
    return cells


HEADS = ("what", "model", "with", "median", "p95", "range", "n", "target", "")


def number(value: float) -> str:
    """Write a number with about three digits."""
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def timeline(report: Report, model: str = SMALL) -> dict[str, dict[str, float]]:
    """Give the median moments of a turn, ms after the key's release, for both ways.

    Of the first series of the model, released 300 ms after the last word.
    """
    part = report["parts"].get("turn") or {"series": []}
    series = next((s for s in part["series"] if s["company"]["model"] == model), None)
    if series is None:
        return {}
    lines: dict[str, dict[str, float]] = {}
    for way in ("plain", "ours"):
        samples = valid(series, way, 300.0)
        moments: dict[str, list[float]] = {}
        for sample in samples:
            for name in ("final_transcript", "first_piece", "written", "rendered"):
                if sample["times"].get(name) is not None:
                    moments.setdefault(name, []).append(sample["times"][name])
            moments.setdefault("sound", []).append(sample["net_ms"])
        if samples:
            lines[way] = {name: statistics.median(values) for name, values in moments.items()}
    return lines
