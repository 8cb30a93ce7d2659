"""GGUF headers: a good one is read, every broken one costs a sentence and little memory."""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from catalog_rig import gguf, text
from hypothesis import given, settings
from hypothesis import strategies as st

from voicemate import paths
from voicemate.catalog import read_header
from voicemate.catalog.gguf import GgufArray
from voicemate.errors import ModelError


def key(name: str, kind: int, value: bytes) -> bytes:
    return text(name) + struct.pack("<I", kind) + value


def with_counts(n_tensors: int, n_keys: int) -> bytes:
    whole = gguf()
    return whole[:8] + struct.pack("<QQ", n_tensors, n_keys) + whole[24:]


def with_tensor(shape: list[int], kind: int = 0, offset: int = 0, name: str = "t") -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1)
    head += key("general.architecture", 8, text("llama"))
    head += text(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
    head += struct.pack("<IQ", kind, offset)
    return head + b"\x00" * (-len(head) % 32) + b"\x01" * 4096


HUGE = 2**63 - 1

BROKEN: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "a web page": lambda: b"<!DOCTYPE html><html>404</html>",
    "another format": lambda: b"PK\x03\x04" + gguf()[4:],
    "only its first bytes": lambda: gguf()[:20],
    "the old first version": lambda: gguf(version=1),
    "a later version": lambda: gguf(version=4),
    "the other byte order": lambda: b"GGUF" + struct.pack(">IQQ", 3, 1, 1) + gguf()[24:],
    "no tensors": lambda: with_counts(0, 6),
    "endless tensors": lambda: with_counts(HUGE, 6),
    "endless keys": lambda: with_counts(1, HUGE),
    "more keys than there are": lambda: with_counts(1, 7),
    "a key of endless length": lambda: gguf()[:24] + struct.pack("<Q", HUGE) + gguf()[32:],
    "a text of endless length": lambda: gguf(extra=[key("x", 8, struct.pack("<Q", HUGE))]),
    "a text of five megabytes": lambda: gguf(extra=[key("x", 8, text("a" * 5_000_000))]),
    "an endless array": lambda: gguf(extra=[key("x", 9, struct.pack("<IQ", 4, HUGE))]),
    "an endless array of texts": lambda: gguf(extra=[key("x", 9, struct.pack("<IQ", 8, HUGE))]),
    "arrays in arrays": lambda: gguf(extra=[key("x", 9, struct.pack("<IQ", 9, 1))]),
    "an unknown kind of value": lambda: gguf(extra=[key("x", 13, b"\x00" * 8)]),
    "neither true nor false": lambda: gguf(extra=[key("x", 7, b"\x02")]),
    "a key twice": lambda: gguf(extra=[key("general.name", 8, text("Other"))]),
    "text that is no text": lambda: gguf(extra=[key("x", 8, struct.pack("<Q", 2) + b"\xff\xfe")]),
    "no architecture": lambda: gguf(architecture=""),
    "alignment nought": lambda: gguf(extra=[key("general.alignment", 4, struct.pack("<I", 0))]),
    "alignment as text": lambda: gguf(extra=[key("general.alignment", 8, text("32"))]),
    "five dimensions": lambda: with_tensor([1, 1, 1, 1, 1]),
    "no dimension": lambda: with_tensor([]),
    "an empty dimension": lambda: with_tensor([32, 0]),
    "a size beyond counting": lambda: with_tensor([2**62, 2**62]),
    "a tensor of unknown kind": lambda: with_tensor([32], kind=999),
    "half a block": lambda: with_tensor([100], kind=12),
    "a tensor off its place": lambda: with_tensor([32], offset=7),
    "a tensor beyond the end": lambda: with_tensor([32], offset=2**40),
    "weights cut short": lambda: gguf()[:-1],
    "half of it": lambda: gguf()[: len(gguf()) // 2],
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_costs_a_sentence_and_little_memory(tmp_path: Path, name: str) -> None:
    file = tmp_path / "broken.gguf"
    file.write_bytes(BROKEN[name]())
    tracemalloc.start()
    try:
        with pytest.raises(ModelError) as caught:
            read_header(file)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert str(file) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("version", [2, 3])
def test_a_whole_file_says_what_it_is(tmp_path: Path, version: int) -> None:
    file = tmp_path / "whole.gguf"
    file.write_bytes(gguf(version=version))
    header = read_header(file)
    assert (header.version, header.n_tensors) == (version, 1)
    assert (header.architecture, header.name, header.context_length) == ("llama", "Tiny", 2048)
    assert header.chat_template == "{{ messages }}"
    assert header.metadata["tokenizer.ggml.tokens"] == GgufArray(8, 3)


def test_a_base_model_has_no_template(tmp_path: Path) -> None:
    file = tmp_path / "base.gguf"
    file.write_bytes(gguf(template=None))
    assert read_header(file).chat_template is None


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_header(tmp_path / "none.gguf")


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_flipped_bytes_ever_crash_it(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = bytearray(gguf(weights=b"\x01" * 64))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    file = tmp_path_factory.mktemp("flip") / "f.gguf"
    file.write_bytes(whole)
    try:
        read_header(file)
    except ModelError as error:
        assert str(file) in error.message  # noqa: PT017  (either outcome is right, a crash is not)


def test_real_models_pass() -> None:
    found = sorted(paths.models_dir().glob("*/*.gguf"))
    if not found:
        pytest.skip("no language model is installed")
    for file in found:
        header = read_header(file)
        assert header.chat_template
        assert header.context_length
        assert header.n_tensors > 100
