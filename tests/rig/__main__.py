"""`scripts/rig`: a private audio server to try things on, until Ctrl-C or for one command."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from types import FrameType

from tests.rig import ALSA_MICROPHONE, ALSA_SPEAKER, missing_parts, start_rig


def main(command: list[str]) -> int:
    """Run `command` on a rig, or print what to export and wait to be ended."""
    missing = missing_parts()
    if missing is not None:
        sys.stderr.write(f"{missing}\n")
        return 2
    signal.signal(signal.SIGTERM, _end)
    try:
        with start_rig() as rig:
            if command:
                return subprocess.run(command, env=rig.child_env(), check=False).returncode
            for name, value in rig.env.items():
                sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
            sys.stdout.write(
                f"# microphone: {ALSA_MICROPHONE}   speaker: {ALSA_SPEAKER}   "
                "(both are the default)\n"
                "# speak into it:   pacat --device=vm_mic --latency-msec=1000 FILE\n"
                "# hear what it says: parec --device=vm_speaker.monitor\n"
                "# Ctrl-C ends it.\n"
            )
            sys.stdout.flush()
            return rig.server.wait()
    except KeyboardInterrupt:
        return 0


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
