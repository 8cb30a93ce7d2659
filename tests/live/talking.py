"""A running `voicemate talk` with a person in front of it: keys, a voice, and ears."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping
from typing import Self

import numpy as np
import pexpect
import soxr

from tests.contract.speech import blocks_of, letters
from tests.rig import RATE_HZ, Rig, wait_until
from voicemate import paths
from voicemate.conversation.spoken_text import spoken_text
from voicemate.hotkey import control
from voicemate.memory.store import MemoryStore
from voicemate.ports import Recognizer
from voicemate.types import SPEECH_RATE_HZ, Samples, TurnRecord

LOAD_S = 90.0
ANSWER_S = 90.0


class Talking:
    """`voicemate talk` in a terminal of its own, on the rig's audio server."""

    def __init__(self, rig: Rig, settings: Mapping[str, str]) -> None:
        """Start it; `settings` are keys such as "voice.engine" with TOML values."""
        self.rig = rig
        write_settings(settings)
        env = {**rig.child_env(), "TERM": "xterm-256color", "PYTHONUNBUFFERED": "1"}
        self.terminal = pexpect.spawn(
            sys.executable,
            ["-m", "voicemate", "talk", "--timing"],
            env=env,
            encoding="utf-8",
            timeout=LOAD_S,
            dimensions=(30, 100),
        )
        # What is shown is read by the tests that look at it; the rest must not fill the pipe.
        self.terminal.logfile_read = None

    def __enter__(self) -> Self:
        self.until("idle", LOAD_S)
        return self

    def __exit__(self, *_: object) -> None:
        if self.terminal.isalive():
            self.terminal.sendeof()
            self.terminal.sendcontrol("c")
            self.terminal.expect(pexpect.EOF, timeout=30)
        self.terminal.close()

    def key(self, command: str) -> str:
        """Tell it what the key does, as a desktop's key binding would; gives its state."""
        return control.send(command, timeout_s=10)

    def until(self, state: str, limit_s: float = ANSWER_S) -> None:
        """Wait until it is in a state."""
        wait_until(lambda: self._state() == state, limit_s, f"VoiceMate is {state}")

    def _state(self) -> str:
        self._drain()
        assert self.terminal.isalive(), "VoiceMate ended"
        try:
            return self.key("ping")
        except control.NotRunningError:
            return "starting"

    def _drain(self) -> None:
        while True:
            try:
                self.terminal.read_nonblocking(65536, timeout=0)
            except (pexpect.TIMEOUT, pexpect.EOF):
                return

    def ask(self, question: Samples) -> Samples:
        """Hold the key, say it, let go, and listen to the whole answer.

        `question` is at 16 kHz; gives what was heard at the speaker, at 16 kHz.
        """
        with self.rig.record_speaker() as ears:
            self.say(question)
            self.until("idle")
            ears.wait_for(0.5)
            return at_speech_rate(ears.samples())

    def say(self, sound: Samples) -> None:
        """Hold the key, say it, let go."""
        assert self.key("down") == "listening"
        self.rig.feed(sound, rate_hz=SPEECH_RATE_HZ)
        self.key("up")


def turns() -> list[TurnRecord]:
    """Give what the companion remembers."""
    store = MemoryStore(paths.memory_file())
    try:
        return list(store.recent(50))
    finally:
        store.close()


def recognised(recognizer: Recognizer, sound: Samples) -> str:
    """Give what a recogniser understands of a recording."""
    text = ""
    for transcript in recognizer.recognize(blocks_of(sound)):
        text = transcript.text
    return text


def likeness(one: str, other: str) -> float:
    """Give how alike two texts sound: 1 for the same words."""
    return difflib.SequenceMatcher(
        None, letters(spoken_text(one)), letters(spoken_text(other))
    ).ratio()


def loudness(sound: Samples) -> float:
    """Give the peak of a sound."""
    return float(np.abs(sound).max()) if len(sound) else 0.0


def at_speech_rate(sound: Samples) -> Samples:
    """Give what the rig recorded as recognisers want it."""
    return soxr.resample(sound, RATE_HZ, SPEECH_RATE_HZ).astype(np.float32)


def write_settings(settings: Mapping[str, str]) -> None:
    """Put settings into the home of this test; keys such as "voice.engine" with TOML values."""
    file = paths.config_file()
    paths.private_folder(file.parent)
    sections: dict[str, list[str]] = {}
    for key, value in settings.items():
        section, name = key.split(".")
        sections.setdefault(section, []).append(f"{name} = {value}")
    file.write_text("".join(f"[{s}]\n" + "\n".join(v) + "\n" for s, v in sections.items()))
