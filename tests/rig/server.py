"""Starts and stops a private PulseAudio with a virtual microphone and a virtual speaker."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.rig.recorder import Recorder
from tests.rig.waiting import wait_until
from tests.rig.watch import Watch

RATE_HZ = 48_000
SPEAKER = "vm_speaker"
MICROPHONE_SINK = "vm_mic"
MICROPHONE = "vm_mic_src"
# What PortAudio calls them (the names of the entries in our ALSA configuration).
ALSA_SPEAKER = "vm_speaker_out"
ALSA_MICROPHONE = "vm_microphone_in"

_PROGRAMS = ("pulseaudio", "pactl", "pacat", "parec")

_MICROPHONE = f"master={MICROPHONE_SINK}.monitor source_name={MICROPHONE}"

# norewinds: without it a null sink gives PortAudio no callback for seconds.
_MODULES = """\
load-module module-native-protocol-unix socket={socket} auth-anonymous=1 auth-cookie-enabled=0
load-module module-null-sink sink_name=vm_speaker rate=48000 channels=2 norewinds=1
load-module module-null-sink sink_name=vm_mic rate=48000 channels=1 channel_map=mono norewinds=1
load-module module-remap-source {microphone}
set-default-sink vm_speaker
set-default-source vm_mic_src
"""

# A whole configuration: whatever the machine has is left out, so that PortAudio lists ours only.
_ALSA = """\
pcm.default { type pulse hint { show on description "VoiceMate test server" } }
ctl.default { type pulse }
pcm.pulse { type pulse hint { show on description "VoiceMate test server" } }
ctl.pulse { type pulse }
pcm.vm_microphone_in {
    type pulse device "vm_mic_src" hint { show on description "Virtual microphone" }
}
pcm.vm_speaker_out {
    type pulse device "vm_speaker" hint { show on description "Virtual speaker" }
}
"""


def missing_parts() -> str | None:
    """Give a plain sentence on what is not installed, or None where the rig can start."""
    absent = [name for name in _PROGRAMS if shutil.which(name) is None]
    if absent:
        return (
            f"the private audio server needs {', '.join(absent)} "
            "(Debian: pulseaudio, pulseaudio-utils)"
        )
    if not any(Path("/usr/lib").glob("**/alsa-lib/libasound_module_pcm_pulse.so")):
        return "the private audio server needs the ALSA plug-ins (Debian: libasound2-plugins)"
    return None


@dataclass
class Rig:
    """A running private audio server. Every process it starts is stopped with it."""

    folder: Path
    server: subprocess.Popen[bytes]
    env: dict[str, str]
    _command: list[str]
    _children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def child_env(self) -> dict[str, str]:
        """Give the whole environment for a child process that should hear and speak here."""
        kept = {k: v for k, v in os.environ.items() if k != "PULSE_LATENCY_MSEC"}
        return {**kept, **self.env}

    @contextlib.contextmanager
    def in_this_process(self) -> Iterator[None]:
        """Point this process at the rig while the context lasts.

        ALSA reads its configuration when PortAudio starts, so a sounddevice that is already
        loaded is started anew here and once more at the end (its streams must be closed).
        """
        before = {name: os.environ.get(name) for name in (*self.env, "PULSE_LATENCY_MSEC")}
        os.environ.update(self.env)
        os.environ.pop("PULSE_LATENCY_MSEC", None)
        restart_portaudio()
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            restart_portaudio()

    def pactl(self, *words: str) -> str:
        """Run pactl on the rig and give what it prints."""
        done = subprocess.run(
            ["pactl", *words],
            env=self.child_env(),
            check=True,
            capture_output=True,
            text=True,
            timeout=20,
        )
        return done.stdout

    def feed(
        self, sound: NDArray[np.float32] | Path, *, rate_hz: int = RATE_HZ, wait: bool = True
    ) -> subprocess.Popen[bytes]:
        """Play mono float32 samples, or a WAV file, into the virtual microphone.

        With `wait` it returns when the last sample has been played. One second is queued ahead:
        a shallow queue would put silence between the samples on a busy machine.
        """
        if isinstance(sound, Path):
            sound, rate_hz = soundfile.read(sound, dtype="float32", always_2d=True)
            sound = sound.mean(axis=1).astype(np.float32)
        raw = self.folder / f"feed-{len(self._children)}.raw"
        raw.write_bytes(np.ascontiguousarray(sound, dtype="<f4").tobytes())
        with raw.open("rb") as stream:
            player = subprocess.Popen(
                (
                    f"pacat --playback --device={MICROPHONE_SINK} --latency-msec=1000 --raw "
                    f"--format=float32le --channels=1 --rate={rate_hz}"
                ).split(),
                env=self.child_env(),
                stdin=stream,
                stderr=subprocess.DEVNULL,
            )
        self._children.append(player)
        if wait:
            player.wait(timeout=len(sound) / rate_hz + 20)
        return player

    def record_speaker(self) -> Recorder:
        """Start recording what the virtual speaker plays."""
        return Recorder(f"{SPEAKER}.monitor", self.child_env())

    def record_microphone(self) -> Recorder:
        """Start recording what the virtual microphone hears."""
        return Recorder(MICROPHONE, self.child_env())

    def recording_streams(self) -> list[str]:
        """Give the server's numbers of the streams that programs record with right now."""
        return self._streams("source-outputs")

    def playing_streams(self) -> list[str]:
        """Give the server's numbers of the streams that programs play with right now."""
        return self._streams("sink-inputs")

    def _streams(self, kind: str) -> list[str]:
        rows = [line.split("\t") for line in self.pactl("list", "short", kind).splitlines()]
        # Without a client it is the server's own, such as the remapped microphone's.
        return [row[0] for row in rows if row[2] != "-"]

    def recorders(self) -> set[int]:
        """Give the numbers of the processes that record right now."""
        return {
            int(line.partition('"')[2].rstrip('"'))
            for line in self.pactl("list", "source-outputs").splitlines()
            if line.strip().startswith("application.process.id")
        }

    def unplug_microphone(self) -> None:
        """Take the microphone away: the server moves whoever records to what is left."""
        rows = [row.split("\t") for row in self.pactl("list", "short", "modules").splitlines()]
        for row in rows:
            if row[1] == "module-remap-source":
                self.pactl("unload-module", row[0])

    def plug_microphone_in(self) -> None:
        """Put it back, as the one that programs should use."""
        self.pactl("load-module", "module-remap-source", *_MICROPHONE.split())
        self.pactl("set-default-source", MICROPHONE)

    def watch(self) -> Watch:
        """Start to write down what happens on the server."""
        return Watch(self.child_env(), lambda: self.pactl("info"))

    def kill_server(self) -> None:
        """Kill the audio server, as a crash would."""
        self.server.kill()
        self.server.wait(timeout=20)

    def restart_server(self) -> None:
        """Start the server again after `kill_server`, at the same address."""
        (self.folder / "native").unlink(missing_ok=True)
        self.server = _spawn(self.folder, self.env, self._command)
        wait_until(lambda: _ready(self), 20, "the audio server is back")

    def stop(self) -> None:
        """Stop every process that was started here and remove the folder."""
        for process in (*self._children, self.server):
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=20)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def start_rig() -> Iterator[Rig]:
    """Start a private audio server; it is gone, with its folder, when the context ends."""
    # Short, under /tmp: the path of a Unix socket has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="vm-rig-", dir="/tmp"))
    rig = None
    try:
        rig = _launch(folder)
        wait_until(lambda: _ready(rig), 20, "the private audio server is ready")
        yield rig
    finally:
        if rig is not None:
            rig.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _launch(folder: Path) -> Rig:
    socket = folder / "native"
    (folder / "default.pa").write_text(
        _MODULES.format(socket=socket, microphone=_MICROPHONE), encoding="utf-8"
    )
    (folder / "asound.conf").write_text(_ALSA, encoding="utf-8")
    for name in ("runtime", "state"):
        (folder / name).mkdir(mode=0o700)
    env = {
        "PULSE_SERVER": f"unix:{socket}",
        "PULSE_RUNTIME_PATH": str(folder / "runtime"),
        "PULSE_STATE_PATH": str(folder / "state"),
        "ALSA_CONFIG_PATH": str(folder / "asound.conf"),
    }
    command = ["pulseaudio", "-n", "-F", str(folder / "default.pa"), "--daemonize=no"]
    command += ["--exit-idle-time=-1", "--use-pid-file=no", "--log-target=stderr"]
    if shutil.which("setpriv"):
        # Even when the test run itself is killed, the server does not outlive it.
        command = ["setpriv", "--pdeathsig", "TERM", *command]
    return Rig(folder, _spawn(folder, env, command), env, command)


def _spawn(folder: Path, env: dict[str, str], command: list[str]) -> subprocess.Popen[bytes]:
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(
            command, env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )


def _ready(rig: Rig) -> bool:
    if rig.server.poll() is not None:
        log = (rig.folder / "server.log").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"the private audio server ended at its start:\n{log}")
    try:
        names = rig.pactl("list", "short", "sources")
    except subprocess.CalledProcessError:
        return False
    return MICROPHONE in names and f"{SPEAKER}.monitor" in names


def restart_portaudio() -> None:
    """Make PortAudio of this process read its surroundings anew; nothing if it never started."""
    sounddevice = sys.modules.get("sounddevice")
    if sounddevice is not None:
        sounddevice._terminate()
        sounddevice._initialize()
