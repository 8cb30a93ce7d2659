"""The companion under test, alone in its process: `python -m scripts.benchmark.mate`.

It is VoiceMate as `voicemate talk` puts it together (`app.Session`), with lines of JSON on
stdin in place of the key. What it tells goes to stdout, a line of JSON each, with
`time.monotonic()`, which all processes of a machine share.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.benchmark import clicks, plain
from scripts.benchmark.footprint import cpu_s, footprint
from scripts.benchmark.keeping import KeepingSpeaker
from voicemate import app, building, settings
from voicemate.audio.microphone import WarmMicrophone
from voicemate.audio.speaker import StreamSpeaker
from voicemate.audio.wav import write_wav
from voicemate.cancel import CancelToken
from voicemate.conversation.turn import Parts
from voicemate.errors import TurnCancelled
from voicemate.events import (
    Event,
    Heard,
    Notice,
    Phase,
    PhaseChanged,
    Ready,
    Spoke,
    TurnEnded,
    TurnFailed,
)
from voicemate.ports import Take
from voicemate.types import Message


class Mate:
    """Does what the lines say and tells what happens."""

    def __init__(self, out: int) -> None:
        self._out = os.fdopen(out, "w", encoding="utf-8")
        self._lock = threading.Lock()
        self._settings = settings.load()
        self._cut_after_s: float | None = None
        self._press_after_s: float | None = None
        self._timer: threading.Timer | None = None
        self._parts: Parts
        self._keeping: KeepingSpeaker
        self._opening: list[Message] = []
        self._plain: tuple[WarmMicrophone, Take, StreamSpeaker] | None = None
        self._watch_parts()
        self._companion = app.Session(self._settings, self._emit).companion

    def run(self) -> None:
        """Begin, and obey until the input ends."""
        self._companion.start()
        for line in sys.stdin:
            order: dict[str, Any] = json.loads(line)
            getattr(self, f"do_{order.pop('do')}")(**order)
        self._companion.close()

    def tell(self, event: str, at: float | None = None, **facts: object) -> None:
        """Write one line."""
        line = json.dumps({"event": event, "at": at or time.monotonic(), **facts})
        with self._lock:
            self._out.write(line + "\n")
            self._out.flush()

    def _watch_parts(self) -> None:
        """Keep hold of the parts that the companion is built of, and of what it plays."""
        build_parts = building.build_parts

        def build(settings: Any, speaker: Any, emit: Any, **more: Any) -> Parts:  # noqa: ANN401
            parts = build_parts(settings, speaker, emit, **more)
            self._keeping = KeepingSpeaker(parts.speaker)
            self._parts = dataclasses.replace(parts, speaker=self._keeping)
            return self._parts

        building.build_parts = build

    def _emit(self, event: Event) -> None:
        at = time.monotonic()
        match event:
            case PhaseChanged(phase=phase):
                if phase is Phase.SPEAKING:
                    self._speaking()
                self.tell("phase", at, phase=phase.value)
            case Heard(transcript=transcript):
                self.tell("heard", at, text=transcript.text, final=transcript.final)
            case Spoke():
                self.tell("spoke", at, begins_at=event.at, duration_s=event.duration_s)
            case TurnEnded(record=record):
                self._let_be()
                if record.outcome == "interrupted":
                    # Answers that were cut would teach the model to answer in three words.
                    self._parts.prompt.forget()
                facts = dataclasses.asdict(record)
                self.tell("ended", at, **{k: v for k, v in facts.items() if k != "at"})
            case Ready():
                self.tell("ready", at, seconds=event.seconds)
            case TurnFailed() | Notice():
                self.tell("trouble", at, message=event.message, hint=event.hint)
            case _:
                pass

    def _speaking(self) -> None:
        if self._cut_after_s is not None:
            self._timer = _after(self._cut_after_s, self._companion.discard)
        if self._press_after_s is not None:
            self._timer = _after(self._press_after_s, self.do_press)
        self._cut_after_s = self._press_after_s = None

    def _let_be(self) -> None:
        """Do nothing to the next turn that was meant for this one."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    # What the lines may ask for.

    def do_press(self) -> None:
        """The key goes down."""
        phase, at = self._companion.phase, time.monotonic()
        self._companion.press()
        self.tell("pressed", at, phase=phase.value, returned_at=time.monotonic())

    def do_release(
        self, at: float, cut_after_s: float | None = None, press_after_s: float | None = None
    ) -> None:
        """The key goes up `at` that moment; later the answer is cut, or the key pressed, or not."""
        self._cut_after_s, self._press_after_s = cut_after_s, press_after_s
        _until(at)
        released_at = time.monotonic()
        self._companion.release()
        self.tell("released", released_at)

    def do_discard(self) -> None:
        """Stop whatever goes on."""
        self._press_after_s = self._cut_after_s = None
        self._companion.discard()

    def do_say(self, text: str, press_after_s: float | None = None) -> None:
        """Answer a typed line."""
        self._press_after_s = press_after_s
        self._companion.say(text)

    def do_opening(self) -> None:
        """Remember the conversation as it is, for the plain way's next turn."""
        self._opening = list(self._parts.prompt.opening())

    def do_plain_press(self) -> None:
        """The key goes down, for the plain way."""
        audio = self._settings.audio
        microphone = WarmMicrophone(
            audio.microphone, pre_roll_ms=audio.pre_roll_ms, post_roll_ms=audio.post_roll_ms
        )
        microphone.open()
        # The companion's own may go to rest meanwhile.
        speaker = StreamSpeaker(audio.speaker, cues=False)
        speaker.open()
        self._plain = microphone, microphone.begin_take(), speaker
        self.tell("pressed")

    def do_plain_release(self, at: float, cut_after_s: float) -> None:
        """The key goes up; the answer is cut after a while."""
        assert self._plain is not None
        microphone, take, speaker = self._plain
        _until(at)
        released_at = time.monotonic()
        take.release()
        self.tell("released", released_at)
        cancel = CancelToken()
        turn, speech = plain.answer(self._parts, take, self._opening, cancel)
        microphone.close()
        playback = speaker.play(cancel)
        timer = _after(cut_after_s, cancel.cancel)
        with contextlib.suppress(TurnCancelled):
            playback.write(speech)
            playback.finish()
        timer.cancel()
        first_sound_at = playback.first_sound_at
        speaker.close()
        self._parts.model.prepare(self._parts.prompt.opening())
        self.tell("plain ended", first_sound_at=first_sound_at, **dataclasses.asdict(turn))

    def do_written(self, file: str) -> None:
        """Save what was written to the speaker for the newest answer."""
        playback = self._keeping.newest
        if playback is not None:
            write_wav(Path(file), playback.sound, 48_000)
        self.tell(
            "written",
            n_speeches=len(playback.speeches) if playback else 0,
            underruns=self._keeping.underruns,
            underflows=getattr(self._keeping, "underflows", None),
        )

    def do_clicks(self, n: int) -> None:
        """Play clicks through a stream of our own, like the speaker's, and tell when each left."""
        self.tell("clicks", times=clicks.play(n))

    def do_footprint(self) -> None:
        """Tell the memory of this process and of its children."""
        self.tell("footprint", **footprint(), threads=threading.active_count())

    def do_rest(self, seconds: float) -> None:
        """Tell how much of a core is used while nothing happens."""
        before, start = cpu_s(), time.monotonic()
        _until(start + seconds)
        self.tell("rested", percent=100 * (cpu_s() - before) / (time.monotonic() - start))


def _after(seconds: float, call: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()
    return timer


def _until(moment: float) -> None:
    """Wait until `time.monotonic()` is `moment`."""
    while (left_s := moment - time.monotonic()) > 0:
        threading.Event().wait(left_s)


def main() -> None:
    """Keep stdout for the lines; whatever a library prints goes to stderr."""
    out = os.dup(1)
    os.dup2(2, 1)
    Mate(out).run()


if __name__ == "__main__":
    main()
