"""Memory and processor time of this process and its children."""

from __future__ import annotations

import resource

import psutil

_MB = 1_000_000


def footprint() -> dict[str, float]:
    """Give megabytes: resident and proportional (shared pages by share), and the children's."""
    me = psutil.Process()
    mine = me.memory_full_info()
    children = [child.memory_full_info() for child in me.children(recursive=True)]
    return {
        "rss_mb": mine.rss / _MB,
        "pss_mb": getattr(mine, "pss", mine.rss) / _MB,
        "children_pss_mb": sum(getattr(c, "pss", c.rss) for c in children) / _MB,
    }


def cpu_s() -> float:
    """Give the processor seconds used so far, children (known to 10 ms only) included."""
    mine = resource.getrusage(resource.RUSAGE_SELF)
    total = mine.ru_utime + mine.ru_stime
    for child in psutil.Process().children(recursive=True):
        times = child.cpu_times()
        total += times.user + times.system
    return total
