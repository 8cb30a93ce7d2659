"""`voicemate` (the window), `voicemate talk` (the terminal), and `voicemate ptt`, their key."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from voicemate import paths

if TYPE_CHECKING:
    from voicemate import app
    from voicemate.conversation.companion import Companion
    from voicemate.desk import Desk
    from voicemate.global_key import GlobalKey
    from voicemate.settings import Settings
    from voicemate.ui.inbox import Inbox
    from voicemate.ui.options import Doorbell

COMMANDS = ("down", "up", "toggle", "cancel", "stop")


@click.command()
@click.option("--timing", is_flag=True, help="Show the milliseconds of each turn.")
@click.option("--private", is_flag=True, help="Off the record: neither read nor keep anything.")
@click.pass_context
def talk(context: click.Context, timing: bool = False, private: bool = False) -> None:
    """Talk with your companion in this terminal.

    Hold the space bar, talk, let go. Where the terminal cannot report that a key was let go, press
    once to start and once to stop. Esc discards. Or type a line and press Enter.
    """
    from voicemate import settings
    from voicemate.ui import words
    from voicemate.ui.terminal import run_terminal

    wanted = settings.load()
    words.set_language(wanted.companion.language)
    with (
        _only_one(wanted, private=private) as (session, events, _, _),
        _engines_write_to_the_log(),
    ):
        session.companion.start()
        status = run_terminal(session.companion, events, timing=timing, name=wanted.companion.name)
    context.exit(int(status))


def open_window(context: click.Context, *, hidden: bool = False) -> None:
    """Open the window where there is a screen, else talk in the terminal."""
    from voicemate import settings
    from voicemate.errors import UsageError
    from voicemate.ui.display import check_screen
    from voicemate.ui.options import WindowOptions

    try:
        check_screen()
        from voicemate.ui.window import run_window
    except UsageError as error:
        click.echo(f"voicemate: {error.message} So we talk in the terminal.", err=True)
        click.echo(f"  {error.hint}", err=True)
        context.invoke(talk)
        return
    wanted = settings.load()
    look = wanted.window
    with _only_one(wanted, window=True) as (session, events, doorbell, desk):
        companion = session.companion
        options = WindowOptions(
            name=wanted.companion.name,
            theme=look.theme,
            scale=look.scale,
            reduced_motion=look.reduced_motion,
            close_to_tray=look.close_to_tray,
            tray=look.tray,
            hidden=hidden,
            doorbell=doorbell,
            microphone_open=lambda: companion.microphone_open,
            desk=desk,
        )
        desk.start()
        status = run_window(companion, events, options=options)
    context.exit(int(status))


@contextlib.contextmanager
def _only_one(
    wanted: Settings, *, private: bool = False, window: bool = False
) -> Iterator[tuple[app.Session, Inbox, Doorbell, Desk]]:
    """Give a companion, not yet started, with its key; a second start speaks to the first one."""
    from msgspec.structs import replace

    from voicemate import app
    from voicemate.desk import Desk, first_run_is_over
    from voicemate.errors import UsageError
    from voicemate.global_key import GlobalKey
    from voicemate.hotkey import control
    from voicemate.ui.inbox import Inbox
    from voicemate.ui.options import Doorbell

    try:
        instance = control.acquire_instance()
    except control.AlreadyRunningError as error:
        # One that is only just starting cannot be told yet; it shows itself anyway.
        with contextlib.suppress(control.NotRunningError):
            control.send("show")
        raise UsageError(
            "VoiceMate is running already, and has been told to show itself.",
            "`voicemate ptt toggle` talks to it from here.",
        ) from error
    events, doorbell = Inbox(), Doorbell()
    # Until a person has been told what it is, nothing listens.
    muted = window and not first_run_is_over()
    session = app.Session(wanted, events.put, private=private, muted=muted)
    key = GlobalKey(session.companion, events.put, lambda: desk.tell_changed())
    desk = Desk(session, key, events.put)
    if not window:
        # The terminal has the space bar; from elsewhere, `voicemate ptt`.
        key.apply(replace(wanted.key, backend="none"))
    with control.ControlServer(
        lambda command: obey(session.companion, key, command, doorbell), instance
    ):
        try:
            yield session, events, doorbell, desk
        finally:
            desk.close()
            key.close()
            session.companion.close()


@contextlib.contextmanager
def _engines_write_to_the_log() -> Iterator[None]:
    """Keep what C libraries write to stderr off a terminal that is drawn on."""
    if not sys.stderr.isatty():
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with paths.log_file().open("ab") as log:
        os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def obey(companion: Companion, key: GlobalKey, command: str, doorbell: Doorbell) -> str:
    """Do what `voicemate ptt` says; gives what the companion does now."""
    match command:
        case "down" | "up":
            key.feed_ptt(command)
        case "toggle":
            companion.toggle()
        case "cancel" | "stop":
            companion.discard()
        case "show":
            doorbell.ring()
        case _:
            pass
    return companion.phase.value


@click.command()
@click.argument("command", type=click.Choice(COMMANDS))
@click.pass_context
def ptt(context: click.Context, command: str) -> None:
    """Tell a running VoiceMate what the key did; for a key binding of your desktop.

    down and up hold, toggle starts and stops, cancel discards what is being said, stop ends the
    answer.
    """
    from voicemate.cli.ptt import tell

    context.exit(tell(command))
