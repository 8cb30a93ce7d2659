"""The composition root: a running VoiceMate, put together from its parts.

All heavy imports are inside the functions, so that a command pays for what it uses only.
"""

from __future__ import annotations

import logging
import logging.handlers
import threading
import time
from typing import TYPE_CHECKING

from voicemate import building, paths
from voicemate.building import Emit
from voicemate.cancel import CancelToken
from voicemate.events import TurnEnded
from voicemate.settings import Audio, Settings
from voicemate.types import TurnId, TurnRecord

if TYPE_CHECKING:
    from voicemate.conversation.turn import Parts
    from voicemate.ports import Microphone, Speaker, Take


class Session:
    """A companion that hears and speaks through the sound card, and the settings it goes by.

    Not started yet: that is `companion.start()`, and its end `companion.close()`.
    """

    def __init__(
        self, settings: Settings, emit: Emit, *, private: bool = False, muted: bool = False
    ) -> None:
        """With `private` nothing is kept; with `muted` the microphone is closed at first."""
        from voicemate.conversation.companion import Companion

        self._lock = threading.Lock()
        self._settings = settings
        self._workshop = building.Workshop(_speaker, emit, private=private)
        self.companion = Companion(
            lambda: self._workshop.build(self.settings),
            _microphone(settings.audio),
            emit,
            bug_hint(),
            muted=muted,
        )

    @property
    def settings(self) -> Settings:
        """The settings by which it goes now."""
        return self._settings

    def apply(self, settings: Settings) -> None:
        """Go by other settings: at once, or, while it answers, right after. Any thread."""
        with self._lock:
            before, self._settings = self._settings, settings
            if _heard_by(before.audio) != _heard_by(settings.audio):
                self.companion.set_microphone(_microphone(settings.audio))
            if _built_from(before) != _built_from(settings):
                self.companion.reload()


def _built_from(settings: Settings) -> tuple[object, ...]:
    """Give the settings that parts of the conversation are built from."""
    return (
        settings.companion,
        settings.recogniser,
        settings.model,
        settings.voice,
        (settings.audio.speaker, settings.audio.cues),
        settings.conversation,
    )


def _heard_by(audio: Audio) -> tuple[str, int, int]:
    return audio.microphone, audio.pre_roll_ms, audio.post_roll_ms


def _microphone(audio: Audio) -> Microphone:
    from voicemate.audio.microphone import WarmMicrophone

    name, pre_roll_ms, post_roll_ms = _heard_by(audio)
    return WarmMicrophone(name, pre_roll_ms=pre_roll_ms, post_roll_ms=post_roll_ms)


def _speaker(audio: Audio) -> Speaker:
    from voicemate.audio.speaker import StreamSpeaker

    return StreamSpeaker(audio.speaker, cues=audio.cues)


def forget_conversation() -> int:
    """Delete every turn, and all that was made of them; gives their number.

    Raises `StorageError`. Not while a companion runs: it has them in mind.
    """
    from voicemate.engines import llama_state
    from voicemate.memory.store import MemoryStore

    store = MemoryStore(paths.memory_file())
    try:
        n_turns = store.forget_all()
    finally:
        store.close()
    llama_state.forget(building.model_state_dir())
    return n_turns


def single_turn(
    parts: Parts, emit: Emit, *, take: Take | None = None, typed: str = ""
) -> TurnRecord:
    """Run one turn on the calling thread."""
    from voicemate.conversation.turn import Turn, run_turn

    record = run_turn(Turn(TurnId(1), CancelToken(), take=take, typed=typed), parts, emit)
    emit(TurnEnded(record))
    return record


def bug_hint() -> str:
    """Say what to do about an error that nobody expected."""
    return f"Please report it with the log: {paths.log_file()}"


def start_logging(*, debug: bool = False) -> None:
    """Write the log to its file; never anything of what is said unless `debug`."""
    paths.private_folder(paths.state_dir())
    handler = logging.handlers.RotatingFileHandler(
        paths.log_file(), maxBytes=1_000_000, backupCount=2, encoding="utf-8", delay=True
    )
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger("voicemate")
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    root.addHandler(handler)
