"""The control channel on Linux and macOS: a private Unix socket."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from voicemate import paths
from voicemate.errors import StorageError

MAX_FRAME_BYTES = 64 * 1024
_CLIENT_S = 1.0  # how long a client may take to send its line
_MAX_CLIENTS = 32
_MAX_NAME_BYTES = 103  # of a socket: macOS has room for 104 with the closing zero, Linux for 108


def ask(file: Path, request: bytes, timeout_s: float) -> bytes:
    """Send a request and give the answer, empty where there is none.

    Raises `FileNotFoundError` or `ConnectionRefusedError` where nobody listens, `TimeoutError`,
    `OSError`.
    """
    deadline = time.monotonic() + timeout_s
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s)
        with _short_name(file) as name:
            _connect(connection, name, deadline)
        connection.sendall(request)
        answer = b""
        while not answer.endswith(b"\n") and len(answer) <= MAX_FRAME_BYTES:
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
            piece = connection.recv(4096)
            if not piece:
                break
            answer += piece
        return answer


def _connect(connection: socket.socket, name: str, deadline: float) -> None:
    while True:
        try:
            connection.connect(name)
        except BlockingIOError:  # Linux: many clients are queueing
            if time.monotonic() >= deadline:
                raise TimeoutError from None
            time.sleep(0.005)
        else:
            return


def socket_file() -> Path:
    """Give the path of the control socket of this user (and of this VOICEMATE_HOME)."""
    file = paths.runtime_dir() / "control.sock"
    if sys.platform == "linux" or len(os.fsencode(file)) <= _MAX_NAME_BYTES:
        return file
    import hashlib
    import tempfile

    digest = hashlib.sha256(os.fsencode(file)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"voicemate-{digest}" / file.name


@contextmanager
def _short_name(file: Path) -> Iterator[str]:
    """Give a name of the socket that fits into its address, however deep its folder lies."""
    if len(os.fsencode(file)) <= _MAX_NAME_BYTES:
        yield os.fspath(file)
        return
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{file.name}"
    finally:
        os.close(folder)


class SocketServer:
    """The Unix socket: one thread serves all clients, and none of them can keep it waiting."""

    def __init__(self, file: Path, answer: Callable[[bytes], bytes]) -> None:
        self._file = file
        self._answer = answer
        self._clients: dict[socket.socket, tuple[bytearray, float]] = {}
        _own_folder(file.parent)
        # The caller holds the instance lock: a socket that is there is a killed program's.
        file.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with _short_name(file) as name:
                self._listener.bind(name)
            file.chmod(0o600)
            self._listener.listen(64)
        except OSError:
            self._listener.close()
            raise
        self._listener.setblocking(False)
        self._awake, self._waker = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._awake, selectors.EVENT_READ)

    def interrupt(self) -> None:
        """End `control_loop`, from any thread."""
        self._waker.send(b"\0")

    def control_loop(self) -> None:
        """Serve until interrupted, then remove the socket."""
        try:
            while self._serve():
                pass
        finally:
            self._file.unlink(missing_ok=True)
            for open_socket in (*self._clients, self._listener, self._awake, self._waker):
                open_socket.close()
            self._selector.close()

    def _serve(self) -> bool:
        deadlines = [deadline for _, deadline in self._clients.values()]
        wait_s = max(min(deadlines) - time.monotonic(), 0) if deadlines else None
        for key, _ in self._selector.select(wait_s):
            ready = key.fileobj
            if ready is self._awake:
                return False
            if ready is self._listener:
                self._accept()
            elif isinstance(ready, socket.socket) and ready in self._clients:
                self._read(ready)
        now = time.monotonic()
        for client in [c for c, (_, deadline) in self._clients.items() if deadline <= now]:
            self._drop(client)
        return True

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                time.sleep(0.05)  # no descriptor is free: the client waits, we do not spin
                return
            raise
        client.setblocking(False)
        if _peer_uid(client) != os.geteuid():
            client.close()
            return
        if len(self._clients) >= _MAX_CLIENTS:
            self._drop(next(iter(self._clients)))
        self._clients[client] = (bytearray(), time.monotonic() + _CLIENT_S)
        self._selector.register(client, selectors.EVENT_READ)

    def _read(self, client: socket.socket) -> None:
        received, _ = self._clients[client]
        try:
            piece = client.recv(MAX_FRAME_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self._drop(client)
            return
        received += piece
        line, end, _ = bytes(received).partition(b"\n")
        if end or not piece or len(received) > MAX_FRAME_BYTES:
            if line:
                self._reply(client, self._answer(line))
            self._drop(client)

    def _reply(self, client: socket.socket, answer: bytes) -> None:
        try:
            client.send(answer)  # far smaller than the socket's buffer: it goes whole
        except OSError:
            return  # the client did not wait for it

    def _drop(self, client: socket.socket) -> None:
        del self._clients[client]
        self._selector.unregister(client)
        client.close()


def _own_folder(folder: Path) -> None:
    """Make the socket's folder private. Raises `StorageError` where it is another user's."""
    paths.private_folder(folder)
    if folder.stat().st_uid != os.geteuid():
        raise StorageError(
            f"The folder {folder} belongs to another user.",
            "Set VOICEMATE_HOME to a folder that you own.",
        )


def _peer_uid(client: socket.socket) -> int | None:
    """Give the user id at the other end; None where the system does not tell."""
    try:
        if sys.platform == "linux":
            form = "3i"  # struct ucred: pid, uid, gid
            got = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(form))
            return int(struct.unpack(form, got)[1])
        form = "=2I"  # struct xucred of macOS and the BSDs begins: version, uid
        sol_local, local_peercred = 0, 1
        got = client.getsockopt(sol_local, local_peercred, 76)
        return int(struct.unpack_from(form, got)[1])
    except OSError:
        return None
