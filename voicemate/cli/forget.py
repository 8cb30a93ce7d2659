"""`voicemate forget`: the whole conversation, for good."""

from __future__ import annotations

import click


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(yes: bool) -> None:
    """Delete the whole conversation, with all that was made of it. It cannot be brought back."""
    from voicemate import app
    from voicemate.errors import UsageError
    from voicemate.hotkey import control

    try:
        instance = control.acquire_instance()
    except control.AlreadyRunningError as error:
        raise UsageError(
            "VoiceMate is running, and has the conversation in mind.", "Close it first."
        ) from error
    with instance:
        if not yes:
            click.confirm("Delete the whole conversation?", abort=True, err=True)
        n_turns = app.forget_conversation()
    click.echo(f"{n_turns} turns are deleted.", err=True)
