"""`voicemate ptt`: tells a running VoiceMate what the key did. Imports next to nothing."""

from __future__ import annotations

import sys

from voicemate.errors import VoiceMateError


def tell(command: str) -> int:
    """Send one command to the running VoiceMate; gives the exit status."""
    from voicemate.hotkey import control

    try:
        control.send(command)
    except VoiceMateError as error:
        sys.stderr.write(f"voicemate: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"  {error.hint}\n")
        return int(error.exit_status)
    return 0
