"""A virtual screen, and the window on it, for the tests of this folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rig.screen import WINDOW_MANAGER, Screen, missing_screen_parts, start_screen

_ROOT = Path(__file__).parents[2]
_PATIENCE_S = 30.0


class Desk:
    """The window in a process of its own; `until` waits for what stands in it."""

    def __init__(self, screen: Screen, log: Path, *words: str) -> None:
        self.screen = screen
        self.log = log
        self.seen: dict[str, Any] = {}
        self.all_seen: list[dict[str, Any]] = []
        self._news = threading.Condition()
        command = [sys.executable, "-m", "tests.ui.window_program", "--log", str(log), *words]
        if shutil.which("setpriv"):
            # Even when the test run itself is killed, the window does not outlive it.
            command = ["setpriv", "--pdeathsig", "TERM", *command]
        self.process = subprocess.Popen(
            command,
            cwd=_ROOT,
            env=_env(screen),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read_loop, name="desk", daemon=True)
        self._reader.start()

    def _read_loop(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.seen = json.loads(line)
                self.all_seen.append(self.seen)
                self._news.notify_all()

    def until(self, true: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """Wait until what stands in the window fits; gives it."""
        with self._news:
            found = self._news.wait_for(lambda: bool(self.seen) and true(self.seen), _PATIENCE_S)
            assert found, f"never seen: {what}; the last was {self.seen}"
            return self.seen

    def until_face(self, face: str) -> dict[str, Any]:
        return self.until(lambda seen: seen.get("face") == face, f"the face {face}")

    def ready(self) -> Desk:
        """Wait until it has loaded and has the keyboard."""
        self.until(lambda seen: seen.get("active") and seen["face"] == "idle", "a window, ready")
        return self

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def key(self, *keys: str) -> None:
        self.screen.xdotool("key", *keys)

    def type(self, text: str) -> None:
        self.screen.xdotool("type", "--delay", "20", text)

    def point(self, at: list[int] | None) -> None:
        """Put the mouse on something that the window said where it is."""
        assert at is not None, "it is not there, or cannot be used"
        self.screen.xdotool("mousemove", str(at[0]), str(at[1]))

    def click(self, name: str) -> None:
        self.point(self.seen["clickable"][name])
        self.screen.xdotool("click", "1")

    def hold_space(self) -> None:
        self.screen.xdotool("keydown", "space")

    def let_space_go(self) -> None:
        self.screen.xdotool("keyup", "space")

    def warnings(self) -> list[str]:
        """Give what Qt complained about."""
        text = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
        return [line for line in text.splitlines() if "Qt:" in line]

    def ended(self) -> int:
        """Wait for its end."""
        return self.process.wait(timeout=_PATIENCE_S)

    def close(self) -> None:
        """End it, whatever it is doing."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=20)
        self._reader.join(timeout=20)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def _env(screen: Screen) -> dict[str, str]:
    # Neither the desktop nor the tray of whoever runs the tests must be found.
    kept = {name: v for name, v in screen.env.items() if not name.startswith(("QT_", "QSG_"))}
    return {**kept, "DBUS_SESSION_BUS_ADDRESS": "disabled:", "PYTHONPATH": os.fspath(_ROOT)}


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    """A screen with a window manager and a tray."""
    pytest.importorskip("PySide6", reason="the window needs PySide6")
    missing = missing_screen_parts(WINDOW_MANAGER, "trayer")
    if missing:
        pytest.skip(missing)
    with start_screen("1280x1024x24") as screen:
        screen.run("trayer", "--edge", "top", "--widthtype", "request")
        yield screen


@pytest.fixture
def desk(screen: Screen, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Open windows on the screen; they are closed, and every key is up, after the test."""
    opened: list[Desk] = []

    def open_desk(*words: str) -> Desk:
        opened.append(Desk(screen, tmp_path / f"log-{len(opened)}.txt", *words))
        return opened[-1]

    yield open_desk
    screen.xdotool("keyup", "space", "mouseup", "1")
    for window in opened:
        window.close()
