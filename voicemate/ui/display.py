"""Whether there is a screen to open a window on; no Qt here: a terminal need not load it."""

from __future__ import annotations

import os
import socket
import sys

from voicemate.errors import UsageError


def check_screen() -> None:
    """Find out whether there is a screen to open a window on. Raises `UsageError`.

    Qt itself would end the process.
    """
    if not sys.platform.startswith("linux"):
        return
    if os.environ.get("QT_QPA_PLATFORM", "").startswith(("offscreen", "vnc", "minimal")):
        return
    if os.environ.get("WAYLAND_DISPLAY"):
        return
    display = os.environ.get("DISPLAY", "")
    if not display:
        raise UsageError(
            "There is no screen to open a window on.",
            "`voicemate talk` needs none.",
        )
    if not _answers(display):
        raise UsageError(
            f"The screen {display} does not answer.",
            "Is DISPLAY right? `voicemate talk` works in a terminal.",
        )


def _answers(display: str) -> bool:
    host, _, number = display.partition(":")
    if host not in ("", "unix"):
        return True
    path = f"/tmp/.X11-unix/X{number.partition('.')[0]}"  # noqa: S108  (where X puts it)
    for address in (path, f"\0{path}"):
        with socket.socket(socket.AF_UNIX) as client:
            if client.connect_ex(address) == 0:
                return True
    return False
