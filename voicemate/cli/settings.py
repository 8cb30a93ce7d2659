"""`voicemate config`: show, set, path, edit."""

from __future__ import annotations

import click

from voicemate.cli.output import json_line


@click.group()
def config() -> None:
    """Show and change the settings."""


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a setting.")
def show(as_json: bool) -> None:
    """Show every setting; those that you changed are marked with a star."""
    from voicemate import settings

    wanted = settings.load()
    for doc in settings.describe():
        value = settings.value(wanted, doc.key)
        if as_json:
            json_line({"key": doc.key, "value": value, "default": doc.default})
        else:
            star = "*" if value != doc.default else " "
            click.echo(f"{star} {doc.key:28} {value!r}")


@config.command("set")
@click.argument("key")
@click.argument("value")
def set_(key: str, value: str) -> None:
    """Set KEY (such as voice.rate) to VALUE."""
    from voicemate import settings

    settings.set_value(key, value)


@config.command()
def path() -> None:
    """Print where the settings file is."""
    from voicemate import paths

    click.echo(paths.config_file())


@config.command()
def edit() -> None:
    """Open the settings file in your editor; a mistake is told when you close it."""
    from voicemate import paths, settings

    file = paths.config_file()
    paths.private_folder(file.parent)
    if not file.exists():
        file.write_text("# docs/settings.md lists what can be set.\n", encoding="utf-8")
    click.edit(filename=str(file))
    settings.load()
