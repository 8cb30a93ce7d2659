"""How messages become the text that a language model was trained on.

A GGUF brings its chat template as a program. Templates whose digest is known are rendered by code
of ours; any other one runs in Jinja's immutable sandbox and never sees more than the messages.
Text of a person or of the model is marked as such, so that it is never read as control tokens.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from voicemate.errors import ModelError
from voicemate.types import Message

if TYPE_CHECKING:
    from jinja2 import Template

_MAX_TEMPLATE_CHARS = 64 * 1024
_MAX_PROMPT_CHARS = 1024 * 1024

CHATML_DIGESTS = frozenset(
    {
        # SmolLM2-135M-Instruct
        "872be49dbb638044ad01b60388f48d469ff2980e5f0dccdc22ec907db54d0788",
        # Qwen2.5-Coder-1.5B-Instruct
        "d5495a1e5db0611132a97e46a65dbb64a642a499421228b9c8b93229097fa9a4",
    }
)
"""SHA-256 of templates that, without tools, are ChatML (read and compared with ours by a test)."""

_CONTROL = re.compile(r"<\|[^<>|\s]{1,40}\|>|</?s>|<(?:start|end)_of_turn>|\[/?INST\]")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the prompt; only `markup` may contain control tokens."""

    text: str
    markup: bool


class ChatFormat(Protocol):
    """Renders messages for one model."""

    def segments(self, messages: Sequence[Message]) -> list[Segment]:
        """Give the prompt up to where the assistant's words begin. Raises `ModelError`."""


class ChatML:
    """The format of Qwen, SmolLM2 and many others, rendered without their template.

    A conversation without a system message gets none: the templates would put the maker's own
    there, which is not who the companion is.
    """

    def segments(self, messages: Sequence[Message]) -> list[Segment]:
        """Give the prompt up to where the assistant's words begin."""
        out = []
        for message in messages:
            out.append(Segment(f"<|im_start|>{message.role}\n", markup=True))
            out.append(Segment(message.text, markup=False))
            out.append(Segment("<|im_end|>\n", markup=True))
        out.append(Segment("<|im_start|>assistant\n", markup=True))
        return out


class SandboxedTemplate:
    """A model's own template, run in Jinja's immutable sandbox."""

    def __init__(self, template: str, bos: str = "", eos: str = "") -> None:
        self._template = _compile(template)
        self._tokens = {"bos_token": bos, "eos_token": eos}
        self._system = True
        probe = [Message("system", "s"), Message("user", "u")]
        try:
            self._render(probe)
        except ModelError:
            # Some templates (Gemma's) refuse a system message: it then opens the first user turn.
            self._system = False
            self._render(probe)

    def segments(self, messages: Sequence[Message]) -> list[Segment]:
        """Give the prompt as one stretch of markup, control tokens taken out of the messages."""
        return [Segment(self._render(messages), markup=True)]

    def _render(self, messages: Sequence[Message]) -> str:
        from jinja2 import TemplateError

        plain = [{"role": m.role, "content": _CONTROL.sub("", m.text)} for m in messages]
        if not self._system and plain and plain[0]["role"] == "system" and len(plain) > 1:
            first, second = plain[0], plain[1]
            plain[:2] = [{"role": "user", "content": f"{first['content']}\n\n{second['content']}"}]
        try:
            text = self._template.render(
                messages=plain, add_generation_prompt=True, tools=None, **self._tokens
            )
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise ModelError(
                f"The model's chat template cannot be used: {error}.",
                "Choose another model: `voicemate models` lists those that work.",
            ) from error
        if len(text) > _MAX_PROMPT_CHARS:
            raise ModelError(
                "The model's chat template writes without end.",
                "Choose another model: `voicemate models` lists those that work.",
            )
        # The tokenizer adds the beginning-of-text token itself.
        return text.removeprefix(self._tokens["bos_token"])


def chat_format(template: str | None, bos: str = "", eos: str = "") -> ChatFormat:
    """Choose the format for a model's template. Raises `ModelError` when it has none."""
    if not template:
        raise ModelError(
            "This model has no chat template: it continues texts but cannot hold a conversation.",
            'Choose an "instruct" or "chat" model: `voicemate models` lists those that work.',
        )
    if hashlib.sha256(template.encode()).hexdigest() in CHATML_DIGESTS:
        return ChatML()
    return SandboxedTemplate(template, bos, eos)


def _compile(template: str) -> Template:
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    if len(template) > _MAX_TEMPLATE_CHARS:
        raise ModelError(
            f"The model's chat template is {len(template)} characters long; that is no template.",
            "Choose another model: `voicemate models` lists those that work.",
        )
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = _raise_exception
    try:
        return environment.from_string(template)
    except (TemplateError, RecursionError) as error:
        raise ModelError(
            f"The model's chat template is broken: {error}.",
            "Choose another model: `voicemate models` lists those that work.",
        ) from error


def _raise_exception(message: str) -> None:
    from jinja2 import TemplateError

    raise TemplateError(message)
