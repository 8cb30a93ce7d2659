"""A private X11 screen with a window manager, for tests that press real keys in real windows."""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.rig.waiting import wait_until

_PROGRAMS = {"Xvfb": "xvfb", "xdotool": "xdotool"}
WINDOW_MANAGER = "openbox"
RIGHT_CTRL = "105"
"""X11 keycode of the key itself; by its symbol xdotool would take any key that types it."""


def missing_screen_parts(*more: str) -> str | None:
    """Give a plain sentence on what is not installed, or None where a screen can start.

    `more` are further programs that a test needs, of Debian packages with the same name.
    """
    wanted = _PROGRAMS | {name: name for name in more}
    absent = [name for name in wanted if shutil.which(name) is None]
    if absent:
        packages = ", ".join(wanted[name] for name in absent)
        return f"a private screen needs {', '.join(absent)} (Debian: {packages})"
    return None


@dataclass
class Screen:
    """A running private screen. Every process that it starts is stopped with it."""

    display: str
    server: subprocess.Popen[bytes]
    window_manager: subprocess.Popen[bytes] | None = None
    _children: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        """Give the whole environment for a program that should show itself here."""
        hidden = ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE")
        kept = {name: value for name, value in os.environ.items() if name not in hidden}
        return kept | {"DISPLAY": self.display}

    def xdotool(self, *words: str) -> str:
        """Run xdotool here: give it several commands at once for an exact order of keys."""
        done = subprocess.run(
            ["xdotool", *words],
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout.strip()

    def run(self, *command: str) -> subprocess.Popen[str]:
        """Start a program here, its output to be read; it is stopped with the screen."""
        child = subprocess.Popen(
            command,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._children.append(child)
        return child

    def other_window(self) -> OtherWindow:
        """Open a window of another program, which writes down what keys it gets; it has focus."""
        return OtherWindow(self)

    def stop(self) -> None:
        """Stop every process that was started here."""
        started = [*self._children, *filter(None, [self.window_manager]), self.server]
        for process in started:
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=20)
            if process.stdout is not None:
                process.stdout.close()


class OtherWindow:
    """A window of xev's, with the focus; `keys` is what it has been given so far."""

    def __init__(self, screen: Screen) -> None:
        self._process = screen.run("xev", "-event", "keyboard", "-event", "focus")
        self._lock = threading.Lock()
        self._keys: list[tuple[str, str]] = []
        self._focused: bool | None = None
        self._thread = threading.Thread(target=self._read_loop, name="rig-xev", daemon=True)
        self._thread.start()
        title = "Event Tester"
        wait_until(lambda: _finds(screen, title), 20, "the other window is there", 0.05)
        screen.xdotool("search", "--name", title, "windowfocus", "--sync")
        wait_until(lambda: self.focused is True, 20, "the other window has the focus")

    def _read_loop(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        kind = ""
        for line in stream:
            with self._lock:
                if found := re.match(r"(\w+) event,", line):
                    kind = found[1]
                    if kind in ("FocusIn", "FocusOut"):
                        self._focused = kind == "FocusIn"
                elif kind in ("KeyPress", "KeyRelease") and (
                    found := re.search(r"keysym 0x\w+, (\w+)\)", line)
                ):
                    self._keys.append((kind, found[1]))

    @property
    def focused(self) -> bool | None:
        """True while it has the focus."""
        with self._lock:
            return self._focused

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Give ("KeyPress", "F9") and the like, in order."""
        with self._lock:
            return list(self._keys)

    def close(self) -> None:
        """Close the window."""
        self._process.terminate()
        self._process.wait(timeout=20)
        self._thread.join(timeout=20)

    def __enter__(self) -> OtherWindow:
        return self

    def __exit__(self, *_of_the_error: object) -> None:
        self.close()


def _finds(screen: Screen, title: str) -> bool:
    try:
        return bool(screen.xdotool("search", "--onlyvisible", "--name", title))
    except subprocess.CalledProcessError:
        return False


@contextlib.contextmanager
def start_screen(size: str = "1280x800x24") -> Iterator[Screen]:
    """Start a screen on a display that is free, with a window manager where one is installed."""
    read_end, write_end = os.pipe()
    try:
        # The server itself finds a free display and says which.
        command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", size]
        # Without -noreset it throws everybody out whenever the only client leaves.
        command += ["-noreset", "-nolisten", "tcp"]
        server = subprocess.Popen(
            _dies_with_us(command),
            pass_fds=[write_end],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    finally:
        os.close(write_end)
    screen = Screen("", server)
    try:
        screen.display = f":{_read_line(read_end, 20)}"
        _start_window_manager(screen)
        yield screen
    finally:
        os.close(read_end)
        screen.stop()


def _read_line(file: int, limit_s: float) -> str:
    """Read to the end of the line: a server that cannot write it whole ends."""
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([file], [], [], limit_s)
        piece = os.read(file, 64) if ready else b""
        if not piece:
            raise RuntimeError("the private screen did not start")
        line += piece
    return line.decode().strip()


def _start_window_manager(screen: Screen) -> None:
    if shutil.which(WINDOW_MANAGER) is None:
        return
    screen.window_manager = subprocess.Popen(
        _dies_with_us([WINDOW_MANAGER, "--sm-disable"]),
        env=screen.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    # xdotool answers this only when a window manager is there.
    wait_until(lambda: _answers(screen), 20, "the window manager is ready", 0.02)


def _answers(screen: Screen) -> bool:
    try:
        screen.xdotool("get_num_desktops")
    except subprocess.CalledProcessError:
        return False
    return True


def _dies_with_us(command: list[str]) -> list[str]:
    """Even when the test run itself is killed, the program does not outlive it."""
    if shutil.which("setpriv"):
        return ["setpriv", "--pdeathsig", "TERM", *command]
    return command
