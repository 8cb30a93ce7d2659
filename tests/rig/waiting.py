"""Waiting for something of another process to come true, with a limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def wait_until(true: Callable[[], bool], limit_s: float, what: str, step_s: float = 0.005) -> None:
    """Return as soon as `true()` is; raises `AssertionError` naming `what` after `limit_s`."""
    pause = threading.Event()
    end = time.monotonic() + limit_s
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"not within {limit_s} s: {what}")
        pause.wait(step_s)
