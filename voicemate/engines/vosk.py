"""Speech to text with Vosk, from a folder on this machine and never from anywhere else."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from voicemate.errors import EngineError, ModelError
from voicemate.types import SPEECH_RATE_HZ, AudioBlock, Samples, Transcript, Word

log = logging.getLogger(__name__)

_CHUNK = SPEECH_RATE_HZ // 10  # Vosk decodes in bursts of 0.2 s anyway; smaller calls only cost
PAUSE_S = 0.08
"""Quiet for so long, the person may have ended."""

_WARM_UP_S = 0.8
_TAKES_PER_DECODER = 60


class _Decoder(Protocol):
    """What is used of vosk.KaldiRecognizer; results are JSON."""

    def AcceptWaveform(self, data: bytes) -> int: ...  # noqa: N802
    def PartialResult(self) -> str: ...  # noqa: N802
    def Result(self) -> str: ...  # noqa: N802
    def FinalResult(self) -> str: ...  # noqa: N802


_FST_MAGIC = b"\xd6\xfd\xb2\x7e"
_NEEDED = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf")
_GRAPHS = (("graph/HCLG.fst",), ("graph/HCLr.fst", "graph/Gr.fst", "graph/disambig_tid.int"))
_NO_WORDS = ("[unk]", "<unk>", "[UNK]", "<UNK>")
_IVECTOR = ("final.ie", "final.dubm", "final.mat", "global_cmvn.stats", "splice.conf")


class VoskRecognizer:
    """A `Recognizer` on a Vosk model folder. Text comes raw: no capitals, no punctuation.

    Used on one thread. Raises `ModelError` for a folder that is no whole model, `EngineError`
    where Vosk is not installed. Vosk's own complaints go to stderr.
    """

    def __init__(self, folder: Path, language: str) -> None:
        self.name = folder.name
        self.language = language
        check_folder(folder)
        try:
            import vosk
        except (ImportError, OSError) as error:
            raise EngineError(
                "Vosk is not installed.", "Install it: `pip install vosk==0.3.45`."
            ) from error
        vosk.SetLogLevel(-1)
        self._vosk = vosk
        self._decoder: _Decoder | None = None
        self._takes = 0
        self._fed_samples = 0
        try:
            # Always a path: a model's name would be looked up, and fetched, from the network.
            self._model: Any = vosk.Model(str(folder))
            self._warm_up()
        except Exception as error:
            raise ModelError(
                f"Vosk cannot load the model in {folder}.",
                f"Check it with `voicemate models verify`; get it anew with "
                f"`voicemate models get {folder.name}`.",
            ) from error

    def recognize(self, blocks: Iterable[AudioBlock]) -> Iterator[Transcript]:
        """Give partials when they change, then the final one, with word times and confidences."""
        decoder = self._fresh_decoder()
        take = _Take(self._fed_samples / SPEECH_RATE_HZ)
        shown = Transcript("")
        clean = False
        try:
            for chunk, pausing in _chunks(blocks):
                ended = self._accept(decoder, chunk)
                text = take.add(decoder.Result()) if ended else take.with_tail(decoder)
                partial = Transcript(text, settled=pausing and bool(text))
                if partial != shown:
                    shown = partial
                    yield partial
            self._settle(decoder, take)
            clean = True
        finally:
            if not clean:
                self._abandon(decoder)
        yield take.final()

    def close(self) -> None:
        """Free the model."""
        self._decoder = None
        self._model = None

    def _fresh_decoder(self) -> _Decoder:
        """Give a decoder without memory of former takes, except for its graph.

        A new decoder composes its graph from the start, which took 0.5 s of a core in each take
        of the Korean model; one that goes on after `FinalResult` starts with new features and a
        new search but keeps the graph. (Versions of 2020 aborted there; 0.3.44 and 0.3.45 build
        them anew.) The composed graph grows with what is said, so it is let go now and then.
        """
        if self._model is None:
            raise EngineError("The recogniser has been closed.")
        if self._decoder is None or self._takes >= _TAKES_PER_DECODER:
            self._decoder = None  # the old one's memory first
            decoder = self._vosk.KaldiRecognizer(self._model, SPEECH_RATE_HZ)
            decoder.SetWords(True)
            self._decoder = decoder
            self._takes = self._fed_samples = 0
        self._takes += 1
        return self._decoder

    def _warm_up(self) -> None:
        """Compose the start of the graph now and not while somebody speaks."""
        decoder = self._fresh_decoder()
        silence = np.zeros(round(_WARM_UP_S * SPEECH_RATE_HZ), np.float32)
        self._accept(decoder, silence)
        decoder.FinalResult()

    def _accept(self, decoder: _Decoder, samples: Samples) -> bool:
        """Feed a chunk; true when Vosk takes a pause for the end of a segment."""
        pcm = np.clip(samples * 32768, -32768, 32767).astype("<i2").tobytes()
        self._fed_samples += len(samples)
        try:
            return bool(decoder.AcceptWaveform(pcm))
        except Exception as error:
            self._decoder = None
            raise EngineError(
                "Vosk failed while it was listening.", "Say it once more; the take was lost."
            ) from error

    def _settle(self, decoder: _Decoder, take: _Take) -> None:
        """Take the rest of the text out, which leaves the decoder ready for the next take."""
        if take.segment_ended:
            # Right after `Result` the final one is empty and would leave the old features in.
            self._accept(decoder, np.zeros(SPEECH_RATE_HZ // 100, np.float32))
        take.add(decoder.FinalResult())

    def _abandon(self, decoder: _Decoder) -> None:
        """Empty the decoder after a take that nobody waits for; a broken one is let go."""
        if self._decoder is decoder:
            try:
                self._settle(decoder, _Take(0.0, segment_ended=True))
            except EngineError:
                log.warning("Vosk failed at the end of a discarded take.")


class _Take:
    """The segments of one take, joined."""

    def __init__(self, start_s: float, *, segment_ended: bool = False) -> None:
        self.segment_ended = segment_ended
        self._start_s = start_s
        self._segments: list[str] = []
        self._words: list[Word] = []

    def add(self, result: str) -> str:
        """Add a finished segment (Vosk's JSON); gives the text so far."""
        self.segment_ended = True
        segment = json.loads(result)
        if text := _plain(segment.get("text", "")):
            self._segments.append(text)
        for word in segment.get("result", ()):
            start_s = max(word["start"] - self._start_s, 0.0)
            end_s = max(word["end"] - self._start_s, start_s)
            if text := _plain(word["word"]):
                self._words.append(Word(text, start_s, end_s, min(word["conf"], 1.0)))
        return " ".join(self._segments)

    def with_tail(self, decoder: _Decoder) -> str:
        """Give the text so far with what the running segment seems to be."""
        self.segment_ended = False
        tail = _plain(json.loads(decoder.PartialResult())["partial"])
        return " ".join([*self._segments, tail] if tail else self._segments)

    def final(self) -> Transcript:
        """Give the whole take."""
        return Transcript(" ".join(self._segments), final=True, words=tuple(self._words))


def _plain(text: str) -> str:
    """Take out the marks of a model's word list: "[2]" is "2", and "[unk]" is no word at all."""
    words = (re.sub(r"[\[\]()<>]", "", word) for word in text.split() if word not in _NO_WORDS)
    return " ".join(word for word in words if word)


def check_folder(folder: Path) -> None:
    """Refuse a folder that Vosk could not load, which in some cases the process would not survive.

    Looks for missing and empty files and at first bytes; a file that was cut off shows in its
    digest only, which is the catalogue's affair. Raises `ModelError`.
    """
    graphs = next((g for g in _GRAPHS if all((folder / name).is_file() for name in g)), _GRAPHS[1])
    ivector = folder / "ivector"
    ivectors = [f"ivector/{name}" for name in _IVECTOR] if ivector.is_dir() else []
    for name in (*_NEEDED, *graphs, *ivectors):
        file = folder / name
        try:
            with file.open("rb") as stream:
                head = stream.read(4)
        except OSError as error:
            raise ModelError(
                f"{folder} is not a whole Vosk model: {name} cannot be read.",
                f"Get it anew: `voicemate models get {folder.name}`.",
            ) from error
        if not head or (name.endswith(".fst") and head != _FST_MAGIC):
            raise ModelError(
                f"{folder} holds a damaged Vosk model: {name} is not what it should be.",
                f"Get it anew: `voicemate models get {folder.name}`.",
            )


def _chunks(blocks: Iterable[AudioBlock]) -> Iterator[tuple[Samples, bool]]:
    """Give the sound in chunks of a tenth of a second, and whether the person is pausing."""
    waiting = np.zeros(0, np.float32)
    pausing = False
    for block in blocks:
        waiting = np.concatenate((waiting, block.samples))
        pausing = not block.speaking or block.quiet_s >= PAUSE_S
        while len(waiting) >= _CHUNK:
            yield waiting[:_CHUNK], pausing
            waiting = waiting[_CHUNK:]
    if len(waiting):
        yield waiting, pausing
