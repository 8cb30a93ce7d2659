"""What a person sees of the set-up: a line a step, and what moves while it takes long."""

from __future__ import annotations

import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

# Without a terminal (a log) a line is printed as rarely as this.
_QUIET_S = 20.0
_LAST_LINES = 15


class SetupError(Exception):
    """The set-up cannot go on; the text is for the person."""


class Step:
    """One line on the screen: `with Step("Python packages") as step`, then `step.show(...)`."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._began = self._printed = time.monotonic()
        self._terminal = sys.stdout.isatty()
        self._clear = "\r\033[K" if self._terminal else ""
        self._result = ""

    def __enter__(self) -> Step:
        self.show("")
        return self

    def show(self, doing: str) -> None:
        """Say what is being done right now."""
        now = time.monotonic()
        line = " · ".join(filter(None, (f"  {self._title}", doing, elapsed(now - self._began))))
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"{self._clear}{line[:width]}", end="", flush=True)
        elif now - self._printed >= _QUIET_S:
            self._printed = now
            print(line, flush=True)

    def done(self, result: str) -> None:
        """Say how it came out; printed when the step ends."""
        self._result = result

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        took = elapsed(time.monotonic() - self._began)
        result = self._result or ("not finished" if error else "done")
        line = " · ".join(filter(None, (self._title, result, took)))
        print(f"{self._clear}  {line}", flush=True)


def elapsed(seconds: float) -> str:
    """Give a duration as a person says it; nothing below a second."""
    if seconds < 1:
        return ""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:02.0f} s"


def bar(done: int, total: int, width: int = 20) -> str:
    """Give a progress bar."""
    filled = width * done // total if total else 0
    return "█" * filled + "░" * (width - filled)


class PipOutput:
    """Reads what pip (with --progress-bar raw) and the compilers under it print, line by line."""

    def __init__(self, building: str = "building") -> None:
        self._building = building
        self._what = ""
        self._since = (0.0, 0)  # when the present bar began, and at which count

    def __call__(self, line: str) -> str | None:
        """Give what to show; None for a line that changes nothing."""
        now = time.monotonic()
        if got := re.match(r"Progress (\d+) of (\d+)", line):
            done, total = int(got[1]), int(got[2])
            return f"{self._what} {bar(done, total)} {_mb(done)} of {_mb(total)}" + self._left(
                now, done, total
            )
        if got := re.search(r"^\s*\[ *(\d+)(?:/(\d+)|%)\] ", line):
            done, total = int(got[1]), int(got[2] or 100)
            return f"compiling {bar(done, total)}" + self._left(now, done, total)
        line = line.strip()
        if got := re.match(r"(?:Downloading|Using cached|Processing) (?:\S*/)?([\w.]+)-", line):
            self._what, self._since = got[1], (0.0, 0)
            return got[1]
        if re.match(r"Building (wheel|editable) for ", line):
            self._since = (0.0, 0)
            return self._building
        if got := re.match(
            r"(Installing collected packages|Installing build dependencies|Collecting \S+)", line
        ):
            return got[1][0].lower() + got[1][1:]
        return None

    def _left(self, now: float, done: int, total: int) -> str:
        began, first = self._since
        if not began or done < first:
            self._since = (now, done)
            return ""
        if now - began < 3 or done <= first:
            return ""
        return f", {elapsed((now - began) * (total - done) / (done - first)) or '1 s'} left"


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def run(
    command: Sequence[str],
    step: Step,
    log: Path,
    read: Callable[[str], str | None],
    env: dict[str, str] | None = None,
    keep_open: Sequence[int] = (),
    cwd: Path | None = None,
) -> int:
    """Run a command quietly, its output in `log`, what `read` makes of it in `step`.

    Gives its exit status. A program that is interrupted ends what it started.
    """
    with log.open("ab") as kept:
        kept.write(f"\n$ {' '.join(command)}\n".encode())
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            pass_fds=keep_open,
            cwd=cwd,
            start_new_session=True,
        )
        try:
            assert child.stdout
            doing, rest = "", b""
            with selectors.DefaultSelector() as ready:
                ready.register(child.stdout, selectors.EVENT_READ)
                while True:
                    if ready.select(0.5):
                        piece = os.read(child.stdout.fileno(), 65536)
                        if not piece:
                            break
                        *lines, rest = (rest + piece).replace(b"\r", b"\n").split(b"\n")
                        for line in lines:
                            text = line.decode(errors="replace")
                            doing = read(text) or doing
                            if not text.startswith("Progress "):
                                kept.write(line + b"\n")
                        kept.flush()
                    step.show(doing)
            kept.write(rest)
            return child.wait()
        finally:
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child and all that it started, if it still runs."""
    if child.stdout:
        child.stdout.close()
    if child.poll() is not None:
        return
    os.killpg(child.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        child.wait(10)
    with suppress(ProcessLookupError):  # what is left of its group
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def last_lines(log: Path) -> str:
    """Give the end of the log, indented, for a person who wants to know what went wrong."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]
    return "\n".join(f"    {line}" for line in lines)
