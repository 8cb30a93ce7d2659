"""The models there are, as QML knows them: `App.desk.shelf`; on the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Property, QObject, Signal, Slot

from voicemate.errors import VoiceMateError
from voicemate.ui import settings_words as words
from voicemate.ui.desk import Desk, DownloadStep, ModelRow
from voicemate.ui.download import Download
from voicemate.ui.errands import Beat, Errands
from voicemate.ui.facts import Facts, facts
from voicemate.ui.rows import Row, Rows
from voicemate.ui.words import t

_NAMES = (
    "id", "kind", "first", "title", "name", "summary", "facts", "recommended", "speed",
    "installed", "in_use", "can_use", "fetching", "stopping", "part", "how_far", "busy", "note",
    "problem",
)  # fmt: skip

_STEP_S = 0.1
"""A download's bar moves this often at most."""

SetInTurn = Callable[
    [Sequence[str], Sequence[tuple[str, str]], Callable[[VoiceMateError | None], None]], None
]


class ModelShelf(QObject):
    """`rows` (see `_NAMES`), `now` (facts: busy, known), and slots."""

    online_changed = Signal(bool)
    """Whether a download is under way: the only thing that opens a connection."""

    def __init__(
        self,
        desk: Desk,
        errands: Errands,
        problems: Facts,
        set_in_turn: SetInTurn,
        clock: Callable[[], float],
    ) -> None:
        super().__init__()
        self._desk = desk
        self._errands = errands
        self._problems = problems
        self._set_in_turn = set_in_turn
        self._clock = clock
        self._models: tuple[ModelRow, ...] = ()
        self._downloads: dict[str, Download] = {}
        self._online = False
        self._removing: set[str] = set()
        self._notes: dict[str, str] = {}
        self._troubles: dict[str, str] = {}
        self._rows = Rows(_NAMES, self)
        self._now = facts({"busy": False, "known": False})

    rows = Property(QObject, lambda self: self._rows, constant=True)
    now = Property(QObject, lambda self: self._now, constant=True)

    @Slot()
    def look(self) -> None:
        """Find out which models there are."""
        self._now.set("busy", True)
        self._errands.run("looking", self._desk.models, self._found, self._not_found)

    def look_again(self) -> None:
        """Do so where somebody has looked before."""
        if self._now.value("known") and not self._now.value("busy"):
            self.look()

    def _found(self, models: tuple[ModelRow, ...]) -> None:
        self._models = models
        self._problems.set("models", "")
        self._now.set_all({"busy": False, "known": True})
        self._show()

    def _not_found(self, error: VoiceMateError) -> None:
        self._now.set("busy", False)
        self._problems.set("models", words.told(error))

    # Downloads: one after the other.

    @Slot(str)
    def get(self, model_id: str) -> None:
        """Download a model, after those that are wanted already."""
        if model_id in self._downloads:
            return
        self._clear(model_id)
        waits = any(not other.stopping for other in self._downloads.values())
        download = self._downloads[model_id] = Download(waits=waits)
        beat = Beat(_STEP_S, self._clock)

        def step(at: DownloadStep) -> bool:
            # On the download's thread; `stopping` is a flag that only ever rises.
            if beat.due():
                self._errands.post(lambda: self._moved(download, at))
            return not download.stopping

        def work() -> bool:
            return not download.stopping and self._desk.get_model(model_id, step)

        self._errands.run(
            "download",
            work,
            partial(self._got, model_id, download),
            partial(self._not_got, model_id, download),
        )
        self._show()

    @Slot(str)
    def stop(self, model_id: str) -> None:
        """Stop a download; it goes on from there when it is wanted again."""
        if model_id in self._downloads:
            download = self._downloads[model_id]
            download.stopping = True
            if not download.begun:
                # Its turn may be far off, and when it comes it does nothing.
                del self._downloads[model_id]
            self._show()

    def stop_all(self) -> None:
        """Stop every download."""
        for download in self._downloads.values():
            download.stopping = True

    def _moved(self, download: Download, step: DownloadStep) -> None:
        download.see(step, self._clock())
        self._show()

    def _got(self, model_id: str, download: Download, whole: bool) -> None:
        if self._downloads.get(model_id) is download:
            del self._downloads[model_id]
        if not whole:
            self._notes[model_id] = t("Stopped. It goes on from there the next time.")
        self._show()
        self.look()

    def _not_got(self, model_id: str, download: Download, error: VoiceMateError) -> None:
        if self._downloads.get(model_id) is download:
            del self._downloads[model_id]
        self._failed(model_id, error)

    def _failed(self, model_id: str, error: VoiceMateError) -> None:
        self._removing.discard(model_id)
        self._troubles[model_id] = words.told(error)
        self._show()

    # What is there.

    @Slot(str)
    def use(self, model_id: str) -> None:
        """Have the companion use a model that is installed."""
        row = self._row(model_id)
        settings = self._desk.settings
        self._clear(model_id)

        def used(error: VoiceMateError | None) -> None:
            if error is not None:
                self._failed(model_id, error)

        if row.kind == "language":
            self._set_in_turn(("model.id",), [("model.id", model_id)], used)
        elif row.kind == "recogniser":
            steps = [("recogniser.model", model_id)]
            if settings.recogniser.engine != "auto":
                # Which engine it is for, the model itself knows.
                steps.insert(0, ("recogniser.engine", "auto"))
            keys = ("recogniser.engine", "recogniser.model")
            self._set_in_turn(keys, steps, used)

    @Slot(str)
    def remove(self, model_id: str) -> None:
        """Delete an installed model; the person has been asked whether they are sure."""
        self._clear(model_id)
        self._removing.add(model_id)
        self._show()
        self._errands.run(
            "settings",
            lambda: self._desk.remove_model(model_id),
            lambda _: self._removed(model_id),
            partial(self._failed, model_id),
        )

    def _removed(self, model_id: str) -> None:
        self._removing.discard(model_id)
        self._show()
        self.look()

    def _clear(self, model_id: str) -> None:
        self._notes.pop(model_id, None)
        self._troubles.pop(model_id, None)

    def _row(self, model_id: str) -> ModelRow:
        return next(row for row in self._models if row.id == model_id)

    def _show(self) -> None:
        kinds = [row.kind for row in self._models]
        online = bool(self._downloads)
        if online != self._online:
            self._online = online
            self.online_changed.emit(online)
        self._rows.put(
            [self._shown(row, kinds.index(row.kind) == n) for n, row in enumerate(self._models)]
        )

    def _shown(self, row: ModelRow, first: bool) -> Row:
        download = self._downloads.get(row.id)
        return {
            "id": row.id,
            "kind": row.kind,
            "first": first,
            "title": words.kind_title(row.kind),
            "name": row.name,
            "summary": words.sentence(row.summary),
            "facts": " · ".join(
                (words.size(row.n_bytes), words.languages(row.languages), row.license)
            ),
            "recommended": row.recommended,
            "speed": words.sentence(row.speed),
            "installed": row.installed,
            "in_use": row.in_use,
            "can_use": row.installed and not row.in_use and row.kind != "voice",
            "fetching": download is not None,
            "stopping": download is not None and download.stopping,
            "part": download.part if download is not None and download.begun else 0.0,
            "how_far": _how_far(download) if download is not None else "",
            "busy": row.id in self._removing,
            "note": self._notes.get(row.id, ""),
            "problem": self._troubles.get(row.id, ""),
        }


def _how_far(download: Download) -> str:
    if download.stopping:
        return t("Stopping …")
    if not download.begun:
        return t("Waiting for the other download …") if download.waits else t("Beginning …")
    return words.how_far(download.done_bytes, download.total_bytes, download.left_s())
