"""The plain way, which VoiceMate is compared with: one step after the other.

Record until the key's release, transcribe all, write the whole reply, render all of it, play it.
The same adapters, settings and messages; nothing read ahead, drafted or streamed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voicemate.audio.pcm import resample
from voicemate.cancel import CancelToken
from voicemate.conversation.sentences import utterances
from voicemate.conversation.turn import Parts
from voicemate.ports import Take
from voicemate.types import Message, Speech


@dataclass(frozen=True, slots=True)
class PlainTurn:
    """What was heard and said, and when (`time.monotonic()`)."""

    heard: str
    reply: str
    final_transcript_at: float
    first_piece_at: float
    written_at: float
    rendered_at: float
    reply_tokens: int


def answer(
    parts: Parts, take: Take, opening: Sequence[Message], cancel: CancelToken
) -> tuple[PlainTurn, Speech]:
    """Do all that comes before the first sound, once the key has been released."""
    heard = ""
    for transcript in parts.recognizer.recognize(list(take.blocks())):
        heard = transcript.text
    final_at = first_at = time.monotonic()
    reply = parts.model.reply([*opening, Message("user", heard)], cancel)
    pieces: list[str] = []
    for piece in reply:
        if not pieces:
            first_at = time.monotonic()
        pieces.append(piece)
    written_at = time.monotonic()
    speech = _whole(parts, pieces, cancel)
    turn = PlainTurn(
        heard,
        "".join(pieces),
        final_at,
        first_at,
        written_at,
        time.monotonic(),
        reply.stats.reply_tokens,
    )
    return turn, speech


def _whole(parts: Parts, pieces: Sequence[str], cancel: CancelToken) -> Speech:
    """Render as much of the reply as VoiceMate would say."""
    speeches: list[Speech] = []
    spoken_s = 0.0
    for utterance in utterances(iter(pieces), parts.language):
        speech = parts.voice.render(utterance.spoken, cancel)
        speeches.append(speech)
        spoken_s += speech.duration_s
        if spoken_s > parts.max_spoken_s:
            break
    rate_hz = speeches[0].rate_hz if speeches else 24_000
    sounds = [resample(s.samples, s.rate_hz, rate_hz) for s in speeches]
    samples = np.concatenate([np.zeros(0, np.float32), *sounds])
    return Speech("".join(pieces), samples, rate_hz)
