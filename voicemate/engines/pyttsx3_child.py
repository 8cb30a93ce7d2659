"""The process that owns pyttsx3: reads requests on stdin, answers with sound on stdout.

It is started by its path and imports nothing of VoiceMate, so that it is up in a moment. pyttsx3
lives on its main thread only. Where eSpeak speaks, a driver of our own hands its samples over as
they are made; elsewhere pyttsx3 writes a file into a private folder, gone as soon as it is read.
The process ends when its stdin does, that is, when its parent is gone.

A frame, both ways, is two big-endian 32-bit lengths, that many bytes of JSON, and that many bytes
of 16-bit PCM (little-endian, mono; none in a request).
"""

# ruff: noqa: ANN401  (neither pyttsx3 nor its ctypes callbacks have types)

from __future__ import annotations

import ctypes
import json
import os
import signal
import struct
import sys
import types
from pathlib import Path
from typing import Any, BinaryIO, Protocol

_LENGTHS = struct.Struct(">II")
MAX_JSON = 1 << 20
MAX_PCM = 1 << 28

NO_PACKAGE = "no package"
NO_LIBRARY = "no library"
BROKEN = "broken"

_DRIVER = "voicemate_pcm"
_BUFFER_MS = 30


def write_frame(stream: BinaryIO, header: dict[str, Any], pcm: bytes = b"") -> None:
    """Write one frame and flush it. Raises `OSError` when nobody reads any more."""
    text = json.dumps(header, ensure_ascii=False).encode()
    stream.write(_LENGTHS.pack(len(text), len(pcm)) + text + pcm)
    stream.flush()


def read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Read one frame; None at the end of the stream or where it is none of ours."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    n_json, n_pcm = _LENGTHS.unpack(lengths)
    if n_json > MAX_JSON or n_pcm > MAX_PCM:
        return None
    text, pcm = stream.read(n_json), stream.read(n_pcm)
    if len(text) < n_json or len(pcm) < n_pcm:
        return None
    header = json.loads(text)
    return (header, pcm) if isinstance(header, dict) else None


class _Renderer(Protocol):
    """Renders text with pyttsx3; gives rate, PCM and words as [start, length, sample]."""

    engine: Any

    def render(self, text: str) -> tuple[int, bytes, list[tuple[int, int, int]]]: ...


class _PcmRenderer:
    """eSpeak through a pyttsx3 driver that keeps the samples instead of playing them."""

    def __init__(self) -> None:
        import pyttsx3

        self._driver = _pcm_driver()
        module = types.ModuleType(f"pyttsx3.drivers.{_DRIVER}")
        module.buildDriver = self._driver  # type: ignore[attr-defined]
        sys.modules[module.__name__] = module
        self.engine = pyttsx3.init(_DRIVER)

    def render(self, text: str) -> tuple[int, bytes, list[tuple[int, int, int]]]:
        self._driver.pcm.clear()
        self._driver.words.clear()
        self.engine.say(text)
        self.engine.runAndWait()
        return self._driver.rate_hz, bytes(self._driver.pcm), list(self._driver.words)


def _pcm_driver() -> Any:
    """Give the driver class; loading its base loads the eSpeak library."""
    from pyttsx3.drivers import _espeak
    from pyttsx3.drivers.espeak import EspeakDriver

    class PcmDriver(EspeakDriver):  # type: ignore[misc]
        """eSpeak in synchronous mode: `say` returns when the last sample has been made.

        What it made is in class attributes, because pyttsx3 keeps the instance to itself and
        eSpeak can be initialised only once a process.
        """

        rate_hz = 0
        pcm = bytearray()
        words: list[tuple[int, int, int]] = []  # noqa: RUF012  (one process, one driver)

        def __init__(self, proxy: Any) -> None:
            if not PcmDriver.rate_hz:
                rate_hz = _espeak.Initialize(_espeak.AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER_MS)
                if rate_hz <= 0:
                    raise OSError("eSpeak cannot be initialised: its data is missing.")
                PcmDriver.rate_hz = rate_hz
                EspeakDriver._defaultVoice = "en"
                EspeakDriver._moduleInitialized = True
            super().__init__(proxy)

        def say(self, text: str) -> None:
            # Neither SSML nor phoneme input: the text is words of a model, not code.
            flags = _espeak.CHARS_UTF8 | _espeak.ENDPAUSE
            if _espeak.Synth(text.encode(), flags=flags) != _espeak.EE_OK:
                raise RuntimeError("eSpeak refused the text.")

        def _onSynth(self, wav: Any, n_samples: int, events: Any) -> int:  # noqa: N802
            if n_samples > 0:
                PcmDriver.pcm.extend(ctypes.string_at(wav, 2 * n_samples))
            i = 0
            while events[i].type != _espeak.EVENT_LIST_TERMINATED:
                event = events[i]
                if event.type == _espeak.EVENT_WORD:
                    PcmDriver.words.append((event.text_position - 1, event.length, event.sample))
                i += 1
            return 0

        def startLoop(self) -> None:  # noqa: N802
            self._proxy.setBusy(False)  # runs what is queued, then and there

        def endLoop(self) -> None:  # noqa: N802
            """Nothing loops."""

        def stop(self) -> None:
            """Nothing plays."""

    return PcmDriver


class _FileRenderer:
    """The system's own driver (SAPI5, NSSpeech), which can only write a file."""

    def __init__(self, folder: Path, driver: str | None) -> None:
        import pyttsx3

        self._folder = folder
        self.engine = pyttsx3.init(driver)

    def render(self, text: str) -> tuple[int, bytes, list[tuple[int, int, int]]]:
        import soundfile

        # A name of its own each time: a driver may keep the last file open.
        file = self._folder / f"{os.urandom(8).hex()}.wav"
        try:
            self.engine.save_to_file(text, str(file))
            self.engine.runAndWait()
            # macOS writes AIFF, whatever the name says; soundfile looks at the content.
            samples, rate_hz = soundfile.read(file, dtype="int16", always_2d=True)
        finally:
            file.unlink(missing_ok=True)
        return rate_hz, samples[:, 0].astype("<i2").tobytes(), []


def _apply(renderer: _Renderer, wanted: dict[str, Any], applied: dict[str, Any]) -> None:
    """Set the properties that have changed since the last request."""
    for name in ("voice", "rate", "pitch", "volume"):
        value = wanted[name]
        if applied.get(name) != value:
            # The drivers of Windows and macOS only say on stdout that they have no pitch.
            renderer.engine.setProperty(name, value)
            applied[name] = value


def _voices(renderer: _Renderer) -> list[dict[str, Any]]:
    def texts(languages: list[Any]) -> list[str]:
        plain = (
            tag.decode(errors="ignore") if isinstance(tag, bytes) else tag for tag in languages
        )
        return [str(tag).strip("\x05").replace("_", "-").lower() for tag in plain if tag]

    return [
        {"id": voice.id, "name": voice.name or voice.id, "languages": texts(voice.languages)}
        for voice in renderer.engine.getProperty("voices")
    ]


def _answers_loop(renderer: _Renderer, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer request after request until stdin ends."""
    failures: list[Exception] = []
    renderer.engine.connect("error", lambda exception, **_: failures.append(exception))
    applied: dict[str, Any] = {}
    while frame := read_frame(requests):
        request = frame[0]
        failures.clear()
        try:
            _apply(renderer, request["set"], applied)
            rate_hz, pcm, words = renderer.render(request["text"])
            if failures:
                raise failures[0]  # noqa: TRY301  (pyttsx3 swallowed it in its queue)
        except Exception as error:  # noqa: BLE001  (a loop's top: the parent is told)
            applied.clear()
            answer = {"n": request["n"], "error": BROKEN, "why": repr(error)}
            write_frame(answers, answer)
        else:
            write_frame(answers, {"n": request["n"], "rate_hz": rate_hz, "words": words}, pcm)


def _own_stdout() -> BinaryIO:
    """Keep stdout for frames alone: pyttsx3 prints, and its prints go nowhere from now on."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return answers


def main(arguments: list[str]) -> None:
    """Run as `pcm`, or as `file FOLDER [DRIVER]`. The first frame says what voices there are."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's affair
    answers = _own_stdout()
    try:
        renderer: _Renderer
        if arguments[0] == "pcm":
            renderer = _PcmRenderer()
        else:
            driver = arguments[2] if len(arguments) > 2 else None
            renderer = _FileRenderer(Path(arguments[1]), driver)
        voices = _voices(renderer)
    except ModuleNotFoundError as error:
        write_frame(answers, {"n": 0, "error": NO_PACKAGE, "why": repr(error)})
    except (RuntimeError, OSError) as error:  # what pyttsx3 raises where eSpeak is not there
        write_frame(answers, {"n": 0, "error": NO_LIBRARY, "why": repr(error)})
    except Exception as error:  # noqa: BLE001  (any driver of any system: the parent is told)
        write_frame(answers, {"n": 0, "error": BROKEN, "why": repr(error)})
    else:
        write_frame(answers, {"n": 0, "voices": voices})
        _answers_loop(renderer, sys.stdin.buffer, answers)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except BrokenPipeError:  # the parent left while it was being answered
        os._exit(0)
