"""Part `recogniser`: processor seconds per second of audio, ours against the bare library."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scripts.benchmark.questions import ENGLISH, KOREAN, SPEECH_DB, spoken
from scripts.benchmark.sound import SPOKEN_HZ, Sound, pink_noise
from scripts.benchmark.talking import Line
from scripts.benchmark.targets import RECOGNISERS
from scripts.benchmark.turns import Say
from voicemate import paths
from voicemate.audio.level import LevelGate
from voicemate.audio.pcm import level_db
from voicemate.engines import registry
from voicemate.engines.moonshine import UPDATE_EVERY_S
from voicemate.ports import Recognizer
from voicemate.types import AudioBlock

BLOCK_S = 0.02
SNR_DB = 40
LEAD_IN_S, TAIL_S = 0.5, 0.3

Bare = Callable[[Sequence[AudioBlock]], str]


def measure(size: str, models: tuple[str, ...] = (), say: Say = print) -> Line:  # noqa: ARG001
    """Recognise the same blocks with the adapter and with its library, in turns."""
    n = 3 if size == "quick" else 12
    series = []
    with tempfile.TemporaryDirectory(prefix="vm-questions-", dir="/tmp") as folder:
        for engine, language, texts, bare_name in (
            ("moonshine", "en", ENGLISH, "as many partials"),
            ("moonshine", "en", ENGLISH, "the library's own pace"),
            ("vosk", "ko", KOREAN, "a partial a block"),
        ):
            questions = spoken(texts[:n], "pyttsx3", language, Path(folder))
            adapter = registry.recognizer(
                engine, paths.models_dir() / RECOGNISERS[engine], language
            )
            often = bare_name == "as many partials"
            bare = _moonshine(often=often) if engine == "moonshine" else _vosk()
            samples = [
                _both(adapter, bare, _take(question.sound, index), index)
                for index, question in enumerate(questions)
            ]
            adapter.close()
            for sample in samples:
                say(f"  {engine}: {sample}")
            # The first warms both up.
            series.append({"engine": engine, "bare": bare_name, "samples": samples[1:]})
    return {"series": series}


def _both(adapter: Recognizer, bare: Bare, blocks: list[AudioBlock], index: int) -> Line:
    seconds = sum(block.duration_s for block in blocks)

    def ours() -> tuple[float, str]:
        begun = time.process_time()
        text = ""
        for transcript in adapter.recognize(blocks):
            text = transcript.text
        return (time.process_time() - begun) / seconds, text

    def theirs() -> tuple[float, str]:
        begun = time.process_time()
        text = bare(blocks)
        return (time.process_time() - begun) / seconds, text

    if index % 2:
        (our_cpu, our_text), (bare_cpu, bare_text) = ours(), theirs()
    else:
        (bare_cpu, bare_text), (our_cpu, our_text) = theirs(), ours()
    return {
        "seconds": seconds,
        "ours": our_cpu,
        "bare": bare_cpu,
        "ratio": our_cpu / bare_cpu,
        "ours_text": our_text,
        "bare_text": bare_text,
    }


def _take(speech: Sound, seed: int) -> list[AudioBlock]:
    """Give a take as the microphone would: blocks of 20 ms with the level gate's opinion."""
    lead, tail = round(LEAD_IN_S * SPOKEN_HZ), round(TAIL_S * SPOKEN_HZ)
    take = pink_noise(lead + len(speech) + tail, SPEECH_DB - SNR_DB, seed)
    take[lead : lead + len(speech)] += speech
    gate, size = LevelGate(), round(BLOCK_S * SPOKEN_HZ)
    blocks = []
    for at in range(0, len(take), size):
        piece = take[at : at + size]
        speaking = gate.feed(piece, SPOKEN_HZ)
        blocks.append(AudioBlock(piece, at / SPOKEN_HZ, level_db(piece), speaking, gate.quiet_s))
    return blocks


def _moonshine(*, often: bool) -> Bare:
    """Moonshine's own stream, in the adapter's environment.

    Asked for a partial as often as the adapter does; the library answers most of such questions
    with what it said before, unless it is told to look anew each time (`often`), as the adapter
    does.
    """
    from moonshine_voice.moonshine_api import ModelArch
    from moonshine_voice.transcriber import MOONSHINE_FLAG_FORCE_UPDATE, Transcriber

    engine = Transcriber(paths.models_dir() / RECOGNISERS["moonshine"], ModelArch.TINY)
    flags = MOONSHINE_FLAG_FORCE_UPDATE if often else 0

    def recognise(blocks: Sequence[AudioBlock]) -> str:
        stream = engine.create_stream(update_interval=UPDATE_EVERY_S, transcribe_flags=flags)
        stream.start()
        for block in blocks:
            stream.add_audio(block.samples.tolist(), SPOKEN_HZ)
        lines = stream.stop()
        stream.close()
        return " ".join(line.text for line in lines.lines) if lines else ""

    return recognise


def _vosk() -> Bare:
    """Vosk as its examples use it: a recogniser a take, a partial after each block."""
    import vosk

    vosk.SetLogLevel(-1)
    model: Any = vosk.Model(str(paths.models_dir() / RECOGNISERS["vosk"]))

    def recognise(blocks: Sequence[AudioBlock]) -> str:
        recogniser = vosk.KaldiRecognizer(model, SPOKEN_HZ)
        recogniser.SetWords(True)
        texts = []
        for block in blocks:
            pcm = np.clip(block.samples * 32768, -32768, 32767).astype("<i2").tobytes()
            if recogniser.AcceptWaveform(pcm):
                texts.append(json.loads(recogniser.Result())["text"])
            else:
                recogniser.PartialResult()
        texts.append(json.loads(recogniser.FinalResult())["text"])
        return " ".join(text for text in texts if text)

    return recognise
