"""A model of one's own: a GGUF file, a Vosk folder, or a zip of one, copied into the store."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from voicemate.catalog.catalog import ArchiveSource, Catalog, Model, PinnedFile, is_plain_path
from voicemate.catalog.disk import FreeSpace, ensure_room
from voicemate.catalog.gguf import read_header
from voicemate.catalog.install import put_in_place, settle, staging
from voicemate.catalog.manifest import Manifest, now
from voicemate.catalog.progress import Progress, bar
from voicemate.catalog.unpack import Limits, unpack
from voicemate.catalog.verify import (
    CHUNK_BYTES,
    check_usable,
    check_vosk,
    pin_folder,
    sha256_of,
)
from voicemate.errors import ModelError, UsageError

_MAX_FOLDER_BYTES = 12 * 10**9
_MAX_FOLDER_FILES = 1_000


@dataclass(frozen=True, slots=True)
class OwnModel:
    """What a person wants to add, looked at but not yet copied.

    `digest` is the SHA-256 of the file or zip, of a folder that of its files' names and digests.
    `known` is the model of the catalogue whose bytes these are.
    """

    path: Path
    form: Literal["gguf", "folder", "zip"]
    digest: str
    suggested_id: str
    size: int
    known: Model | None = None


def look_at(path: Path, catalog: Catalog, progress: Progress) -> OwnModel:
    """Find out what `path` is and whether it can be used. Raises `UsageError`, `ModelError`."""
    path = path.expanduser()
    if path.is_dir():
        check_vosk(path)
        size = sum(file.stat().st_size for file in _files(path))
        digest = folder_digest(pin_folder(path, f"Reading {path.name}", progress, _files(path)))
        return OwnModel(path, "folder", digest, _id_from(path.resolve().name), size)
    if not path.is_file():
        raise UsageError(
            f"There is no file or folder {path}.",
            "Give a GGUF file, or the folder or zip of a Vosk model.",
        )
    form: Literal["gguf", "zip"] = "zip" if path.suffix.lower() == ".zip" else "gguf"
    if form == "gguf":
        read_header(path)
    size = path.stat().st_size
    with bar(progress, f"Reading {path.name}", size):
        digest = sha256_of(path, progress)
    return OwnModel(path, form, digest, _id_from(path.stem), size, catalog.with_digest(digest))


def copy_in(
    source: OwnModel, folder: Path, model_id: str, free_space: FreeSpace, progress: Progress
) -> None:
    """Copy it into `folder`, whole or not at all. The caller holds the lock.

    Raises `ModelError`, `StorageError`.
    """
    with staging(folder) as stage:
        match source.form:
            case "gguf":
                ensure_room({stage: source.size}, free_space)
                name = source.known.files[0].path if source.known else f"{model_id}.gguf"
                with bar(progress, f"Copying {source.path.name}", source.size):
                    digest = _copy(source.path, stage / name, progress)
                if digest != source.digest:
                    raise ModelError(f"{source.path} changed while it was copied.", "Try again.")
            case "folder":
                ensure_room({stage: source.size}, free_space)
                _copy_folder(source.path, stage, progress)
            case "zip":
                limits = Limits(_limit_of(source))
                ensure_room({stage: source.size * 2}, free_space)
                unpack(source.path, stage, limits, progress)
        if source.known:
            settle(source.known, stage, folder, f"file {source.path.name}", source.digest, progress)
            return
        _settle_own(source, stage, folder, model_id, progress)


def _limit_of(source: OwnModel) -> int:
    if source.known and any(isinstance(s, ArchiveSource) for s in source.known.sources):
        return 2 * source.known.disk_bytes
    return _MAX_FOLDER_BYTES


def _settle_own(
    source: OwnModel, stage: Path, folder: Path, model_id: str, progress: Progress
) -> None:
    is_language_model = source.form == "gguf"
    check_usable("llama" if is_language_model else "vosk", stage)
    put_in_place(
        stage,
        folder,
        Manifest(
            format=1,
            id=model_id,
            kind="language" if is_language_model else "recogniser",
            engine="llama" if is_language_model else "vosk",
            languages=() if is_language_model else _languages_from(source.path.name),
            pinned=False,
            digest=source.digest,
            source=f"own {source.form} {source.path.name}",
            installed_at=now(),
            files=pin_folder(stage, f"Checking {model_id}", progress),
        ),
    )


def _copy_folder(source: Path, stage: Path, progress: Progress) -> None:
    files = list(_files(source))
    with bar(progress, f"Copying {source.name}", sum(file.stat().st_size for file in files)):
        for file in files:
            target = stage / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(file, target, progress)


def _files(folder: Path) -> Iterator[Path]:
    """Give the regular files below a folder, links to such files included, within limits."""
    n_files = n_bytes = 0
    for root, _, names in os.walk(folder, followlinks=False):
        for name in names:
            file = Path(root, name)
            relative = file.relative_to(folder).as_posix()
            # Hidden files and odd names are no part of a Vosk model.
            if not file.is_file() or not is_plain_path(relative):
                continue
            n_files += 1
            n_bytes += file.stat().st_size
            if n_files > _MAX_FOLDER_FILES or n_bytes > _MAX_FOLDER_BYTES:
                raise ModelError(
                    f"{folder} holds more than a Vosk model does.",
                    "Give the model's own folder, the one with `am` and `conf` in it.",
                )
            yield file


def _copy(source: Path, target: Path, progress: Progress) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as stream, target.open("xb") as out:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            out.write(chunk)
            progress.advance(len(chunk))
    return digest.hexdigest()


def folder_digest(files: tuple[PinnedFile, ...]) -> str:
    """Give one SHA-256 for a folder: that of its lines "digest  path", sorted by path."""
    lines = "".join(f"{f.sha256}  {f.path}\n" for f in sorted(files, key=lambda f: f.path))
    return hashlib.sha256(lines.encode()).hexdigest()


def _id_from(name: str) -> str:
    made = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._")[:64]
    return made or "own-model"


def _languages_from(name: str) -> tuple[str, ...]:
    """Read a Vosk model's language off its name: vosk-model-small-en-us-0.15 is "en"."""
    words = [w for w in name.lower().split("-") if w not in ("vosk", "model", "small", "big")]
    return (words[0],) if words and re.fullmatch("[a-z]{2}", words[0]) else ()
