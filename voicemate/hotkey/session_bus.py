"""The session bus, as far as a portal needs it: calls, requests that a signal answers, signals."""

from __future__ import annotations

import itertools
import os
import socket
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from voicemate.hotkey.backend import INSTALL_HINT, PTT_HINT, HotkeyError

if TYPE_CHECKING:
    from jeepney import Message
    from jeepney.io.blocking import DBusConnection

PORTAL: Final = "org.freedesktop.portal.Desktop"
PORTAL_PATH: Final = "/org/freedesktop/portal/desktop"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"

SESSION: Final = "org.freedesktop.portal.Session"
_REQUEST = "org.freedesktop.portal.Request"
_BUS = "org.freedesktop.DBus"
_TIMEOUT_S = 5.0

Variant = tuple[str, object]
_tokens = itertools.count(1)


def new_token() -> str:
    """Give a name for a request or a session, another one each time."""
    return f"voicemate{os.getpid()}_{next(_tokens)}"


class Bus:
    """A connection to the session bus, as far as the portal needs it. Raises `HotkeyError`."""

    def __init__(self, address: str = "") -> None:
        try:
            from jeepney.io.blocking import open_dbus_connection
        except ImportError as error:
            raise HotkeyError("jeepney is not installed.", INSTALL_HINT) from error
        address = address or bus_address(os.environ)
        if not address:
            raise HotkeyError(
                "There is no session bus (DBUS_SESSION_BUS_ADDRESS is not set).", PTT_HINT
            )
        try:
            self._connection: DBusConnection = open_dbus_connection(address)
        except (OSError, RuntimeError, ValueError) as error:
            raise HotkeyError(f"The session bus cannot be reached ({error}).", PTT_HINT) from error

    def call(
        self, path: str, interface: str, method: str, signature: str, body: tuple[object, ...]
    ) -> tuple[object, ...]:
        """Call the portal and give its answer."""
        from jeepney import MessageType

        try:
            reply = self._connection.send_and_get_reply(
                _call(path, interface, method, signature, body), timeout=_TIMEOUT_S
            )
        except (OSError, TimeoutError) as error:
            raise HotkeyError(
                f"The desktop's portal did not answer ({error}).", PTT_HINT
            ) from error
        if reply.header.message_type is MessageType.error:
            raise HotkeyError(f"The desktop's portal answered: {_error_text(reply)}.", PTT_HINT)
        return cast("tuple[object, ...]", reply.body)

    def get_property(self, path: str, interface: str, name: str) -> object:
        """Read a property of the portal."""
        (variant,) = self.call(path, PROPERTIES, "Get", "ss", (interface, name))
        return cast("Variant", variant)[1]

    def request(
        self, token: str, interface: str, method: str, signature: str, body: tuple[object, ...]
    ) -> tuple[int, Mapping[str, Variant]]:
        """Call a method that answers with a signal Response: give its code and its results."""
        from jeepney import MatchRule

        path = self.expect_request(token)
        rule = MatchRule(type="signal", interface=_REQUEST, member="Response", path=path)
        responses: deque[Message] = deque()
        with self._connection.filter(rule, queue=responses):
            self.call(PORTAL_PATH, interface, method, signature, body)
            try:
                answer = self._connection.recv_until_filtered(responses, timeout=_TIMEOUT_S)
            except (OSError, TimeoutError) as error:
                raise HotkeyError(
                    f"The desktop's portal did not answer ({error}).", PTT_HINT
                ) from error
        return cast("tuple[int, Mapping[str, Variant]]", answer.body)

    def expect_request(self, token: str) -> str:
        """Listen for the Response of a request that is about to be made; gives its path."""
        sender = str(self._connection.unique_name).lstrip(":").replace(".", "_")
        path = f"{PORTAL_PATH}/request/{sender}/{token}"
        self.listen(type="signal", interface=_REQUEST, path=path)
        return path

    def listen(self, **what: str) -> None:
        """Ask the bus for signals of the portal."""
        from jeepney import MatchRule

        self._add_match(MatchRule(sender=PORTAL, **what).serialise())

    def listen_for_owner(self, name: str) -> None:
        """Ask the bus to say when a program comes or goes."""
        self._add_match(f"type='signal',sender='{_BUS}',member='NameOwnerChanged',arg0='{name}'")

    def _add_match(self, rule: str) -> None:
        from jeepney import DBusAddress, new_method_call

        bus = DBusAddress("/org/freedesktop/DBus", _BUS, _BUS)
        self._connection.send(new_method_call(bus, "AddMatch", "s", (rule,)))

    def send(
        self, path: str, interface: str, method: str, signature: str, body: tuple[object, ...]
    ) -> int:
        """Call the portal without waiting; gives the number that its answer carries."""
        serial = next(self._connection.outgoing_serial)
        self._connection.send(_call(path, interface, method, signature, body), serial=serial)
        return int(serial)

    def receive(self) -> Message | None:
        """Wait for the next message; None when the bus has gone or was hung up."""
        try:
            return self._connection.receive()
        except OSError:
            return None

    def hang_up(self, session: str) -> None:
        """End the session, and with it another thread's `receive`."""
        try:
            if session:
                self._connection.send(_call(session, SESSION, "Close", None, ()))
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has gone already

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def bus_address(variables: Mapping[str, str]) -> str:
    """Give the address of the session bus, "" where there is none."""
    if address := variables.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    runtime = variables.get("XDG_RUNTIME_DIR")
    path = os.path.join(runtime, "bus") if runtime else ""  # noqa: PTH118  (an address, not a file)
    return f"unix:path={path}" if path and os.path.exists(path) else ""  # noqa: PTH110


def _call(
    path: str, interface: str, method: str, signature: str | None, body: tuple[object, ...]
) -> Message:
    from jeepney import DBusAddress, new_method_call

    return new_method_call(DBusAddress(path, PORTAL, interface), method, signature, body)


def _error_text(reply: Message) -> str:
    from jeepney import HeaderFields

    name = reply.header.fields.get(HeaderFields.error_name, "")
    return str(reply.body[0] if reply.body else name).rstrip(".")
