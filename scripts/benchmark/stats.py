"""What is said of many samples."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Summary:
    """The middle and the spread of some samples."""

    n: int
    median: float
    p95: float
    least: float
    most: float


def summary(values: Sequence[float]) -> Summary | None:
    """Sum samples up; None where there are none."""
    if not values:
        return None
    return Summary(
        len(values),
        statistics.median(values),
        percentile(values, 0.95),
        min(values),
        max(values),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which `share` of the samples lie, between two where it falls there."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
