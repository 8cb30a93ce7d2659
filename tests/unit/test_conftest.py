"""The automatic checks themselves: a test that leaks, phones home or warns must fail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"

SUITE = """
import socket, threading, warnings
import pytest
from voicemate import paths

gate = threading.Event()

def test_leaks_a_thread():
    threading.Thread(target=gate.wait, name="left over").start()

def test_after_it():
    gate.set()

@pytest.fixture(scope="module")
def engine():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    yield thread
    stop.set()
    thread.join()

def test_uses_a_thread_of_the_module(engine):
    assert engine.is_alive()

def test_starts_a_thread_that_ends():
    threading.Thread(target=lambda: None).start()

def reach(how):
    try:
        how()
    except BaseException:
        pass

def test_reaches_tcp():
    with socket.socket() as connection:
        reach(lambda: connection.connect(("192.0.2.1", 80)))

def test_reaches_udp():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as connection:
        reach(lambda: connection.sendto(b"", ("2001:db8::1", 9)))

def test_reaches_name():
    reach(lambda: socket.getaddrinfo("voicemate.invalid", 443))

def test_reaches_old_name_call():
    reach(lambda: socket.gethostbyname("voicemate.invalid"))

def test_reaches_open_port():
    with socket.socket() as listener:
        reach(lambda: listener.bind(("0.0.0.0", 0)))

def test_stays_local():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()
        server.accept()[0].close()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\\0voicemate-test")

def test_warns():
    warnings.warn("careless")

def test_leaves_a_file_open():
    open("conftest.py")

@pytest.mark.skip(reason="no such voice")
def test_left_out(): ...

@pytest.mark.parametrize("n", [1, 2])
def test_left_out_twice(n):
    pytest.skip("no microphone")

homes = []

def test_first_home():
    homes.append((paths.data_dir(), paths.models_dir()))

def test_second_home():
    homes.append((paths.data_dir(), paths.models_dir()))
    (one, models), (two, same) = homes
    assert one != two and models == same
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give what pytest says of the suite above, run in a process of its own with our conftest."""
    folder = tmp_path_factory.mktemp("suite")
    conftest = CONFTEST.read_text(encoding="utf-8")
    patient = "THREAD_GRACE_S = 5.0"
    assert patient in conftest
    (folder / "conftest.py").write_text(conftest.replace(patient, "THREAD_GRACE_S = 0.1"))
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (folder / "test_suite.py").write_text(SUITE)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "--basetemp=tmp"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(CONFTEST.parents[1]), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr


def outcomes(report: str, test: str) -> set[str]:
    """Give what was said of one test: PASSED, FAILED, SKIPPED, ERROR."""
    return set(re.findall(rf"^test_suite\.py::{test}(?:\[\d\])? (\w+)", report, re.MULTILINE))


def test_a_thread_left_behind_fails_the_test(report: str) -> None:
    assert outcomes(report, "test_leaks_a_thread") == {"PASSED", "ERROR"}
    assert "Threads were left behind:\n- left over" in report


@pytest.mark.parametrize(
    "test",
    ["test_after_it", "test_uses_a_thread_of_the_module", "test_starts_a_thread_that_ends"],
)
def test_other_threads_are_fine(report: str, test: str) -> None:
    assert outcomes(report, test) == {"PASSED"}


@pytest.mark.parametrize(
    ("test", "call"),
    [
        ("test_reaches_tcp", "socket.connect('192.0.2.1')"),
        ("test_reaches_udp", "socket.sendto('2001:db8::1')"),
        ("test_reaches_name", "socket.getaddrinfo('voicemate.invalid')"),
        ("test_reaches_old_name_call", "socket.gethostbyname('voicemate.invalid')"),
        ("test_reaches_open_port", "socket.bind('0.0.0.0')"),
    ],
)
def test_reaching_beyond_this_machine_fails_the_test(report: str, test: str, call: str) -> None:
    assert outcomes(report, test) == {"PASSED", "ERROR"}
    assert f"The network was reached for: {call}" in report


def test_local_sockets_are_free(report: str) -> None:
    assert outcomes(report, "test_stays_local") == {"PASSED"}


@pytest.mark.parametrize("test", ["test_warns", "test_leaves_a_file_open"])
def test_a_warning_fails_the_test(report: str, test: str) -> None:
    assert outcomes(report, test) == {"FAILED"}


def test_what_was_left_out_is_said_in_one_line(report: str) -> None:
    assert outcomes(report, "test_left_out") == {"SKIPPED"}
    assert "\nLeft out: no microphone (2); no such voice (1).\n" in report


def test_homes_are_apart_and_models_are_shared(report: str) -> None:
    assert outcomes(report, "test_first_home") == {"PASSED"}
    assert outcomes(report, "test_second_home") == {"PASSED"}
