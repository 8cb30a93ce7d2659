"""A private audio server with a virtual microphone and a virtual speaker, for live tests."""

from tests.rig.recorder import Recorder
from tests.rig.server import (
    ALSA_MICROPHONE,
    ALSA_SPEAKER,
    MICROPHONE,
    RATE_HZ,
    SPEAKER,
    Rig,
    missing_parts,
    restart_portaudio,
    start_rig,
)
from tests.rig.waiting import wait_until

__all__ = [
    "ALSA_MICROPHONE",
    "ALSA_SPEAKER",
    "MICROPHONE",
    "RATE_HZ",
    "SPEAKER",
    "Recorder",
    "Rig",
    "missing_parts",
    "restart_portaudio",
    "start_rig",
    "wait_until",
]
