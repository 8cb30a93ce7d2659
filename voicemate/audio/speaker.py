"""The speaker: an output stream that keeps running, so that sound starts and stops at once."""

from __future__ import annotations

import logging
import threading
import time
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from voicemate.audio import portaudio
from voicemate.audio.cues import make_cue
from voicemate.audio.playback import Mixer, StreamPlayback, Thinking
from voicemate.audio.stream import OPEN_DEADLINE_S, DeviceStream, OnBlock
from voicemate.cancel import CancelToken
from voicemate.errors import AudioDeviceError
from voicemate.ports import CueName
from voicemate.types import Samples

log = logging.getLogger(__name__)

BLOCK_S = 0.01
"""An interruption is heard one block later at most (and the system's own buffer)."""

CUE_LATEST_S = 0.3
"""A cue that could not be played for longer would only confuse."""


class StreamSpeaker:
    """Plays at the device's own rate; fulfils `ports.Speaker`.

    Every method may be called from any thread. `open` and `close` take some milliseconds; with a
    sound server that hangs they give up as `WarmMicrophone`'s do. A stream that has died is
    opened anew by the next `play`.
    """

    def __init__(self, device: str = "", cues: bool = True) -> None:
        self._device = device
        self._with_cues = cues
        self._lock = threading.RLock()
        self._session: _Session | None = None
        self._closed = True
        self._missed: tuple[CueName, float] | None = None

    def open(self) -> None:
        """Open the stream. Raises `AudioDeviceError`. Does nothing while it is open and well."""
        with self._lock:
            self._closed = False
            if self._session is None or not self._session.stream.alive:
                self._reopen()
        missed, self._missed = self._missed, None
        if missed is not None and time.monotonic() - missed[1] < CUE_LATEST_S:
            self.cue(missed[0])

    def close(self) -> None:
        """Stop at once and close the stream; what plays is over."""
        with self._lock:
            self._closed = True
            if self._session is not None:
                self._session.close()

    @property
    def is_open(self) -> bool:
        """True exactly while the operating system's stream is open."""
        session = self._session
        return session is not None and session.stream.is_open

    @property
    def rate_hz(self) -> int:
        """The device's rate; 0 before it was opened."""
        session = self._session
        return session.stream.rate_hz if session is not None else 0

    @property
    def underflows(self) -> int:
        """How many blocks came too late for the system, since the stream was opened."""
        session = self._session
        return session.underflows if session is not None else 0

    def play(self, cancel: CancelToken, *, thinking_after_s: float | None = None) -> StreamPlayback:
        """Start the playback of a turn; whatever played before is over.

        The "thinking" cue sounds once when nothing has been written after `thinking_after_s`.
        Raises `AudioDeviceError` when the stream is closed, or has died and cannot be reopened.
        """
        with self._lock:
            if self._closed:
                raise AudioDeviceError("The speaker is closed.", "Start VoiceMate again.")
            session = self._session
            if session is None or not session.stream.alive:
                log.warning("the speaker takes no sound: opening it anew")
                session = self._reopen()
            if thinking_after_s is None or not self._with_cues:
                return session.mixer.play(cancel)
            due_at = time.monotonic() + thinking_after_s
            return session.mixer.play(cancel, Thinking(due_at, session.cues["thinking"]))

    def cue(self, name: CueName) -> None:
        """Play a short sound over whatever plays; returns at once. Silent when off.

        While the stream is closed it is kept for a moment: it sounds if `open` comes soon.
        """
        session = self._session
        if not self._with_cues:
            return
        if session is not None and session.stream.is_open:
            session.mixer.cue(session.cues[name])
        else:
            self._missed = (name, time.monotonic())

    def _reopen(self) -> _Session:
        if self._session is not None:
            self._session.close()
        session = _Session()
        session.stream.open(self._device, "low", OPEN_DEADLINE_S)
        self._session = session
        return session


class _Session:
    """One opening of the stream and what it plays."""

    mixer: Mixer  # these two are there once the stream is open
    cues: dict[CueName, Samples]

    def __init__(self) -> None:
        self.underflows = 0
        self.stream = DeviceStream("speaker", BLOCK_S, self._prepare, self._on_end)

    def close(self) -> None:
        # First the playback, so that a writer hears of it even when closing takes long.
        self.mixer.stop(AudioDeviceError("The speaker was closed.", "Start VoiceMate again."))
        self.stream.close()

    def _prepare(self, rate_hz: int) -> OnBlock:
        self.mixer = Mixer(rate_hz)
        self.cues = {name: make_cue(name, rate_hz) for name in get_args(CueName)}
        self._mono = np.zeros(round(rate_hz * BLOCK_S), np.float32)
        return self._on_block

    def _on_block(self, frames: NDArray[np.float32], delay_s: float, starved: bool) -> None:
        self.underflows += starved
        mono = self._mono
        if len(mono) != len(frames):  # the last block of some systems is shorter
            mono = np.zeros(len(frames), np.float32)
        self.mixer.fill(mono, delay_s)
        frames[:] = mono[:, np.newaxis]

    def _on_end(self) -> None:
        self.mixer.stop(portaudio.gone("speaker", self.stream.name))
