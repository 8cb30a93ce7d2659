"""What holds for every test: a home of its own, no thread left behind, no network, no warning.

Warnings are errors by pyproject.toml; the other three are here.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicemate import paths

# Tests have homes of their own but share the installed models: whoever runs them has them once.
os.environ["VOICEMATE_MODELS"] = str(paths.models_dir().absolute())

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background by a shell, which has ^C ignored there: some tests send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

THREAD_GRACE_S = 5.0


@pytest.fixture(autouse=True)
def voicemate_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give this test's VOICEMATE_HOME, which does not exist yet."""
    home = tmp_path / "home"
    monkeypatch.setenv("VOICEMATE_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    """Fail a test that leaves a thread behind (fixtures of a wider scope may keep theirs)."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + THREAD_GRACE_S
    stay = []
    for thread in set(threading.enumerate()) - before:
        if _is_foreign(thread):
            continue
        thread.join(max(deadline - time.monotonic(), 0))
        if thread.is_alive():
            stay.append(thread)
    if stay:
        pytest.fail("\n".join(["Threads were left behind:", *map(_where, stay)]), pytrace=False)


def _is_foreign(thread: threading.Thread) -> bool:
    """Tell threads that Python merely saw (a sound card's callback) and the test runner's own."""
    return isinstance(thread, threading._DummyThread) or thread.name.startswith("pytest_timeout")


def _where(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    place = "".join(traceback.format_stack(frame)[-2:]) if frame else ""
    return f"- {thread.name}\n{place}"


class NetworkForbidden(BaseException):
    """A test reached for the network. From BaseException: no retry loop takes it for an error."""


_reached: list[str] = []


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """Fail a test that reached beyond this machine, also where its code swallowed the refusal."""
    _reached.clear()
    yield
    if _reached:
        pytest.fail("The network was reached for: " + "; ".join(_reached), pytrace=False)


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.bind", "socket.sendto"):
        connection, address = arguments[0], arguments[1]
        if getattr(connection, "family", None) not in (socket.AF_INET, socket.AF_INET6):
            return
        host = address[0] if isinstance(address, tuple) else address
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    else:
        return
    if not _is_this_machine(host):
        _reached.append(f"{event}({host!r})")
        raise NetworkForbidden(f"{event}: {host!r} is not this machine")


def _is_this_machine(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


sys.addaudithook(_audit)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what was left out and why."""
    reasons: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        longrepr = report.longrepr
        reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
        reasons[reason.removeprefix("Skipped: ").removeprefix("unconditional skip: ")] += 1
    left_out = "; ".join(f"{reason} ({n})" for reason, n in sorted(reasons.items()))
    terminalreporter.write_line(f"Left out: {left_out or 'nothing'}.")
