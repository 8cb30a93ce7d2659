"""Reads other programs' windows as a screen reader does (AT-SPI), on a private message bus."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.rig.waiting import wait_until

LIMIT_S = 30.0

_LAUNCHER = "usr/share/dbus-1/services/org.a11y.Bus.service"
_ACCESSIBLE = "org.a11y.atspi.Accessible"
# From the numbering of AtspiStateType.
_STATES = {4: "checked", 8: "enabled", 12: "focused", 25: "showing", 30: "visible"}


def missing_reader_parts() -> str | None:
    """Give a plain sentence on what is not installed, or None where a reader can start."""
    try:
        import jeepney  # noqa: F401
    except ImportError:
        return "reading a window needs jeepney"
    if shutil.which("dbus-daemon") is None:
        return "reading a window needs dbus-daemon (Debian: dbus)"
    if not (Path("/") / _LAUNCHER).is_file():
        return "reading a window needs the accessibility bus (Debian: at-spi2-core)"
    return None


@dataclass(frozen=True, slots=True)
class Thing:
    """What a screen reader knows of one thing in a window: its role is such as "push button"."""

    at: tuple[str, str]
    role: str
    name: str
    description: str
    states: frozenset[str]


@dataclass
class Reader:
    """A private session bus with the accessibility bus behind it, and a reader on that."""

    folder: Path
    session: subprocess.Popen[bytes]
    _connections: list[Any] = field(default_factory=list)
    _bus: Any = None

    @property
    def env(self) -> dict[str, str]:
        """Give what a program needs to be read here, and to find no other desktop."""
        return {
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.folder / 'session'}",
            "XDG_RUNTIME_DIR": str(self.folder),
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        }

    def things(self, pid: int) -> list[Thing]:
        """Give all that is shown in the windows of a program, from the outside in, in order."""
        found: list[Thing] = []
        for bus_name, path in self._call(*_ROOT, _ACCESSIBLE, "GetChildren")[0]:
            if self._pid_of(bus_name) == pid:
                self._walk((bus_name, path), found)
        return found

    def _walk(self, at: tuple[str, str], found: list[Thing]) -> None:
        with contextlib.suppress(_GoneError):
            for child in self._call(*at, _ACCESSIBLE, "GetChildren")[0]:
                with contextlib.suppress(_GoneError):
                    thing = self._thing(child)
                    if "showing" in thing.states or "visible" in thing.states:
                        found.append(thing)
                        self._walk(child, found)

    def _thing(self, at: tuple[str, str]) -> Thing:
        low, high = self._call(*at, _ACCESSIBLE, "GetState")[0]
        bits = low | high << 32
        return Thing(
            at,
            str(self._call(*at, _ACCESSIBLE, "GetRoleName")[0]),
            str(self._property(at, "Name")),
            str(self._property(at, "Description")),
            frozenset(name for bit, name in _STATES.items() if bits >> bit & 1),
        )

    def _property(self, at: tuple[str, str], name: str) -> object:
        interface = "org.freedesktop.DBus.Properties"
        return self._call(*at, interface, "Get", "ss", _ACCESSIBLE, name)[0][1]

    def _pid_of(self, bus_name: str) -> int:
        try:
            return int(self._call(*_DAEMON, "GetConnectionUnixProcessID", "s", bus_name)[0])
        except _GoneError:
            return 0

    def _call(
        self, name: str, path: str, interface: str, method: str, kinds: str = "", *words: object
    ) -> Any:
        return _call(self._bus, name, path, interface, method, kinds, *words)

    def stop(self) -> None:
        """Stop the buses."""
        for connection in self._connections:
            connection.close()
        self.session.terminate()
        self.session.wait(timeout=20)


_ROOT = ("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
_DAEMON = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")


class _GoneError(Exception):
    """What was asked about is not there any more."""


def _call(
    bus: Any, name: str, path: str, interface: str, method: str, kinds: str = "", *words: object
) -> Any:
    from jeepney import DBusAddress, MessageType, new_method_call

    message = new_method_call(DBusAddress(path, name, interface), method, kinds or None, words)
    reply = bus.send_and_get_reply(message, timeout=LIMIT_S)
    if reply.header.message_type is MessageType.error:
        raise _GoneError(f"{path} {method}: {reply.body}")
    return reply.body


@contextlib.contextmanager
def start_reader(display: str) -> Iterator[Reader]:
    """Start the buses for the screen `display`; everything is gone when the context ends."""
    from jeepney.io.blocking import open_dbus_connection

    # Short, under /tmp: the path of a Unix socket has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="vm-bus-", dir="/tmp"))
    address = f"unix:path={folder / 'session'}"
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={address}"]
    if shutil.which("setpriv"):
        command = ["setpriv", "--pdeathsig", "TERM", *command]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DBUS_")}
    reader = Reader(
        folder,
        subprocess.Popen(
            command,
            env={**kept, "DISPLAY": display, "XDG_RUNTIME_DIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ),
    )
    try:
        wait_until((folder / "session").exists, LIMIT_S, "the private message bus is there")
        bus = open_dbus_connection(address)
        reader._connections.append(bus)
        [accessible] = _call(bus, "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")
        reader._bus = open_dbus_connection(accessible)
        reader._connections.append(reader._bus)
        yield reader
    finally:
        reader.stop()
        shutil.rmtree(folder, ignore_errors=True)
