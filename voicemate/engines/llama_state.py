"""What the language model has read, kept on disk, so that a start need not read it again.

Such a file holds the conversation as surely as its text does: it is as private, and goes with it.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from voicemate.engines.llama_session import LlamaSession
from voicemate.errors import StorageError
from voicemate.paths import private_folder

log = logging.getLogger(__name__)

_FORMAT = "2"


class PrefixFile:
    """The state of one model's cache in one file of a private folder; the newest replaces all.

    Its name is a digest of what it depends on: the model's file, its template, the context's size
    and the version of llama.cpp's binding. A file of another kind, or a damaged one, is removed.
    """

    def __init__(self, folder: Path, model_digest: str, session: LlamaSession) -> None:
        about = (
            _FORMAT,
            model_digest,
            session.metadata("tokenizer.chat_template") or "",
            str(session.context_tokens),
            session.version,
        )
        key = hashlib.sha256("\0".join(about).encode()).hexdigest()[:32]
        self._folder = folder
        self._file = folder / f"{key}.state"
        self._session = session

    def load(self) -> int:
        """Bring the cache back; gives the number of tokens, 0 where there is none that fits."""
        try:
            found = [file for file in self._folder.iterdir() if file != self._file]
        except FileNotFoundError:
            return 0
        for other in found:
            if other != self._seal:
                other.unlink(missing_ok=True)
        if not self._file.exists():
            return 0
        # llama.cpp reads the file with little suspicion: what is not byte for byte ours never
        # reaches it.
        n_tokens = self._session.load(self._file) if self._is_whole() else 0
        if not n_tokens:
            log.warning("the kept state of the model does not fit and is removed")
            self._file.unlink(missing_ok=True)
        return n_tokens

    def save(self) -> None:
        """Keep the cache; trouble with the disk costs the next start some seconds, no more."""
        if not self._session.cached:
            return
        partial = self._file.with_suffix(".partial")
        try:
            private_folder(self._folder)
            partial.touch(mode=0o600)
            self._session.save(partial)
            with partial.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").digest()
            self._seal.touch(mode=0o600)
            self._seal.write_bytes(digest)
            partial.replace(self._file)
        except (OSError, StorageError) as error:
            log.warning("the state of the model could not be kept: %s", error)
            partial.unlink(missing_ok=True)

    @property
    def _seal(self) -> Path:
        return self._file.with_suffix(".sha256")

    def _is_whole(self) -> bool:
        try:
            with self._file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").digest()
            return self._seal.read_bytes() == digest
        except OSError:
            return False


def forget(folder: Path) -> None:
    """Remove every kept state. Raises `StorageError`."""
    try:
        if folder.is_dir():
            for file in folder.iterdir():
                file.unlink()
    except OSError as error:
        raise StorageError(
            f"What the model keeps of the conversation in {folder} could not be deleted "
            f"({error.strerror}).",
            "Mend the folder's rights, or delete it yourself.",
        ) from error
