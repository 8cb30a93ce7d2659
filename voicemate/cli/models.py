"""`voicemate models`: list, get, verify, remove, add."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from voicemate.cli.output import TerminalProgress, json_line

if TYPE_CHECKING:
    from voicemate.catalog import SetUpOutcome


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a model.")
@click.pass_context
def models(context: click.Context, as_json: bool) -> None:
    """List the models: which are installed, and which suit this machine.

    \b
    The JSON objects have: id, kind, engine, languages, license, bytes, installed, pinned,
    recommended (why, or null), path.
    """
    if context.invoked_subcommand is not None:
        return
    from voicemate import catalog, settings

    store = catalog.Store()
    machine = catalog.inspect(store.models_dir)
    language = settings.load().companion.language
    known = {model.id: model for model in store.catalog.models}
    here = {model.id: model for model in store.installed()}
    why = {r.model.id: r.why for r in catalog.recommend(store.catalog, machine, language)}
    rows = []
    for model_id in [*known, *(i for i in here if i not in known)]:
        entry, installed = known.get(model_id), here.get(model_id)
        row = {
            "id": model_id,
            "kind": entry.kind if entry else here[model_id].kind,
            "engine": entry.engine if entry else here[model_id].engine,
            "languages": entry.languages if entry else here[model_id].languages,
            "license": entry.license if entry else "unknown",
            "bytes": installed.size if installed else entry.disk_bytes if entry else 0,
            "installed": installed is not None,
            "pinned": bool(installed and installed.pinned),
            "recommended": why.get(model_id),
            "path": str(installed.path) if installed else None,
        }
        rows.append(row)
    if as_json:
        for row in rows:
            json_line(row)
        return
    _print_table(rows)


def _print_table(rows: list[dict[str, object]]) -> None:
    for kind in ("recogniser", "language", "voice"):
        click.echo(f"{kind}:")
        for row in rows:
            if row["kind"] != kind:
                continue
            sign = "installed" if row["installed"] else ""
            size = f"{int(str(row['bytes'])) / 1e6:.0f} MB"
            click.echo(f"  {row['id']:36} {size:>8}  {row['license']:12} {sign}")
            if row["recommended"]:
                click.echo(f"      recommended: {row['recommended']}")
            if row["installed"] and not row["pinned"] and row["engine"] in ("llama", "vosk"):
                click.echo("      not pinned: a model of your own, its contents were never checked")


@models.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...|recommended")
def get(ids: tuple[str, ...]) -> None:
    """Download models, or all that suit this machine; goes on where it was interrupted."""
    from voicemate import catalog

    progress = TerminalProgress()
    try:
        for model_id in ids:
            if model_id == "recommended":
                _get_recommended(progress)
            else:
                model = catalog.Store().get(model_id, progress)
                click.echo(f"{model.id} is installed.", err=True)
    finally:
        progress.done()


def _get_recommended(progress: TerminalProgress) -> None:
    from voicemate import catalog, settings
    from voicemate.errors import DownloadError

    outcomes = catalog.set_up(settings.load().companion.language, progress)
    for outcome in outcomes:
        _tell_outcome(outcome)
    missing = [o for o in outcomes if o.model is None and o.kind != "voice"]
    if missing:
        raise DownloadError(
            " ".join(f"No {o.kind} model could be had: {o.why}." for o in missing),
            "Run it again when there is a network; what has been downloaded is kept.",
        )


def _tell_outcome(outcome: SetUpOutcome) -> None:
    if outcome.model is not None:
        click.echo(f"{outcome.kind}: {outcome.model.id} ({outcome.why})", err=True)
    if outcome.later:
        click.echo(f"  Later, for the recommended one: {outcome.later}", err=True)


@models.command()
@click.argument("ids", nargs=-1)
def verify(ids: tuple[str, ...]) -> None:
    """Check every byte of installed models (all, or those named)."""
    from voicemate import catalog

    store = catalog.Store()
    progress = TerminalProgress()
    chosen = ids or tuple(m.id for m in store.installed() if m.files)
    try:
        for model_id in chosen:
            store.verify(model_id, progress)
            click.echo(f"{model_id} is whole.", err=True)
    finally:
        progress.done()


@models.command()
@click.argument("model_id", metavar="ID")
def remove(model_id: str) -> None:
    """Delete an installed model."""
    from voicemate import catalog

    catalog.Store().remove(model_id)
    click.echo(f"{model_id} is removed.", err=True)


@models.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--id", "model_id", help="How to call it; by default, by the file's name.")
def add(path: Path, model_id: str | None) -> None:
    """Take in a model of your own: a GGUF file, or a Vosk folder or zip."""
    from voicemate import catalog

    progress = TerminalProgress()
    try:
        model = catalog.Store().add(path, model_id, progress)
    finally:
        progress.done()
    click.echo(f"{model.id} is installed. sha256: {model.digest}", err=True)
    if not model.pinned:
        click.echo(
            "It is not pinned: VoiceMate cannot know whether these bytes are what their maker "
            "published. Compare the sha256 with the one on the maker's page.",
            err=True,
        )
