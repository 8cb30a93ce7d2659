"""The store: whole or not at all, checked, resumed, shared between processes, one's own models."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest
from catalog_rig import (
    Page,
    Site,
    Watcher,
    gguf,
    language_model,
    names_in,
    sha256,
    store_of,
    vosk_folder,
    vosk_model,
    vosk_zip,
)

from voicemate.catalog import Store
from voicemate.catalog.install import STAGE_PREFIX
from voicemate.errors import DownloadError, ModelError, StorageError, UsageError

BODY = gguf(weights=b"\x01" * 400_000)


@pytest.fixture
def store(site: Site, tmp_path: Path) -> Store:
    """A store whose catalogue has one language model, from two sources on the site."""
    return store_of(tmp_path, language_model(BODY, site.url("/first"), site.url("/second")))


def test_a_model_comes_and_is_there(site: Site, store: Store, watcher: Watcher) -> None:
    site.put("/first", BODY)
    model = store.get("tiny", watcher)
    assert (model.id, model.pinned, model.size) == ("tiny", True, len(BODY))
    assert store.path("tiny").read_bytes() == BODY
    assert [m.id for m in store.installed()] == ["tiny"]
    manifest = json.loads((store.models_dir / "tiny/model.json").read_text(encoding="utf-8"))
    assert manifest["digest"] == sha256(BODY)
    assert manifest["files"] == [{"path": "tiny.gguf", "bytes": len(BODY), "sha256": sha256(BODY)}]
    assert manifest["source"] == "127.0.0.1"
    assert names_in(store.models_dir) == ["tiny"], "nothing temporary stays"
    assert store.models_dir.stat().st_mode & 0o077 == 0


def test_a_model_that_is_here_is_not_asked_for_again(
    site: Site, store: Store, watcher: Watcher
) -> None:
    site.put("/first", BODY)
    store.get("tiny", watcher)
    site.asked.clear()
    store.get("tiny", watcher)
    assert site.asked == []


def test_a_wrong_first_source_is_refused_and_the_second_one_helps(
    site: Site, store: Store, watcher: Watcher
) -> None:
    site.put("/first", b"?" * len(BODY))
    site.put("/second", BODY)
    assert store.get("tiny", watcher).pinned
    assert any("not the model" in note for note in watcher.notes)


def test_a_silent_first_source_is_given_up_for_the_second(
    site: Site, store: Store, watcher: Watcher
) -> None:
    site.put("/first", BODY, silent="at once")
    site.put("/second", BODY)
    store.get("tiny", watcher)
    assert site.held.is_set()
    assert any("no answer" in note for note in watcher.notes)


def test_when_nothing_helps_each_reason_is_told(site: Site, store: Store, watcher: Watcher) -> None:
    site.put("/first", b"?" * len(BODY))
    with pytest.raises(DownloadError) as caught:
        store.get("tiny", watcher)
    assert "not the model" in caught.value.message
    assert "404" in caught.value.message
    assert "voicemate models get tiny" in caught.value.hint
    assert names_in(store.models_dir) == []
    assert not watcher.open


def test_a_download_interrupted_goes_on_at_the_next_get(
    site: Site, store: Store, watcher: Watcher
) -> None:
    class Impatient(Watcher):
        def advance(self, n_bytes: int) -> None:
            super().advance(n_bytes)
            if self.reached[-1] > 100_000:
                raise KeyboardInterrupt

    site.put("/first", BODY)
    with pytest.raises(KeyboardInterrupt):
        store.get("tiny", Impatient())
    assert names_in(store.models_dir) == []
    assert store.installed() == []
    store.get("tiny", watcher)
    assert site.ranges()[0] is None
    assert str(site.ranges()[1]).startswith("bytes=")
    assert store.path("tiny").read_bytes() == BODY


def test_what_a_killed_process_left_is_cleared_away_and_nothing_else(
    site: Site, store: Store, watcher: Watcher
) -> None:
    site.put("/first", BODY)
    stale = store.models_dir / f"{STAGE_PREFIX}tiny+abc"
    of_another = store.models_dir / f"{STAGE_PREFIX}tiny-two+abc"
    for folder in (stale, of_another):
        folder.mkdir(parents=True)
    store.get("tiny", watcher)
    assert names_in(store.models_dir) == [of_another.name, "tiny"]


def test_too_little_room_is_told_before_a_byte_is_asked_for(
    site: Site, tmp_path: Path, watcher: Watcher
) -> None:
    model = language_model(BODY, site.put("/m", BODY))
    store = store_of(tmp_path, model, free_space=lambda folder: 1_000_000)
    with pytest.raises(StorageError) as caught:
        store.get("tiny", watcher)
    assert site.asked == []
    assert "1 MB are free" in caught.value.message
    assert "VOICEMATE_MODELS" in caught.value.hint


def test_two_gets_at_once_download_once(site: Site, store: Store, watcher: Watcher) -> None:
    site.put("/first", BODY)
    second, arrived = Watcher(), threading.Event()
    second.note = lambda text: arrived.set()  # type: ignore[method-assign]
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(store.get("tiny", second).id))]

    class Slow(Watcher):
        """Lets the second one start in the middle of the first, and find it busy."""

        def advance(self, n_bytes: int) -> None:
            super().advance(n_bytes)
            if not arrived.is_set() and not threads[0].is_alive():
                threads[0].start()
                assert arrived.wait(20)

    got.append(store.get("tiny", Slow()).id)
    threads[0].join()
    assert got == ["tiny", "tiny"]
    assert len(site.asked) == 1


def test_a_zip_becomes_a_folder(site: Site, tmp_path: Path, watcher: Watcher) -> None:
    archive = vosk_zip()
    store = store_of(tmp_path, vosk_model(archive, site.put("/v.zip", archive)))
    model = store.get("tiny-vosk", watcher)
    assert store.path("tiny-vosk") == model.path
    assert (model.path / "am/final.mdl").is_file()
    assert model.digest == sha256(archive)
    assert {f.path for f in model.files} >= {"am/final.mdl", "graph/phones/word_boundary.int"}
    assert not list((tmp_path / "cache/downloads").iterdir()), "the archive does not stay"
    store.verify("tiny-vosk", watcher)


def test_a_model_that_no_engine_could_load_is_not_installed(
    site: Site, tmp_path: Path, watcher: Watcher
) -> None:
    body = b"not a gguf, but with the pinned digest"
    store = store_of(tmp_path, language_model(body, site.put("/m", body)))
    with pytest.raises(DownloadError, match="not begin as GGUF"):
        store.get("tiny", watcher)
    assert store.installed() == []


def test_verify_finds_one_flipped_bit(site: Site, store: Store, watcher: Watcher) -> None:
    site.put("/first", BODY)
    store.get("tiny", watcher)
    store.verify("tiny", watcher)
    file = store.path("tiny")
    data = bytearray(file.read_bytes())
    data[-100] ^= 1
    file.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        store.verify("tiny", watcher)
    assert "tiny.gguf has the sha256" in caught.value.message
    assert "voicemate models remove tiny" in caught.value.hint


def test_verify_does_not_believe_a_manifest_that_was_changed_too(
    site: Site, store: Store, watcher: Watcher
) -> None:
    site.put("/first", BODY)
    store.get("tiny", watcher)
    file, manifest = store.path("tiny"), store.models_dir / "tiny/model.json"
    data = bytearray(BODY)
    data[-100] ^= 1
    file.write_bytes(data)
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace(sha256(BODY), sha256(bytes(data))),
        encoding="utf-8",
    )
    with pytest.raises(ModelError):
        store.verify("tiny", watcher)


def test_half_a_model_is_told_with_the_command_that_mends_it(
    site: Site, store: Store, watcher: Watcher
) -> None:
    site.put("/first", BODY)
    store.get("tiny", watcher)
    file = store.path("tiny")
    file.write_bytes(BODY[:1000])
    with pytest.raises(ModelError) as caught:
        store.path("tiny")
    assert "1,000 bytes instead of" in caught.value.message
    assert "voicemate models get tiny" in caught.value.hint
    assert store.installed() == []
    store.get("tiny", watcher)
    assert store.path("tiny").read_bytes() == BODY


def test_a_missing_model_is_told_with_the_command_that_brings_it(store: Store) -> None:
    with pytest.raises(ModelError) as caught:
        store.path("tiny")
    assert "`voicemate models get tiny`" in caught.value.hint


@pytest.mark.parametrize("bad", ["../outside", "/etc", "", ".", "a/b", "A", "x" * 65])
def test_an_id_never_leaves_the_models_folder(store: Store, tmp_path: Path, bad: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for action in (store.path, store.remove, store.verify):
        with pytest.raises(UsageError):
            action(bad)
    assert outside.is_dir()


def test_remove_takes_the_model_and_what_is_left_of_downloads(
    site: Site, store: Store, watcher: Watcher, tmp_path: Path
) -> None:
    site.put("/first", BODY)
    store.get("tiny", watcher)
    store.remove("tiny")
    assert store.installed() == []
    assert names_in(store.models_dir) == []
    site.pages["/first"] = Page(BODY, cuts=[100_000, 0])
    with pytest.raises(DownloadError):
        store.get("tiny", watcher)
    assert list((tmp_path / "cache/downloads").iterdir())
    store.remove("tiny")
    assert not list((tmp_path / "cache/downloads").iterdir())
    with pytest.raises(ModelError, match="No model 'tiny'"):
        store.remove("tiny")


def test_files_put_there_by_hand_are_taken_over_when_they_are_the_right_ones(
    site: Site, store: Store, watcher: Watcher
) -> None:
    folder = store.models_dir / "tiny"
    folder.mkdir(parents=True)
    (folder / "tiny.gguf").write_bytes(BODY)
    assert store.get("tiny", watcher).pinned
    assert site.asked == []
    assert store.path("tiny").read_bytes() == BODY


def test_files_put_there_by_hand_that_are_others_are_replaced(
    site: Site, store: Store, watcher: Watcher
) -> None:
    site.put("/first", BODY)
    folder = store.models_dir / "tiny"
    folder.mkdir(parents=True)
    (folder / "tiny.gguf").write_bytes(b"?" * len(BODY))
    store.get("tiny", watcher)
    assert store.path("tiny").read_bytes() == BODY
    assert names_in(store.models_dir) == ["tiny"]


def test_a_gguf_of_ones_own_is_copied_and_not_pinned(
    store: Store, tmp_path: Path, watcher: Watcher
) -> None:
    own = gguf(name="Mine")
    file = tmp_path / "My Model (v2).gguf"
    file.write_bytes(own)
    model = store.add(file, progress=watcher)
    assert (model.id, model.pinned, model.digest) == ("my-model-v2", False, sha256(own))
    assert file.read_bytes() == own, "the original stays"
    file.unlink()
    assert store.path("my-model-v2").read_bytes() == own
    assert [m.id for m in store.installed()] == ["my-model-v2"]
    store.verify("my-model-v2", watcher)


def test_adding_the_same_again_changes_nothing_and_another_under_its_name_is_refused(
    store: Store, tmp_path: Path, watcher: Watcher
) -> None:
    file = tmp_path / "mine.gguf"
    file.write_bytes(gguf(name="One"))
    assert store.add(file).id == store.add(file).id == "mine"
    file.write_bytes(gguf(name="Two"))
    with pytest.raises(UsageError) as caught:
        store.add(file)
    assert "--id" in caught.value.hint
    assert store.add(file, "mine-2").id == "mine-2"


def test_a_file_of_the_catalogue_brought_by_hand_is_pinned(
    store: Store, tmp_path: Path, watcher: Watcher
) -> None:
    file = tmp_path / "from-another-machine.gguf"
    file.write_bytes(BODY)
    model = store.add(file, progress=watcher)
    assert (model.id, model.pinned) == ("tiny", True)
    assert store.path("tiny").name == "tiny.gguf"


def test_a_zip_of_the_catalogue_brought_by_hand_is_pinned(
    site: Site, tmp_path: Path, watcher: Watcher
) -> None:
    archive = vosk_zip()
    store = store_of(tmp_path, vosk_model(archive, site.url("/v.zip")))
    file = tmp_path / "v.zip"
    file.write_bytes(archive)
    model = store.add(file, progress=watcher)
    assert (model.id, model.pinned, model.languages) == ("tiny-vosk", True, ("en",))


def test_the_name_of_a_catalogue_model_is_not_given_to_other_bytes(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "tiny.gguf"
    file.write_bytes(gguf(name="Impostor"))
    with pytest.raises(UsageError, match="not the tiny of the catalogue"):
        store.add(file)


def test_a_vosk_folder_of_ones_own_keeps_its_language(
    store: Store, tmp_path: Path, watcher: Watcher
) -> None:
    folder = vosk_folder(tmp_path / "vosk-model-small-de-0.15")
    (folder / ".hidden").write_text("no part of it", encoding="utf-8")
    model = store.add(folder, progress=watcher)
    assert (model.kind, model.engine, model.languages) == ("recogniser", "vosk", ("de",))
    assert (store.path(model.id) / "am/final.mdl").is_file()
    assert not (store.path(model.id) / ".hidden").exists()
    store.verify(model.id, watcher)
    assert folder.is_dir()


@pytest.mark.parametrize(
    "missing", ["am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/Gr.fst"]
)
def test_half_a_vosk_folder_is_told_with_the_file_it_lacks(
    store: Store, tmp_path: Path, missing: str
) -> None:
    folder = vosk_folder(tmp_path / "half")
    (folder / missing).unlink()
    with pytest.raises(ModelError, match=missing):
        store.add(folder)
    (folder / missing).touch()
    with pytest.raises(ModelError, match=missing):
        store.add(folder)
    assert store.installed() == []


def test_something_else_is_not_added(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file or folder"):
        store.add(tmp_path / "nowhere")
    picture = tmp_path / "picture.gguf"
    picture.write_bytes(b"\x89PNG" + b"\x00" * 100)
    with pytest.raises(ModelError, match="not begin as GGUF"):
        store.add(picture)
    assert names_in(store.models_dir) == []


def test_a_folder_without_rights_is_told(site: Site, tmp_path: Path, watcher: Watcher) -> None:
    site.put("/first", BODY)
    (tmp_path / "models").write_text("a file where the folder should be", encoding="utf-8")
    store = store_of(tmp_path, language_model(BODY, site.url("/first")))
    with pytest.raises(StorageError) as caught:
        store.get("tiny", watcher)
    assert str(tmp_path / "models") in caught.value.message


def test_a_manifest_of_another_model_or_with_evil_paths_is_not_believed(
    site: Site, store: Store, watcher: Watcher
) -> None:
    site.put("/first", BODY)
    store.get("tiny", watcher)
    shutil.copytree(store.models_dir / "tiny", store.models_dir / "other")
    assert [m.id for m in store.installed()] == ["tiny"]
    manifest = store.models_dir / "tiny/model.json"
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace('"tiny.gguf"', '"../tiny/tiny.gguf"'),
        encoding="utf-8",
    )
    assert store.installed() == []
