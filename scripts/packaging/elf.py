"""Which libraries a folder of programs needs, and bringing the missing ones into it.

The bundle's interpreter carries an RPATH to the bundle's lib/, which holds for everything that it
loads, except for objects with a RUNPATH of their own (Qt's, llama.cpp's): beside those a link is
laid to each library that they look for.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# What every Linux desktop has, and what must be its own: the C library, what belongs to the
# graphics card's driver, to the sound server's plug-ins, to the fonts and to the desktop.
SYSTEM = (
    r"ld-linux-.*|lib(c|m|mvec|dl|rt|pthread|util|resolv)\.so\..*|libstdc\+\+\.so\.6|libgcc_s\.so\.1"
    r"|libz\.so\.1|libexpat\.so\.1|libX11\.so\.6|libX11-xcb\.so\.1|libxcb\.so\.1"
    r"|lib(GL|EGL|OpenGL|GLX|GLESv2)\.so\..*|libwayland-client\.so\.0|libasound\.so\.2"
    r"|lib(fontconfig|freetype)\.so\..*|libdbus-1\.so\.3|lib(glib|gthread)-2\.0\.so\.0"
)
# GPL without an exception that would allow it here.
FORBIDDEN = r"lib(readline|history|gdbm|espeak|espeak-ng|sonic|pcaudio)[.-].*"


class PackagingError(Exception):
    """What is built would not work or may not be given away; the text is for the builder."""


@dataclass(frozen=True)
class Elf:
    """What the dynamic section of a program or library says."""

    path: Path
    soname: str
    needed: tuple[str, ...]
    runpath: tuple[str, ...]
    versions: frozenset[str]


def is_elf(path: Path) -> bool:
    """Say whether a file is a program or a library."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def read(path: Path) -> Elf:
    """Read one file's dynamic section and the versions of symbols that it needs."""
    # What readelf says is translated elsewhere.
    environment = os.environ | {"LC_ALL": "C"}
    told = subprocess.run(
        ["readelf", "--wide", "--dynamic", "--version-info", path],
        capture_output=True,
        text=True,
        errors="replace",
        env=environment,
        check=True,
    ).stdout
    names = re.findall(r"\((NEEDED|SONAME|RUNPATH|RPATH)\).*\[(.*)\]", told)
    return Elf(
        path,
        soname=next((name for kind, name in names if kind == "SONAME"), path.name),
        needed=tuple(name for kind, name in names if kind == "NEEDED"),
        runpath=tuple(
            entry
            for kind, name in names
            if kind in ("RUNPATH", "RPATH")
            for entry in name.split(":")
            if entry
        ),
        versions=frozenset(re.findall(r"Name: (GLIBC(?:XX)?_[\d.]+) ", told)),
    )


def elves(folder: Path) -> Iterator[Elf]:
    """Read every program and library below a folder."""
    for path in sorted(folder.rglob("*")):
        if is_elf(path):
            yield read(path)


def collect(root: Path, lib: Path) -> dict[str, Path]:
    """Copy into `lib` what is needed below `root` and neither there nor the desktop's own.

    Gives where each came from, by its soname. Raises `PackagingError`.
    """
    brought: dict[str, Path] = {}
    waiting = list(elves(root))
    while waiting:
        elf = waiting.pop()
        for soname in elf.needed:
            if re.fullmatch(FORBIDDEN, soname):
                raise PackagingError(f"{elf.path} needs {soname}, which is GPL: leave it out.")
            if re.fullmatch(SYSTEM, soname) or _is_found(elf, soname, root, lib):
                continue
            if not (lib / soname).exists():
                source = on_this_machine(soname, elf.path.name)
                shutil.copyfile(source, lib / soname)
                (lib / soname).chmod(0o755)
                brought[soname] = source
                waiting.append(read(lib / soname))
            if elf.runpath:
                folder = next(iter(_folders(elf, root)), elf.path.parent)
                (folder / soname).symlink_to(os.path.relpath(lib / soname, folder))
    return brought


def _is_found(elf: Elf, soname: str, root: Path, lib: Path) -> bool:
    if any((folder / soname).exists() for folder in _folders(elf, root)):
        return True
    return not elf.runpath and (lib / soname).exists()


def _folders(elf: Elf, root: Path) -> list[Path]:
    """Give the folders below `root` that a library looks in by itself."""
    here = str(elf.path.parent)
    named = [Path(re.sub(r"\$ORIGIN|\$\{ORIGIN\}", here, entry)) for entry in elf.runpath]
    folders = [folder.resolve() for folder in named]
    return [f for f in folders if f.is_dir() and f.is_relative_to(root.resolve())]


def on_this_machine(soname: str, needer: str) -> Path:
    """Find a library of this system by its soname. Raises `PackagingError`."""
    listed = subprocess.run(
        ["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True
    ).stdout
    machine = "x86-64" if os.uname().machine == "x86_64" else "AArch64"
    for path in re.findall(rf"^\s*{re.escape(soname)} \([^)]*{machine}.*\) => (.*)$", listed, re.M):
        return Path(path).resolve()
    raise PackagingError(
        f"{soname}, which {needer} needs, is not on this machine. Install it: "
        "docs/packaging.md lists the packages."
    )


def newest_needed(root: Path) -> dict[str, str]:
    """Give the newest version that anything below `root` needs of "GLIBC" and "GLIBCXX"."""
    newest: dict[str, tuple[int, ...]] = {}
    for elf in elves(root):
        for version in elf.versions:
            name, _, number = version.partition("_")
            parts = tuple(map(int, number.split(".")))
            newest[name] = max(newest.get(name, parts), parts)
    return {name: ".".join(map(str, parts)) for name, parts in newest.items()}
