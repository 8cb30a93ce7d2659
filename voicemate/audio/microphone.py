"""The microphone: an input stream that is warm before the key goes down, and closed when muted."""

from __future__ import annotations

import contextlib
import logging
import threading
import time

import numpy as np
from numpy.typing import NDArray

from voicemate.audio import portaudio
from voicemate.audio.capture import Capture, LiveTake
from voicemate.audio.pcm import SILENCE_DB, to_mono
from voicemate.audio.source_watch import Sources, SourceWatch, can_watch
from voicemate.audio.stream import CLOSE_DEADLINE_S, OPEN_DEADLINE_S, DeviceStream, OnBlock
from voicemate.errors import AudioDeviceError

log = logging.getLogger(__name__)

BLOCK_S = 0.02

# How much the system may collect for us. It costs no delay (a block is handed over when it is
# full) and saves wake-ups.
LATENCY_S = 0.1

# A dead stream is opened anew while the key goes down: the person must not wait for it long.
_REOPEN_DEADLINE_S = 0.5
_ONE_MORE_BLOCK_S = 3 * BLOCK_S


class WarmMicrophone:
    """Listens all the time while open, keeps the last `pre_roll_ms`, and hands out takes.

    Fulfils `ports.Microphone`; every method may be called from any thread. `open` and `close`
    take some milliseconds; with a sound server that hangs they give up after
    `stream.OPEN_DEADLINE_S` and `stream.CLOSE_DEADLINE_S`, and the closing goes on in the
    background (thread `sound-call`) while `is_open` stays true. `begin_take` only opens a gate,
    in well under a millisecond, unless the stream has died: then it opens it anew, once.

    Where the sound server tells (thread `microphone-watch`), a microphone that is unplugged closes
    the stream, instead of leaving it with what the speaker plays; one that is plugged in opens it.
    """

    def __init__(self, device: str = "", pre_roll_ms: int = 600, post_roll_ms: int = 250) -> None:
        self._device = device
        self._pre_roll_s = pre_roll_ms / 1000
        self._post_roll_s = post_roll_ms / 1000
        self._lock = threading.RLock()
        self._muted = True
        self._session: _Session | None = None
        self._earlier_overflows = 0
        self._watch: SourceWatch | None = None
        self._unplugged = False

    def open(self) -> None:
        """Open the stream. Raises `AudioDeviceError`. Does nothing while it is open and well.

        When it fails, the next `begin_take` tries again: a microphone may have been plugged in.
        """
        with self._lock:
            self._muted = False
            if self._watch is None and can_watch():
                self._watch = SourceWatch(self._on_sources)
            if self._session is None or not self._session.stream.alive:
                self._reopen(OPEN_DEADLINE_S)

    def close(self) -> None:
        """Close the stream: nothing is captured any more, a take that is held is discarded."""
        with self._lock:
            self._muted = True
            if self._watch is not None:
                self._watch.close()
                self._watch = None
            if self._session is not None:
                self._session.close()

    @property
    def is_open(self) -> bool:
        """True exactly while the operating system's stream is open."""
        session = self._session
        return session is not None and session.stream.is_open

    @property
    def level_db(self) -> float:
        """Level of the newest block, dB of full scale, -100 when closed."""
        session = self._session
        return session.capture.level_db if session is not None and self.is_open else SILENCE_DB

    @property
    def overflows(self) -> int:
        """How many blocks were lost since the start, by the system or by a lagging reader."""
        session = self._session
        return self._earlier_overflows + (session.capture.overflows if session else 0)

    def begin_take(self) -> LiveTake:
        """Start a take, with the pre-roll before this moment. Raises `AudioDeviceError`."""
        with self._lock:
            if self._muted:
                raise AudioDeviceError(
                    "The microphone is muted.", "Unmute VoiceMate to talk to it."
                )
            session = self._session
            if self._unplugged:
                raise portaudio.no_device("microphone")
            if session is None or not _well(session):
                log.warning("the microphone gives no sound: opening it anew")
                session = self._reopen(_REOPEN_DEADLINE_S)
            return session.capture.begin()

    def _on_sources(self, now: Sources) -> None:
        # The watch's thread.
        with self._lock:
            if self._muted:
                return
            session = self._session
            if now.heard_is_monitor and session is not None and session.stream.is_open:
                log.warning("the microphone was unplugged: closing, to hear no speaker instead")
                session.capture.stop(portaudio.gone("microphone", session.stream.name))
                session.close()
            before, self._unplugged = self._unplugged, not now.any_microphone
            if before and not self._unplugged and (session is None or not session.stream.alive):
                log.info("a microphone was plugged in")
                with contextlib.suppress(AudioDeviceError):
                    self._reopen(OPEN_DEADLINE_S)

    def _reopen(self, deadline_s: float) -> _Session:
        if self._session is not None:
            self._session.close(deadline_s=0.0 if self._session.stream.stalled else deadline_s)
        session = _Session(self._pre_roll_s, self._post_roll_s)
        session.stream.open(self._device, LATENCY_S, deadline_s)
        if self._session is not None:
            self._earlier_overflows += self._session.capture.overflows
        self._session = session
        return session


class _Session:
    """One opening of the stream and what it captures: a late block has nowhere else to go."""

    capture: Capture  # there once the stream is open

    def __init__(self, pre_roll_s: float, post_roll_s: float) -> None:
        self._pre_roll_s = pre_roll_s
        self._post_roll_s = post_roll_s
        self.stream = DeviceStream("microphone", BLOCK_S, self._prepare, self._on_end)

    def close(self, deadline_s: float = CLOSE_DEADLINE_S) -> None:
        self.stream.close(deadline_s)
        self.capture.stop()

    def _prepare(self, rate_hz: int) -> OnBlock:
        self.capture = Capture(rate_hz, BLOCK_S, self._pre_roll_s, self._post_roll_s)
        return self._on_block

    def _on_block(self, frames: NDArray[np.float32], age_s: float, overflowed: bool) -> None:
        self.capture.push(to_mono(frames), time.monotonic() - age_s, overflowed)

    def _on_end(self) -> None:
        self.capture.stop(portaudio.gone("microphone", self.stream.name))


def _well(session: _Session) -> bool:
    if session.stream.is_open and session.stream.stalled:
        # Something may have held the interpreter, and the callback is about to come.
        threading.Event().wait(_ONE_MORE_BLOCK_S)
    return session.stream.alive
