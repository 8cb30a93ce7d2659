"""A voice that says nothing, for conversations in writing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from voicemate.cancel import CancelToken
from voicemate.types import Speech, VoiceInfo


class SilentVoice:
    """A `Voice` whose speech has no length."""

    name = ""

    def render(self, text: str, cancel: CancelToken) -> Speech:
        """Give a speech of no length. Raises `TurnCancelled`."""
        cancel.raise_if_cancelled()
        return Speech(text, np.zeros(0, dtype=np.float32), 16_000)

    def voices(self) -> Sequence[VoiceInfo]:
        """Give none."""
        return ()

    def close(self) -> None:
        """Do nothing."""
