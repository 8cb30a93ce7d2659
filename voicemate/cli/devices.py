"""`voicemate devices` and `voicemate doctor`: what there is, and what is missing."""

from __future__ import annotations

from dataclasses import asdict

import click

from voicemate.cli.output import json_line
from voicemate.errors import AudioDeviceError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a device.")
def devices(as_json: bool) -> None:
    """List microphones and speakers; a star marks what is used when nothing is set.

    \b
    The JSON objects have: name, kind (in or out), default, rate_hz, channels, host_api, index.
    """
    from voicemate.audio.devices import list_devices

    found = list_devices()
    if not found:
        raise AudioDeviceError(
            "There is no microphone and no speaker.",
            "Plug one in, or start the sound server (PipeWire or PulseAudio); "
            "`voicemate doctor` tells more.",
        )
    for device in found:
        if as_json:
            json_line(asdict(device))
        else:
            kind = "microphone" if device.kind == "in" else "speaker"
            star = "*" if device.default else " "
            click.echo(
                f"{star} {kind:10} {device.name}  ({device.rate_hz} Hz, "
                f"{device.channels} channels, {device.host_api})"
            )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a check.")
@click.option("--quick", is_flag=True, help="Load no engine: no tokens per second, no voice test.")
@click.pass_context
def doctor(context: click.Context, as_json: bool, quick: bool) -> None:
    """Look at everything VoiceMate needs, and say what mends what is missing.

    \b
    The JSON objects have: name, ok, detail, fix (a command, or empty).
    The exit status is 4 when something is missing without which it cannot talk.
    """
    from voicemate import doctor as checks

    missing = False
    for check in checks.examine(quick=quick):
        missing = missing or (check.vital and not check.ok)
        if as_json:
            json_line(
                {"name": check.name, "ok": check.ok, "detail": check.detail, "fix": check.fix}
            )
            continue
        sign = "ok " if check.ok else "!! " if check.vital else "-- "
        click.echo(f"{sign}{check.name}: {check.detail}")
        if check.fix and not check.ok:
            click.echo(f"     {check.fix}")
    context.exit(4 if missing else 0)
