"""The header of a GGUF file, read in plain Python before any engine opens it.

Whatever the file claims is checked against its real size first, so that a broken or hostile file
costs a sentence and neither memory nor a crash. The layout is that of ggml's docs/gguf.md,
versions 2 and 3, little-endian.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeAlias

from voicemate.errors import ModelError

MetaValue: TypeAlias = "int | float | bool | str | GgufArray"

_MAX_KEYS = 16_384
_MAX_TENSORS = 65_536
_MAX_NAME_BYTES = 65_535
_MAX_TEXT_BYTES = 4 * 2**20
_MAX_ARRAY_STRINGS = 4_000_000
"""Over all arrays; the largest vocabularies have about 260,000 tokens and as many merges."""

_STRING, _ARRAY = 8, 9
_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}

# (elements in a block, bytes of a block) by ggml's type number.
_TENSOR_TYPES = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4),
    27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GgufArray:
    """An array of the metadata: its element type and length; its elements are not kept."""

    element_type: int
    length: int


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a GGUF file says of itself. `metadata` has every key; long arrays are not kept."""

    version: int
    n_tensors: int
    file_bytes: int
    metadata: dict[str, MetaValue] = field(repr=False)

    @property
    def architecture(self) -> str:
        """Such as "llama" or "qwen2"."""
        return self._text("general.architecture")

    @property
    def name(self) -> str:
        """The model's name as its makers wrote it; may be empty."""
        return self._text("general.name")

    @property
    def chat_template(self) -> str | None:
        """The template (Jinja: code, not only text) of a conversation; None in a base model."""
        return self._text("tokenizer.chat_template") or None

    @property
    def context_length(self) -> int | None:
        """Tokens that it was trained to have in view."""
        value = self.metadata.get(f"{self.architecture}.context_length")
        return value if isinstance(value, int) else None

    def _text(self, key: str) -> str:
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""


def read_header(file: Path) -> GgufHeader:
    """Read and check the header of a GGUF file. Raises `ModelError`.

    Takes about 0.1 s where the vocabulary is large; holds no more than a few MiB.
    """
    try:
        # In large pieces: each call of the system lets go of the interpreter for a moment, and
        # takes it again before a window that waits for it wakes.
        with file.open("rb", buffering=1 << 20) as stream:
            return _Reader(stream, file.stat().st_size).header()
    except _Broken as error:
        raise ModelError(
            f"{file} is not a GGUF model that can be used: {error}.",
            "Get the model again (`voicemate models get`), or add another file.",
        ) from error
    except OSError as error:
        raise ModelError(
            f"The model file {file} cannot be read ({error.strerror}).",
            "Mend its rights, or get the model again (`voicemate models get`).",
        ) from error


class _Broken(Exception):  # noqa: N818  (becomes a ModelError that names the file)
    pass


class _Reader:
    """Reads forward; never asks for more bytes than the file has left."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._size = size
        self._at = 0
        self._strings_left = _MAX_ARRAY_STRINGS

    def header(self) -> GgufHeader:
        if self._size == 0:
            raise _Broken("it is empty")
        if self._size < 24 or self._take(4) != b"GGUF":
            raise _Broken("it does not begin as GGUF files do")
        version = self._integer("I")
        if version not in (2, 3):
            # A big-endian file shows its version byte-swapped.
            raise _Broken(f"its format version is {version}, and only 2 and 3 are known")
        n_tensors, n_keys = self._integer("Q"), self._integer("Q")
        if not 0 < n_tensors <= _MAX_TENSORS:
            raise _Broken(f"it claims {n_tensors:,} tensors")
        if n_keys > _MAX_KEYS:
            raise _Broken(f"it claims {n_keys:,} metadata keys")
        metadata = self._metadata(n_keys)
        architecture = metadata.get("general.architecture")
        if not isinstance(architecture, str) or not architecture:
            raise _Broken("it does not name its architecture")
        self._check_tensors(n_tensors, metadata)
        return GgufHeader(version, n_tensors, self._size, metadata)

    def _metadata(self, n_keys: int) -> dict[str, MetaValue]:
        metadata: dict[str, MetaValue] = {}
        for _ in range(n_keys):
            key = self._text(_MAX_NAME_BYTES)
            if not key or key in metadata:
                raise _Broken(f"the metadata key {key!r} is empty or stands twice")
            metadata[key] = self._value(self._integer("I"), key)
        return metadata

    def _value(self, kind: int, key: str) -> MetaValue:
        if kind == _STRING:
            return self._text(_MAX_TEXT_BYTES)
        if kind == _ARRAY:
            return self._array(key)
        if kind not in _SCALARS:
            raise _Broken(f"the value of {key} has the unknown type {kind}")
        if kind == 7:  # struct reads every byte but 0 as true; only 0 and 1 are allowed here
            byte = self._take(1)[0]
            if byte > 1:
                raise _Broken(f"the value of {key} is neither true nor false")
            return bool(byte)
        value: int | float
        (value,) = struct.unpack("<" + _SCALARS[kind], self._take(_size(kind)))
        return value

    def _array(self, key: str) -> GgufArray:
        kind, length = self._integer("I"), self._integer("Q")
        if kind == _STRING:
            self._strings_left -= length
            if self._strings_left < 0:
                raise _Broken(f"{key} claims {length:,} texts")
            for _ in range(length):
                self._skip_text(key)
        elif kind in _SCALARS:
            self._skip(length * _size(kind), key)
        else:
            raise _Broken(f"the elements of {key} have the unknown type {kind}")
        return GgufArray(kind, length)

    def _check_tensors(self, n_tensors: int, metadata: dict[str, MetaValue]) -> None:
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 8 <= alignment <= 2**16 or alignment % 8:
            raise _Broken(f"its alignment is {alignment}")
        names: set[str] = set()
        ends: list[tuple[str, int]] = []
        for _ in range(n_tensors):
            name = self._text(_MAX_NAME_BYTES)
            if not name or name in names:
                raise _Broken(f"the tensor name {name[:80]!r} is empty or stands twice")
            names.add(name)
            n_bytes = self._tensor_bytes(name)
            offset = self._integer("Q")
            if offset % alignment:
                raise _Broken(f"the tensor {name[:80]} does not begin at a multiple of {alignment}")
            ends.append((name, offset + n_bytes))
        data_start = math.ceil(self._at / alignment) * alignment
        for name, end in ends:
            if data_start + end > self._size:
                raise _Broken(
                    f"it ends before its tensor {name[:80]} does (it has {self._size:,} of at "
                    f"least {data_start + end:,} bytes: is the download whole?)"
                )

    def _tensor_bytes(self, name: str) -> int:
        n_dimensions = self._integer("I")
        if not 1 <= n_dimensions <= 4:
            raise _Broken(f"the tensor {name[:80]} has {n_dimensions} dimensions")
        shape = [self._integer("Q") for _ in range(n_dimensions)]
        kind = self._integer("I")
        if kind not in _TENSOR_TYPES:
            raise _Broken(f"the tensor {name[:80]} has the unknown type {kind}")
        per_block, block_bytes = _TENSOR_TYPES[kind]
        elements = math.prod(shape)
        if not 0 < elements < 2**48 or shape[0] % per_block:
            raise _Broken(f"the tensor {name[:80]} has the impossible shape {shape}")
        return elements // per_block * block_bytes

    def _text(self, limit: int) -> str:
        length = self._integer("Q")
        if length > limit:
            raise _Broken(f"it holds a text that claims {length:,} bytes")
        try:
            return self._take(length).decode("utf-8")
        except UnicodeDecodeError as error:
            raise _Broken("it holds a text that is not UTF-8") from error

    def _skip_text(self, key: str) -> None:
        length = self._integer("Q")
        if length > _MAX_TEXT_BYTES:
            raise _Broken(f"{key} holds a text that claims {length:,} bytes")
        self._skip(length, key)

    def _integer(self, code: str) -> int:
        value: int
        (value,) = struct.unpack("<" + code, self._take(struct.calcsize("<" + code)))
        return value

    def _skip(self, n_bytes: int, key: str) -> None:
        if n_bytes > self._size - self._at:
            raise _Broken(f"it ends inside {key}")
        # Short ones are read over: that is far quicker than moving the file's position.
        if n_bytes < 4096:
            self._take(n_bytes)
        else:
            self._at = self._stream.seek(self._at + n_bytes)

    def _take(self, n_bytes: int) -> bytes:
        if n_bytes > self._size - self._at:
            raise _Broken("it ends inside its header")
        data = self._stream.read(n_bytes)
        if len(data) != n_bytes:
            raise _Broken("it ends inside its header")
        self._at += n_bytes
        return data


def _size(kind: int) -> int:
    return struct.calcsize("<" + _SCALARS[kind])
