"""The control channel on Windows: a named pipe, which the system lets only its owner write to.

Written by the documentation of `multiprocessing.connection` and tried over its Unix sockets only.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from multiprocessing.connection import Client, Listener
from pathlib import Path

MAX_FRAME_BYTES = 64 * 1024
_CLIENT_S = 1.0
_GOODBYE = b""


def address(folder: Path) -> str:
    """Give the name of the pipe that belongs to a runtime folder."""
    digest = hashlib.sha256(str(folder).lower().encode()).hexdigest()[:16]
    return rf"\\.\pipe\voicemate-{digest}"


def ask(name: str, request: bytes, timeout_s: float) -> bytes:
    """Send a request and give the answer. Raises `TimeoutError`, `OSError`."""
    with Client(name) as connection:
        connection.send_bytes(request)
        if not connection.poll(timeout_s):
            raise TimeoutError
        try:
            return connection.recv_bytes(MAX_FRAME_BYTES)
        except EOFError as error:
            raise ConnectionResetError("no answer") from error


class PipeServer:
    """Serves one client after the other; one that sends nothing is dropped after a second."""

    def __init__(self, name: str, answer: Callable[[bytes], bytes]) -> None:
        self._name = name
        self._answer = answer
        self._ending = threading.Event()
        self._listener = Listener(name)

    def interrupt(self) -> None:
        """End `control_loop`, from any thread."""
        self._ending.set()
        with Client(self._name) as connection:  # waiting for a client cannot be interrupted
            connection.send_bytes(_GOODBYE)

    def control_loop(self) -> None:
        """Serve until interrupted."""
        with self._listener:
            while not self._ending.is_set():
                self._serve()

    def _serve(self) -> None:
        try:
            with self._listener.accept() as connection:
                if connection.poll(_CLIENT_S):
                    line = connection.recv_bytes(MAX_FRAME_BYTES)
                    if line:
                        connection.send_bytes(self._answer(line))
        except (OSError, EOFError):
            return  # that client is gone, or sent too much
