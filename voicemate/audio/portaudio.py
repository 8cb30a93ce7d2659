"""The one door to PortAudio: loaded late, entered by one caller at a time, left by a deadline.

PortAudio may not be called from two threads at once, and with a sound server that hangs a call
can block for many seconds. So each call runs on a short-lived thread (`sound-call`), one after
the other, and the caller waits for its deadline only.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import sys
import threading
from collections.abc import Callable
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from voicemate.errors import AudioDeviceError

T = TypeVar("T")
Kind = Literal["microphone", "speaker"]
Untyped: TypeAlias = Any
"""A value of sounddevice, which comes without types."""

_one_at_a_time = threading.Lock()
_open_streams = 0

SEE_DEVICES = "`voicemate devices` lists what there is."


@functools.cache
def sounddevice() -> Untyped:
    """Load the sounddevice module, which starts PortAudio. Raises `AudioDeviceError`."""
    _hush_alsa()
    try:
        import sounddevice as module
    except OSError as error:
        raise AudioDeviceError(
            "The PortAudio library, which reaches microphone and speaker, is not installed.",
            "On Debian and Ubuntu: `sudo apt install libportaudio2 libasound2-plugins`.",
        ) from error
    # At exit sounddevice would let PortAudio wait for its streams. One that is still open then, or
    # hangs, waits for the interpreter in turn: for ever. The system closes them as well.
    atexit.unregister(module._exit_handler)
    return module


class _Call(Generic[T]):
    """One call on its own thread; `abandoned` once nobody waits for it any more."""

    def __init__(self, action: Callable[[], T], undo: Callable[[T], None] | None) -> None:
        self._action = action
        self._undo = undo
        self._ends = threading.Lock()
        self._abandoned = False
        self.done = threading.Event()
        self.result: T | None = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with _one_at_a_time:
                self._run_if_wanted()
        finally:
            self.done.set()

    def _run_if_wanted(self) -> None:
        if self._abandoned and self._undo is not None:
            return
        try:
            result = self._action()
        except BaseException as error:  # noqa: BLE001  (handed to the waiting caller)
            self.error = error
            return
        with self._ends:
            self.result = result
            too_late = self._abandoned
        if too_late and self._undo is not None:
            self._undo(result)

    def abandon(self) -> bool:
        """Stop waiting; false when it has just ended after all."""
        with self._ends:
            if self.done.is_set() or self.result is not None:
                return False
            self._abandoned = True
            return True


def within(
    deadline_s: float, action: Callable[[], T], undo: Callable[[T], None] | None = None
) -> T:
    """Run `action` with PortAudio to itself; raises `TimeoutError` when it takes too long.

    An action that was given up goes on in the background. One that makes something has an
    `undo`: it is not begun when it was given up before, and undone when it ends too late.
    """
    call = _Call(action, undo)
    threading.Thread(target=call.run, name="sound-call", daemon=True).start()
    if not call.done.wait(deadline_s) and call.abandon():
        raise TimeoutError
    call.done.wait()
    if call.error is not None:
        raise call.error
    return call.result  # type: ignore[return-value]  # set whenever there is no error


def count_stream(change: int) -> None:
    """Count the streams that are open, so that PortAudio is never restarted under one."""
    global _open_streams
    _open_streams += change


def restart_if_idle() -> bool:
    """Let PortAudio look for devices again; false while a stream is open. Only inside `within`."""
    if _open_streams:
        return False
    module = sounddevice()
    module._terminate()
    module._initialize()
    return True


def device_error(error: Exception, kind: Kind, name: str) -> AudioDeviceError:
    """Say what PortAudio's error means for the person; `name` is the device's, or empty."""
    code = error.args[1] if len(error.args) > 1 else None
    device = f"The {kind} “{name}”" if name else f"The {kind}"
    if code == _UNAVAILABLE:
        return AudioDeviceError(
            f"{device} is in use by another program, or was unplugged.",
            f"Close the program that uses it, or choose another one: {SEE_DEVICES}",
        )
    if code in (_BAD_RATE, _BAD_CHANNELS):
        what = "sample rate" if code == _BAD_RATE else "number of channels"
        return AudioDeviceError(
            f"{device} refuses every {what} that was tried.",
            f"Choose the sound server's device instead of the bare hardware: {SEE_DEVICES}",
        )
    if code in _NO_DEVICE or isinstance(error, ValueError):
        return no_device(kind)
    detail = str(error.args[0]) if error.args else str(error)
    return AudioDeviceError(
        f"{device} cannot be opened ({detail}).",
        "Check that the sound server (PipeWire or PulseAudio) is running, and on Debian and "
        f"Ubuntu that libasound2-plugins is installed. {SEE_DEVICES}",
    )


def no_device(kind: Kind) -> AudioDeviceError:
    """There is no device of this kind at all."""
    return AudioDeviceError(
        f"No {kind} was found.",
        "Plug one in, and check that the sound server (PipeWire or PulseAudio) is running; on "
        f"Debian and Ubuntu it also needs libasound2-plugins. {SEE_DEVICES}",
    )


def not_answering(kind: Kind, name: str) -> AudioDeviceError:
    """The sound system hangs."""
    device = f"The {kind} “{name}”" if name else f"The {kind}"
    return AudioDeviceError(
        f"{device} does not answer: the sound system hangs.",
        "Restart the sound server, e.g. `systemctl --user restart pipewire pipewire-pulse` or "
        f"`pulseaudio -k`, or choose another device: {SEE_DEVICES}",
    )


def gone(kind: Kind, name: str) -> AudioDeviceError:
    """The device went away while it was in use."""
    return AudioDeviceError(
        f"The {kind} “{name}” is gone: it was unplugged, or the sound server ended.",
        f"Plug it in again or choose another one: {SEE_DEVICES}",
    )


# Codes of PortAudio's PaErrorCode (portaudio.h).
_BAD_RATE = -9997
_BAD_CHANNELS = -9998
_UNAVAILABLE = -9985
_NO_DEVICE = (-1, -9996)
TRY_OTHER_FORMAT = (_BAD_RATE, _BAD_CHANNELS, -9999)
"""Errors after which another rate or number of channels may work (-9999: the host's own)."""


@functools.cache
def _hush_alsa() -> None:
    """Keep libasound from writing to stderr: what matters of it comes back as an error."""
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):
        # The handler must be C: it is called on real-time threads and during shutdown. Any
        # function that ignores its arguments does nothing as a handler.
        nothing = ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p)
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(nothing)
