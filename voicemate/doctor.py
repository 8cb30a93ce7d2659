"""Examines what VoiceMate needs on this machine, part by part, and names what mends each.

Stands above `voicemate.building`: it tries the real parts as a conversation would.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from voicemate import __version__, building, paths, settings
from voicemate.cancel import CancelToken
from voicemate.errors import SettingsError, VoiceMateError
from voicemate.events import Event
from voicemate.settings import Settings
from voicemate.types import Message

_SEE = "Bind `voicemate ptt` to a key in your desktop: docs/key.md has the lines."
_SPEED_PROMPT = (
    Message("system", "You are a friendly companion. Answer in one sentence."),
    Message("user", "Tell me something nice about the sea."),
)


@dataclass(frozen=True, slots=True)
class Check:
    """One finding; `vital` where VoiceMate cannot talk without it; `fix` is what mends it."""

    name: str
    ok: bool
    detail: str
    fix: str = ""
    vital: bool = True


def examine(*, quick: bool = False) -> Iterator[Check]:
    """Give one check after the other. With `quick` no engine is loaded."""
    yield Check(
        "version",
        ok=True,
        detail=f"VoiceMate {__version__}, Python {platform.python_version()}, "
        f"{platform.platform(terse=True)}, {os.cpu_count()} cores",
    )
    try:
        wanted = settings.load()
        yield Check("settings", ok=True, detail=str(paths.config_file()))
    except SettingsError as error:
        yield Check("settings", ok=False, detail=error.message, fix=error.hint)
        wanted = Settings()
    yield from _devices()
    yield _guarded("recogniser", lambda: _recogniser(wanted, quick=quick))
    yield _guarded("language model", lambda: _model(wanted, quick=quick))
    yield _guarded("voice", lambda: _voice(wanted, quick=quick))
    yield _guarded("memory", _memory)
    yield from _keys(wanted)


def _guarded(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, detail=check())
    except VoiceMateError as error:
        return Check(name, ok=False, detail=error.message, fix=error.hint)


def _devices() -> Iterator[Check]:
    from voicemate.audio.devices import list_devices

    try:
        found = list_devices()
    except VoiceMateError as error:
        yield Check("sound", ok=False, detail=error.message, fix=error.hint)
        return
    for kind, name in (("in", "microphone"), ("out", "speaker")):
        mine = [d for d in found if d.kind == kind]
        default = next((d for d in mine if d.default), mine[0] if mine else None)
        if default is None:
            yield Check(
                name,
                ok=False,
                detail="there is none",
                fix="Plug one in, or start the sound server; on Linux, the ALSA plug-ins of the "
                "sound server are needed too (Debian: libasound2-plugins).",
            )
        else:
            yield Check(name, ok=True, detail=f"{default.name}, {default.rate_hz} Hz")


def _recogniser(wanted: Settings, *, quick: bool) -> str:
    model, why = building.choose_recogniser(wanted)
    if not quick:
        building.build_recognizer(wanted, _ignore).close()
    return f"{model.engine}, {model.id} ({why}), sha256 {model.digest[:12] or 'unknown'}"


def _model(wanted: Settings, *, quick: bool) -> str:
    model, why = building.choose_language_model(wanted)
    about = f"{model.id} ({why}), sha256 {model.digest[:12]}"
    if quick:
        return about
    start = time.monotonic()
    loaded = building.build_model(wanted, _ignore)
    try:
        load_s = time.monotonic() - start
        reply = loaded.reply(_SPEED_PROMPT, CancelToken())
        first: float | None = None
        for _ in reply:
            first = first or time.monotonic()
        end = time.monotonic()
        written = reply.stats.reply_tokens
        speed = (written - 1) / (end - first) if first and end > first else 0.0
        return f"{about}; loads in {load_s:.1f} s, writes {speed:.0f} tokens per second"
    finally:
        loaded.close()


def _voice(wanted: Settings, *, quick: bool) -> str:
    if quick:
        return wanted.voice.engine
    voice = building.build_voice(wanted, _ignore)
    try:
        start = time.monotonic()
        speech = voice.render("Hello, this is a test.", CancelToken())
        took = (time.monotonic() - start) * 1000
        return f"{voice.name}; {speech.duration_s:.1f} s of speech made in {took:.0f} ms"
    finally:
        voice.close()


def _memory() -> str:
    memory = building.build_memory(private=False, emit=_ignore)
    memory.close()
    return str(paths.memory_file())


def _keys(wanted: Settings) -> Iterator[Check]:
    """Tell every way to hear the key, which one is taken with which key, and what to bind else."""
    from voicemate.hotkey import choice
    from voicemate.hotkey.backend import Environment

    desktops = Environment().desktops
    yield Check(
        "key: terminal",
        ok=True,
        detail="the space bar in `voicemate talk`; held where the terminal reports releases",
        vital=False,
    )
    for found in choice.report():
        yield Check(f"key: {found.backend}", ok=found.works, detail=found.why, vital=False)
    try:
        backend, binding, why = choice.choose(wanted.key.key, wanted.key.backend)
    except SettingsError as error:
        yield Check("key", ok=False, detail=error.message, fix=error.hint, vital=False)
        return
    if backend is not None:
        yield Check("key", ok=True, detail=f"{binding}, heard through {why}", vital=False)
    elif wanted.key.backend == "none":
        yield Check("key", ok=True, detail=f"left to `voicemate ptt`: {why}", vital=False)
    else:
        reason = "none of these ways works" if wanted.key.backend == "auto" else why
        lines = choice.binding_lines(binding)
        yield Check(
            "key",
            ok=False,
            detail=f"{binding} is not heard in other programs: {reason}",
            fix=next((lines[name] for name in lines if name.casefold() in desktops), _SEE),
            vital=False,
        )
    yield Check(
        "key: control socket",
        ok=True,
        detail="`voicemate ptt down`, `up` and `toggle` tell it from your desktop: docs/key.md",
        vital=False,
    )


def _ignore(_event: Event) -> None:
    return
