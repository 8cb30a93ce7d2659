"""The key by way of the desktop: the portal org.freedesktop.portal.GlobalShortcuts over D-Bus.

The desktop keeps the keyboard and tells only when our one shortcut went down or up; it may ask the
person first, and may give another key than the one that was proposed. It knows a program by the
name of its desktop file, which must be installed (since version 1.21 of xdg-desktop-portal).

https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.GlobalShortcuts.html
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, cast

from voicemate import APP_ID
from voicemate.hotkey.backend import (
    PTT_HINT,
    Availability,
    Environment,
    HotkeyError,
    OnKey,
    OnLost,
)
from voicemate.hotkey.keys import TRIGGER, Binding, RawKey
from voicemate.hotkey.session_bus import (
    PORTAL,
    PORTAL_PATH,
    SESSION,
    Bus,
    Variant,
    bus_address,
    new_token,
)

if TYPE_CHECKING:
    from jeepney import Message

log = logging.getLogger(__name__)

SHORTCUT_ID: Final = "talk"

_SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
_REGISTRY = "org.freedesktop.host.portal.Registry"


class PortalKeys:
    """One shortcut that the desktop binds; `binding` is what is proposed to it."""

    name = "portal"
    sees_all_keys = False

    def __init__(self, binding: Binding, *, address: str = "", app_id: str = APP_ID) -> None:
        self._binding = binding
        self._address = address
        self._app_id = app_id
        self._bus: Bus | None = None
        self._session = ""
        self._bind_serial = -1
        self._bind_request = ""
        self._trigger: str | None = None
        self.on_trigger: Callable[[], None] = lambda: None
        """Called on the thread "hotkey" when `trigger` has changed; set it before `start`."""
        self._stopping = False
        self._on_key: OnKey = lambda _key: None
        self._on_lost: OnLost = lambda _error: None
        self._thread: threading.Thread | None = None

    @property
    def trigger(self) -> str | None:
        """What the desktop says one must press; None until it has answered, "" if no key yet."""
        return self._trigger

    def start(self, on_key: OnKey, on_lost: OnLost) -> None:
        """Ask the desktop for the shortcut; its answer may wait for the person.

        Waits for the portal, which may have to start: call it off the window's thread. Raises
        `HotkeyError`.
        """
        self._on_key, self._on_lost = on_key, on_lost
        bus = self._bus = Bus(self._address)
        try:
            registered = self._register(bus)
            self._session = self._create_session(bus, registered)
            self._bind(bus)
        except HotkeyError:
            bus.close()
            raise
        self._thread = threading.Thread(
            target=self._key_loop, args=(bus,), name="hotkey", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Give the shortcut back and end the thread."""
        if self._bus is None or self._stopping:
            return
        self._stopping = True
        self._bus.hang_up(self._session)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._bus.close()

    def is_down(self, name: str) -> bool | None:  # noqa: ARG002  (the desktop cannot be asked)
        """Give None: the desktop cannot be asked."""
        return None

    def _register(self, bus: Bus) -> str:
        """Say which program we are; gives why that was refused, which older portals always do."""
        try:
            bus.call(PORTAL_PATH, _REGISTRY, "Register", "sa{sv}", (self._app_id, {}))
        except HotkeyError as error:
            log.info("the portal did not take our name: %s", error.message)
            return error.message
        return ""

    def _create_session(self, bus: Bus, registered: str) -> str:
        token = new_token()
        options = {"handle_token": ("s", token), "session_handle_token": ("s", token)}
        try:
            code, results = bus.request(token, _SHORTCUTS, "CreateSession", "a{sv}", (options,))
        except HotkeyError as error:
            hint = PTT_HINT
            if registered:
                hint = f"Install VoiceMate's desktop file, {self._app_id}.desktop. {PTT_HINT}"
            raise HotkeyError(error.message, hint) from error
        if code != 0 or "session_handle" not in results:
            raise HotkeyError("The desktop refused to give a global shortcut.", PTT_HINT)
        session = str(results["session_handle"][1])
        bus.listen(type="signal", interface=_SHORTCUTS, path=PORTAL_PATH)
        bus.listen(type="signal", interface=SESSION, path=session)
        bus.listen_for_owner(PORTAL)
        return session

    def _bind(self, bus: Bus) -> None:
        """Send the wish; the answer comes to the thread, when the person has agreed."""
        token = new_token()
        self._bind_request = bus.expect_request(token)
        about: dict[str, Variant] = {"description": ("s", "Talk to VoiceMate")}
        if trigger := self._binding.xdg():
            about["preferred_trigger"] = ("s", trigger)
        body = (self._session, [(SHORTCUT_ID, about)], "", {"handle_token": ("s", token)})
        self._bind_serial = bus.send(
            PORTAL_PATH, _SHORTCUTS, "BindShortcuts", "oa(sa{sv})sa{sv}", body
        )

    def _key_loop(self, bus: Bus) -> None:
        trouble: HotkeyError | None = None
        while trouble is None:
            message = bus.receive()
            if message is None:
                trouble = HotkeyError("The desktop's message bus has gone.", "Log in anew.")
            else:
                trouble = self._take(message)
        if not self._stopping:
            self._on_lost(trouble)

    def _take(self, message: Message) -> HotkeyError | None:
        from jeepney import HeaderFields, MessageType

        fields = message.header.fields
        if message.header.message_type is MessageType.error:
            if fields.get(HeaderFields.reply_serial) == self._bind_serial:
                return HotkeyError(f"The desktop refused the key ({message.body}).", PTT_HINT)
            return None
        match fields.get(HeaderFields.member), message.body:
            case "Activated" | "Deactivated" as what, (self._session, str(shortcut), *_):
                if shortcut == SHORTCUT_ID and not self._stopping:
                    self._on_key(RawKey(TRIGGER, what == "Activated", time.monotonic()))
            case "ShortcutsChanged", (self._session, shortcuts):
                self._learn_trigger(shortcuts)
                self.on_trigger()
            case "Response", (int(code), results):
                if fields.get(HeaderFields.path) == self._bind_request:
                    return self._bound(code, results)
            case "NameOwnerChanged", (str(name), _, ""):
                if name == PORTAL:
                    return HotkeyError("The desktop's portal has ended.", "Start VoiceMate anew.")
            case "Closed", _:
                if fields.get(HeaderFields.path) == self._session:
                    return HotkeyError("The desktop took the key back.", PTT_HINT)
        return None

    def _bound(self, code: int, results: Mapping[str, Variant]) -> HotkeyError | None:
        if code != 0:
            return HotkeyError("The key was not allowed in the desktop's dialog.", PTT_HINT)
        # Some desktops leave the key to a later setting, or answer with an empty list.
        self._trigger = ""
        _, shortcuts = results.get("shortcuts", ("", []))
        self._learn_trigger(cast("Iterable[tuple[str, Mapping[str, Variant]]]", shortcuts))
        log.info("the desktop bound the key: %s", self._trigger or "no trigger told")
        self.on_trigger()
        return None

    def _learn_trigger(self, shortcuts: Iterable[tuple[str, Mapping[str, Variant]]]) -> None:
        for shortcut, about in shortcuts:
            if shortcut == SHORTCUT_ID:
                self._trigger = str(about.get("trigger_description", ("s", ""))[1])


def portal_available(environment: Environment) -> Availability:
    """Say whether the desktop offers global shortcuts, after asking it."""

    def no(why: str) -> Availability:
        return Availability(PortalKeys.name, False, why)

    if not environment.platform.startswith("linux"):
        return no("only Linux desktops have it")
    address = bus_address(environment.variables)
    if not address:
        return no("there is no session bus (DBUS_SESSION_BUS_ADDRESS is not set)")
    try:
        bus = Bus(address)
    except HotkeyError as error:
        return no(error.message)
    try:
        version = bus.get_property(PORTAL_PATH, _SHORTCUTS, "version")
    except HotkeyError as error:
        return no(f"the desktop offers no global shortcuts. {error.message}")
    finally:
        bus.close()
    return Availability(
        PortalKeys.name, True, f"the desktop offers global shortcuts, version {version}"
    )
