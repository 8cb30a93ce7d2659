"""What hears a key while another program has the focus, as one Protocol, and where it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from voicemate.errors import UsageError
from voicemate.hotkey.keys import RawKey

OnKey = Callable[[RawKey], None]
OnLost = Callable[["HotkeyError"], None]


PTT_HINT: Final = "Bind `voicemate ptt toggle` to a key in the desktop's settings instead."
INSTALL_HINT: Final = "It comes with VoiceMate: install that anew with `pip install voicemate`."


class HotkeyError(UsageError):
    """The key cannot be listened to here."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a way to hear the key works on this machine right now, and why, in a sentence."""

    backend: str
    works: bool
    why: str


@dataclass(frozen=True, slots=True)
class Environment:
    """What a choice depends on: `sys.platform` and the environment's variables."""

    platform: str = sys.platform
    variables: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def wayland(self) -> bool:
        """True in a Wayland session, where X11 programs do not hear other windows' keys."""
        return bool(
            self.variables.get("WAYLAND_DISPLAY")
            or self.variables.get("XDG_SESSION_TYPE") == "wayland"
        )

    @property
    def desktops(self) -> frozenset[str]:
        """Names of the desktop in lower case, such as "gnome" or "kde"."""
        names = self.variables.get("XDG_CURRENT_DESKTOP", "").casefold()
        return frozenset(filter(None, names.split(":")))


class HotkeyBackend(Protocol):
    """One way to hear the key. Used once: `start`, then `stop`."""

    name: str

    sees_all_keys: bool
    """True where every key arrives, so that one can be chosen by pressing it, and Esc is heard."""

    def start(self, on_key: OnKey, on_lost: OnLost) -> None:
        """Begin to listen; both are called on a thread of its own called "hotkey".

        `on_lost` is called at most once, when the source of keys is gone for good; no key comes
        after it. Raises `HotkeyError`.
        """

    def stop(self) -> None:
        """End the thread. No call of `on_key` begins after it has returned."""

    def is_down(self, name: str) -> bool | None:
        """Ask the system whether a key is held right now; None where it cannot say."""


class NoKeys:
    """Hears nothing: for where only `voicemate ptt` tells what the key does."""

    name = ""
    sees_all_keys = False

    def start(self, on_key: OnKey, on_lost: OnLost) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    def is_down(self, name: str) -> bool | None:  # noqa: ARG002  (nobody can be asked)
        """Give None."""
        return None
