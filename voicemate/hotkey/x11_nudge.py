"""Keeps an X server from holding back what its RECORD extension has collected.

The server sends that on only when it is busy with another client. Where no window is given the key,
a press would wait for that, up to two seconds for a key that repeats and without end for one that
does not (measured with X.Org 21.1). So a connection of our own is told of each key by the extension
XInput, and asks the server for nothing in particular.
"""

from __future__ import annotations

import logging
import socket
import threading
from typing import Protocol, cast

log = logging.getLogger(__name__)


class _Wire(Protocol):
    socket: socket.socket


class _Window(Protocol):
    def xinput_select_events(self, masks: list[tuple[int, int]]) -> None: ...


class _Root(Protocol):
    root: _Window


class _Connection(Protocol):
    """Xlib.display.Display, as far as it is used here."""

    display: _Wire

    def has_extension(self, name: str) -> bool: ...

    def screen(self) -> _Root: ...

    def xinput_query_version(self) -> object: ...

    def next_event(self) -> object: ...

    def sync(self) -> None: ...

    def close(self) -> None: ...


class Nudge:
    """Nudges the server at each key, on the thread "hotkey-nudge", from now on until `stop`.

    The connection is its own, and closed at the end. Raises what python-xlib does.
    """

    def __init__(self, connection: object) -> None:
        self._connection = cast("_Connection", connection)
        self._thread: threading.Thread | None = None
        try:
            if not self._listen():
                log.info("this X11 screen has no XInput: a key may be heard late")
                return
        except BaseException:
            self._connection.close()
            raise
        self._thread = threading.Thread(target=self._nudge_loop, name="hotkey-nudge", daemon=True)
        self._thread.start()

    def _listen(self) -> bool:
        from Xlib.ext import xinput

        if not self._connection.has_extension(xinput.extname):
            return False
        self._connection.xinput_query_version()
        mask = xinput.RawKeyPressMask | xinput.RawKeyReleaseMask
        self._connection.screen().root.xinput_select_events([(xinput.AllMasterDevices, mask)])
        self._connection.sync()
        return True

    def stop(self) -> None:
        """End the thread and close the connection."""
        if self._thread is not None:
            try:
                self._connection.display.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                log.debug("the X11 screen was faster")
            self._thread.join()
            self._thread = None
        try:
            self._connection.close()
        except (OSError, _closed()):
            log.debug("the X11 screen was faster")

    def _nudge_loop(self) -> None:
        try:
            while True:
                self._connection.next_event()
                self._connection.sync()
        except (OSError, _closed()):
            return  # stopped, or the screen has gone


def _closed() -> type[BaseException]:
    from Xlib.error import ConnectionClosedError

    return cast("type[BaseException]", ConnectionClosedError)
