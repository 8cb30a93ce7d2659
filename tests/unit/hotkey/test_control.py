from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from voicemate import paths
from voicemate.errors import StorageError, UsageError
from voicemate.hotkey import pipe, unix_socket
from voicemate.hotkey.control import (
    COMMANDS,
    MAX_FRAME_BYTES,
    AlreadyRunningError,
    Command,
    ControlServer,
    NotRunningError,
    acquire_instance,
    send,
)
from voicemate.hotkey.unix_socket import socket_file

posix = pytest.mark.skipif(os.name != "posix", reason="Unix sockets are for Linux and macOS")
WAIT_S = 20.0


class Companion:
    """Notes the commands it is given and answers with a state."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def __call__(self, command: Command) -> str:
        self.commands.append(command)
        return "listening" if command == "down" else "idle"


@pytest.fixture
def companion() -> Iterator[Companion]:
    companion = Companion()
    with ControlServer(companion):
        yield companion


@contextmanager
def connected() -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_UNIX)) as client:
        client.connect(str(socket_file()))
        client.settimeout(WAIT_S)
        yield client


def exchange(frame: bytes) -> bytes:
    """Send bytes as they are, say that no more will come, and give all that comes back."""
    with connected() as client:
        answer = b""
        try:
            client.sendall(frame)
            client.shutdown(socket.SHUT_WR)
            while piece := client.recv(4096):
                answer += piece
        except (BrokenPipeError, ConnectionResetError):
            pass  # turned away before everything was sent
        return answer


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_arrives_and_the_state_comes_back(
    companion: Companion, command: Command
) -> None:
    assert send(command) == ("listening" if command == "down" else "idle")
    assert companion.commands == [command]


def test_a_command_that_does_not_exist_names_those_that_do(companion: Companion) -> None:
    with pytest.raises(UsageError, match="explode") as caught:
        send("explode")
    assert all(command in caught.value.hint for command in COMMANDS)
    assert companion.commands == []


def test_without_a_running_voicemate_it_says_so() -> None:
    with pytest.raises(NotRunningError) as caught:
        send("down")
    assert caught.value.message == "VoiceMate is not running."
    assert "voicemate talk" in caught.value.hint


def test_a_second_server_leaves_the_first_one_alone(companion: Companion) -> None:
    with pytest.raises(AlreadyRunningError):
        ControlServer(companion).start()
    # The fixture's server is still the one that answers.
    assert send("ping") == "idle"


def test_a_closed_server_leaves_no_socket_and_frees_its_place() -> None:
    server = ControlServer(Companion())
    server.start()
    server.start()
    assert socket_file().is_socket()
    server.close()
    server.close()
    assert not socket_file().exists()
    with ControlServer(Companion()):
        assert send("ping") == "idle"
    with pytest.raises(NotRunningError):
        send("ping")


def test_a_second_start_is_told_that_it_is_running() -> None:
    with acquire_instance() as first:
        with pytest.raises(AlreadyRunningError, match="already running"):
            acquire_instance()
        with ControlServer(Companion(), first):
            assert send("ping") == "idle"
        with pytest.raises(AlreadyRunningError):
            acquire_instance()
    acquire_instance().release()


def test_what_the_companion_refuses_is_told_with_its_hint() -> None:
    def refuse(command: Command) -> str:
        raise StorageError("The disk is full.", "Make room.")

    with ControlServer(refuse), pytest.raises(UsageError) as caught:
        send("down")
    assert (caught.value.message, caught.value.hint) == ("The disk is full.", "Make room.")


def test_a_bug_in_one_command_is_logged_and_the_next_one_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail_on_down(command: Command) -> str:
        return {"up": "idle"}[command]

    with ControlServer(fail_on_down):
        with pytest.raises(UsageError) as caught:
            send("down")
        assert send("up") == "idle"
    assert str(paths.log_file()) in caught.value.hint
    assert "KeyError: 'down'" in caplog.text


@posix
def test_the_folder_and_the_socket_are_the_owners_alone(companion: Companion) -> None:
    assert socket_file().parent.stat().st_mode & 0o777 == 0o700
    assert socket_file().stat().st_mode & 0o777 == 0o600
    assert (paths.runtime_dir() / "instance.lock").stat().st_mode & 0o777 == 0o600


@posix
def test_a_folder_that_others_could_read_is_closed_first(voicemate_home: Path) -> None:
    paths.runtime_dir().mkdir(parents=True, mode=0o755)
    with ControlServer(Companion()):
        assert paths.runtime_dir().stat().st_mode & 0o777 == 0o700


AS_ANOTHER = """
import socket, sys
client = socket.socket(socket.AF_UNIX)
client.settimeout(20)
client.connect(sys.argv[1])
try:
    client.sendall(b'{"command": "down"}\\n')
    print(client.recv(4096))
except (BrokenPipeError, ConnectionResetError):
    print(b"")
"""


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can become a second user"
)
def test_another_user_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as home:
        monkeypatch.setenv("VOICEMATE_HOME", home)
        companion = Companion()
        with ControlServer(companion):

            def ask(user: int) -> str:
                return subprocess.run(
                    ["/usr/bin/env", "python3", "-c", AS_ANOTHER, str(socket_file())],
                    user=user,
                    cwd="/",
                    env={"PATH": "/usr/bin:/bin"},
                    capture_output=True,
                    text=True,
                ).stdout.strip()

            assert ask(65534) == ""  # the folder keeps it out
            for opened in (Path(home), socket_file().parent, socket_file()):
                opened.chmod(0o777)
            assert ask(65534) == "b''"  # it is let in to the socket, and not listened to
            assert "listening" in ask(os.geteuid())
        assert companion.commands == ["down"]


@posix
def test_ten_thousand_broken_frames_do_no_harm(companion: Companion) -> None:
    chance = random.Random(20)
    valid = b'{"command": "toggle"}\n'
    frames: list[Callable[[], bytes]] = [
        lambda: chance.randbytes(chance.randrange(1, 200)).replace(b"\n", b"?"),
        lambda: valid[: chance.randrange(1, len(valid) - 2)],
        lambda: bytes(b ^ (1 << chance.randrange(7)) for b in valid[:12]) + b"\n" + valid,
        lambda: b'{"command": ' + chance.choice([b"1", b"null", b'["down"]', b"{}"]) + b"}\n",
        lambda: chance.choice([b"[]\n", b"null\n", b"7\n", b'"down"\n', b"\n", b"{}\n"]),
        lambda: b'{"command": "Down"}\n',
        lambda: b"\xff\xfe\x00" + valid,
        lambda: b"1" * 5000 + b"\n",
    ]
    for number in range(10_000):
        answer = exchange(frames[number % len(frames)]())
        if answer:
            assert json.loads(answer)["ok"] is False
    assert companion.commands == []
    assert send("toggle") == "idle"


@posix
@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"[" * MAX_FRAME_BYTES, "one line of JSON"),  # nested too deep for the parser
        (b" " * (MAX_FRAME_BYTES + 1), "at most 65536 bytes"),
        (b"{" * (8 * MAX_FRAME_BYTES), "at most 65536 bytes"),
        (b'{"command": "' + b"x" * 60_000 + b'"}', "no such command"),
    ],
)
def test_a_frame_that_is_too_much_is_refused(
    companion: Companion, frame: bytes, reason: str
) -> None:
    answer = exchange(frame)
    if len(frame) <= MAX_FRAME_BYTES + 1:  # a sender that goes on regardless may not read it
        assert reason in json.loads(answer)["error"]
    assert send("ping") == "idle"
    assert companion.commands == ["ping"]


@posix
def test_a_silent_client_keeps_nobody_waiting_and_is_dropped(
    companion: Companion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unix_socket, "_CLIENT_S", 0.2)
    with connected() as silent, connected() as slow:
        slow.sendall(b'{"command": ')
        assert send("down") == "listening"
        assert silent.recv(1) == b""  # closed from the other end, without an answer
        assert slow.recv(1) == b""
        assert send("up") == "idle"
    assert companion.commands == ["down", "up"]


@posix
def test_a_crowd_of_silent_clients_locks_nobody_out(
    companion: Companion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unix_socket, "_CLIENT_S", 3600.0)
    crowd = [socket.socket(socket.AF_UNIX) for _ in range(200)]
    try:
        for client in crowd:
            client.connect(str(socket_file()))
        assert send("down") == "listening"
        crowd[0].settimeout(WAIT_S)
        assert crowd[0].recv(1) == b""  # the eldest made room
    finally:
        for client in crowd:
            client.close()


@posix
def test_clients_that_leave_before_the_answer_do_no_harm(companion: Companion) -> None:
    for _ in range(200):
        with connected() as client:
            client.sendall(b'{"command": "ping"}\n')
    assert send("down") == "listening"
    assert companion.commands[-1] == "down"


def test_an_answer_that_never_comes_ends_with_a_sentence() -> None:
    gate = threading.Event()

    def hang(command: Command) -> str:
        gate.wait(WAIT_S)
        return "idle"

    with ControlServer(hang):
        with pytest.raises(UsageError, match="did not answer within"):
            send("down", timeout_s=0.05)
        gate.set()


@posix
def test_the_socket_works_in_a_folder_too_deep_for_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / ("deep folder " * 8) / ("한국어" * 20)
    monkeypatch.setenv("VOICEMATE_HOME", str(home))
    assert len(os.fsencode(paths.runtime_dir())) > 107
    with ControlServer(Companion()):
        assert send("down") == "listening"
        assert socket_file().is_socket()
    assert not socket_file().exists()


@posix
def test_a_system_without_proc_has_a_short_private_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with tempfile.TemporaryDirectory() as short:
        monkeypatch.setattr(tempfile, "tempdir", short)
        monkeypatch.setenv("VOICEMATE_HOME", str(tmp_path / ("deep " * 30)))
        file = socket_file()
        assert len(os.fsencode(file)) <= 103
        monkeypatch.setenv("VOICEMATE_HOME", str(tmp_path / ("other" * 30)))
        assert socket_file() != file


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can give a folder away"
)
def test_a_folder_of_another_user_is_refused(voicemate_home: Path) -> None:
    paths.private_folder(paths.runtime_dir())
    os.chown(paths.runtime_dir(), 65534, 65534)
    with pytest.raises(StorageError, match="belongs to another user"):
        ControlServer(Companion()).start()


KILLED = """
from voicemate.hotkey.control import ControlServer
ControlServer(lambda command: "idle").start()
print("ready", flush=True)
"""


@posix
def test_what_a_killed_program_leaves_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        stdout=subprocess.PIPE,
    ) as program:
        assert program.stdout
        assert program.stdout.readline() == b"ready\n"
        assert send("ping") == "idle"
        with pytest.raises(AlreadyRunningError):
            acquire_instance()
        program.send_signal(signal.SIGKILL)
    assert program.returncode == -signal.SIGKILL
    assert socket_file().is_socket()  # it could not clean up
    with pytest.raises(NotRunningError):
        send("ping")
    with ControlServer(Companion()):
        assert send("down") == "listening"


def test_a_home_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VOICEMATE_HOME", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="cannot be written"):
        ControlServer(Companion()).start()
    with pytest.raises(UsageError, match="could not be reached"):
        send("down")


CHEAP = """
import sys
from voicemate.errors import VoiceMateError
from voicemate.hotkey.control import send
try:
    send("down")
except VoiceMateError as error:
    print(error)
heavy = ["numpy", "msgspec", "click", "rich", "filelock", "logging", "asyncio", "requests"]
print([name for name in heavy if name in sys.modules])
"""


def test_sending_loads_nothing_heavy() -> None:
    # A compositor's key binding starts a new Python for each press and release.
    done = subprocess.run(
        [sys.executable, "-c", CHEAP],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "VoiceMate is not running.\n[]\n", done.stderr


class TestPipe:
    """The Windows channel, over the sockets that the same library offers elsewhere."""

    @pytest.fixture
    def name(self) -> Iterator[str]:
        with tempfile.TemporaryDirectory() as short:
            yield pipe.address(Path(short)) if os.name == "nt" else f"{short}/pipe"

    @contextmanager
    def serving(self, name: str) -> Iterator[None]:
        server = pipe.PipeServer(name, lambda line: b"heard " + line)
        thread = threading.Thread(target=server.control_loop)
        thread.start()
        try:
            yield
        finally:
            server.interrupt()
            thread.join()

    def test_a_request_is_answered(self, name: str) -> None:
        with self.serving(name):
            assert pipe.ask(name, b"one", WAIT_S) == b"heard one"
            assert pipe.ask(name, b"two", WAIT_S) == b"heard two"

    def test_a_silent_or_careless_client_does_no_harm(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pipe, "_CLIENT_S", 0.1)
        with self.serving(name):
            with pipe.Client(name) as silent:
                assert silent.poll(WAIT_S)  # it was hung up on
            with pipe.Client(name) as careless, suppress(BrokenPipeError):
                careless.send_bytes(bytes(MAX_FRAME_BYTES + 1))
            assert pipe.ask(name, b"three", WAIT_S) == b"heard three"

    def test_each_home_has_its_own_pipe(self) -> None:
        one, two = pipe.address(Path("C:/one")), pipe.address(Path("C:/two"))
        assert one.startswith(r"\\.\pipe\voicemate-")
        assert one != two
