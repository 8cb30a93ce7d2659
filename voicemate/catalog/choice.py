"""Which models suit this machine, and which of those that are here are used, with the reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from voicemate.catalog.catalog import Catalog, Kind, Model
from voicemate.catalog.machine import Machine
from voicemate.catalog.manifest import InstalledModel
from voicemate.catalog.progress import human_memory, human_size
from voicemate.errors import ModelError

_KINDS: tuple[Kind, ...] = ("recogniser", "language", "voice")
_DISK_MARGIN_BYTES = 300 * 2**20


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A model for this machine, and why it rather than another."""

    model: Model
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """An installed model to use, and why it rather than another."""

    model: InstalledModel
    why: str


def recommend(
    catalog: Catalog, machine: Machine, language: str, reachable: Collection[str] | None = None
) -> list[Recommendation]:
    """Give one model of each kind for a language; a kind is left out where nothing fits.

    `reachable` are the sites that answer (None: all; empty: only package registries do).
    """
    firsts = (suitable(catalog, machine, language, kind, reachable) for kind in _KINDS)
    return [found[0] for found in firsts if found]


def suitable(
    catalog: Catalog,
    machine: Machine,
    language: str,
    kind: Kind,
    reachable: Collection[str] | None = None,
) -> list[Recommendation]:
    """Give all models of a kind that this machine can have and run, the best one first."""
    found = [
        model
        for model in catalog.models
        if model.kind == kind
        and model.rank
        and _speaks(model, language)
        and (reachable is None or model.in_registry or model.hosts & set(reachable))
        and machine.memory_available >= model.wants_free_bytes
        and machine.memory_total >= model.wants_total_bytes
        and machine.disk_free >= _peak_disk(model) + _DISK_MARGIN_BYTES
    ]
    # One that does not know the language comes last: better than nobody to talk to.
    found.sort(key=lambda model: (language in model.languages, model.rank), reverse=True)
    return [Recommendation(model, _why(model, machine, language, reachable)) for model in found]


def _speaks(model: Model, language: str) -> bool:
    return language in model.languages or model.kind == "language"


def _peak_disk(model: Model) -> int:
    return model.disk_bytes + (0 if model.kind == "language" else model.download_bytes)


def _why(model: Model, machine: Machine, language: str, reachable: Collection[str] | None) -> str:
    reasons = [model.summary]
    if model.wants_free_bytes:
        reasons.append(
            f"wants {human_memory(model.wants_free_bytes)} of free memory, and "
            f"{human_memory(machine.memory_available)} are free"
        )
    if model.wants_total_bytes:
        reasons.append(
            f"wants a machine with {human_memory(model.wants_total_bytes)}, and this one has "
            f"{human_memory(machine.memory_total)}"
        )
    if language not in model.languages:
        reasons.append(f"it knows little of the language {language!r}, but nothing else fits")
    if reachable is not None and model.hosts and not model.hosts & set(reachable):
        reasons.append("it comes from the package registry, as its own site does not answer")
    reasons.append(f"{human_size(model.download_bytes)} to download")
    return "; ".join(reasons)


def best_installed(
    installed: Sequence[InstalledModel],
    catalog: Catalog,
    machine: Machine,
    kind: Kind,
    language: str,
    engine: str | None = None,
) -> Choice:
    """Choose what to use among the installed models of a kind (and an engine, where given).

    Raises `ModelError` with the command that brings one.
    """
    found = [
        model
        for model in installed
        if model.kind == kind
        and engine in (None, model.engine)
        and (kind == "language" or not model.languages or language in model.languages)
    ]
    if not found:
        what = {"recogniser": "recogniser", "language": "language model", "voice": "voice"}[kind]
        by = f" for {engine}" if engine else ""
        raise ModelError(
            f"No {what}{by} is installed that fits the language {language!r}.",
            "`voicemate models get recommended` brings one that suits this machine.",
        )
    known = {model.id: model for model in catalog.models}

    def preference(model: InstalledModel) -> tuple[bool, bool, bool, int]:
        entry = known.get(model.id)
        return (
            # The default recogniser wherever a model of the language is there.
            kind == "recogniser" and model.engine == "vosk",
            not model.languages or language in model.languages,
            fits := _fits(model, entry, machine),
            # Where memory is short for all of them, the smallest does the least harm.
            (entry.rank if entry else 0) if fits else -_need(model, entry),
        )

    best = max(found, key=preference)
    return Choice(best, _why_used(best, known.get(best.id), machine, len(found)))


def _need(model: InstalledModel, entry: Model | None) -> int:
    # A model of one's own is read whole into memory, and wants some room to work in.
    return entry.memory_bytes if entry else model.size + 500 * 2**20


def _fits(model: InstalledModel, entry: Model | None, machine: Machine) -> bool:
    enough = machine.memory_available >= _need(model, entry)
    return enough and machine.memory_total >= (entry.wants_total_bytes if entry else 0)


def _why_used(model: InstalledModel, entry: Model | None, machine: Machine, n_found: int) -> str:
    what = entry.summary if entry else "a model of your own"
    if not _fits(model, entry, machine):
        return (
            f"{what}; it wants {human_memory(_need(model, entry))} of memory, and "
            f"{human_memory(machine.memory_available)} are free, but none fits better"
        )
    return f"{what}; the best of {n_found} installed" if n_found > 1 else f"{what}; the only one"
