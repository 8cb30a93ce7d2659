"""What the sound server tells of microphones that come and go (PulseAudio, PipeWire).

PortAudio tells nothing of it: a stream whose microphone is unplugged is moved, without a word, to
another source, and where there is none, to what the speaker plays.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

from voicemate.audio.portaudio import Untyped

_LOOK_FOR_THE_END_S = 0.5
_TRY_AGAIN_S = 2.0
_NO_SINK = 0xFFFFFFFF
"""What a source that monitors no sink carries as its sink: all bits set."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What there is to record: `any_microphone`, and the source of this process's stream.

    `heard` is None while this process records nothing; `heard_is_monitor`: it hears a speaker.
    """

    any_microphone: bool
    heard: str | None = None
    heard_is_monitor: bool = False


def can_watch() -> bool:
    """True where a server can be asked, and nobody has chosen the source on purpose."""
    known = importlib.util.find_spec("pulsectl") is not None
    return known and not os.environ.get("PULSE_SOURCE")


def sources() -> Sources | None:
    """Ask the server; None where there is none. Takes some milliseconds."""
    try:
        import pulsectl
    except ImportError:
        return None
    try:
        with pulsectl.Pulse("voicemate-check", threading_lock=True) as pulse:
            return _sources(pulse)
    except pulsectl.PulseError:
        return None


def _sources(pulse: Untyped) -> Sources:
    found = {source.index: source for source in pulse.source_list()}
    any_microphone = any(source.monitor_of_sink == _NO_SINK for source in found.values())
    for stream in pulse.source_output_list():
        if stream.proplist.get("application.process.id") == str(os.getpid()):
            source = found.get(stream.source)
            if source is not None:
                monitor = source.monitor_of_sink != _NO_SINK
                return Sources(any_microphone, str(source.name), monitor)
    return Sources(any_microphone)


class SourceWatch:
    """Calls `changed` on a thread of its own (`microphone-watch`) whenever sources change.

    It ends within half a second after `close`, which may be called by any thread.
    """

    def __init__(self, changed: Callable[[Sources], None]) -> None:
        self._changed = changed
        self._over = threading.Event()
        threading.Thread(target=self._watch_loop, name="microphone-watch", daemon=True).start()

    def close(self) -> None:
        """Watch no more."""
        self._over.set()

    def _watch_loop(self) -> None:
        import pulsectl

        while not self._over.is_set():
            with contextlib.suppress(pulsectl.PulseError), pulsectl.Pulse("voicemate") as pulse:
                self._watch(pulse, pulsectl.PulseLoopStop)
            # The server has gone: it may come back.
            self._over.wait(_TRY_AGAIN_S)

    def _watch(self, pulse: Untyped, stop: type[Exception]) -> None:
        news = True

        def on_event(_event: object) -> None:
            nonlocal news
            news = True
            raise stop

        pulse.event_mask_set("source", "source_output")
        pulse.event_callback_set(on_event)
        while not self._over.is_set():
            if news:
                news = False
                self._changed(_sources(pulse))
            pulse.event_listen(timeout=_LOOK_FOR_THE_END_S)
