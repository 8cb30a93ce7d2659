"""The private audio server of the live tests, and who talks and listens there.

ALSA reads its configuration when PortAudio starts, so the server's address is put into this
process's environment before sounddevice is loaded (a PortAudio that is already running is started
anew). What may leave PortAudio hanging, such as a server that dies, is tried in a child process.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import speech
from tests.contract.models import ENGLISH, FAST, GOOD, installed_folder, installed_gguf
from tests.rig import Rig, missing_parts, start_rig
from voicemate.engines.moonshine import MoonshineRecognizer


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    """Give a private audio server that this process hears and speaks on; skips without one."""
    missing = missing_parts()
    if missing is not None:
        pytest.skip(missing)
    with start_rig() as running, running.in_this_process():
        yield running


@pytest.fixture
def own_rig() -> Iterator[Rig]:
    """Give a server of this test's own, to be killed, for child processes only."""
    missing = missing_parts()
    if missing is not None:
        pytest.skip(missing)
    with start_rig() as running:
        yield running


@pytest.fixture(scope="module")
def english_ears() -> Iterator[MoonshineRecognizer]:
    speech.skip_without("moonshine")
    ears = MoonshineRecognizer(installed_folder(ENGLISH))
    yield ears
    ears.close()


@pytest.fixture(scope="module")
def english() -> Iterator[speech.Speaker]:
    speech.skip_without("pyttsx3")
    voice = speech.english_voice()
    yield speech.Speaker(voice)
    voice.close()


@pytest.fixture
def in_english() -> dict[str, str]:
    """The settings of an English conversation with the best language model that is installed."""
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    model = GOOD if (installed_folder(ENGLISH).parent / GOOD).is_dir() else FAST
    installed_gguf(model)
    engine = "hibari" if speech.has("hibari") else "pyttsx3"
    return {
        "model.id": f'"{model}"',
        "model.temperature": "0.0",
        "voice.engine": f'"{engine}"',
        "recogniser.engine": '"moonshine"',
        "audio.cues": "false",
    }
