"""Is it what it should be: digests of files, and the files that an engine needs of a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from voicemate.catalog.catalog import PinnedFile
from voicemate.catalog.gguf import read_header
from voicemate.catalog.progress import Progress, bar
from voicemate.errors import ModelError

CHUNK_BYTES = 2**20


def sha256_of(file: Path, progress: Progress) -> str:
    """Give the SHA-256 of a file in hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            progress.advance(len(chunk))
    return digest.hexdigest()


def pin_folder(
    folder: Path, label: str, progress: Progress, files: Iterable[Path] | None = None
) -> tuple[PinnedFile, ...]:
    """Give every file below `folder`, or only `files`, with size and digest, sorted by path."""
    found = sorted(files if files is not None else folder.rglob("*"))
    found = [path for path in found if path.is_file()]
    with bar(progress, label, sum(path.stat().st_size for path in found)):
        return tuple(
            PinnedFile(
                path.relative_to(folder).as_posix(), path.stat().st_size, sha256_of(path, progress)
            )
            for path in found
        )


def missing_or_short(folder: Path, files: Iterable[PinnedFile]) -> str:
    """Say what is missing or of another size; empty when all is there. Reads no contents."""
    for pin in files:
        path = folder / pin.path
        if not path.is_file():
            return f"{pin.path} is missing"
        if (size := path.stat().st_size) != pin.bytes:
            return f"{pin.path} has {size:,} bytes instead of {pin.bytes:,}"
    return ""


def damage(folder: Path, files: Iterable[PinnedFile], progress: Progress) -> str:
    """Say what differs from the pins, contents included; empty when nothing does."""
    files = tuple(files)
    if trouble := missing_or_short(folder, files):
        return trouble
    for pin in files:
        if (digest := sha256_of(folder / pin.path, progress)) != pin.sha256:
            return f"{pin.path} has the sha256 {digest} instead of {pin.sha256}"
    return ""


def check_usable(engine: str, folder: Path) -> None:
    """Check, without the engine, that it will find what it needs. Raises `ModelError`."""
    match engine:
        case "llama":
            read_header(gguf_in(folder))
        case "vosk":
            check_vosk(folder)
        case _:
            pass


def gguf_in(folder: Path) -> Path:
    """Give the one GGUF file of a folder. Raises `ModelError`."""
    found = sorted(folder.glob("*.gguf"))
    if len(found) != 1:
        raise ModelError(
            f"{folder} should hold one GGUF file and holds {len(found)}.",
            "Remove the model with `voicemate models remove` and get it again.",
        )
    return found[0]


_VOSK_IVECTOR = ("final.dubm", "final.mat", "global_cmvn.stats", "online_cmvn.conf", "splice.conf")


def check_vosk(folder: Path) -> None:
    """Check that a Vosk model's files are there and not empty. Raises `ModelError`."""
    # Vosk aborts the whole process on some of these when they are missing.
    if (folder / "am").is_dir() or (folder / "conf").is_dir():
        needed = ["am/final.mdl", "conf/mfcc.conf", "conf/model.conf"]
        graph = folder / "graph"
        # Without word boundaries the words of a result have no times.
        needed.append("graph/phones/word_boundary.int")
    else:
        needed, graph = ["final.mdl", "mfcc.conf"], folder
    whole = (graph / "HCLG.fst").is_file()
    needed += [
        (graph / name).relative_to(folder).as_posix()
        for name in (("HCLG.fst",) if whole else ("HCLr.fst", "Gr.fst"))
    ]
    if (folder / "ivector").is_dir():
        needed += [f"ivector/{name}" for name in ("final.ie", *_VOSK_IVECTOR)]
    for name in needed:
        path = folder / name
        if not path.is_file() or path.stat().st_size == 0:
            raise ModelError(
                f"{folder} is not a whole Vosk model: {name} is missing or empty.",
                "Get it again with `voicemate models get`, or unpack your own archive anew.",
            )
