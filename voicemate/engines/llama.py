"""The default language model: llama.cpp in one thread of its own.

The thread serves the person's turn first, then reading ahead. A newer request never waits for an
older one: the running llama.cpp call is ended (a millisecond or less) unless it reads what the
newer one needs as well.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from time import monotonic

import psutil

from voicemate.cancel import CancelToken
from voicemate.engines import llama_state
from voicemate.engines.chat_format import ChatFormat, Segment, chat_format
from voicemate.engines.llama_reply import Generation, LlamaReply, TextStream
from voicemate.engines.llama_session import BATCH_TOKENS, Aborted, LlamaSession
from voicemate.engines.llama_state import PrefixFile
from voicemate.errors import EngineError, UsageError
from voicemate.types import Message

log = logging.getLogger(__name__)

STOPS = ("<|im_end|>", "<|im_start|>", "<|endoftext|>", "<end_of_turn>", "\nUser:", "\nuser:")
"""What a model writes that forgot to stop, as text."""

MAX_DRAFT_TOKENS = 24
"""How far a draft is written ahead: about a clause; the rest follows when it is asked for."""


@dataclass(frozen=True, slots=True)
class LlamaOptions:
    """How to load and sample; see the settings of the same names.

    In `state_folder` the model keeps what it has read between two starts (None: nowhere);
    `digest` is that of its file.
    """

    context_tokens: int = 3072
    max_tokens: int = 220
    temperature: float = 0.7
    seed: int = -1
    threads: int = 0
    gpu_layers: int = -2
    state_folder: Path | None = None
    digest: str = ""


class LlamaModel:
    """A `ReplyModel` on llama.cpp."""

    def __init__(self, file: Path, name: str, options: LlamaOptions | None = None) -> None:
        """Load the model on its own thread and wait for it. Raises `EngineError`."""
        self.name = name
        self._file = file
        self._options = options or LlamaOptions()
        self.context_tokens = self._options.context_tokens
        self._wake = threading.Condition()
        self._reply: LlamaReply | None = None
        self._hint: _Hint | None = None
        self._job: _Hint | LlamaReply | None = None
        self._closing = False
        self._forgetting: threading.Event | None = None
        self._read_last: Generation | None = None
        self._session: LlamaSession
        self._format: ChatFormat
        answers: SimpleQueue[BaseException | None] = SimpleQueue()
        self._thread = threading.Thread(
            target=self._model_loop, args=(answers,), name="model", daemon=True
        )
        self._thread.start()
        trouble = answers.get()
        if trouble is not None:
            self._thread.join()
            raise trouble

    def count_tokens(self, text: str) -> int:
        """Count the tokens of a plain text."""
        return len(self._session.tokens_of([Segment(text, markup=False)]))

    def prepare(self, messages: Sequence[Message], *, draft: bool = False) -> None:
        """Read the messages ahead and, with `draft`, begin the reply; the newest wins."""
        with self._wake:
            if self._closing:
                return
        prompt = self._prompt(messages, whole=draft)
        if len(prompt) + 1 >= self.context_tokens:
            return
        with self._wake:
            self._hint = _Hint(prompt, draft)
            if isinstance(self._job, _Hint):
                self._make_way_for(prompt)
            self._wake.notify()

    def reply(self, messages: Sequence[Message], cancel: CancelToken) -> LlamaReply:
        """Begin a reply. Raises `UsageError` when the messages do not fit the context."""
        prompt = self._prompt(messages, whole=True)
        room = self.context_tokens - len(prompt)
        if room < 16:
            raise UsageError(
                f"That is too long for the model: {len(prompt)} tokens, and it can have "
                f"{self.context_tokens} in view.",
                "Say it in fewer words, or raise model.context_tokens.",
            )
        reply = LlamaReply(prompt, min(self._options.max_tokens, room), cancel, self._abandon)
        with self._wake:
            if self._closing:
                raise EngineError("The language model has been closed.", "Restart VoiceMate.")
            if isinstance(self._job, LlamaReply):
                self._job.abandon()
                self._session.abort.stop()
            if self._reply is not None:
                self._reply.abandon()
            self._reply = reply
            self._hint = None
            self._make_way_for(prompt)
            self._wake.notify()
        cancel.on_cancel(reply.close)
        return reply

    def tune(self, max_tokens: int, temperature: float, seed: int) -> None:
        """Write so from the next reply on; a draft that is there stays as it is."""
        self._options = replace(
            self._options, max_tokens=max_tokens, temperature=temperature, seed=seed
        )

    def forget(self) -> None:
        """Lose all that was read, in memory and on disk; waits for the model's thread.

        Raises `StorageError`.
        """
        with self._wake:
            if self._closing:
                return
            gone = self._forgetting = threading.Event()
            self._hint = None
            self._session.abort.stop()
            self._wake.notify()
        gone.wait()
        if self._options.state_folder is not None:
            llama_state.forget(self._options.state_folder)

    def close(self) -> None:
        """Stop the thread and free the memory."""
        with self._wake:
            self._closing = True
            for reply in (self._reply, self._job):
                if isinstance(reply, LlamaReply):
                    reply.abandon()
            self._reply = None
            self._session.abort.stop()
            self._wake.notify()
        self._thread.join()

    def _prompt(self, messages: Sequence[Message], *, whole: bool) -> list[int]:
        segments = self._format.segments(messages)
        if not whole and len(segments) > 2:
            # The person is still talking: what follows their words is not read yet.
            segments = segments[:-2]
        return self._session.tokens_of(segments)

    def _make_way_for(self, prompt: list[int]) -> None:
        """End the running call unless it is on the way to `prompt`; the lock is held."""
        job = self._job
        if job is not None and prompt[: len(job.prompt)] != job.prompt:
            self._session.abort.stop()

    def _abandon(self, reply: LlamaReply) -> None:
        with self._wake:
            reply.abandon()
            if self._reply is reply:
                self._reply = None
            if self._job is reply:
                self._session.abort.stop()

    # From here on: the model thread.

    def _model_loop(self, answers: SimpleQueue[BaseException | None]) -> None:
        try:
            self._load()
        except Exception as error:  # noqa: BLE001  (handed to the thread that waits for it)
            answers.put(error)
            return
        answers.put(None)
        draft: Generation | None = None
        while True:
            with self._wake:
                while not (self._closing or self._forgetting or self._reply or self._hint):
                    self._wake.wait()
                self._session.abort.clear()
                forgetting, self._forgetting = self._forgetting, None
                if forgetting is not None:
                    _drop(draft)
                    draft = None
                    self._lose_all()
                    forgetting.set()
                if self._closing:
                    break
                job: _Hint | LlamaReply | None = self._reply or self._hint
                self._reply = None
                if isinstance(job, _Hint):
                    self._hint = None
                self._job = job
            if isinstance(job, LlamaReply):
                self._serve(job, draft)
                _drop(draft)
                draft = None
            elif job is not None:
                draft = self._read_ahead(job, draft)
            with self._wake:
                self._job = None
        _drop(draft)
        if self._prefix is not None and self._session.cached:
            self._prefix.save()
        self._session.close()

    def _lose_all(self) -> None:
        self._read_last = None
        self._session.rewind([])
        self._prefix_kept = False

    def _load(self) -> None:
        options = self._options
        start = monotonic()
        self._session = session = LlamaSession(
            self._file, context_tokens=options.context_tokens, gpu_layers=options.gpu_layers
        )
        try:
            self._format = chat_format(
                session.metadata("tokenizer.chat_template"),
                session.token_text("bos"),
                session.token_text("eos"),
            )
        except EngineError:
            session.close()
            raise
        self.context_tokens = session.context_tokens
        self._prefix: PrefixFile | None = None
        if options.state_folder is not None:
            self._prefix = PrefixFile(options.state_folder, options.digest, session)
            self._prefix_kept = bool(self._prefix.load())
            log.info("%d tokens are read already", len(session.cached))
        self._threads = options.threads or psutil.cpu_count(logical=False) or 1
        session.set_threads(self._threads)
        log.info("model %s loaded in %.0f ms", self.name, (monotonic() - start) * 1000)

    def _serve(self, reply: LlamaReply, draft: Generation | None) -> None:
        ready = draft is not None and draft.prompt == reply.prompt
        generation = draft if ready and draft is not None else self._generation(reply.prompt)
        self._session.set_threads(self._threads)
        reply.drafted = len(generation.tokens)
        reply.cached = len(reply.prompt) if ready else self._session.rewind(reply.prompt)
        try:
            for piece in generation.pieces:
                reply.put(piece)
            while not generation.done and len(generation.tokens) < reply.max_tokens:
                reply.let_reader_work()
                begun = monotonic()
                piece = self._step(generation)
                reply.wrote(monotonic() - begun)
                if piece and not reply.abandoned:
                    reply.put(piece)
                reply.written = len(generation.tokens)
                if reply.abandoned:
                    break
            if rest := generation.flush():
                reply.put(rest)
            reply.written = len(generation.tokens)
            reply.end()
        except Aborted:
            # Only the reply's own cancellation, a newer reply or closing end it: all abandon it.
            reply.abandon()
        except EngineError as error:
            reply.fail(error)
        finally:
            if generation is not draft:
                _drop(generation)

    def _read_ahead(self, hint: _Hint, draft: Generation | None) -> Generation | None:
        """Read the hint's prompt and draft; gives the draft that is worth keeping."""
        same = draft is not None and hint.draft and draft.prompt == hint.prompt
        generation = draft if same and draft is not None else self._generation(hint.prompt)
        if not same:
            _drop(draft)
        # While somebody talks, one core is left to the recogniser; a draft is made in a pause.
        self._session.set_threads(self._threads if hint.draft else max(1, self._threads - 1))
        try:
            if not hint.draft:
                self._read(generation, keep_last=False)
                self._keep_first_prefix()
            while hint.draft and not generation.done:
                if len(generation.tokens) >= MAX_DRAFT_TOKENS or self._newer():
                    break
                self._step(generation)
        except Aborted:
            pass
        except EngineError:
            # A hint never fails: the reply itself will meet and tell the same trouble.
            log.exception("reading ahead failed")
        if hint.draft:
            return generation
        _drop(generation)
        return None

    def _keep_first_prefix(self) -> None:
        """Keep what was read first now, and not at the end only: a program may be killed."""
        if self._prefix is not None and not self._prefix_kept:
            self._prefix_kept = True
            self._prefix.save()

    def _newer(self) -> bool:
        with self._wake:
            return bool(self._closing or self._forgetting or self._reply or self._hint)

    def _generation(self, prompt: list[int]) -> Generation:
        seed = self._options.seed
        if seed < 0:
            seed = random.getrandbits(32)
        return Generation(
            prompt, self._session.sampler(self._options.temperature, seed), TextStream(STOPS)
        )

    def _step(self, generation: Generation) -> str:
        """Write one more token; gives the text that is certain now, often nothing."""
        self._read(generation, keep_last=True)
        token = generation.sampler.next()
        generation.tokens.append(token)
        if self._session.ends(token):
            generation.done = True
            return generation.flush()
        text = generation.stream.feed(self._session.piece_of(token))
        generation.done = generation.stream.stopped
        if text:
            generation.pieces.append(text)
        return text

    def _read(self, generation: Generation, *, keep_last: bool) -> None:
        """Bring the cache to the generation's prompt and tokens, a batch at a time.

        `keep_last`: the scores behind the last token are needed, so it is read anew if need be.
        Stops silently between batches when a hint's reading has become pointless.
        """
        session = self._session
        if self._read_last is generation and keep_last:
            # The usual step: all but the newest token has been read, and nothing else since.
            session.read(generation.tokens[-1:])
            return
        self._read_last = None
        goal = generation.goal
        if keep_last and len(session.cached) >= len(goal):
            session.rewind(goal[:-1])
        else:
            session.rewind(goal)
        while len(session.cached) < len(goal):
            start = len(session.cached)
            session.read(goal[start : start + BATCH_TOKENS])
            if not keep_last and self._newer():
                return
        if keep_last:
            self._read_last = generation


@dataclass(frozen=True, slots=True)
class _Hint:
    prompt: list[int]
    draft: bool


def _drop(generation: Generation | None) -> None:
    if generation is not None:
        generation.sampler.close()
