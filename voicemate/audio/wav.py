"""Sound files: a recording read, written, and in place of the microphone."""

from __future__ import annotations

import io
import os
import struct
import tempfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from voicemate.audio.pcm import Resampler
from voicemate.errors import AudioFileError, StorageError
from voicemate.types import SPEECH_RATE_HZ, Samples

LONGEST_TURN_S = 300.0
"""The longest recording that is taken for one spoken turn."""

SHORTEST_REST_S = 0.2
"""A truncated file is read when at least this much of it is there."""

LOWEST_RATE_HZ = 8_000
HIGHEST_RATE_HZ = 192_000

_WAV_FORMATS = ("WAV", "WAVEX", "RF64")
_BYTES = {"PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8}
_CONVERT = "Convert it, for example with `ffmpeg -i YOUR_FILE -ac 1 -ar 16000 question.wav`."


def read_wav(path: Path | str, max_s: float = LONGEST_TURN_S) -> Samples:
    """Read a WAV file of any usual kind as mono at `SPEECH_RATE_HZ`.

    8 to 192 kHz, any number of channels (their mean), 8 to 32 bit or float. A file whose header
    promises more than there is is read as far as it goes, unless less than `SHORTEST_REST_S` is
    there. The length is known from the header, so that a long file costs no memory.
    Raises `AudioFileError`.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            return _read(stream, path, max_s)
    except FileNotFoundError as error:
        raise AudioFileError(
            f"There is no file {path}.", "Check the name; it is looked for from this folder."
        ) from error
    except IsADirectoryError as error:
        raise AudioFileError(f"{path} is a folder.", "Name a WAV file in it.") from error
    except OSError as error:
        raise AudioFileError(
            f"The file {path} cannot be read ({error.strerror or error}).",
            "Check its rights, and that its disk is still there.",
        ) from error


def _read(stream: BinaryIO, path: Path, max_s: float) -> Samples:
    if not path.is_file():
        raise AudioFileError(f"{path} is not a file.", "Name a WAV file.")
    if path.stat().st_size == 0:
        raise AudioFileError(f"The file {path} is empty (0 bytes).", "Record it again.")
    try:
        sound = soundfile.SoundFile(stream)
    except soundfile.LibsndfileError as error:
        raise AudioFileError(
            f"{path} is not a WAV file, or its header is damaged ({error.error_string}).", _CONVERT
        ) from error
    with sound:
        _check_header(sound, path, max_s)
        missing_s = _missing_s(path, sound)
        length_s = sound.frames / sound.samplerate
        if missing_s > 0 and length_s < SHORTEST_REST_S:
            raise AudioFileError(
                f"{path} is truncated: only {length_s:.2f} of {length_s + missing_s:.2f} seconds "
                "are there.",
                "Copy or record it again.",
            )
        if sound.frames == 0:
            raise AudioFileError(f"{path} holds no sound (0 samples).", "Record it again.")
        return _decode(sound, path)


def _check_header(sound: soundfile.SoundFile, path: Path, max_s: float) -> None:
    if sound.format not in _WAV_FORMATS:
        raise AudioFileError(f"{path} is not a WAV file but {sound.format}.", _CONVERT)
    if not LOWEST_RATE_HZ <= sound.samplerate <= HIGHEST_RATE_HZ:
        raise AudioFileError(
            f"{path} has a sample rate of {sound.samplerate} Hz; {LOWEST_RATE_HZ} to "
            f"{HIGHEST_RATE_HZ} Hz can be read.",
            _CONVERT,
        )
    length_s = sound.frames / sound.samplerate
    if length_s > max_s:
        raise AudioFileError(
            f"{path} is {_spoken_length(length_s)} long; one spoken turn is at most "
            f"{_spoken_length(max_s)}.",
            "Cut out the part that matters, for example with "
            "`ffmpeg -ss START -t SECONDS -i YOUR_FILE part.wav`.",
        )


def _decode(sound: soundfile.SoundFile, path: Path) -> Samples:
    resampler = Resampler(sound.samplerate, SPEECH_RATE_HZ)
    pieces = []
    try:
        # A second at a time: many channels or a high rate need no more memory than speech does.
        for frames in sound.blocks(sound.samplerate, dtype="float32", always_2d=True):
            mono = frames.mean(axis=1, dtype=np.float32)
            if not np.isfinite(mono).all():
                raise AudioFileError(
                    f"{path} is damaged: it holds samples that are not numbers.",
                    "Export or record it again.",
                )
            pieces.append(resampler.feed(np.clip(mono, -1.0, 1.0)))
    except soundfile.LibsndfileError as error:
        raise AudioFileError(
            f"{path} is damaged and cannot be decoded ({error.error_string}).", _CONVERT
        ) from error
    pieces.append(resampler.feed(np.empty(0, np.float32), last=True))
    return np.clip(np.concatenate(pieces), -1.0, 1.0)


def _missing_s(path: Path, sound: soundfile.SoundFile) -> float:
    """How many seconds the header promises that are not in the file."""
    promised = _promised_bytes(path)
    bytes_per_s = _BYTES.get(sound.subtype, 0) * sound.channels * sound.samplerate
    if promised is None or bytes_per_s == 0:
        return 0.0
    return float(promised / bytes_per_s - sound.frames / sound.samplerate)


def _promised_bytes(path: Path) -> int | None:
    """Length of the data chunk by its header; None where it was left open by a streaming writer.

    libsndfile shortens what a header promises to what is there, without a word.
    """
    with path.open("rb") as stream:
        if stream.read(4) != b"RIFF":
            return None
        stream.seek(12)
        while len(head := stream.read(8)) == 8:
            name, size = struct.unpack("<4sI", head)
            if name == b"data":
                return size if 0 < size < 0x7FFFFFFF else None
            stream.seek(size + size % 2, os.SEEK_CUR)
    return None


def _spoken_length(seconds: float) -> str:
    whole = round(seconds)
    if whole < 120:
        return f"{whole} seconds"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} minutes" + (f" {rest} seconds" if rest else "")


def write_wav(path: Path | str, samples: Samples, rate_hz: int) -> None:
    """Write mono samples as 16-bit WAV, whole or not at all. Raises `StorageError`."""
    path = Path(path)
    encoded = io.BytesIO()
    soundfile.write(encoded, np.clip(samples, -1.0, 1.0), rate_hz, format="WAV", subtype="PCM_16")
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(encoded.getbuffer())
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(
            f"The sound could not be written to {path} ({error.strerror or error}).",
            "Check that the folder exists and is yours, and that its disk has room.",
        ) from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
