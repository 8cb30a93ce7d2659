"""Why a row of the table does not reach its target: known causes, said only where it is missed."""

from __future__ import annotations

from scripts.benchmark.rows import Row
from scripts.benchmark.targets import LARGE, SMALL

_KOREAN = (
    "Korean is asked by eSpeak's voice, which Vosk's small model understands in hardly a sentence "
    "as it was meant: partial transcripts change to the last moment, so that next to no draft "
    "serves; and a Korean answer begins with its first clause, not with its first words."
)
_NO_KOREAN = (
    "SmolLM2 has learnt no Korean, and needs three tokens for a syllable; what is said of "
    "the larger model comes on top."
)
_REASONS: tuple[tuple[str, str, str, str], ...] = (
    ("answer", LARGE, " ko", _KOREAN),
    ("answer", SMALL, " ko", _NO_KOREAN),
    ("ratio", LARGE, " ko", _KOREAN),
    ("ratio", SMALL, " ko", _NO_KOREAN),
    (
        "ratio",
        LARGE,
        "hibari",
        "The 1.5B answers these questions in 20 to 40 tokens, which the plain way has written "
        "after a second: the shorter an answer, the less can be gained. Hibari's questions are "
        "asked by eSpeak's voice (nobody is asked by the companion's own), of which Moonshine "
        "understands a third exactly; drafts begin later for it than for the other series.",
    ),
    (
        "tokens",
        SMALL,
        "",
        "VoiceMate reads without flash attention, which makes a question behind a long "
        "conversation a fifth quicker to read, and so small a model a tenth slower to write; "
        "it still writes twenty times as fast as it speaks.",
    ),
    (
        "recogniser",
        "",
        "own pace",
        "Moonshine reads a take from its beginning for each partial transcript. VoiceMate asks for "
        "more of them than the library gives by itself, as the answer's speed lives on them; for "
        "as many it costs less than the library.",
    ),
    (
        "long",
        SMALL,
        "",
        "The first 30 turns fill the history, and look back on half of it at the mean. From then "
        "on a turn costs the same for ever, as the median of turns 61 to 120 shows.",
    ),
    (
        "memory",
        "",
        "hibari",
        "Hibari's word lists and onnxruntime take 150 MB; with the system's voice the row is met.",
    ),
)


def why(row: Row) -> str:
    """Give the known reason for which a row misses its target; empty for none."""
    for kind, model, part, reason in _REASONS:
        if row.row.startswith(kind) and model in ("", row.model) and part in row.what:
            return reason
    return ""


def missed(rows: list[Row]) -> list[tuple[Row, str]]:
    """Give the rows that miss a target, each with the reason."""
    return [(row, why(row)) for row in rows if not all(met for _, met in row.verdicts())]
