"""The control socket: tells a running VoiceMate what a key would, and which start is the first.

A client sends one JSON line, {"command": "down"}, and gets one back: {"ok": true, "state": "…"} or
{"ok": false, "error": "…", "hint": "…"}. The socket is private: its folder has mode 0700, itself
0600, and a peer with another user id is turned away. On Windows it is a named pipe.
`send` runs each time a compositor's key binding fires, so what it does not need is imported late.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, get_args

from voicemate import paths
from voicemate.errors import StorageError, UsageError, VoiceMateError

if TYPE_CHECKING:
    import filelock

Command = Literal["down", "up", "toggle", "cancel", "stop", "show", "ping"]
COMMANDS: tuple[Command, ...] = get_args(Command)

MAX_FRAME_BYTES = 64 * 1024


class NotRunningError(UsageError):
    """There is no VoiceMate to talk to."""


class AlreadyRunningError(UsageError):
    """Another VoiceMate of this person is running."""


def send(command: str, timeout_s: float = 2.0) -> str:
    """Tell the running VoiceMate a command and give the state it answers with.

    Raises `NotRunningError`, and `UsageError` where the command is unknown, refused or not answered
    within `timeout_s`.
    """
    if command not in COMMANDS:
        raise UsageError(f"There is no command {command!r}.", f"There are: {', '.join(COMMANDS)}.")
    request = json.dumps({"command": command}).encode() + b"\n"
    try:
        if os.name == "nt":
            from voicemate.hotkey import pipe

            answer = pipe.ask(pipe.address(paths.runtime_dir()), request, timeout_s)
        else:
            from voicemate.hotkey import unix_socket

            answer = unix_socket.ask(unix_socket.socket_file(), request, timeout_s)
        reply = json.loads(answer)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NotRunningError(
            "VoiceMate is not running.", "Start it with `voicemate talk`."
        ) from error
    except TimeoutError as error:
        raise UsageError(
            f"VoiceMate runs but did not answer within {timeout_s:g} seconds.",
            "Try again; if it stays so, end it and start it anew.",
        ) from error
    except (OSError, ValueError) as error:
        raise UsageError(
            f"VoiceMate could not be reached ({error or 'no answer'}).",
            "It may belong to another user, or it was just ending: try again.",
        ) from error
    if not reply.get("ok"):
        raise UsageError(str(reply.get("error", "Refused.")), str(reply.get("hint", "")))
    return str(reply["state"])


class Instance:
    """Proof that this process is the first VoiceMate of its user; any thread may release it."""

    def __init__(self, lock: filelock.BaseFileLock) -> None:
        self._lock = lock

    def release(self) -> None:
        """Let another VoiceMate start; calling it again does nothing."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def acquire_instance() -> Instance:
    """Become the first VoiceMate of this user. Raises `AlreadyRunningError`, `StorageError`.

    The system frees the lock when the process ends in whatever way, so a killed program never
    stands in the way of the next.
    """
    import filelock

    file = paths.private_folder(paths.runtime_dir()) / "instance.lock"
    lock = filelock.FileLock(file, timeout=0, thread_local=False, mode=0o600)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise AlreadyRunningError(
            "VoiceMate is already running.",
            "Talk to that one, or end it first.",
        ) from error
    except (OSError, NotImplementedError) as error:
        raise StorageError(
            f"The lock file {file} cannot be used ({error}).",
            "Set VOICEMATE_HOME to a folder on a local disk that you own.",
        ) from error
    return Instance(lock)


class ControlServer:
    """Answers on the control socket, on a thread of its own, from `start` to `close`.

    `on_command` runs on that thread and must return at once; it gives the state for the answer. A
    `VoiceMateError` that it raises is told to the client.
    """

    def __init__(
        self, on_command: Callable[[Command], str], instance: Instance | None = None
    ) -> None:
        self._on_command = on_command
        self._instance = instance
        self._stop: Callable[[], None] | None = None

    def start(self) -> None:
        """Open the socket, as the first instance unless one was given; again does nothing.

        Raises `AlreadyRunningError`, `StorageError`.
        """
        import threading

        if self._stop:
            return
        own = None if self._instance else acquire_instance()
        try:
            loop, interrupt = self._pipe() if os.name == "nt" else self._socket()
        except OSError as error:
            if own:
                own.release()
            raise StorageError(
                f"The control socket in {paths.runtime_dir()} cannot be opened ({error}).",
                "Set VOICEMATE_HOME to a folder on a local disk that you own.",
            ) from error
        thread = threading.Thread(target=loop, name="control")
        thread.start()

        def stop() -> None:
            interrupt()
            thread.join()
            if own:
                own.release()

        self._stop = stop

    def close(self) -> None:
        """Stop answering, remove the socket and end the thread; again does nothing.

        Not to be called by `on_command`: it waits for the thread that runs it.
        """
        stop, self._stop = self._stop, None
        if stop:
            stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _pipe(self) -> tuple[Callable[[], None], Callable[[], None]]:
        from voicemate.hotkey import pipe

        server = pipe.PipeServer(pipe.address(paths.runtime_dir()), self._answer)
        return server.control_loop, server.interrupt

    def _socket(self) -> tuple[Callable[[], None], Callable[[], None]]:
        from voicemate.hotkey import unix_socket

        server = unix_socket.SocketServer(unix_socket.socket_file(), self._answer)
        return server.control_loop, server.interrupt

    def _answer(self, line: bytes) -> bytes:
        """Give the answer line to a request line, whatever it holds."""
        try:
            state = self._on_command(_command(line))
        except VoiceMateError as error:
            answer = {"ok": False, "error": error.message, "hint": error.hint}
        except Exception:  # a loop's top: a bug in one command ends no others
            import logging

            logging.getLogger(__name__).exception("A control command failed")
            answer = {
                "ok": False,
                "error": "VoiceMate failed at this command.",
                "hint": f"What happened is in {paths.log_file()}.",
            }
        else:
            answer = {"ok": True, "state": state}
        return json.dumps(answer).encode() + b"\n"


def _command(line: bytes) -> Command:
    if len(line) > MAX_FRAME_BYTES:
        raise UsageError(f"A request has at most {MAX_FRAME_BYTES} bytes.")
    try:
        request = json.loads(line)
        asked = request["command"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError('A request is one line of JSON: {"command": "ping"}.') from error
    for command in COMMANDS:
        if command == asked:
            return command
    raise UsageError("There is no such command.", f"There are: {', '.join(COMMANDS)}.")
