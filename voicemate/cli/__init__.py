"""The commands that a person types. Each is a thin shell around `voicemate.app`.

Bodies import what they need when they run, so that `voicemate --help` stays quick.
"""

from __future__ import annotations

import contextlib
import os
import sys

import click

from voicemate import __version__
from voicemate.cli.devices import devices, doctor
from voicemate.cli.forget import forget
from voicemate.cli.models import models
from voicemate.cli.settings import config
from voicemate.cli.speech import ask, chat, inspect, listen, say
from voicemate.cli.talk import open_window, ptt, talk
from voicemate.errors import ExitStatus, VoiceMateError


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="voicemate")
@click.option("--debug", is_flag=True, help="Write more to the log, also what is said.")
@click.option("--hidden", is_flag=True, help="Start in the system's tray, without the window.")
@click.pass_context
def cli(context: click.Context, debug: bool, hidden: bool) -> None:
    """A voice companion on your own laptop: hold a key, talk, let go, and it answers aloud.

    Nothing that you say leaves this machine. Without a command, the window opens, or, without a
    screen, the conversation in the terminal.
    """
    from voicemate.app import start_logging

    start_logging(debug=debug)
    if context.invoked_subcommand is None:
        open_window(context, hidden=hidden)


for command in (
    talk,
    ptt,
    ask,
    chat,
    say,
    listen,
    inspect,
    devices,
    models,
    doctor,
    config,
    forget,
):
    cli.add_command(command)


def run() -> int:
    """Run the command line; gives the exit status. Known errors become a sentence and a hint."""
    try:
        status = cli.main(prog_name="voicemate", standalone_mode=False)
    except VoiceMateError as error:
        tell(error)
        return int(error.exit_status)
    except click.ClickException as error:
        error.show()
        return int(ExitStatus.WRONG_USE)
    except (click.Abort, KeyboardInterrupt):
        click.echo(err=True)
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to say, also not at exit.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status if isinstance(status, int) else 0


def tell(error: VoiceMateError) -> None:
    """Print a known error as a person should read it."""
    click.echo(f"voicemate: {error.message}", err=True)
    if error.hint:
        click.echo(f"  {error.hint}", err=True)
