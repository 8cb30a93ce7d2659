"""Devices by name, and what a person is told when there is none; PortAudio itself is scripted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from voicemate.audio import devices, portaudio
from voicemate.errors import AudioDeviceError, ExitStatus


class PortAudioError(Exception):
    pass


class ScriptedPortAudio:
    """What sounddevice answers on a machine with these devices."""

    PortAudioError = PortAudioError

    class default:  # noqa: N801  (sounddevice's name)
        device = (1, 2)

    rows = (
        ("Built-in Microphone", 2, 0),
        ("USB Headset", 1, 0),
        ("USB Headset", 0, 2),
        ("Built-in Speakers", 0, 2),
        ("HDMI", 0, 8),
    )

    def query_hostapis(self) -> tuple[dict[str, Any], ...]:
        return ({"name": "ALSA"},)

    def query_devices(self) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "max_input_channels": ins,
                "max_output_channels": outs,
                "default_samplerate": 44_100.0,
                "hostapi": 0,
            }
            for name, ins, outs in self.rows
        ]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedPortAudio]:
    scripted = ScriptedPortAudio()
    monkeypatch.setattr(portaudio, "sounddevice", lambda: scripted)
    return scripted


def test_every_direction_is_listed_with_the_default_marked(machine: ScriptedPortAudio) -> None:
    listed = [(d.name, d.kind, d.default, d.channels) for d in devices.list_devices()]
    assert listed == [
        ("Built-in Microphone", "in", False, 2),
        ("USB Headset", "in", True, 1),
        ("USB Headset", "out", True, 2),
        ("Built-in Speakers", "out", False, 2),
        ("HDMI", "out", False, 8),
    ]


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("", "microphone", "USB Headset"),
        ("", "speaker", "USB Headset"),
        ("Built-in Microphone", "microphone", "Built-in Microphone"),
        ("hdmi", "speaker", "HDMI"),
        ("built-in", "speaker", "Built-in Speakers"),
    ],
)
def test_a_name_or_a_part_of_it_finds_its_device(
    machine: ScriptedPortAudio, name: str, kind: portaudio.Kind, found: str
) -> None:
    assert devices.resolve(name, kind).name == found


@pytest.mark.parametrize(
    ("name", "kind", "shown", "hidden"),
    [
        ("Bluetooth", "microphone", "“Built-in Microphone”, “USB Headset”", "HDMI"),
        ("hdmi", "microphone", "“Built-in Microphone”, “USB Headset”", "“HDMI”"),
        ("b", "speaker", "“USB Headset”, “Built-in Speakers”", "Microphone"),
    ],
)
def test_a_name_that_fits_none_or_more_lists_what_there_is(
    machine: ScriptedPortAudio, name: str, kind: portaudio.Kind, shown: str, hidden: str
) -> None:
    with pytest.raises(AudioDeviceError) as caught:
        devices.resolve(name, kind)
    assert shown in caught.value.message
    assert hidden not in caught.value.message
    assert f"audio.{kind}" in caught.value.hint
    assert caught.value.exit_status is ExitStatus.AUDIO


def test_a_machine_without_a_microphone(machine: ScriptedPortAudio) -> None:
    machine.rows = tuple(row for row in machine.rows if not row[1])
    with pytest.raises(AudioDeviceError, match="No microphone was found") as caught:
        devices.resolve("", "microphone")
    assert "libasound2-plugins" in caught.value.hint


def test_on_alsa_the_rate_of_the_sound_servers_is_tried_first(machine: ScriptedPortAudio) -> None:
    device = devices.resolve("", "microphone")
    assert device.rates_to_try == (48_000, 44_100, 16_000)
    assert device.channels_to_try == (1,)
    assert devices.resolve("HDMI", "speaker").channels_to_try == (2, 1, 8)


@pytest.mark.parametrize(
    ("code", "words", "hint"),
    [
        (-9985, "in use by another program", "voicemate devices"),
        (-9997, "refuses every sample rate", "sound server"),
        (-9998, "refuses every number of channels", "sound server"),
        (-9996, "No speaker was found", "Plug one in"),
        (-9999, "cannot be opened", "PipeWire or PulseAudio"),
    ],
)
def test_every_trouble_of_portaudio_is_a_sentence_and_a_hint(
    code: int, words: str, hint: str
) -> None:
    error = portaudio.device_error(PortAudioError("Trouble", code), "speaker", "HDMI")
    assert words in error.message
    assert hint in error.hint
    assert error.message.endswith(".")


def test_a_missing_library_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    real_import = builtins.__import__

    def no_library(name: str, *rest: Any) -> Any:
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return real_import(name, *rest)

    monkeypatch.setattr(builtins, "__import__", no_library)
    with pytest.raises(AudioDeviceError, match="not installed") as caught:
        portaudio.sounddevice.__wrapped__()
    assert "libportaudio2" in caught.value.hint


def test_a_sound_system_that_hangs_gives_the_caller_back() -> None:
    hangs, undone = threading.Event(), threading.Event()

    def slow() -> str:
        hangs.wait(20)
        return "a stream"

    with pytest.raises(TimeoutError):
        portaudio.within(0.05, slow, undo=lambda _: undone.set())
    assert not undone.is_set()
    hangs.set()
    assert undone.wait(10), "what was opened too late is closed again"


def test_a_call_given_up_while_it_waited_for_its_turn_is_never_made() -> None:
    hangs, first_ran = threading.Event(), threading.Event()
    made: list[str] = []

    def first() -> None:
        first_ran.set()
        hangs.wait(20)

    holder = threading.Thread(target=lambda: portaudio.within(20, first))
    holder.start()
    assert first_ran.wait(10)
    with pytest.raises(TimeoutError):
        portaudio.within(0.05, lambda: made.append("late"), undo=lambda _: None)
    hangs.set()
    holder.join(10)
    assert portaudio.within(10, lambda: list(made)) == []


def test_an_error_inside_reaches_the_caller_as_it_was() -> None:
    def fails() -> None:
        raise AudioDeviceError("No.", "Yes.")

    with pytest.raises(AudioDeviceError, match="No"):
        portaudio.within(10, fails)
