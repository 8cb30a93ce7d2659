"""Clicks through an output stream like VoiceMate's own: they measure the audio server's latency."""

from __future__ import annotations

import threading
import time
from typing import Any

from scripts.benchmark.sound import RECORDED_HZ
from voicemate.audio.speaker import BLOCK_S

APART_S = 0.15
_LOUD = 0.5
_CLICK_S = 0.002


def play(n: int) -> list[float]:
    """Play `n` clicks; gives `time.monotonic()` at which each was handed to the sound card."""
    import sounddevice

    times: list[float] = []
    done = threading.Event()
    block = round(RECORDED_HZ * BLOCK_S)
    every = round(APART_S / BLOCK_S)
    count = 0

    def fill(out: Any, _n: int, _clock: Any, _status: Any) -> None:  # noqa: ANN401
        nonlocal count
        out.fill(0)
        count += 1
        if count % every == 0:
            if len(times) == n:
                done.set()
                return
            times.append(time.monotonic())
            out[: round(_CLICK_S * RECORDED_HZ)] = _LOUD

    with sounddevice.OutputStream(
        samplerate=RECORDED_HZ,
        channels=2,
        blocksize=block,
        latency="low",
        dtype="float32",
        callback=fill,
    ):
        done.wait(n * APART_S + 10)
    return times
