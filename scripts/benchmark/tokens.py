"""Part `tokens`: how fast the adapter writes, against llama.cpp alone, in turns."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import psutil

from scripts.benchmark.llama_sizes import CONTEXT
from scripts.benchmark.talking import Line
from scripts.benchmark.targets import LARGE, SMALL
from scripts.benchmark.turns import Say
from voicemate import building, paths
from voicemate.cancel import CancelToken
from voicemate.catalog import Store
from voicemate.companion.persona import system_prompt
from voicemate.engines.llama import LlamaModel, LlamaOptions
from voicemate.types import Message

MESSAGES = (
    Message("system", system_prompt("Mate", "", "en")),
    Message("user", "Tell me a long story about a ship and everybody who sails on it."),
)


def measure(size: str, models: tuple[str, ...] = (SMALL, LARGE), say: Say = print) -> Line:
    """Write the same tokens both ways, in turns."""
    n_rounds = 2 if size == "quick" else 8
    threads = psutil.cpu_count(logical=False) or 1
    series = []
    for model_id in models:
        n_tokens = 128 if model_id == SMALL else 64
        file = building.gguf_file(Store(paths.models_dir()).find(model_id))
        options = LlamaOptions(CONTEXT, n_tokens, temperature=0, threads=threads)
        model = LlamaModel(file, model_id, options)
        bare = subprocess.Popen(
            [sys.executable, "-m", "scripts.benchmark.bare", str(file), str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            samples = []
            # Reads the prompt, which is not what is measured. A reply may end before `n_tokens`.
            prompt, n, _ = _ours(model)
            for index in range(n_rounds + 1):
                n_bare = n
                if index % 2:
                    seconds = _bare(bare, prompt, n_bare)
                    _, n, ours = _ours(model)
                else:
                    _, n, ours = _ours(model)
                    seconds = _bare(bare, prompt, n_bare)
                if index == 0:
                    continue  # the bare loop's first
                sample = {"ours_per_s": n / ours, "bare_per_s": n_bare / seconds, "tokens": n}
                if n != n_bare:
                    sample["invalid"] = 1
                sample["ratio"] = sample["ours_per_s"] / sample["bare_per_s"]
                samples.append(sample)
                say(f"  {model_id}: {sample}")
        finally:
            model.close()
            assert bare.stdin is not None
            bare.stdin.close()
            bare.wait(30)
            assert bare.stdout is not None
            bare.stdout.close()
        series.append({"model": model_id, "threads": threads, "samples": samples})
    return {"series": series}


def _ours(model: LlamaModel) -> tuple[list[int], int, float]:
    """Write a reply; gives the prompt's tokens, how many were written, and the seconds."""
    begun = time.perf_counter()
    reply = model.reply(MESSAGES, CancelToken())
    for _ in reply:
        pass
    seconds = time.perf_counter() - begun
    return reply.prompt, reply.stats.reply_tokens, seconds


def _bare(process: subprocess.Popen[str], prompt: list[int], n: int) -> float:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"prompt": prompt, "n": n}) + "\n")
    process.stdin.flush()
    return float(json.loads(process.stdout.readline())["seconds"])
