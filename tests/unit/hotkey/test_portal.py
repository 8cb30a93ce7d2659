"""The portal's adapter against a portal of our own on a private bus: real D-Bus on both sides."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from tests.rig.waiting import wait_until
from voicemate.global_key import GlobalKey
from voicemate.hotkey.backend import Environment, HotkeyError
from voicemate.hotkey.keys import TRIGGER, parse_binding
from voicemate.hotkey.portal import SHORTCUT_ID, PortalKeys, portal_available
from voicemate.settings import Key

jeepney = pytest.importorskip("jeepney", reason="jeepney is not installed (extra desktop)")
blocking = pytest.importorskip("jeepney.io.blocking")

LIMIT_S = 20.0
PATH = "/org/freedesktop/portal/desktop"
BUS = "org.freedesktop.DBus"
SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"

BUS_CONFIG = """\
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of a private session bus."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("a private bus needs dbus-daemon (Debian: dbus-daemon)")
    config = tmp_path / "bus.conf"
    config.write_text(BUS_CONFIG.format(socket=tmp_path / "bus"), encoding="utf-8")
    daemon = subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdout is not None
    address = daemon.stdout.readline().strip()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    yield address
    daemon.terminate()
    daemon.wait(timeout=LIMIT_S)
    daemon.stdout.close()


class Portal:
    """A desktop that offers global shortcuts. `asked` is every call that was made of it."""

    def __init__(
        self,
        address: str,
        *,
        offers: bool = True,
        needs_app: str = "",
        session_code: int = 0,
        bind_code: int | None = 0,
        trigger: str = "Press F9",
    ) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.closed = threading.Event()
        self._offers = offers
        self._needs_app = needs_app
        self._session_code = session_code
        self._bind_code = bind_code
        self._trigger = trigger
        self._app = ""
        self._session = ""
        self._connection = blocking.open_dbus_connection(address)
        name = jeepney.new_method_call(
            jeepney.DBusAddress("/org/freedesktop/DBus", BUS, BUS),
            "RequestName",
            "su",
            ("org.freedesktop.portal.Desktop", 0),
        )
        self._connection.send_and_get_reply(name)
        self._thread = threading.Thread(target=self._serve, name="portal", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        try:
            while True:
                message = self._connection.receive()
                if message.header.message_type is jeepney.MessageType.method_call:
                    self._answer(message)
        except OSError:
            return  # it was ended

    def _answer(self, call: Any) -> None:
        member = call.header.fields[jeepney.HeaderFields.member]
        self.asked.append((member, call.body))
        send = self._connection.send
        match member:
            case "Register":
                if self._needs_app and call.body[0] != self._needs_app:
                    send(error(call, "App info not found"))
                else:
                    self._app = call.body[0]
                    send(jeepney.new_method_return(call))
            case "Get" if self._offers:
                send(jeepney.new_method_return(call, "v", (("u", 2),)))
            case "CreateSession" if self._needs_app and not self._app:
                send(error(call, "An app id is required"))
            case "CreateSession":
                token = call.body[0]["session_handle_token"][1]
                self._session = f"{PATH}/session/1_0/{token}"
                self._respond(call, 0, self._session_code, {"session_handle": ("s", self._session)})
            case "BindShortcuts":
                if self._bind_code is not None:
                    about = {"trigger_description": ("s", self._trigger)}
                    bound = [(SHORTCUT_ID, about)] if self._trigger else []
                    shortcuts = ("a(sa{sv})", bound)
                    self._respond(call, 3, self._bind_code, {"shortcuts": shortcuts})
                else:
                    send(error(call, "Not now"))
            case "Close":
                self.closed.set()
            case _:
                send(error(call, "There is no such method"))

    def _respond(self, call: Any, options_at: int, code: int, results: Any) -> None:
        sender = call.header.fields[jeepney.HeaderFields.sender].lstrip(":").replace(".", "_")
        token = call.body[options_at]["handle_token"][1]
        handle = f"{PATH}/request/{sender}/{token}"
        self._connection.send(jeepney.new_method_return(call, "o", (handle,)))
        request = jeepney.DBusAddress(handle, interface="org.freedesktop.portal.Request")
        self._connection.send(jeepney.new_signal(request, "Response", "ua{sv}", (code, results)))

    def signal(self, member: str, *, session: str = "", shortcut: str = SHORTCUT_ID) -> None:
        """Say that a shortcut was activated or deactivated."""
        body = (session or self._session, shortcut, 0, {})
        where = jeepney.DBusAddress(PATH, interface=SHORTCUTS)
        self._connection.send(jeepney.new_signal(where, member, "osta{sv}", body))

    def take_back(self) -> None:
        """Close the session from the desktop's side."""
        where = jeepney.DBusAddress(self._session, interface="org.freedesktop.portal.Session")
        self._connection.send(jeepney.new_signal(where, "Closed", "a{sv}", ({},)))

    def end(self) -> None:
        """Stop, as a crash of the portal would."""
        self._connection.sock.shutdown(2)
        self._thread.join(LIMIT_S)
        self._connection.close()

    def __enter__(self) -> Portal:
        return self

    def __exit__(self, *_of_the_error: object) -> None:
        if self._thread.is_alive():
            self.end()


def error(call: Any, text: str) -> Any:
    return jeepney.new_error(call, "org.freedesktop.portal.Error.NotAllowed", "s", (text,))


def test_the_key_is_bound_and_its_presses_and_releases_arrive(bus: str) -> None:
    heard: SimpleQueue[Any] = SimpleQueue()
    with Portal(bus) as portal:
        keys = PortalKeys(parse_binding("Ctrl+Alt+Space"))
        triggers: list[str | None] = []
        keys.on_trigger = lambda: triggers.append(keys.trigger)
        keys.start(heard.put, heard.put)
        try:
            wait_until(lambda: keys.trigger is not None, LIMIT_S, "the desktop bound the key")
            portal.signal("Activated", session=f"{PATH}/session/1_0/other")
            portal.signal("Activated", shortcut="another")
            for member in ("Activated", "Deactivated", "Activated"):
                portal.signal(member)
            got = [heard.get(timeout=LIMIT_S) for _ in range(3)]
        finally:
            keys.stop()
        assert [(key.name, key.down) for key in got] == [
            (TRIGGER, True),
            (TRIGGER, False),
            (TRIGGER, True),
        ]
        assert keys.trigger == "Press F9"
        assert triggers == ["Press F9"], "who shows the key is told what the desktop made of it"
        assert portal.closed.wait(LIMIT_S), "the shortcut was not given back"
        asked = dict(portal.asked)
        assert next(iter(asked)) == "Register", "the portal wants to know who asks first of all"
        ((shortcut, about),) = asked["BindShortcuts"][1]
        assert shortcut == SHORTCUT_ID
        assert about["preferred_trigger"] == ("s", "CTRL+ALT+space")
    assert heard.empty()


@pytest.mark.parametrize(
    ("trigger", "words"), [("Press F9", "the desktop says: Press F9"), ("", "no key yet")]
)
def test_the_key_says_what_the_desktop_made_of_it(bus: str, trigger: str, words: str) -> None:
    told = threading.Event()
    environment = Environment("linux", {"DBUS_SESSION_BUS_ADDRESS": bus, "WAYLAND_DISPLAY": "w"})
    mate = Mate()
    key = GlobalKey(mate, print, told.set, environment=environment)
    with Portal(bus, trigger=trigger) as portal:
        try:
            key.apply(Key())
            wait_until(lambda: words in key.state.why, LIMIT_S, "the state says it")
            assert told.is_set()
            assert (key.state.heard_by, key.state.binding) == ("portal", "F9")
            portal.signal("Activated")
            wait_until(lambda: mate.told == ["press"], LIMIT_S, "the key is heard")
            portal.take_back()
            wait_until(lambda: key.state.heard_by == "", LIMIT_S, "the loss is seen")
            assert mate.told == ["press", "discard"]
            assert "took the key back" in key.state.why
            key.apply(Key())
            wait_until(lambda: words in key.state.why, LIMIT_S, "it is asked for again")
        finally:
            key.close()
    assert [member for member, _ in portal.asked].count("BindShortcuts") == 2


class Mate:
    """A companion that only remembers what the key told it."""

    def __init__(self) -> None:
        self.held = False
        self.told: list[str] = []

    def press(self) -> None:
        self.held = True
        self.told.append("press")

    def release(self) -> None:
        self.held = False
        self.told.append("release")

    def discard(self) -> None:
        self.held = False
        self.told.append("discard")


def test_a_desktop_that_does_not_know_the_program_says_what_to_install(bus: str) -> None:
    with (
        Portal(bus, needs_app="org.example.Other"),
        pytest.raises(HotkeyError, match="app id is required") as raised,
    ):
        PortalKeys(parse_binding("F9"), app_id="org.example.Mate").start(print, print)
    assert "org.example.Mate.desktop" in raised.value.hint


def test_a_desktop_that_knows_the_program_takes_it(bus: str) -> None:
    with Portal(bus, needs_app="org.example.Mate"):
        keys = PortalKeys(parse_binding("F9"), app_id="org.example.Mate")
        keys.start(print, print)
        keys.stop()


def test_a_session_that_is_refused_is_an_error(bus: str) -> None:
    with Portal(bus, session_code=2), pytest.raises(HotkeyError, match="refused"):
        PortalKeys(parse_binding("F9")).start(print, print)


@pytest.mark.parametrize(("bind_code", "words"), [(1, "not allowed"), (None, "Not now")])
def test_a_person_who_says_no_is_heard(bus: str, bind_code: int | None, words: str) -> None:
    lost: SimpleQueue[HotkeyError] = SimpleQueue()
    with Portal(bus, bind_code=bind_code):
        keys = PortalKeys(parse_binding("F9"))
        keys.start(print, lost.put)
        trouble = lost.get(timeout=LIMIT_S)
        keys.stop()
    assert words in trouble.message
    assert "voicemate ptt" in trouble.hint


@pytest.mark.parametrize("what", ["the portal ends", "the session is taken back"])
def test_a_portal_that_goes_is_told_once(bus: str, what: str) -> None:
    lost: SimpleQueue[HotkeyError] = SimpleQueue()
    with Portal(bus) as portal:
        keys = PortalKeys(parse_binding("F9"))
        keys.start(print, lost.put)
        portal.end() if what == "the portal ends" else portal.take_back()
        trouble = lost.get(timeout=LIMIT_S)
        keys.stop()
    assert "desktop" in trouble.message
    assert lost.empty()


def test_doctor_says_whether_the_desktop_offers_it(bus: str) -> None:
    environment = Environment("linux", {"DBUS_SESSION_BUS_ADDRESS": bus})
    without = portal_available(environment)
    assert (without.works, "no global shortcuts" in without.why) == (False, True)
    with Portal(bus, offers=False):
        assert not portal_available(environment).works
    with Portal(bus):
        found = portal_available(environment)
    assert (found.works, "version 2" in found.why) == (True, True)


def test_without_a_session_bus_there_is_no_portal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert "no session bus" in portal_available(Environment("linux", nowhere)).why
    gone = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/gone"}
    assert "cannot be reached" in portal_available(Environment("linux", gone)).why
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setitem(os.environ, "XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(HotkeyError, match="no session bus"):
        PortalKeys(parse_binding("F9")).start(print, print)
