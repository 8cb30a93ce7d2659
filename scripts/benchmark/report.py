"""The table on the screen, and docs/benchmarks.md with its picture."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scripts.benchmark import rows as found
from scripts.benchmark.machine import OWN_LOAD
from scripts.benchmark.reasons import missed
from scripts.benchmark.targets import LARGE, SHORT, SMALL
from scripts.benchmark.timeline import svg

Report = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]


def printed(report: Report) -> str:
    """Give the table for a terminal."""
    cells = [found.HEADS, *found.table(found.rows(report))]
    widths = [max(len(row[i]) for row in cells) for i in range(len(found.HEADS) - 1)]
    lines = []
    for row in cells:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*padded, row[-1]]).rstrip())
    lines.insert(1, "-" * min(max(map(len, lines)), 160))
    return "\n".join(lines)


def write(report: Report, docs: Path = ROOT / "docs") -> list[Path]:
    """Write docs/benchmarks.md and docs/benchmarks.svg; gives the files."""
    lines = {}
    for model in (SMALL, LARGE):
        for way, moments in found.timeline(report, model).items():
            name = "VoiceMate" if way == "ours" else "plain way"
            lines[f"{SHORT[model]}, {name}"] = moments
    picture, page = docs / "benchmarks.svg", docs / "benchmarks.md"
    files = [page]
    if lines:
        picture.write_text(svg(lines), encoding="utf-8")
        files.append(picture)
    page.write_text(markdown(report, bool(lines)), encoding="utf-8")
    return files


def markdown(report: Report, picture: bool) -> str:
    """Give docs/benchmarks.md."""
    machine, versions = report["machine"], report["versions"]
    lines = [
        "# Benchmarks",
        "",
        "<!-- Made by `scripts/bench report FILE` from the samples of one run. -->",
        "",
        "Measured at the sound card: questions are played into a virtual microphone by another",
        "voice than the companion's, in two levels of noise, and what the virtual speaker plays",
        "is recorded. Times end at the first sample above -50 dB of full scale, less the audio",
        "server's own latency, which clicks measure in the same run. `scripts/bench all` repeats",
        "it, `scripts/bench --help` lists the parts.",
        "",
        *(["![The time line of a median turn](benchmarks.svg)", ""] if picture else []),
        *_table([found.HEADS, *found.table(found.rows(report))]),
        "",
        "“The plain way” records until the key's release, transcribes all, writes the whole",
        "reply, renders it and plays it, with the same parts, settings and messages, in turns",
        "with VoiceMate. Ratios are of the two answers to the same question.",
        "",
        *_misses(report),
        *_milliseconds(report),
        *_ways(report),
        "## Where",
        "",
        f"{report['at']}, {machine['processor']}, {machine['cores']} cores "
        f"({machine['threads']} threads), {machine['memory_gb']} GB, {machine['system']}, "
        f"Python {machine['python']}; run: {report['size']}.",
        *_load(report),
        "",
        *_table([("what", "version"), *versions.items()]),
        "",
        *_table(
            [("model", "SHA-256"), *((k, f"`{v[:16]}…`") for k, v in report["models"].items())]
        ),
        "",
    ]
    return "\n".join(lines)


def _table(cells: Sequence[Sequence[str]]) -> list[str]:
    rows = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]
    return [rows[0], "|" + "---|" * len(cells[0]), *rows[1:]]


def _load(report: Report) -> list[str]:
    """Say what was measured while the machine had more to do than that."""
    busy: dict[str, float] = {}
    for part in ("turn", "interrupt"):  # the others keep the processor busy themselves
        for series in report["parts"].get(part, {}).get("series", ()):
            load, model = series.get("load_after") or 0.0, series["company"]["model"]
            name = f"{part} of {SHORT.get(model, model)}"
            if load > OWN_LOAD:
                busy[name] = max(load, busy.get(name, 0.0))
    if not busy:
        return []
    told = ", ".join(f"{name} ({load:.1f})" for name, load in busy.items())
    return [f"The machine had other work meanwhile, so that numbers are too high; load: {told}."]


def _misses(report: Report) -> list[str]:
    """Say which targets are missed, and why, where that is known."""
    lines = [
        f"- {' '.join(filter(None, (row.label, SHORT.get(row.model, row.model), row.what)))}: "
        f"{reason or 'not known why.'}"
        for row, reason in missed(found.rows(report))
    ]
    return ["## What is missed, and why", "", *lines, ""] if lines else []


def _milliseconds(report: Report) -> list[str]:
    """Say where the milliseconds of a turn go, from step to step, and how often a draft served."""
    part = report["parts"].get("turn")
    if not part or "series" not in part:
        return []
    cells: list[tuple[str, ...]] = [
        ("model", "with", "gap", "final transcript", "first token", "to the sound card",
         "quiet start of the voice", "draft used", "understood exactly", "n")
    ]  # fmt: skip
    for series in part["series"]:
        for gap_ms in (300.0, 0.0):
            samples = found.valid(series, "ours", gap_ms)
            if not samples:
                continue
            drafted = [s["stats"].get("drafted_tokens") for s in samples]
            known = [n for n in drafted if n is not None]
            used = f"{sum(n > 0 for n in known)} of {len(known)}" if known else "not told"
            cells.append(
                (
                    SHORT.get(series["company"]["model"], series["company"]["model"]),
                    found.company_of(series),
                    f"{gap_ms:.0f} ms",
                    _median(s["times"]["final_transcript"] for s in samples),
                    _median(s["times"]["first_piece"] for s in samples),
                    _median(s["times"]["first_sound"] for s in samples),
                    _median(s["faint_ms"] for s in samples),
                    used,
                    f"{sum(s['understood'] for s in samples)} of {len(samples)}",
                    str(len(samples)),
                )
            )
    return [
        "## Where the milliseconds go",
        "",
        "Medians, milliseconds after the key's release (the quiet start: its length). The small",
        "Korean model seldom writes down exactly what a synthetic voice says.",
        "",
        *_table(cells),
        "",
    ]


def _ways(report: Report) -> list[str]:
    """Say how well the measuring itself went."""
    part = report["parts"].get("turn")
    if not part or "series" not in part:
        return []
    ours = [s for series in part["series"] for s in series["samples"]]
    latencies = [ms * 1000 for series in part["series"] for ms in series["server_latency_s"]]
    if not ours or not latencies:
        return []
    off = [abs(s["gap_was_ms"] - s["gap_ms"]) for s in ours]
    invalid = sum(1 for s in ours if s["invalid"])
    return [
        "## How exact it is",
        "",
        f"The audio server's latency was {statistics.median(latencies):.1f} ms "
        f"({min(latencies):.1f} to {max(latencies):.1f}, {len(latencies)} clicks). The key was "
        f"released within {max(off):.1f} ms of the wanted moment (median "
        f"{statistics.median(off):.1f}); the end of the last word is known from the recorded "
        f"microphone. {invalid} of {len(ours)} questions gave no valid measurement.",
        "",
    ]


def _median(values: Any) -> str:  # noqa: ANN401  (an iterable of numbers, some missing)
    known = [value for value in values if value is not None]
    return f"{statistics.median(known):.0f}" if known else "-"
