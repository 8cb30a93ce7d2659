"""Engines that follow a script: whole conversations without a model, a microphone or luck.

They fulfil the ports as the real ones do, keep to cancellation, and are deterministic. Where a
real engine takes its time, these call a hook, which may wait for an event, advance a virtual clock
or raise: time passes only there. Used by tests, and good for trying a front end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from voicemate.cancel import CancelToken
from voicemate.types import (
    SPEECH_RATE_HZ,
    AudioBlock,
    Message,
    ReplyStats,
    Speech,
    SpokenWord,
    Transcript,
    VoiceInfo,
    Word,
)

Hook = Callable[[str, CancelToken], None]
"""Called with the text that comes next; may wait, or raise what an engine would."""

WORD_S = 0.06
TONE_HZ = 440.0


def _no_hook(text: str, cancel: CancelToken) -> None:
    """Let everything through."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What one take will be understood as: partials (seconds heard, text so far), then `final`."""

    final: str
    partials: tuple[tuple[float, str], ...] = ()
    confidence: float = 0.9

    @classmethod
    def of(cls, text: str, from_s: float = 0.3, word_s: float = 0.3) -> Hearing:
        """Make a hearing whose partials grow by a word each `word_s` seconds."""
        words = text.split()
        grown = (" ".join(words[: n + 1]) for n in range(len(words)))
        return cls(text, tuple((from_s + word_s * n, part) for n, part in enumerate(grown)))


class ScriptedRecognizer:
    """A `Recognizer` that understands one `Hearing` a take, whatever was said.

    A take in which no block is `speaking` gives nothing and uses up no hearing, and neither does
    one after the last hearing.
    """

    name = "scripted"

    def __init__(self, hearings: Iterable[Hearing | str] = (), language: str = "en") -> None:
        self.language = language
        self._hearings = [Hearing.of(h) if isinstance(h, str) else h for h in hearings]

    def recognize(self, blocks: Iterable[AudioBlock]) -> Iterator[Transcript]:
        """Read the blocks; give the partials when as much has been heard, then the final one."""
        hearing: Hearing | None = None
        due: list[tuple[float, str]] = []
        heard_s = 0.0
        for block in blocks:
            heard_s += block.duration_s
            if hearing is None and block.speaking and self._hearings:
                hearing = self._hearings.pop(0)
                due = list(hearing.partials)
            text = ""
            while due and due[0][0] <= heard_s + 1e-9:
                text = due.pop(0)[1]
            if text:
                yield Transcript(text)
        yield _final(hearing, heard_s)

    def close(self) -> None:
        """Nothing to free."""


def _final(hearing: Hearing | None, heard_s: float) -> Transcript:
    if hearing is None:
        return Transcript("", final=True)
    words = hearing.final.split()
    each_s = heard_s / max(len(words), 1)
    return Transcript(
        hearing.final,
        final=True,
        words=tuple(
            Word(word, n * each_s, (n + 1) * each_s, hearing.confidence)
            for n, word in enumerate(words)
        ),
    )


class ScriptedVoice:
    """A `Voice` that plays 60 ms of a tone for each word, with the words' positions.

    `before` is called with each text before it is rendered. `rendered` has every text that was.
    """

    name = "scripted"

    def __init__(self, rate: float = 1.0, volume: float = 0.9, before: Hook = _no_hook) -> None:
        self.rendered: list[str] = []
        self._word_samples = round(WORD_S * SPEECH_RATE_HZ / rate)
        self._volume = volume
        self._before = before

    def voices(self) -> Sequence[VoiceInfo]:
        """List the one voice."""
        return [VoiceInfo("tone", "Tone", ("en", "ko"))]

    def render(self, text: str, cancel: CancelToken) -> Speech:
        """Render at once, after the hook."""
        cancel.raise_if_cancelled()
        self._before(text, cancel)
        cancel.raise_if_cancelled()
        self.rendered.append(text)
        spans = [match.span() for match in re.finditer(r"\S+", text)]
        time_s = np.arange(len(spans) * self._word_samples) / SPEECH_RATE_HZ
        sound = (self._volume * 0.5 * np.sin(2 * np.pi * TONE_HZ * time_s)).astype(np.float32)
        words = tuple(
            SpokenWord(start, end, n * self._word_samples / SPEECH_RATE_HZ)
            for n, (start, end) in enumerate(spans)
        )
        return Speech(text, sound, SPEECH_RATE_HZ, words)

    def close(self) -> None:
        """Nothing to free."""


Wording = Callable[[Sequence[Message]], str]


class ScriptedModel:
    """A `ReplyModel` whose replies are given: in order (the last one again), or by a function.

    A piece is a word with the space after it, and counts as a token. `before` is called with each
    piece before it is given out. `prepared` and `asked` have what was read ahead and asked for.
    """

    name = "scripted"

    def __init__(
        self,
        replies: Sequence[str] | Wording,
        before: Hook = _no_hook,
        context_tokens: int = 2048,
    ) -> None:
        self.context_tokens = context_tokens
        self.prepared: list[tuple[Message, ...]] = []
        self.asked: list[tuple[Message, ...]] = []
        self.forgotten = 0
        self._wording = replies if callable(replies) else _in_order(replies)
        self._before = before
        self._read: list[str] = []

    def count_tokens(self, text: str) -> int:
        """Count the words."""
        return len(_pieces(text))

    def prepare(self, messages: Sequence[Message], *, draft: bool = False) -> None:  # noqa: ARG002
        """Note what would be read ahead."""
        self.prepared.append(tuple(messages))
        self._read = _prompt(messages)

    def reply(self, messages: Sequence[Message], cancel: CancelToken) -> ScriptedReply:
        """Begin a reply; its text is decided here."""
        self.asked.append(tuple(messages))
        prompt = _prompt(messages)
        cached = next(
            (n for n, (a, b) in enumerate(zip(prompt, self._read, strict=False)) if a != b),
            min(len(prompt), len(self._read)),
        )
        self._read = prompt
        stats = ReplyStats(prompt_tokens=len(prompt), cached_tokens=cached)
        return ScriptedReply(_pieces(self._wording(messages)), self._before, cancel, stats)

    def forget(self) -> None:
        """Lose what was read; `forgotten` counts how often."""
        self._read = []
        self.forgotten += 1

    def close(self) -> None:
        """Nothing to free."""


@dataclass(slots=True)
class ScriptedReply:
    """A `Reply` that gives its pieces one by one."""

    pieces: list[str]
    before: Hook
    cancel: CancelToken
    stats: ReplyStats
    written: list[str] = field(default_factory=list)
    closed: bool = False

    def close(self) -> None:
        """Give no more pieces."""
        self.closed = True

    def __iter__(self) -> Iterator[str]:
        """Give piece after piece, each after the hook."""
        for piece in self.pieces:
            self.cancel.raise_if_cancelled()
            if self.closed:
                return
            self.before(piece, self.cancel)
            self.cancel.raise_if_cancelled()
            self.written.append(piece)
            self.stats = ReplyStats(
                self.stats.prompt_tokens, self.stats.cached_tokens, len(self.written)
            )
            yield piece


def _in_order(replies: Sequence[str]) -> Wording:
    left = list(replies)
    return lambda _messages: left.pop(0) if len(left) > 1 else left[0]


def _pieces(text: str) -> list[str]:
    return re.findall(r"\S+\s*|^\s+", text)


def _prompt(messages: Sequence[Message]) -> list[str]:
    return [piece for message in messages for piece in (message.role, *_pieces(message.text))]
