"""Which microphones and speakers there are, and which one a name in the settings means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from voicemate.audio import portaudio
from voicemate.audio.portaudio import SEE_DEVICES, Kind
from voicemate.errors import AudioDeviceError

_QUERY_DEADLINE_S = 5.0
# ALSA's sound-server plug-ins take any rate and name 44100 as theirs; the servers run at 48000.
_SERVER_RATE_HZ = 48_000


@dataclass(frozen=True, slots=True)
class Device:
    """One direction of one device; `index` is PortAudio's, `channels` the most it has."""

    name: str
    kind: Literal["in", "out"]
    default: bool
    rate_hz: int
    channels: int
    host_api: str
    index: int

    @property
    def rates_to_try(self) -> tuple[int, ...]:
        """Sample rates in the order in which they should be tried."""
        first = _SERVER_RATE_HZ if self.host_api == "ALSA" else self.rate_hz
        return tuple(dict.fromkeys((first, self.rate_hz, _SERVER_RATE_HZ, 44_100, 16_000)))

    @property
    def channels_to_try(self) -> tuple[int, ...]:
        """Numbers of channels in the order in which they should be tried."""
        wanted = (1, 2) if self.kind == "in" else (2, 1)
        fitting = [n for n in wanted if n <= self.channels]
        return tuple(dict.fromkeys([*fitting, self.channels]))


def list_devices() -> list[Device]:
    """List what PortAudio sees, microphones first. May take some milliseconds.

    Raises `AudioDeviceError` when the library is missing or the sound system hangs.
    """
    try:
        return portaudio.within(_QUERY_DEADLINE_S, _query)
    except TimeoutError as error:
        raise portaudio.not_answering("speaker", "") from error


def resolve(name: str, kind: Kind) -> Device:
    """Find the device that `name` means: exact, or a part of one name only; empty: the default.

    Raises `AudioDeviceError` that lists what there is. Only inside `portaudio.within`.
    """
    direction = "in" if kind == "microphone" else "out"
    found = [device for device in _query() if device.kind == direction]
    if not found:
        raise portaudio.no_device(kind)
    if not name:
        return next((device for device in found if device.default), found[0])
    exact = [device for device in found if device.name == name]
    if exact:
        # Windows lists a device once for each of its sound systems, the preferred one first.
        return exact[0]
    partly = [device for device in found if name.casefold() in device.name.casefold()]
    if len(partly) == 1:
        return partly[0]
    shown = ", ".join(f"“{device.name}”" for device in (partly or found))
    trouble = f"fits more than one {kind}" if partly else f"is no {kind} that there is"
    raise AudioDeviceError(
        f"“{name}” {trouble}: {shown}.",
        f"Set audio.{kind} to one of these names, or leave it empty for the system's choice. "
        f"{SEE_DEVICES}",
    )


def _query() -> list[Device]:
    module = portaudio.sounddevice()
    try:
        apis: list[dict[str, Any]] = list(module.query_hostapis())
        rows: list[dict[str, Any]] = list(module.query_devices())
        chosen = list(module.default.device)
    except (module.PortAudioError, ValueError) as error:
        raise portaudio.device_error(error, "speaker", "") from error
    devices = []
    for kind, column in (("in", 0), ("out", 1)):
        default = chosen[column]
        for index, row in enumerate(rows):
            channels = int(row[f"max_{kind}put_channels"])
            if channels > 0:
                devices.append(
                    Device(
                        name=str(row["name"]),
                        kind="in" if kind == "in" else "out",
                        default=index == default,
                        rate_hz=int(row["default_samplerate"]),
                        channels=channels,
                        host_api=str(apis[int(row["hostapi"])]["name"]),
                        index=index,
                    )
                )
    return devices
