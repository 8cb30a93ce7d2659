"""A stage for screenplays: a companion with scripted parts, whose time passes only when told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Self

import numpy as np

from voicemate.cancel import CancelToken
from voicemate.conversation.companion import Companion
from voicemate.conversation.prompt import Prompt
from voicemate.conversation.turn import Parts
from voicemate.engines.scripted import ScriptedModel, ScriptedRecognizer, ScriptedVoice
from voicemate.errors import AudioDeviceError, TurnCancelled
from voicemate.events import Event, Phase, PhaseChanged, Spoke, TurnEnded
from voicemate.ports import CueName, Guard, Memory
from voicemate.types import SPEECH_RATE_HZ, AudioBlock, Speech, Thumb, TurnId, TurnRecord

PATIENCE_S = 10.0
"""How long a real thread may take for anything before a screenplay gives up."""


class VirtualClock:
    """Time that stands still until `advance`."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._passed = threading.Condition()

    def __call__(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        with self._passed:
            self._now += seconds
            self._passed.notify_all()

    def wait_until(self, moment: Callable[[], float], cancel: CancelToken) -> None:
        """Wait until `moment()` has come; raises `TurnCancelled`."""
        cancel.on_cancel(self._wake)
        with self._passed:
            while self._now < moment() and not cancel.cancelled:
                assert self._passed.wait(PATIENCE_S), "the screenplay forgot to let time pass"
        cancel.raise_if_cancelled()

    def _wake(self) -> None:
        with self._passed:
            self._passed.notify_all()


class StageTake:
    """A take of `speech_s` seconds of speech; the key's times are those of the clock."""

    def __init__(self, clock: VirtualClock, speech_s: float) -> None:
        self._clock = clock
        self._speech_s = speech_s
        self._begun_at = clock()
        self._released_at: float | None = None
        self._over = threading.Event()
        self.discarded = False
        self.reading = threading.Event()

    @property
    def begun_at(self) -> float:
        return self._begun_at

    @property
    def released_at(self) -> float | None:
        return self._released_at

    def blocks(self) -> Iterator[AudioBlock]:
        self.reading.set()
        for _ in range(int(self._speech_s * 10)):
            if self.discarded:
                raise TurnCancelled
            yield _block(speaking=True)
        assert self._over.wait(PATIENCE_S), "the screenplay forgot to let the key go"
        if self.discarded:
            raise TurnCancelled
        yield _block(speaking=False)

    def release(self) -> None:
        self._released_at = self._clock()
        self._over.set()

    def discard(self) -> None:
        self.discarded = True
        self._over.set()


def _block(*, speaking: bool) -> AudioBlock:
    samples = np.zeros(SPEECH_RATE_HZ // 10, dtype=np.float32)
    return AudioBlock(samples, 0.0, -20.0 if speaking else -70.0, speaking)


class StageMicrophone:
    """Hands out takes of so much speech each; the last length repeats."""

    def __init__(self, clock: VirtualClock, speech_s: list[float]) -> None:
        self._clock = clock
        self._speech_s = speech_s
        self.takes: list[StageTake] = []
        self.broken = False
        self.is_open = False
        self.level_db = -60.0

    def open(self) -> None:
        if self.broken:
            raise AudioDeviceError("There is no microphone.", "Plug one in.")
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def begin_take(self) -> StageTake:
        if self.broken:
            raise AudioDeviceError("There is no microphone.", "Plug one in.")
        seconds = self._speech_s.pop(0) if len(self._speech_s) > 1 else self._speech_s[0]
        self.takes.append(StageTake(self._clock, seconds))
        return self.takes[-1]


class StagePlayback:
    """Plays in virtual time; what has sounded stops growing when its token is set."""

    def __init__(self, clock: VirtualClock, cancel: CancelToken) -> None:
        self._clock = clock
        self._cancel = cancel
        self._begin: float | None = None
        self._written_s = 0.0
        self._cut_s: float | None = None
        self.texts: list[str] = []
        cancel.on_cancel(self._cut)

    def write(self, speech: Speech) -> float:
        self._cancel.raise_if_cancelled()
        if self._begin is None:
            self._begin = self._clock()
        start = self._begin + self._written_s
        self._written_s += speech.duration_s
        self.texts.append(speech.text)
        return start

    def finish(self) -> None:
        self._clock.wait_until(lambda: (self._begin or 0.0) + self._written_s, self._cancel)

    @property
    def played_s(self) -> float:
        if self._cut_s is not None:
            return self._cut_s
        if self._begin is None:
            return 0.0
        return min(self._written_s, self._clock() - self._begin)

    @property
    def first_sound_at(self) -> float | None:
        return self._begin

    def _cut(self) -> None:
        self._cut_s = self.played_s


class StageSpeaker:
    """Remembers every playback and cue."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.playbacks: list[StagePlayback] = []
        self.cues: list[CueName] = []
        self.is_open = False
        self.rested = threading.Event()

    def open(self) -> None:
        self.is_open = True

    def play(self, cancel: CancelToken, *, thinking_after_s: float | None = None) -> StagePlayback:
        assert self.is_open
        self.playbacks.append(StagePlayback(self._clock, cancel))
        return self.playbacks[-1]

    def cue(self, name: CueName) -> None:
        self.cues.append(name)

    def close(self) -> None:
        self.is_open = False
        self.rested.set()


class StageMemory:
    """Keeps records in a list; `past` was there before."""

    def __init__(self, past: list[TurnRecord] | None = None) -> None:
        self._past = past or []
        self.records: list[TurnRecord] = []
        self.thumbs: dict[TurnId, Thumb] = {}

    def recent(self, limit: int) -> list[TurnRecord]:
        return self._past[-limit:]

    def recall(self, heard: str) -> tuple[str, ...]:
        return ()

    def record(self, record: TurnRecord) -> None:
        self.records.append(record)

    def rate(self, turn: TurnId, thumb: Thumb) -> None:
        self.thumbs[turn] = thumb

    def forget_all(self) -> int:
        n_turns = len(self.records) + len(self._past)
        self.records.clear()
        self._past.clear()
        return n_turns

    def close(self) -> None:
        pass


class Stage:
    """The companion, its parts and everything it said, for one screenplay."""

    def __init__(
        self,
        *,
        recognizer: ScriptedRecognizer,
        model: ScriptedModel,
        voice: ScriptedVoice | None = None,
        speech_s: tuple[float, ...] = (2.0,),
        memory: Memory | None = None,
        guard: Guard | None = None,
        max_spoken_s: float = 40.0,
        build: Callable[[Parts], Parts] = lambda parts: parts,
        muted: bool = False,
        past: tuple[TurnRecord, ...] = (),
    ) -> None:
        self.clock = VirtualClock()
        self.microphone = StageMicrophone(self.clock, list(speech_s))
        self.speaker = StageSpeaker(self.clock)
        self.memory = memory or StageMemory()
        self.model = model
        self.voice = voice or ScriptedVoice()
        self.events: list[Event] = []
        self._queue: SimpleQueue[Event] = SimpleQueue()
        self.parts = parts = Parts(
            recognizer=recognizer,
            model=model,
            voice=self.voice,
            speaker=self.speaker,
            memory=self.memory,
            prompt=Prompt("You are Mate.", 1000, lambda text: len(text.split())),
            guard=guard,
            max_spoken_s=max_spoken_s,
            past=past,
            clock=self.clock,
        )
        self.companion = Companion(
            lambda: build(parts), self.microphone, self._emit, "Report it.", muted=muted
        )

    def __enter__(self) -> Self:
        self.companion.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.companion.close()

    def _emit(self, event: Event) -> None:
        self.events.append(event)
        self._queue.put(event)

    def until(self, wanted: Callable[[Event], bool]) -> Event:
        """Wait for the next event that is wanted; those before it are passed over."""
        while True:
            event = self._queue.get(timeout=PATIENCE_S)
            if wanted(event):
                return event

    def until_phase(self, phase: Phase) -> None:
        self.until(lambda event: isinstance(event, PhaseChanged) and event.phase is phase)

    def until_rendered(self, seconds: float) -> None:
        """Wait until so much of the answer has been written from now on."""
        end = self.clock() + seconds
        self.until(lambda event: isinstance(event, Spoke) and event.at + event.duration_s >= end)

    def until_ended(self) -> TurnRecord:
        event = self.until(lambda event: isinstance(event, TurnEnded))
        assert isinstance(event, TurnEnded)
        return event.record

    def talk(self, held_s: float = 2.0) -> None:
        """Hold the key for so long, and let go."""
        self.companion.press()
        self.clock.advance(held_s)
        self.companion.release()

    def forget(self) -> None:
        """Let go of everything that has happened so far."""
        self.events.clear()
        self.microphone.takes.clear()
        self.speaker.playbacks.clear()
        self.speaker.cues.clear()
        if isinstance(self.memory, StageMemory):
            self.memory.records.clear()
        self.model.asked.clear()
        self.voice.rendered.clear()
        self.model.prepared.clear()

    def records(self) -> list[TurnRecord]:
        """Every turn that has ended, in order."""
        return [event.record for event in self.events if isinstance(event, TurnEnded)]
