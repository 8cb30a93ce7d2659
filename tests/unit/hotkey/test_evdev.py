"""Reading keyboards from the kernel: recorded bytes of the device, through a pipe."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from voicemate.hotkey import evdev_keys
from voicemate.hotkey.backend import Environment, HotkeyError
from voicemate.hotkey.evdev_keys import EvdevKeys, Keyboard, evdev_available
from voicemate.hotkey.keys import RawKey

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only Linux has evdev")

LIMIT_S = 20.0
F9, RIGHT_CTRL, BTN_LEFT = 67, 97, 0x110

# As `od -An -tx1 /dev/input/event3` gives them on a 64-bit machine: MSC_SCAN, the key, SYN_REPORT.
RECORDED_RIGHT_CTRL_DOWN = bytes.fromhex(
    "a1c0 6866 0000 0000 4d5d 0c00 0000 0000 0400 0400 e400 0700"
    "a1c0 6866 0000 0000 4d5d 0c00 0000 0000 0100 6100 0100 0000"
    "a1c0 6866 0000 0000 4d5d 0c00 0000 0000 0000 0000 0000 0000"
)


def event(kind: int, code: int, value: int) -> bytes:
    return struct.pack("@llHHi", 1, 2, kind, code, value)


def key(code: int, value: int) -> bytes:
    return event(1, code, value) + event(0, 0, 0)


class Device:
    """A keyboard whose kernel side is the other end of a pipe."""

    def __init__(self) -> None:
        self.plugged = True
        self.read_end, self.write_end = os.pipe()
        self.keyboard = Keyboard("/dev/input/event0", self.read_end)

    def types(self, data: bytes) -> None:
        os.write(self.write_end, data)

    def unplug(self) -> None:
        self.plugged = False
        os.close(self.write_end)


def read(device: Device) -> list[tuple[int, bool]]:
    return [(code, down) for code, down, _ in device.keyboard.read()]


@pytest.fixture
def device() -> Iterator[Device]:
    device = Device()
    yield device
    device.keyboard.close()


def test_a_recorded_press_is_read(device: Device) -> None:
    device.types(RECORDED_RIGHT_CTRL_DOWN)
    assert read(device) == [(RIGHT_CTRL, True)]
    device.unplug()


def test_repeats_are_downs_and_buttons_of_a_mouse_are_nothing(device: Device) -> None:
    device.types(key(F9, 1) + key(F9, 2) + key(BTN_LEFT, 1) + key(F9, 0))
    assert read(device) == [(F9, True), (F9, True), (F9, False)]
    device.unplug()


def test_an_event_that_comes_in_two_pieces_is_one(device: Device) -> None:
    whole = key(F9, 1)
    device.types(whole[:10])
    assert read(device) == []
    device.types(whole[10:])
    assert read(device) == [(F9, True)]
    device.unplug()


def test_a_double_tap_that_is_read_late_is_two_taps() -> None:
    # Half a second of keys that waited, with the kernel's times: seconds and microseconds.
    def at(micros: int, value: int) -> bytes:
        return struct.pack("@llHHi", 5, micros, 1, F9, value)

    read_end, write_end = os.pipe()
    keyboard = Keyboard("/dev/input/event0", read_end, tells_monotonic=True)
    os.write(write_end, at(0, 1) + at(80_000, 0) + at(200_000, 1) + at(280_000, 0))
    times = [time for _, _, time in keyboard.read()]
    keyboard.close()
    os.close(write_end)
    assert times == pytest.approx([5.0, 5.08, 5.2, 5.28])


def test_a_device_that_has_nothing_to_say_after_all_is_not_gone(device: Device) -> None:
    os.set_blocking(device.read_end, False)
    assert device.keyboard.read() == []
    device.types(key(F9, 1))
    assert read(device) == [(F9, True)]
    device.unplug()


def test_asking_what_is_held_takes_nothing_from_what_is_read(
    device: Device, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The kernel empties the buffer of the file that is asked through.
    asked: list[int] = []

    def ask(file: int, _request: int) -> bytes:
        asked.append(file)
        return bytes(96)

    monkeypatch.setattr(evdev_keys, "_ask_bits", ask)
    (tmp_path / "event0").touch()
    keyboard = Keyboard(str(tmp_path / "event0"), device.read_end)
    assert keyboard.held_now() == frozenset()
    assert asked, "the kernel was not asked, so this proves nothing"
    assert device.read_end not in asked
    device.unplug()


def test_what_the_kernel_dropped_is_asked_for(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    device.types(key(F9, 1))
    assert read(device) == [(F9, True)]
    # Meanwhile F9 went up and Right Ctrl down, and the kernel's buffer ran over.
    held = bytearray(96)
    held[RIGHT_CTRL // 8] |= 1 << RIGHT_CTRL % 8
    monkeypatch.setattr(evdev_keys, "_ask_bits", lambda _file, _request: bytes(held))
    device.types(event(0, 3, 0) + event(1, F9, 1) + event(0, 0, 0))
    assert read(device) == [(F9, False), (RIGHT_CTRL, True)]
    device.unplug()


@pytest.fixture
def plug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Device]]:
    """Give what plugs a keyboard into the folder of input devices."""
    devices: dict[str, Device] = {}

    def open_keyboard(path: str) -> Keyboard | None:
        device = devices.get(path)
        if device is None or not device.plugged:
            return None
        return Keyboard(path, os.dup(device.read_end))

    def plug_in(name: str) -> Device:
        path = str(tmp_path / name)
        device = devices[path] = Device()
        Path(path).touch()
        return device

    monkeypatch.setattr(evdev_keys, "open_keyboard", open_keyboard)
    yield plug_in
    for device in devices.values():
        os.close(device.read_end)


def test_keys_of_every_keyboard_arrive_also_of_one_plugged_in_later(
    tmp_path: Path, plug: Callable[[str], Device]
) -> None:
    heard: SimpleQueue[RawKey] = SimpleQueue()
    first = plug("event0")
    keys = EvdevKeys(tmp_path)
    keys.start(heard.put, print)
    try:
        first.types(RECORDED_RIGHT_CTRL_DOWN)
        one = heard.get(timeout=LIMIT_S)
        second = plug("event7")
        second.types(key(F9, 1))
        two = heard.get(timeout=LIMIT_S)
    finally:
        keys.stop()
    first.unplug()
    second.unplug()
    assert (one.name, one.down) == ("Right Ctrl", True)
    assert (two.name, two.down) == ("F9", True)


def test_a_keyboard_that_is_unplugged_lets_its_keys_go(
    tmp_path: Path, plug: Callable[[str], Device]
) -> None:
    heard: SimpleQueue[RawKey] = SimpleQueue()
    device = plug("event0")
    keys = EvdevKeys(tmp_path)
    keys.start(heard.put, print)
    try:
        device.types(key(F9, 1))
        assert heard.get(timeout=LIMIT_S).down
        assert keys.is_down("F9") is True
        device.unplug()
        let_go = heard.get(timeout=LIMIT_S)
        assert (let_go.name, let_go.down) == ("F9", False)
        assert keys.is_down("F9") is None, "there is no keyboard to ask any more"
    finally:
        keys.stop()


def test_a_keyboard_that_went_and_came_back_under_its_name_is_heard(
    tmp_path: Path, plug: Callable[[str], Device]
) -> None:
    # As a computer's sleep has it: we are told that it came before we see that it had gone.
    heard: SimpleQueue[RawKey] = SimpleQueue()
    old = plug("event0")
    keys = EvdevKeys(tmp_path)
    keys.start(heard.put, print)
    try:
        old.types(key(F9, 1))
        assert heard.get(timeout=LIMIT_S).down
        new = plug("event0")
        plug("event9").types(key(RIGHT_CTRL, 1))
        assert heard.get(timeout=LIMIT_S).name == "Right Ctrl", "the folder was looked at"
        old.unplug()
        assert heard.get(timeout=LIMIT_S) is not None
        new.types(key(F9, 1))
        again = heard.get(timeout=LIMIT_S)
    finally:
        keys.stop()
    os.close(old.read_end)
    new.unplug()
    assert (again.name, again.down) == ("F9", True)


def test_without_a_keyboard_that_may_be_read_the_reason_is_told(tmp_path: Path) -> None:
    linux = Environment("linux", {})
    assert "no input device" in evdev_available(linux, tmp_path).why
    (tmp_path / "event0").touch()
    assert "is a keyboard" in evdev_available(linux, tmp_path).why
    assert "only Linux" in evdev_available(Environment("win32", {}), tmp_path).why
    with pytest.raises(HotkeyError) as raised:
        EvdevKeys(tmp_path).start(print, print)
    assert "usermod" in raised.value.hint


def test_who_is_not_in_the_group_input_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "event0").touch()
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    found = evdev_available(Environment("linux", {}), tmp_path)
    assert (found.works, "group input" in found.why) == (False, True)
