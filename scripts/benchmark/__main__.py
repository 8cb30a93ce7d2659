"""The command: `scripts/bench PART [--quick]`, `scripts/bench report FILE`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.benchmark import machine, report
from scripts.benchmark.targets import LARGE, SMALL

PARTS = {
    "turn": "key release to first sound, VoiceMate and the plain way",
    "interrupt": "key press to silence; presses as an answer begins",
    "tokens": "token rate against the bare llama.cpp loop",
    "recogniser": "recognisers' processor time against the bare libraries",
    "long": "2,000 turns: latency and memory",
    "start": "--help, start, memory, idle",
}
_MODULES = {"recogniser": "hearing", "turn": "turns"}
_MODELS = {"small": (SMALL,), "large": (LARGE,), "both": (SMALL, LARGE)}
ROOT = Path(__file__).resolve().parents[2]


def main(words: Sequence[str] | None = None) -> int:
    """Give the exit status: 1 when a part could not be measured, 2 when nothing could."""
    wanted = _parser().parse_args(words)
    if wanted.part == "report":
        if wanted.file is None:
            print("Name the file of a run: scripts/bench report build/bench-….json")
            return 2
        kept = json.loads(wanted.file.read_text(encoding="utf-8"))
        print(report.printed(kept))
        for file in report.write(kept):
            print(f"Wrote {file}.")
        return 0
    if wanted.child:
        return _measure(wanted)
    from tests.rig import missing_parts

    missing = missing_parts()
    if missing is not None:
        print(f"Nothing can be measured here: {missing}.")
        return 2
    return _run(wanted)


def _parser() -> argparse.ArgumentParser:
    lines = [f"{name:12}{about}" for name, about in PARTS.items()]
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure VoiceMate at the sound card of a private audio server.",
        epilog="parts:\n  " + "\n  ".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("part", choices=["all", *PARTS, "report"])
    parser.add_argument("file", nargs="?", type=Path, help="report: the samples of a run")
    parser.add_argument("--quick", dest="size", action="store_const", const="quick")
    parser.add_argument("--models", choices=_MODELS, default="both")
    parser.add_argument(
        "--out",
        type=Path,
        help="where every sample goes (JSON); a file that is there gets one part more",
    )
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.set_defaults(size="usual")
    return parser


def _run(wanted: argparse.Namespace) -> int:
    """Measure each part in a process of its own, and keep what there is after each."""
    now = datetime.now(UTC)
    out: Path = wanted.out or ROOT / "build" / f"bench-{now:%Y-%m-%d-%H%M}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    load = machine.load()
    if load is not None and load > machine.BUSY_LOAD:
        print(f"The machine is busy (load {load:.2f}): what is measured now will be too slow.")
    kept: dict[str, Any] = {
        "format": 1,
        "at": f"{now:%Y-%m-%d %H:%M} UTC",
        "size": wanted.size,
        "machine": machine.machine(),
        "versions": machine.versions(),
        "models": machine.models(),
        "load_before": load,
        "parts": {},
    }
    if out.exists():
        # Parts and models may be measured one by one, on other days too.
        kept["parts"] = json.loads(out.read_text(encoding="utf-8"))["parts"]
    parts = list(PARTS) if wanted.part == "all" else [wanted.part]
    for part in parts:
        print(f"\n{part}: {PARTS[part]}", flush=True)
        kept["parts"][part] = _joined(kept["parts"].get(part), _child(part, wanted))
        out.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"\n{report.printed(kept)}\n\nEvery sample is in {out}.")
    print(f"scripts/bench report {out} writes docs/benchmarks.md.")
    broken = [name for name, part in kept["parts"].items() if "series" not in part]
    if broken:
        print(f"Not measured: {', '.join(broken)}.")
    return 1 if broken else 0


def _joined(before: dict[str, Any] | None, now: dict[str, Any]) -> dict[str, Any]:
    """Give a part as it was just measured, with what was measured before of other models."""
    if before is None or "series" not in before or "series" not in now:
        return now
    measured = {_model(series) for series in now["series"]}
    others = [series for series in before["series"] if _model(series) not in measured]
    return now | {"series": [*others, *now["series"]]}


def _model(series: dict[str, Any]) -> str | None:
    model: str | None = series.get("company", series).get("model")
    return model


def _child(part: str, wanted: argparse.Namespace) -> dict[str, Any]:
    begun, load = time.monotonic(), machine.load()
    with tempfile.TemporaryDirectory(prefix="vm-bench-", dir="/tmp") as folder:
        file = Path(folder) / "part.json"
        command = [sys.executable, "-m", "scripts.benchmark", part, "--child", str(file)]
        command += ["--models", wanted.models]
        if wanted.size != "usual":
            command.append(f"--{wanted.size}")
        status = subprocess.run(command, cwd=ROOT, check=False).returncode
        found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    took = time.monotonic() - begun
    for series in found.get("series", ()):
        series["load_after"] = machine.load()
    print(f"{part} took {took:.0f} s", flush=True)
    return found | {"status": status, "seconds": took, "load_before": load}


def _measure(wanted: argparse.Namespace) -> int:
    import importlib

    module = importlib.import_module(f"scripts.benchmark.{_MODULES.get(wanted.part, wanted.part)}")
    measure: Callable[..., Any] = module.measure
    models = tuple(m for m in _MODELS[wanted.models] if m in machine.models())
    found = measure(wanted.size, models, say=lambda line: print(line, flush=True))
    wanted.child.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
