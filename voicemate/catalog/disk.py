"""Room on the disk, asked for before it is needed, and what is said when it runs out."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from voicemate.catalog.progress import human_size
from voicemate.errors import StorageError

FreeSpace = Callable[[Path], int]

_MARGIN_BYTES = 64 * 2**20
"""Left free, because a disk that is full to the last byte breaks other programs."""

_NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_NO_RIGHT = {errno.EACCES, errno.EPERM, errno.EROFS}


def ensure_room(needs: dict[Path, int], free_space: FreeSpace) -> None:
    """Check that the disks of the folders can take so many bytes. Raises `StorageError`."""
    disks: dict[int, tuple[Path, int]] = {}
    for folder, n_bytes in needs.items():
        first, sum_bytes = disks.get(_disk(folder), (folder, 0))
        disks[_disk(folder)] = (first, sum_bytes + n_bytes)
    for folder, n_bytes in disks.values():
        free = free_space(folder)
        if n_bytes and free < n_bytes + _MARGIN_BYTES:
            raise StorageError(
                f"This needs {human_size(n_bytes + _MARGIN_BYTES)} on the disk of {folder}, where "
                f"{human_size(free)} are free.",
                "Make room, choose a smaller model (`voicemate models`), or set VOICEMATE_MODELS "
                "to a folder on another disk.",
            )


def _disk(folder: Path) -> int:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.stat().st_dev


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn a full disk or missing rights, met while writing to `folder`, into `StorageError`."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageError(
                f"The disk of {folder} is full.",
                "Make room and run the same command again: it goes on where it stopped.",
            ) from error
        if error.errno in _NO_RIGHT:
            raise StorageError(
                f"{error.filename or folder} cannot be written ({os.strerror(error.errno)}).",
                "Give yourself the rights to it, or set VOICEMATE_MODELS to a folder that you own.",
            ) from error
        raise
