"""One loaded GGUF and its cache of read tokens: the only module that calls llama.cpp.

All methods but `tokens_of` and the abort switch belong to the thread that built the session. The
cache is one sequence that always holds exactly `cached`: what is asked next keeps the part that is
equal from the start and forgets the rest, which costs microseconds.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from voicemate.engines.chat_format import Segment
from voicemate.errors import EngineError, ModelError

BATCH_TOKENS = 64
"""Tokens read at once. Larger reads little faster on a CPU, and llama.cpp keeps a row of scores
of the whole vocabulary for each."""

INSTALL_HINT = (
    "Install it with `pip install 'voicemate[llama]'` (it compiles for some minutes and needs "
    "cmake and a C++ compiler), or start VoiceMate with scripts/run, which does it."
)


class AbortSwitch:
    """Ends a running llama.cpp call from any thread.

    llama.cpp asks a C function, with a pointer of ours, before each step of its work. A Python
    function there would wait for the interpreter's lock thousands of times a token. C's `strlen`
    does as well: of a buffer that starts with a zero byte it says 0 (go on), else 1 (stop).
    """

    def __init__(self) -> None:
        libc = ctypes.CDLL("msvcrt") if sys.platform == "win32" else ctypes.CDLL(None)
        self._flag = ctypes.create_string_buffer(2)
        self.function = libc.strlen
        self.argument = ctypes.cast(self._flag, ctypes.c_void_p)

    @property
    def on(self) -> bool:
        """True between `stop` and `clear`."""
        return self._flag.raw[0] != 0

    def stop(self) -> None:
        """End the running call, and every later one, until `clear`."""
        self._flag[0] = b"\x01"

    def clear(self) -> None:
        """Let calls run again."""
        self._flag[0] = b"\x00"


class Aborted(BaseException):
    """A call was ended by the abort switch. What was read before it stays read."""


class LlamaSession:
    """A model with one sequence of read tokens."""

    def __init__(self, file: Path, *, context_tokens: int, gpu_layers: int) -> None:
        """Load the model. Raises `EngineError` without llama.cpp, `ModelError` for a bad file."""
        self._llama = llama = _import_llama()
        self.abort = AbortSwitch()
        self.cached: list[int] = []
        if gpu_layers == -2:
            gpu_layers = -1 if llama.llama_supports_gpu_offload() else 0
        parameters = llama.llama_model_default_params()
        parameters.n_gpu_layers = 0x7FFFFFFF if gpu_layers == -1 else gpu_layers
        if not gpu_layers:
            # llama.cpp lays the weights out anew for this processor; a mapped file would stay in
            # memory beside them (2.2 GB instead of 1.6 for a model of 1.1).
            parameters.load_mode = llama.LLAMA_LOAD_MODE_NONE
        self._model = llama.llama_model_load_from_file(str(file).encode(), parameters)
        if not self._model:
            raise ModelError(
                f"The language model {file.name} cannot be loaded: it is damaged, too big for the "
                "memory, or of a kind that this llama.cpp does not know.",
                "Check it with `voicemate models verify`; `voicemate models` lists others.",
            )
        self.gpu_layers = gpu_layers
        trained = int(llama.llama_model_n_ctx_train(self._model))
        self.context_tokens = min(context_tokens, trained) if trained > 0 else context_tokens
        self._context = self._new_context()
        self._vocab = llama.llama_model_get_vocab(self._model)
        self._memory = llama.llama_get_memory(self._context)
        self._batch = llama.llama_batch_init(BATCH_TOKENS, 0, 1)
        self._eog: dict[int, bool] = {}

    def _new_context(self) -> Any:  # noqa: ANN401  (an opaque pointer of llama.cpp)
        llama = self._llama
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = self.context_tokens
        parameters.n_batch = parameters.n_ubatch = BATCH_TOKENS
        parameters.n_seq_max = 1
        # On a processor, flash attention reads a question behind 1,000 tokens of conversation a
        # fifth slower (SmolLM2 104 ms for 80, the 1.5B 302 for 252), and writes no faster.
        if not self.gpu_layers:
            parameters.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        parameters.no_perf = True
        context = llama.llama_init_from_model(self._model, parameters)
        if not context:
            llama.llama_model_free(self._model)
            raise ModelError(
                f"There is not enough memory for {self.context_tokens} tokens of context.",
                "Set a smaller one: `voicemate config set model.context_tokens 2048`.",
            )
        function = ctypes.cast(self.abort.function, llama.ggml_abort_callback)
        self._keep_alive = function
        llama.llama_set_abort_callback(context, function, self.abort.argument)
        return context

    def set_threads(self, n: int) -> None:
        """Use `n` threads from the next call on."""
        self._llama.llama_set_n_threads(self._context, n, n)

    def metadata(self, key: str) -> str | None:
        """Give a text value of the GGUF's header."""
        size = 4096
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = self._llama.llama_model_meta_val_str(self._model, key.encode(), buffer, size)
            if length < 0:
                return None
            if length < size:
                return buffer.value.decode("utf-8", errors="replace")
            size = length + 1

    def token_text(self, which: str) -> str:
        """Give the text of the "bos" or "eos" token; empty where the model has none."""
        token = getattr(self._llama, f"llama_vocab_{which}")(self._vocab)
        if token < 0:
            return ""
        text: bytes = self._llama.llama_vocab_get_text(self._vocab, token)
        return text.decode("utf-8", errors="replace")

    def tokens_of(self, segments: Sequence[Segment]) -> list[int]:
        """Tokenize; control tokens only in markup.

        Callable from any thread: it reads the vocabulary, which never changes.
        """
        tokens: list[int] = []
        for index, segment in enumerate(segments):
            tokens += self._tokenize(segment.text, segment.markup, first=index == 0)
        return tokens

    def _tokenize(self, text: str, markup: bool, first: bool) -> list[int]:
        data = text.encode("utf-8", errors="replace")
        size = len(data) + 8
        out = (self._llama.llama_token * size)()
        n = self._llama.llama_tokenize(self._vocab, data, len(data), out, size, first, markup)
        return list(out[:n])

    def piece_of(self, token: int) -> bytes:
        """Give the bytes of a token; may be part of a character."""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            n = self._llama.llama_token_to_piece(self._vocab, token, buffer, size, 0, False)
            if n >= 0:
                return buffer.raw[:n]
            size = -n

    def ends(self, token: int) -> bool:
        """True for a token that ends the reply."""
        known = self._eog.get(token)
        if known is None:
            known = self._eog[token] = bool(self._llama.llama_vocab_is_eog(self._vocab, token))
        return known

    def rewind(self, tokens: list[int]) -> int:
        """Forget all that is not the common start of the cache and `tokens`; give its length."""
        if self.cached == tokens[: len(self.cached)]:
            return len(self.cached)
        common = 0
        for mine, wanted in zip(self.cached, tokens, strict=False):
            if mine != wanted:
                break
            common += 1
        if common < len(self.cached):
            if not self._llama.llama_memory_seq_rm(self._memory, 0, common, -1):
                # Sliding-window and recurrent models cannot go back: all is read again.
                self._llama.llama_memory_clear(self._memory, True)
                common = 0
            del self.cached[common:]
        return common

    def read(self, tokens: list[int]) -> None:
        """Read up to `BATCH_TOKENS` tokens behind the cache; the last one's scores are sampled.

        Raises `Aborted` (nothing of these tokens is then in the cache), `EngineError`.
        """
        if self.abort.on:
            raise Aborted
        start = len(self.cached)
        batch = self._batch
        batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            batch.token[i] = token
            batch.pos[i] = start + i
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = 0
            batch.logits[i] = i == len(tokens) - 1
        status = self._llama.llama_decode(self._context, batch)
        if status == 0:
            self.cached += tokens
            return
        # A failed call leaves nothing of its own behind, but make that sure for every backend.
        self._llama.llama_memory_seq_rm(self._memory, 0, start, -1)
        if status == 2 and self.abort.on:
            raise Aborted
        raise EngineError(
            f"The language model failed while reading (llama.cpp says {status}).",
            "Restart VoiceMate; if it stays so, check the model: `voicemate models verify`.",
        )

    def save(self, file: Path) -> None:
        """Write the cache to a file. Raises `OSError` when it could not be written whole."""
        tokens = (self._llama.llama_token * len(self.cached))(*self.cached)
        written = self._llama.llama_state_seq_save_file(
            self._context, str(file).encode(), 0, tokens, len(self.cached)
        )
        if not written:
            raise OSError(f"llama.cpp could not write {file}")

    def load(self, file: Path) -> int:
        """Replace the cache by that of a file; gives its number of tokens, 0 where it fails."""
        llama = self._llama
        tokens = (llama.llama_token * self.context_tokens)()
        count = ctypes.c_size_t(0)
        read = llama.llama_state_seq_load_file(
            self._context, str(file).encode(), 0, tokens, self.context_tokens, ctypes.byref(count)
        )
        if not read:
            llama.llama_memory_clear(self._memory, True)
            self.cached = []
            return 0
        self.cached = list(tokens[: count.value])
        return len(self.cached)

    @property
    def version(self) -> str:
        """Version of the binding, and so of llama.cpp."""
        from llama_cpp import __version__

        return str(__version__)

    def sampler(self, temperature: float, seed: int) -> Sampler:
        """Make a sampler for one reply."""
        return Sampler(self._llama, self._context, temperature, seed)

    def close(self) -> None:
        """Free everything."""
        self._llama.llama_batch_free(self._batch)
        self._llama.llama_free(self._context)
        self._llama.llama_model_free(self._model)


class Sampler:
    """Chooses tokens for one reply: the same seed and the same prompt give the same reply."""

    def __init__(self, llama: Any, context: Any, temperature: float, seed: int) -> None:  # noqa: ANN401
        self._llama = llama
        self._context = context
        self._chain = chain = llama.llama_sampler_chain_init(
            llama.llama_sampler_chain_default_params()
        )

        def add(sampler: Any) -> None:  # noqa: ANN401  (an opaque pointer of llama.cpp)
            llama.llama_sampler_chain_add(chain, sampler)

        if temperature <= 0:
            add(llama.llama_sampler_init_greedy())
        else:
            add(llama.llama_sampler_init_top_k(40))
            add(llama.llama_sampler_init_top_p(0.9, 1))
            add(llama.llama_sampler_init_min_p(0.05, 1))
            add(llama.llama_sampler_init_temp(temperature))
            add(llama.llama_sampler_init_dist(seed))

    def next(self) -> int:
        """Choose the token after what was read last."""
        return int(self._llama.llama_sampler_sample(self._chain, self._context, -1))

    def close(self) -> None:
        """Free the sampler."""
        self._llama.llama_sampler_free(self._chain)


_silence: Any = None


def _import_llama() -> Any:  # noqa: ANN401  (a module without types)
    global _silence
    # Between two steps OpenMP's threads spin, by default for milliseconds. Beside any other busy
    # program that made a model up to ten times slower; so they soon sleep instead.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        from llama_cpp import llama_cpp
    except ImportError as error:
        raise EngineError(
            "The language model's engine (llama-cpp-python) is not installed.", INSTALL_HINT
        ) from error
    except (OSError, RuntimeError) as error:
        raise EngineError(
            f"The language model's engine (llama-cpp-python) does not start: {error}.",
            "Install it again: `pip install --force-reinstall --no-cache-dir llama-cpp-python`.",
        ) from error
    if _silence is None:
        # By default llama.cpp tells its life on stderr.
        _silence = llama_cpp.llama_log_callback(_ignore)
        llama_cpp.llama_log_set(_silence, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
    return llama_cpp


def _ignore(_level: int, _text: bytes, _data: Any) -> None:  # noqa: ANN401
    return
