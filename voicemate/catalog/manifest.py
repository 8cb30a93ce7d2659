"""model.json: what lies beside an installed model and says what it is and where it came from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from voicemate.catalog.catalog import EngineName, Kind, PinnedFile, is_plain_path

MANIFEST = "model.json"
_MAX_BYTES = 2**20


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The contents of model.json; `digest` is the SHA-256 of what was downloaded or added."""

    format: Literal[1]
    id: str
    kind: Kind
    engine: EngineName
    languages: tuple[str, ...]
    pinned: bool
    digest: str
    source: str
    installed_at: str
    files: tuple[PinnedFile, ...]


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model that is here.

    `path` is its folder; no `languages` means that they are not known. `pinned` is true where
    its bytes are those that the catalogue names.
    """

    id: str
    path: Path
    kind: Kind
    engine: EngineName
    languages: tuple[str, ...]
    size: int
    pinned: bool
    digest: str
    source: str
    files: tuple[PinnedFile, ...] = ()


def now() -> str:
    """Give the time as it is written into a manifest: UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_manifest(folder: Path) -> Manifest | None:
    """Give the manifest of a folder; None where there is none that can be read."""
    file = folder / MANIFEST
    try:
        if file.stat().st_size > _MAX_BYTES:
            return None
        manifest = msgspec.json.decode(file.read_bytes(), type=Manifest)
    except (OSError, ValueError):
        return None
    if manifest.id != folder.name or not all(is_plain_path(f.path) for f in manifest.files):
        return None
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write model.json, whole or not at all, and wait until it is on the disk."""
    new = folder / f"{MANIFEST}.new"
    with new.open("wb") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(folder / MANIFEST)


def installed(folder: Path, manifest: Manifest) -> InstalledModel:
    """Make of a manifest, and the folder it lies in, an installed model."""
    return InstalledModel(
        id=manifest.id,
        path=folder,
        kind=manifest.kind,
        engine=manifest.engine,
        languages=manifest.languages,
        size=sum(file.bytes for file in manifest.files),
        pinned=manifest.pinned,
        digest=manifest.digest,
        source=manifest.source,
        files=manifest.files,
    )
