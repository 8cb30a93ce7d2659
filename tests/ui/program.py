"""`voicemate talk` with a scripted world: run in a pseudo-terminal by the tests next door.

The companion, its turn thread and the front end are the real ones. What is said into the
microphone is always SAID; what is typed chooses the answer. An answer with the word "stay" sounds
until it is cut off.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np

from voicemate.cancel import CancelToken
from voicemate.conversation.companion import Companion
from voicemate.conversation.prompt import Prompt
from voicemate.conversation.turn import Parts
from voicemate.engines.scripted import Hearing, ScriptedModel, ScriptedRecognizer, ScriptedVoice
from voicemate.errors import AudioDeviceError, EngineError, TurnCancelled
from voicemate.events import Forgotten, PastTurns
from voicemate.ports import CueName
from voicemate.types import SPEECH_RATE_HZ, AudioBlock, Message, Speech, Thumb, TurnId, TurnRecord
from voicemate.ui.inbox import Inbox
from voicemate.ui.terminal import run_terminal

PARTIAL = "what a fine"
SAID = "what a fine day"
HOSTILE = "\x1b]0;gotcha\x07\x1b[2J\x1b[31mred\x9b5m and \u202eback\x07"


class Take:
    """Someone who has been talking for a second, and stops when the key is let go."""

    def __init__(self) -> None:
        self.begun_at = time.monotonic() - 1.0
        self.released_at: float | None = None
        self._over = threading.Event()
        self._discarded = False

    def blocks(self) -> Iterator[AudioBlock]:
        yield _block()
        self._over.wait()
        if self._discarded:
            raise TurnCancelled
        yield _block()

    def release(self) -> None:
        self.released_at = time.monotonic()
        self._over.set()

    def discard(self) -> None:
        self._discarded = True
        self._over.set()


def _block() -> AudioBlock:
    samples = np.zeros(SPEECH_RATE_HZ // 2, dtype=np.float32)
    return AudioBlock(samples, time.monotonic(), -20.0, speaking=True)


class Microphone:
    level_db = -35.0

    def __init__(self, *, missing: bool) -> None:
        self._missing = missing
        self.is_open = False

    def open(self) -> None:
        if self._missing:
            raise AudioDeviceError("There is no microphone.", "Plug one in.")
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def begin_take(self) -> Take:
        if self._missing:
            raise AudioDeviceError("There is no microphone.", "Plug one in.")
        return Take()


class Playback:
    """Plays in no time, but for what is to stay."""

    def __init__(self, cancel: CancelToken) -> None:
        self._cancel = cancel
        self._stays = False
        self.played_s = 0.0
        self.first_sound_at: float | None = None

    def write(self, speech: Speech) -> float:
        self._cancel.raise_if_cancelled()
        self.first_sound_at = self.first_sound_at or time.monotonic()
        self._stays = self._stays or "stay" in speech.text
        self.played_s += speech.duration_s
        return time.monotonic() - speech.duration_s

    def finish(self) -> None:
        if self._stays:
            over = threading.Event()
            self._cancel.on_cancel(over.set)
            over.wait()
        self._cancel.raise_if_cancelled()


class Speaker:
    def open(self) -> None:
        pass

    def play(self, cancel: CancelToken, *, thinking_after_s: float | None = None) -> Playback:
        return Playback(cancel)

    def cue(self, name: CueName) -> None:
        pass

    def close(self) -> None:
        pass


class Memory:
    def recent(self, limit: int) -> Sequence[TurnRecord]:
        return ()

    def recall(self, heard: str) -> Sequence[str]:
        return ()

    def record(self, record: TurnRecord) -> None:
        pass

    def rate(self, turn: TurnId, thumb: Thumb) -> None:
        pass

    def forget_all(self) -> int:
        return 0

    def close(self) -> None:
        pass


def _answer(messages: Sequence[Message]) -> str:
    heard = messages[-1].text
    if heard == SAID:
        return "It is sunny indeed."
    if "hostile" in heard:
        return HOSTILE
    if "fail" in heard:
        raise EngineError("The model tripped over.", "Pick it up.")
    return f"You wrote {heard}."


def _parts(inbox: Inbox) -> Parts:
    def answer(messages: Sequence[Message]) -> str:
        if "forget" in messages[-1].text:
            inbox.put(Forgotten(3))
        return _answer(messages)

    inbox.put(PastTurns((TurnRecord(TurnId(1), 0.0, "long ago", "Hi.", "Hi.", "answered"),)))
    return Parts(
        recognizer=ScriptedRecognizer([Hearing(SAID, ((0.3, PARTIAL),))] * 20),
        model=ScriptedModel(answer),
        voice=ScriptedVoice(),
        speaker=Speaker(),
        memory=Memory(),
        prompt=Prompt("You are Mate.", 1000, len),
    )


def main() -> int:
    # What the log has to say would be written over the screen.
    logging.disable(logging.CRITICAL)
    inbox = Inbox()
    microphone = Microphone(missing="--no-microphone" in sys.argv)
    companion = Companion(lambda: _parts(inbox), microphone, inbox.put, "Report it.")
    companion.start()
    try:
        return run_terminal(companion, inbox, timing="--timing" in sys.argv)
    finally:
        companion.close()


if __name__ == "__main__":
    sys.exit(main())
