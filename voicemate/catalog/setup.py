"""Get the models that a machine should have, or, where little answers, those it can have."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from voicemate.catalog.catalog import ArchiveSource, Catalog, FileSource, Kind, Model
from voicemate.catalog.choice import Recommendation, suitable
from voicemate.catalog.fetch import get, is_safe
from voicemate.catalog.machine import Machine, inspect
from voicemate.catalog.manifest import InstalledModel
from voicemate.catalog.progress import Progress
from voicemate.catalog.store import Store
from voicemate.errors import ModelError, StorageError

PROBE_S = 3.0

Probe = Callable[[Catalog], frozenset[str]]


@dataclass(frozen=True, slots=True)
class SetUpOutcome:
    """What came of one kind of model.

    `model` is None when nothing of that kind could be had: `why` says what went wrong. `later`
    is the command that brings the recommended one where another had to do, else empty.
    """

    kind: Kind
    model: InstalledModel | None
    why: str
    later: str = ""


def set_up(
    language: str,
    progress: Progress,
    *,
    store: Store | None = None,
    machine: Machine | None = None,
    probe: Probe | None = None,
) -> list[SetUpOutcome]:
    """Install a recogniser, a language model and, where one is known, a voice for a language.

    What cannot be had is replaced by the next best that can; nothing here raises for a source
    that fails. Returns at once, asking no site, when the recommended models are all there.
    """
    store = store or Store()
    machine = machine or inspect(store.models_dir)
    here = {model.id for model in store.installed()}
    kinds: tuple[Kind, ...] = ("recogniser", "language", "voice")
    ideal = {kind: suitable(store.catalog, machine, language, kind) for kind in kinds}
    wanted = [found[0].model.id for found in ideal.values() if found]
    reachable: frozenset[str] | None = None
    if not here.issuperset(wanted):
        reachable = (probe or reachable_hosts)(store.catalog)
    outcomes = []
    for kind in kinds:
        if ideal[kind] or kind != "voice":
            candidates = suitable(store.catalog, machine, language, kind, reachable)
            first = ideal[kind][0].model if ideal[kind] else None
            outcomes.append(_set_up_kind(kind, candidates, first, store, progress, reachable))
    return outcomes


def _set_up_kind(
    kind: Kind,
    candidates: list[Recommendation],
    ideal: Model | None,
    store: Store,
    progress: Progress,
    reachable: frozenset[str] | None,
) -> SetUpOutcome:
    troubles: list[str] = []
    for candidate in candidates:
        try:
            model = store.get(candidate.model.id, progress, reachable=reachable)
        except (ModelError, StorageError) as error:
            troubles.append(error.message)
            progress.note(error.message)
            continue
        if ideal and ideal.id != model.id:
            later = f"voicemate models get {ideal.id}"
            why = f"{candidate.why}. Recommended here is {ideal.name}: `{later}` brings it later"
            return SetUpOutcome(kind, model, why, later)
        return SetUpOutcome(kind, model, candidate.why)
    why = " ".join(troubles) or "This machine has too little free memory or disk for any."
    return SetUpOutcome(kind, None, why, "voicemate models get recommended")


def reachable_hosts(catalog: Catalog, timeout_s: float = PROBE_S) -> frozenset[str]:
    """Give the sites of the catalogue that answer within `timeout_s`, all asked at once."""
    addresses: dict[str, str] = {}
    for model in catalog.models:
        for source in model.sources:
            if isinstance(source, FileSource | ArchiveSource) and is_safe(source.url):
                addresses.setdefault(source.label, source.url)
    answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    for host, url in addresses.items():
        # Daemons, and not waited for: a name look-up cannot be interrupted.
        threading.Thread(
            target=_probe_loop, args=(host, url, timeout_s, answers), name="probe", daemon=True
        ).start()
    return frozenset(_collect(answers, len(addresses), timeout_s))


def _collect(
    answers: queue.SimpleQueue[str | None], n_asked: int, timeout_s: float
) -> Iterable[str]:
    ends_at = time.monotonic() + timeout_s * 1.1
    for _ in range(n_asked):
        try:
            host = answers.get(timeout=max(ends_at - time.monotonic(), 0))
        except queue.Empty:
            return
        if host:
            yield host


def _probe_loop(
    host: str, url: str, timeout_s: float, answers: queue.SimpleQueue[str | None]
) -> None:
    import requests

    try:
        with requests.Session() as session, get(session, url, {}, timeout_s) as response:
            answers.put(host if response.status_code < 400 else None)
    except requests.RequestException:
        answers.put(None)
