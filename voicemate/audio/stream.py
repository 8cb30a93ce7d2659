"""One open PortAudio stream: how it is opened, how one notices that it died, how it is closed."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from voicemate.audio import devices, portaudio
from voicemate.audio.devices import Device
from voicemate.audio.portaudio import Kind, Untyped
from voicemate.errors import AudioDeviceError

log = logging.getLogger(__name__)

STALL_S = 0.5
"""A stream whose callback stays away for this long is taken for dead."""

OPEN_DEADLINE_S = 3.0
CLOSE_DEADLINE_S = 0.5

# Reading PortAudio's clock fails on some systems, which give zeros or wild values.
_LONGEST_DELAY_S = 0.5

Latency = float | Literal["low", "high"]
"""How much the system may buffer: seconds, or what the device itself calls low or high."""

OnBlock = Callable[[NDArray[np.float32], float, bool], None]
"""Gets (frames of shape (n, channels), delay in s, whether the system lost or lacked sound).

Called on PortAudio's thread: it copies and leaves. For a microphone the delay is the age of the
last sample, for a speaker the time until the first one sounds.
"""


class DeviceStream:
    """A running input or output stream of one device, float32.

    It never blocks for long. Opening has a deadline. Closing lets the callback end the stream
    with its next block; where none comes any more, the stream is left alone, and thrown away by
    a thread (`sound-close`) if it ever ends, while `is_open` stays true.

    `prepare` is told the rate before the stream starts and gives what takes its blocks; `on_end`
    is called on PortAudio's thread when the stream ended by itself.
    """

    def __init__(
        self,
        kind: Kind,
        block_s: float,
        prepare: Callable[[int], OnBlock],
        on_end: Callable[[], None],
    ) -> None:
        self.kind = kind
        self.name = ""
        self.rate_hz = 0
        self.channels = 0
        self.block_s = block_s
        self.last_block_at = 0.0
        self._prepare = prepare
        self._on_block: OnBlock = _drop
        self._on_end = on_end
        self._stream: Untyped = None
        self._closing = False
        self._ended = threading.Event()  # PortAudio's thread has left the stream
        self._died = False
        self._closed = False

    def open(self, name: str, latency: Latency, deadline_s: float = OPEN_DEADLINE_S) -> None:
        """Find the device and start the stream. Raises `AudioDeviceError`."""
        try:
            self._stream = portaudio.within(
                deadline_s, lambda: self._open(name, latency), undo=_abort
            )
        except TimeoutError as error:
            self._closing = True
            raise portaudio.not_answering(self.kind, name) from error

    @property
    def is_open(self) -> bool:
        """True while the operating system's stream is open."""
        return self._stream is not None and not self._died and not self._closed

    @property
    def alive(self) -> bool:
        """True while blocks come; false as well when the callback stayed away too long."""
        return self.is_open and not self._closing and not self.stalled

    @property
    def stalled(self) -> bool:
        """True when no block has come for `STALL_S`."""
        return time.monotonic() - self.last_block_at > STALL_S

    def close(self, deadline_s: float = CLOSE_DEADLINE_S) -> None:
        """Stop at once and close; from the call on no block is handed over any more."""
        if self._stream is None or self._closing:
            return
        self._closing = True
        end_by = time.monotonic() + deadline_s
        if self._ended.wait(deadline_s):
            with contextlib.suppress(TimeoutError):
                portaudio.within(max(0.1, end_by - time.monotonic()), self._throw_away)
            return
        log.warning("the %s %s hangs and cannot be closed", self.kind, self.name)
        threading.Thread(target=self._close_later, name="sound-close", daemon=True).start()

    def _close_later(self) -> None:
        self._ended.wait()
        portaudio.within(OPEN_DEADLINE_S, self._throw_away)

    def _throw_away(self) -> None:
        # Its thread has ended: this only joins it. (Pa_AbortStream would cancel the thread,
        # perhaps while it waits for the interpreter's lock, which would then stay locked.)
        self._stream.stop(ignore_errors=True)
        self._stream.close(ignore_errors=True)
        portaudio.count_stream(-1)
        self._closed = True

    def _open(self, name: str, latency: Latency) -> Untyped:
        try:
            return self._open_once(name, latency)
        except AudioDeviceError:
            # PortAudio lists devices once, when it starts: look again before giving up.
            if not portaudio.restart_if_idle():
                raise
        return self._open_once(name, latency)

    def _open_once(self, name: str, latency: Latency) -> Untyped:
        device = devices.resolve(name, self.kind)
        module = portaudio.sounddevice()
        trouble: Exception | None = None
        for rate_hz in device.rates_to_try:
            for channels in device.channels_to_try:
                try:
                    return self._start(module, device, rate_hz, channels, latency)
                except module.PortAudioError as error:
                    trouble = trouble or error
                    if (error.args[1:2] or (None,))[0] not in portaudio.TRY_OTHER_FORMAT:
                        raise portaudio.device_error(error, self.kind, device.name) from error
        if trouble is None:
            raise portaudio.no_device(self.kind)
        raise portaudio.device_error(trouble, self.kind, device.name) from trouble

    def _start(
        self, module: Untyped, device: Device, rate_hz: int, channels: int, latency: Latency
    ) -> Untyped:
        kind = module.InputStream if self.kind == "microphone" else module.OutputStream
        self.name, self.rate_hz, self.channels = device.name, rate_hz, channels
        self._on_block = self._prepare(rate_hz)
        self._abort_callback: type[Exception] = module.CallbackAbort
        stream = kind(
            device=device.index,
            samplerate=rate_hz,
            channels=channels,
            blocksize=round(rate_hz * self.block_s),
            latency=latency,
            dtype="float32",
            callback=self._input_block if self.kind == "microphone" else self._output_block,
            finished_callback=self._finished,
        )
        self.last_block_at = time.monotonic()
        try:
            stream.start()
        except BaseException:
            stream.close(ignore_errors=True)
            raise
        portaudio.count_stream(1)
        return stream

    def _input_block(
        self, frames: NDArray[np.float32], n: int, clock: Untyped, status: Untyped
    ) -> None:
        if self._closing:
            raise self._abort_callback
        self.last_block_at = time.monotonic()
        age = clock.currentTime - clock.inputBufferAdcTime - n / self.rate_hz
        self._on_block(frames, _sane(age), bool(status))

    def _output_block(
        self, frames: NDArray[np.float32], _n: int, clock: Untyped, status: Untyped
    ) -> None:
        if self._closing:
            frames.fill(0)
            raise self._abort_callback
        self.last_block_at = time.monotonic()
        delay = clock.outputBufferDacTime - clock.currentTime
        self._on_block(frames, _sane(delay), bool(status))

    def _finished(self) -> None:
        self._ended.set()
        if not self._closing:
            self._died = True
            self._on_end()


def _drop(_frames: NDArray[np.float32], _delay_s: float, _lost: bool) -> None:
    """Stand where nothing has been prepared yet."""


def _abort(stream: Untyped) -> None:
    stream.abort(ignore_errors=True)
    stream.close(ignore_errors=True)
    portaudio.count_stream(-1)


def _sane(delay_s: float) -> float:
    return delay_s if 0.0 <= delay_s <= _LONGEST_DELAY_S else 0.0
