"""What this machine has to offer a model: memory, disk, cores, a graphics card."""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from voicemate import paths


@dataclass(frozen=True, slots=True)
class Machine:
    """Memory and disk in bytes; `disk_free` is where models are stored; `gpu` may be empty."""

    memory_total: int
    memory_available: int
    disk_free: int
    cores: int
    gpu: str = ""


def inspect(models_dir: Path | None = None) -> Machine:
    """Look at this machine; takes milliseconds."""
    memory = psutil.virtual_memory()
    limit, used = _container_memory()
    total = min(memory.total, limit or memory.total)
    available = min(memory.available, limit - used if limit else memory.available)
    return Machine(
        memory_total=total,
        memory_available=max(available, 0),
        disk_free=free_space(models_dir or paths.models_dir()),
        cores=psutil.cpu_count(logical=False) or psutil.cpu_count() or 1,
        gpu=_gpu(),
    )


def free_space(folder: Path) -> int:
    """Give the free bytes of the disk that `folder` is, or will be, on."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _container_memory(root: Path = Path("/sys/fs/cgroup")) -> tuple[int, int]:
    """Give limit and use of the container this runs in, in bytes; (0, 0) where there is none."""
    # psutil reports the host's memory inside a container.
    try:
        limit = int((root / "memory.max").read_text(encoding="ascii"))
        used = int((root / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0, 0
    return limit, used


_PCI_VENDORS = {"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}


def _gpu() -> str:
    if sys.platform == "darwin":
        return "Apple" if platform.machine() == "arm64" else ""
    for vendor in sorted(Path("/sys/class/drm").glob("card?/device/vendor")):
        try:
            name = _PCI_VENDORS.get(vendor.read_text(encoding="ascii").strip())
        except OSError:
            continue
        if name:
            return name
    return ""
