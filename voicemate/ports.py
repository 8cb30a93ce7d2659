"""What a conversation needs of the world, as Protocols. Engines and devices fulfil them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, Protocol

from voicemate.cancel import CancelToken
from voicemate.types import (
    AudioBlock,
    Message,
    ReplyStats,
    Speech,
    Thumb,
    Transcript,
    TurnId,
    TurnRecord,
    VoiceInfo,
)

CueName = Literal["down", "up", "thinking", "error"]


class Take(Protocol):
    """One stretch of listening: from a little before the key went down to its release.

    `release` and `discard` may be called from any thread and return at once.
    """

    @property
    def begun_at(self) -> float:
        """`time.monotonic()` at which the key went down."""

    @property
    def released_at(self) -> float | None:
        """`time.monotonic()` of the key's release; None while it is held."""

    def blocks(self) -> Iterator[AudioBlock]:
        """Give what is heard, oldest first, until release plus post-roll; called once.

        Whatever has queued up meanwhile comes as one longer block, so that a slow reader catches
        up. Raises `TurnCancelled` when discarded, `AudioDeviceError` when the device is gone.
        """

    def release(self) -> None:
        """The key was let go: end soon (at once when the person has stopped speaking)."""

    def discard(self) -> None:
        """Throw the take away; a reader of `blocks` gets `TurnCancelled`."""


class Microphone(Protocol):
    """A warm input stream, closed while muted. Methods return at once unless noted."""

    def open(self) -> None:
        """Open the stream (may take some milliseconds). Raises `AudioDeviceError`."""

    def close(self) -> None:
        """Close the stream: nothing is captured any more."""

    @property
    def is_open(self) -> bool:
        """True exactly while the operating system's stream is open."""

    @property
    def level_db(self) -> float:
        """Level of the newest block, dB of full scale, -100 when closed."""

    def begin_take(self) -> Take:
        """Start a take, with the pre-roll before this moment. Raises `AudioDeviceError`."""


class Recognizer(Protocol):
    """Speech to text. Built, and used, on the turn thread."""

    name: str
    language: str

    def recognize(self, blocks: Iterable[AudioBlock]) -> Iterator[Transcript]:
        """Give partial transcripts when they change or settle, then exactly one that is final.

        The final one joins all segments of the take and may be empty. Whatever `blocks` raises
        passes through. Raises `EngineError`.
        """

    def close(self) -> None:
        """Free the engine."""


class Reply(Protocol):
    """One reply while it is written: iterate for its pieces of text."""

    def __iter__(self) -> Iterator[str]:
        """Give pieces as they are written. Raises `TurnCancelled`, `EngineError`."""

    @property
    def stats(self) -> ReplyStats:
        """What it cost so far; whole once the iteration has ended."""

    def close(self) -> None:
        """Write no more of it; any thread, any number of times."""


class ReplyModel(Protocol):
    """A language model. Its methods may be called from the turn thread; they do not load."""

    name: str
    context_tokens: int

    def count_tokens(self, text: str) -> int:
        """Count the tokens of a plain text."""

    def prepare(self, messages: Sequence[Message], *, draft: bool = False) -> None:
        """Read ahead: the messages, as far as they are known, will probably be asked soon.

        With `draft` the last message is probably whole, and the reply may be begun. A hint that
        returns at once and never fails; the newest wins.
        """

    def reply(self, messages: Sequence[Message], cancel: CancelToken) -> Reply:
        """Begin a reply to the messages (the last one is the user's); returns at once."""

    def forget(self) -> None:
        """Lose all that was read, in memory and on disk; waits until it is gone."""

    def close(self) -> None:
        """Stop the model's thread and free its memory."""


class Voice(Protocol):
    """Text to speech."""

    name: str

    def render(self, text: str, cancel: CancelToken) -> Speech:
        """Render one stretch of speech whole.

        Raises `TurnCancelled` when `cancel` is set meanwhile, `EngineError` when the voice fails.
        """

    def voices(self) -> Sequence[VoiceInfo]:
        """List the voices that the engine offers."""

    def close(self) -> None:
        """Free the engine."""


class Playback(Protocol):
    """What one turn plays. Silent from at most one block after its token is set, for ever."""

    def write(self, speech: Speech) -> float:
        """Queue speech; gives `time.monotonic()` of the moment it will begin to sound.

        Waits while more than a few seconds are queued. Raises `TurnCancelled`,
        `AudioDeviceError`.
        """

    def finish(self) -> None:
        """Wait until all that was written has been played. Raises `TurnCancelled`."""

    @property
    def played_s(self) -> float:
        """Seconds of written speech that have been handed to the sound card."""

    @property
    def first_sound_at(self) -> float | None:
        """`time.monotonic()` at which the first block was handed to the sound card."""


class Speaker(Protocol):
    """An output stream that is already running."""

    def open(self) -> None:
        """Open the stream. Raises `AudioDeviceError`."""

    def play(self, cancel: CancelToken, *, thinking_after_s: float | None = None) -> Playback:
        """Start the playback of a turn; whatever played before is over.

        The "thinking" cue sounds once when nothing has been written after `thinking_after_s`.
        """

    def cue(self, name: CueName) -> None:
        """Play a short sound over whatever plays; returns at once, from any thread."""

    def close(self) -> None:
        """Close the stream."""


class Memory(Protocol):
    """What the companion keeps. Used on the turn thread only."""

    def recent(self, limit: int) -> Sequence[TurnRecord]:
        """Give the last turns in which something was heard and said, oldest first."""

    def recall(self, heard: str) -> Sequence[str]:
        """Give notes that bear on what was just said: few, dated, sourced."""

    def record(self, record: TurnRecord) -> None:
        """Keep a turn. Raises `StorageError`."""

    def rate(self, turn: TurnId, thumb: Thumb) -> None:
        """Keep what the person thinks of a turn recorded since the start. Raises `StorageError`."""

    def forget_all(self) -> int:
        """Delete every turn, and what was made of it; gives their number. Raises `StorageError`."""

    def close(self) -> None:
        """Close the store."""


class Guard(Protocol):
    """Looks at what was heard before the model does."""

    def check(self, heard: Transcript) -> str | None:
        """Give a fixed reply that no model words, or None to go on."""
