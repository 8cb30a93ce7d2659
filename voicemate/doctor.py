"""Examines what VoiceMate needs on this machine, part by part, and names what mends each.

Stands beside `voicemate.app`, on which it builds: it tries the real parts as a conversation would.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from voicemate import __version__, app, paths, settings
from voicemate.cancel import CancelToken
from voicemate.errors import SettingsError, VoiceMateError
from voicemate.events import Event
from voicemate.settings import Settings
from voicemate.types import Message

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
    yield from _keys()


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
    model, why = app.choose_recogniser(wanted)
    if not quick:
        app.build_recognizer(wanted, _ignore).close()
    return f"{model.engine}, {model.id} ({why}), sha256 {model.digest[:12] or 'unknown'}"


def _model(wanted: Settings, *, quick: bool) -> str:
    model, why = app.choose_language_model(wanted)
    about = f"{model.id} ({why}), sha256 {model.digest[:12]}"
    if quick:
        return about
    start = time.monotonic()
    loaded = app.build_model(wanted, _ignore)
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
    voice = app.build_voice(wanted, _ignore)
    try:
        start = time.monotonic()
        speech = voice.render("Hello, this is a test.", CancelToken())
        took = (time.monotonic() - start) * 1000
        return f"{voice.name}; {speech.duration_s:.1f} s of speech made in {took:.0f} ms"
    finally:
        voice.close()


def _memory() -> str:
    memory = app.build_memory(private=False, emit=_ignore)
    memory.close()
    return str(paths.memory_file())


def _keys() -> Iterator[Check]:
    yield Check(
        "key: terminal",
        ok=True,
        detail="the space bar in `voicemate talk`; held where the terminal reports releases",
        vital=False,
    )
    session = os.environ.get("XDG_SESSION_TYPE", "")
    desktop = os.environ.get("XDG_CURRENT_DESKTOP", "")
    where = " ".join(filter(None, (desktop, session))) or sys.platform
    from voicemate.hotkey.choice import report

    for found in report():
        yield Check(f"key: {found.backend}", ok=found.works, detail=found.why, vital=False)
    yield Check(
        "key: control socket",
        ok=True,
        detail=f"bind `voicemate ptt down` and `voicemate ptt up` to a key of {where}",
        vital=False,
    )


def _ignore(_event: Event) -> None:
    return
