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
    from voicemate.conversation.companion import Companion
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
    from voicemate.ui.terminal import run_terminal

    wanted = settings.load()
    with _only_one(wanted, private=private) as (companion, events, _), _engines_write_to_the_log():
        companion.start()
        status = run_terminal(companion, events, timing=timing, name=wanted.companion.name)
    context.exit(int(status))


def open_window(context: click.Context) -> None:
    """Open the window where there is a screen, else talk in the terminal."""
    from voicemate import app, settings
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
    with _only_one(wanted) as (companion, events, doorbell):
        options = WindowOptions(
            name=wanted.companion.name,
            theme=look.theme,
            scale=look.scale,
            reduced_motion=look.reduced_motion,
            close_to_tray=look.close_to_tray,
            tray=look.tray,
            doorbell=doorbell,
            microphone_open=lambda: companion.microphone_open,
        )
        with app.global_key(wanted, companion, events.put):
            status = run_window(companion, events, options=options)
    context.exit(int(status))


@contextlib.contextmanager
def _only_one(
    wanted: Settings, *, private: bool = False
) -> Iterator[tuple[Companion, Inbox, Doorbell]]:
    """Give a companion, not yet started, with its key; a second start speaks to the first one."""
    from voicemate import app
    from voicemate.errors import UsageError
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
    companion = app.live_companion(wanted, events.put, private=private)
    with control.ControlServer(lambda command: obey(companion, command, doorbell), instance):
        try:
            yield companion, events, doorbell
        finally:
            companion.close()


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


def obey(companion: Companion, command: str, doorbell: Doorbell) -> str:
    """Do what `voicemate ptt` says; gives what the companion does now."""
    match command:
        case "down":
            companion.press()
        case "up":
            companion.release()
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
