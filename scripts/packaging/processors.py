"""llama.cpp for processors of others: what it is compiled with, and what makes sure of it."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from pathlib import Path

from elf import PackagingError

CPU = "libggml-cpu.so.0"

# By glibc's names; the first is the least that a bundle wants. AVX-512 saves more than a
# third of the time to read a prompt, and a laptop of 2013 must start all the same.
_AVX2 = ("SSE42", "AVX", "AVX2", "FMA", "F16C", "BMI2")
LEVELS = {"x86-64-v3": _AVX2, "x86-64-v4": (*_AVX2, "AVX512"), "aarch64": ()}


def levels() -> list[str]:
    """Give the levels of processors of this architecture, the lowest first."""
    start = {"x86_64": "x86-64"}.get(platform.machine(), platform.machine())
    return [level for level in LEVELS if level.startswith(start)]


def cmake_arguments(level: str) -> str:
    """Give what compiles for a level and never for this very processor."""
    # Named one by one: what is the default differs from build to build.
    on = [f"-DGGML_{name}=ON" for name in LEVELS[level]]
    return " ".join(["-DGGML_NATIVE=OFF", "-DLLAVA_BUILD=OFF", *on])


def link_the_same(folder: Path) -> None:
    """Make links of the copies that a wheel, which knows no links, has of its libraries."""
    first: dict[str, Path] = {}
    for file in sorted(folder.glob("lib*.so*"), key=lambda file: len(file.name), reverse=True):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if digest in first:
            file.unlink()
            file.symlink_to(first[digest].name)
        first.setdefault(digest, file)


def refuse_native(library: Path) -> None:
    """Raise `PackagingError` for a llama.cpp that was compiled for this processor only."""
    with subprocess.Popen(
        ["objdump", "--disassemble", "--no-show-raw-insn", library], stdout=subprocess.PIPE
    ) as told:
        assert told.stdout
        wide = any(b"%zmm" in line for line in told.stdout)
        told.terminate()
    if wide:
        raise PackagingError(f"{library} uses AVX-512: other machines would stop there.")
