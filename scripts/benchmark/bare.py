"""llama.cpp alone, as its own examples use it: `python -m scripts.benchmark.bare GGUF THREADS`.

A process of its own, with nothing of VoiceMate's in it or in its environment. A line of JSON in
({"prompt": [...], "n": 64}) gives a line out: the seconds from the prompt's last token to the last
of n greedily chosen ones.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from typing import Any

from scripts.benchmark.llama_sizes import BATCH, CONTEXT


def main(file: str, threads: int) -> None:
    """Answer lines until there are none."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    from llama_cpp import llama_cpp as llama

    quiet = llama.llama_log_callback(lambda _level, _text, _data: None)
    llama.llama_log_set(quiet, ctypes.c_void_p(0))
    llama.llama_backend_init()
    parameters = llama.llama_model_default_params()
    parameters.n_gpu_layers = 0
    model = llama.llama_model_load_from_file(file.encode(), parameters)
    options = llama.llama_context_default_params()
    options.n_ctx = CONTEXT
    options.n_batch = options.n_ubatch = BATCH
    options.n_threads = options.n_threads_batch = threads
    context = llama.llama_init_from_model(model, options)
    for line in sys.stdin:
        order = json.loads(line)
        seconds = _write(llama, context, order["prompt"], order["n"])
        out.write(json.dumps({"seconds": seconds}) + "\n")
        out.flush()


def _write(llama: Any, context: Any, prompt: list[int], n: int) -> float:  # noqa: ANN401
    memory = llama.llama_get_memory(context)
    llama.llama_memory_clear(memory, True)
    for start in range(0, len(prompt) - 1, BATCH):
        piece = prompt[start : min(start + BATCH, len(prompt) - 1)]
        tokens = (llama.llama_token * len(piece))(*piece)
        assert llama.llama_decode(context, llama.llama_batch_get_one(tokens, len(piece))) == 0
    llama.llama_synchronize(context)
    sampler = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
    llama.llama_sampler_chain_add(sampler, llama.llama_sampler_init_greedy())
    token = (llama.llama_token * 1)(prompt[-1])
    begun = time.perf_counter()
    for _ in range(n):
        assert llama.llama_decode(context, llama.llama_batch_get_one(token, 1)) == 0
        token[0] = llama.llama_sampler_sample(sampler, context, -1)
    seconds = time.perf_counter() - begun
    llama.llama_sampler_free(sampler)
    return seconds


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
