"""One reply of llama.cpp: as its reader sees it, and as the model thread writes it."""

from __future__ import annotations

import codecs
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from voicemate.cancel import CancelToken
from voicemate.engines.llama_session import Sampler
from voicemate.errors import EngineError, TurnCancelled
from voicemate.types import ReplyStats

_AHEAD_PIECES = 6
_YIELD_S = 0.15

_ENOUGH_TOKENS = 4
"""Of fewer the speed of writing cannot be told."""


class LlamaReply:
    """A reply that is being written; made by `LlamaModel.reply`."""

    def __init__(
        self,
        prompt: list[int],
        max_tokens: int,
        cancel: CancelToken,
        abandon: Callable[[LlamaReply], None],
    ) -> None:
        self.prompt = prompt
        self.max_tokens = max_tokens
        self.cached = 0
        self.written = 0
        self.drafted = 0
        self._cancel = cancel
        self._on_close = abandon
        self._abandoned = False
        self._pace = 0, 0.0
        self._waiting = threading.Event()
        """Set while the reader waits for a piece."""
        # Bounded by max_tokens.
        self._pieces: SimpleQueue[str | EngineError | None] = SimpleQueue()

    @property
    def abandoned(self) -> bool:
        """True when nobody waits for it any more."""
        return self._abandoned

    @property
    def stats(self) -> ReplyStats:
        """What it cost so far."""
        n_tokens, seconds = self._pace
        tokens_per_s = (
            (n_tokens - 1) / seconds if n_tokens >= _ENOUGH_TOKENS and seconds > 0 else None
        )
        return ReplyStats(len(self.prompt), self.cached, self.written, self.drafted, tokens_per_s)

    def __iter__(self) -> Iterator[str]:
        """Give pieces as they are written. Raises `TurnCancelled`, `EngineError`."""
        while True:
            # All that is there comes at once: a reader can tell what it would have to wait for.
            ready: list[str] = []
            self._waiting.set()
            piece = self._pieces.get()
            self._waiting.clear()
            while isinstance(piece, str):
                ready.append(piece)
                try:
                    piece = self._pieces.get_nowait()
                except Empty:
                    break
            if self._cancel.cancelled:
                raise TurnCancelled
            if ready:
                yield "".join(ready)
            if piece is None:
                return
            if isinstance(piece, EngineError):
                raise piece

    def close(self) -> None:
        """Write no more of it; any thread, any number of times."""
        self._on_close(self)

    def let_reader_work(self) -> None:
        """Leave the processor to a reader that has enough to do, for a moment (model thread).

        It renders speech then, and the first sound is worth more than the next token. Where it
        waits for the sound card instead, the pace that is left is still that of speech.
        """
        if self._pieces.qsize() >= _AHEAD_PIECES:
            self._waiting.wait(_YIELD_S)

    def wrote(self, seconds: float) -> None:
        """Note that a token, no drafted one, took so long to write (model thread).

        The time of the first is not counted: most of it went into reading the prompt. Moments in
        which the reader is left to work are nobody's speed and do not come here.
        """
        n_tokens, before_s = self._pace
        # One tuple: the reader may ask for the speed at any time.
        self._pace = n_tokens + 1, before_s + seconds if n_tokens else 0.0

    def put(self, piece: str) -> None:
        """Add a piece (model thread)."""
        self._pieces.put(piece)

    def end(self) -> None:
        """Say that it is whole (model thread)."""
        self._pieces.put(None)

    def fail(self, error: EngineError) -> None:
        """Say that it broke (model thread)."""
        self._pieces.put(error)

    def abandon(self) -> None:
        """Wake the reader and write no more; any thread."""
        self._abandoned = True
        self._pieces.put(None)
        self._waiting.set()


@dataclass(slots=True, eq=False)
class Generation:
    """A reply as the model thread writes it: it may begin as a draft and go on as the reply."""

    prompt: list[int]
    sampler: Sampler
    stream: TextStream
    tokens: list[int] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    done: bool = False

    @property
    def goal(self) -> list[int]:
        """Give all tokens that must have been read before the next one is chosen."""
        return self.prompt + self.tokens

    def flush(self) -> str:
        """Give the text that was held back in case it became a stop."""
        text = self.stream.flush()
        if text:
            self.pieces.append(text)
        return text


class TextStream:
    """Bytes of tokens to text, ended by stop strings, never half a character or half a stop."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._stops = stops
        self._held = ""
        self.stopped = False

    def feed(self, data: bytes) -> str:
        """Give the text that is certain after these bytes."""
        if self.stopped:
            return ""
        self._held += self._decode.decode(data)
        ends = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if ends:
            self.stopped = True
            text, self._held = self._held[: min(ends)], ""
            return text
        keep = max((_overlap(self._held, stop) for stop in self._stops), default=0)
        cut = len(self._held) - keep
        text, self._held = self._held[:cut], self._held[cut:]
        return text

    def flush(self) -> str:
        """Give what was held back."""
        if self.stopped:
            return ""
        text, self._held = self._held + self._decode.decode(b"", final=True), ""
        return text


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of `text` may be the beginning of `stop`."""
    for n in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:n]):
            return n
    return 0
