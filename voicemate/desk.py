"""What a window's settings ask for and do (`voicemate.ui.desk.Desk`), on the real thing."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from voicemate import app, autostart, building, paths
from voicemate import settings as settings_file
from voicemate.errors import ModelError, StorageError, UsageError, VoiceMateError
from voicemate.events import Forgotten, Notice
from voicemate.settings import Settings
from voicemate.ui.desk import (
    DeviceRow,
    DownloadStep,
    Kept,
    KeyState,
    ModelRow,
    VoiceRow,
)
from voicemate.ui.words import noted, t

if TYPE_CHECKING:
    from voicemate.catalog import Model, Store
    from voicemate.global_key import GlobalKey

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 1.0
"""How often the settings file is looked at, for changes from outside."""

_SPEEDS = (
    (500_000_000, noted("Very quick, but simple-minded")),
    (1_500_000_000, noted("Quick on any laptop of the last years")),
    (3_000_000_000, noted("Takes a breath on most laptops")),
    (6_000_000_000, noted("Slow without a graphics card")),
)
_ENGINES = {"pyttsx3": "System", "hibari": "Hibari", "piper": "Piper"}

_SLOWEST = noted("Very slow without a graphics card")


class Desk:
    """The settings as they are applied to a running VoiceMate. Any thread.

    `start` begins to look for changes of the file from outside; `close` ends it.
    """

    def __init__(
        self,
        session: app.Session,
        key: GlobalKey,
        emit: building.Emit,
        store: Store | None = None,
    ) -> None:
        self._store = store
        self._session = session
        self._key = key
        self._emit = emit
        self._lock = threading.Lock()
        self._changed: Callable[[], None] | None = None
        self._voices: dict[tuple[str, str], tuple[VoiceRow, ...]] = {}
        self._over = threading.Event()
        self._file_seen = _stamp(paths.config_file())
        self._watch = threading.Thread(target=self._watch_loop, name="settings-watch", daemon=True)

    def start(self) -> None:
        """Apply the key, and look for changes from outside from now on."""
        self._key.apply(self.settings.key)
        self._watch.start()

    def close(self) -> None:
        """Look no more."""
        self.listen(None)
        self._over.set()
        if self._watch.is_alive():
            self._watch.join()

    @property
    def settings(self) -> Settings:
        """The settings as they are applied."""
        return self._session.settings

    def set(self, key: str, value: str) -> None:
        """Keep one setting and apply it. Raises `SettingsError`, `StorageError`."""
        with self._lock:
            changed = settings_file.set_value(key, value)
            self._file_seen = _stamp(paths.config_file())
            self._apply(changed)

    def listen(self, changed: Callable[[], None] | None) -> None:
        """Call `changed` after settings or the key have changed; None: no more."""
        self._changed = changed

    def tell_changed(self) -> None:
        """Tell whoever listens that something here is not what it was."""
        changed = self._changed
        if changed is not None:
            changed()

    def devices(self) -> tuple[tuple[DeviceRow, ...], tuple[DeviceRow, ...]]:
        """Give microphones and speakers. Raises `AudioDeviceError`."""
        from voicemate.audio.devices import list_devices

        found = list_devices()

        def rows(kind: str) -> tuple[DeviceRow, ...]:
            names = {d.name: d.default for d in found if d.kind == kind}
            usual = next((name for name, default in names.items() if default), "")
            choice = t("The system's choice (%1)").replace("%1", usual or t("none"))
            return (
                DeviceRow("", choice, default=True),
                *(DeviceRow(name, name) for name in names),
            )

        return rows("in"), rows("out")

    def voices(self) -> tuple[VoiceRow, ...]:
        """Give the voices for the conversation's language."""
        from voicemate.engines import registry

        language = self.settings.companion.language
        rows: list[VoiceRow] = []
        for engine in registry.engines():
            if engine.role != "voice":
                continue
            if not engine.installed:
                rows.append(
                    VoiceRow(
                        engine.name,
                        "",
                        _ENGINES.get(engine.name, engine.name),
                        install=engine.install,
                    )
                )
                continue
            key = engine.name, language
            if key not in self._voices:
                self._voices[key] = _voices_of(engine.name, language)
            rows += self._voices[key]
        return tuple(rows)

    def speak(self, text: str) -> None:
        """Say something in the voice and at the speaker in use."""
        self._session.companion.recite(text)

    def models(self) -> tuple[ModelRow, ...]:
        """Give the models for the conversation's language, by kind."""
        from voicemate import catalog

        store = self._models()
        language = self.settings.companion.language
        machine = catalog.inspect(store.models_dir)
        why = {r.model.id: r.why for r in catalog.recommend(store.catalog, machine, language)}
        here = {model.id: model for model in store.installed()}
        used = set(_used(self.settings))
        rows = [
            _row(model, model.id in here, _uses(self.settings, model, used), why.get(model.id, ""))
            for model in store.catalog.models
            if model.kind == "language" or language in model.languages
        ]
        own = (model for model in here.values() if not _is_known(store, model.id))
        rows += [
            ModelRow(
                id=model.id,
                name=model.id,
                kind=model.kind,
                languages=model.languages,
                license="",
                n_bytes=model.size,
                installed=True,
                in_use=model.id in used,
                speed=speed_in_words(model.size) if model.kind == "language" else "",
            )
            for model in own
        ]
        return tuple(rows)

    def get_model(self, model_id: str, step: Callable[[DownloadStep], bool]) -> bool:
        """Download a model; "recommended": all that suits this machine."""
        from voicemate import catalog
        from voicemate.errors import DownloadError

        progress = _Steps(step)
        try:
            if model_id == "recommended":
                language = self.settings.companion.language
                outcomes = catalog.set_up(language, progress, store=self._models())
                missing = [o for o in outcomes if o.model is None and o.kind != "voice"]
                if missing:
                    raise DownloadError(
                        " ".join(f"No {o.kind} model could be had: {o.why}." for o in missing),
                        "Try again when there is a network; what has been downloaded is kept.",
                    )
            else:
                self._models().get(model_id, progress)
        except _Stopped:
            return False
        finally:
            # Also after half of them: what can be used now is used.
            self._session.companion.reload()
            self.tell_changed()
        return True

    def remove_model(self, model_id: str) -> None:
        """Delete an installed model. Raises `ModelError`, `UsageError`."""
        if model_id in _used(self.settings):
            raise ModelError(
                f"The model {model_id} is in use.", "Choose another one first, then remove it."
            )
        self._models().remove(model_id)
        self.tell_changed()

    def key(self) -> KeyState:
        """Give what the key is and how it is heard."""
        return self._key.state

    def capture_key(self, timeout_s: float) -> str | None:
        """Wait for the next key that is pressed, anywhere."""
        return self._key.capture(timeout_s)

    def stop_capture(self) -> None:
        """End `capture_key`."""
        self._key.stop_capture()

    def kept(self) -> Kept:
        """Give what is kept, and where. Raises `StorageError`."""
        from voicemate.memory.store import MemoryStore

        store = MemoryStore(paths.memory_file())
        try:
            n_turns = store.count()
        finally:
            store.close()
        file, read = paths.memory_file(), building.model_state_dir()
        own = [file, *file.parent.glob(f"{file.name}-*")]
        if read.is_dir():
            own += read.iterdir()
        return Kept(
            n_turns,
            sum(f.stat().st_size for f in own if f.is_file()),
            (
                (t("The conversation"), str(file)),
                (t("What the language model has read of it"), str(read)),
                (t("Settings"), str(paths.config_file())),
                (t("Models"), str(paths.models_dir())),
                (t("Log, without what is said"), str(paths.log_file())),
            ),
        )

    def forget(self) -> None:
        """Delete the whole conversation; an event tells how it went."""
        if self._session.companion.ready:
            self._session.companion.forget()
            return
        try:
            self._emit(Forgotten(app.forget_conversation()))
        except VoiceMateError as error:
            self._emit(Notice(error.message, error.hint))

    @property
    def starts_at_login(self) -> bool | None:
        """True when VoiceMate starts with the desktop; None where it cannot be arranged."""
        return autostart.starts_at_login()

    def start_at_login(self, on: bool) -> None:
        """Start with the desktop from now on, or no more. Raises `StorageError`."""
        autostart.set_start_at_login(on)
        self.tell_changed()

    @property
    def first_run_page(self) -> str:
        """Where the first run stands: "" before it, the name of a page, or "done"."""
        return _first_run_page()

    def reach_first_run_page(self, page: str) -> None:
        """Keep where the first run stands. Raises `StorageError`."""
        file = _first_run_file()
        try:
            paths.private_folder(file.parent)
            file.write_text(page, encoding="utf-8")
        except OSError as error:
            raise StorageError(
                f"{file} cannot be written ({error.strerror}).",
                "The introduction comes again at the next start; mend the folder's rights.",
            ) from error

    def _models(self) -> Store:
        from voicemate.catalog import Store

        # It reads the whole catalogue: not at the start, where nobody has asked for it.
        self._store = self._store or Store()
        return self._store

    # From here on: the lock is held, or it is the watching thread.

    def _apply(self, changed: Settings) -> None:
        self._session.apply(changed)
        self._key.apply(changed.key)
        self.tell_changed()

    def _watch_loop(self) -> None:
        file = paths.config_file()
        while not self._over.wait(LOOK_AGAIN_S):
            with self._lock:
                stamp = _stamp(file)
                if stamp == self._file_seen:
                    continue
                self._file_seen = stamp
                try:
                    changed = settings_file.load(file)
                except VoiceMateError as error:
                    # Somebody may be in the middle of editing it.
                    self._emit(Notice(error.message, error.hint))
                    continue
                if changed != self.settings:
                    self._apply(changed)


def speed_in_words(n_bytes: int) -> str:
    """Say how quickly a language model of that size answers.

    A token takes as long as reading the whole file from memory: its size says it.
    """
    return t(next((words for most, words in _SPEEDS if n_bytes <= most), _SLOWEST))


def _row(model: Model, installed: bool, in_use: bool, why: str) -> ModelRow:
    return ModelRow(
        id=model.id,
        name=model.name,
        kind=model.kind,
        languages=model.languages,
        license=model.license,
        n_bytes=model.disk_bytes if installed else model.download_bytes,
        installed=installed,
        in_use=in_use,
        recommended=why,
        speed=speed_in_words(model.disk_bytes) if model.kind == "language" else "",
        summary=model.summary,
    )


def _is_known(store: Store, model_id: str) -> bool:
    return any(model.id == model_id for model in store.catalog.models)


def _used(settings: Settings) -> Iterator[str]:
    """Give the ids of the models that these settings use."""
    for choose in (building.choose_recogniser, building.choose_language_model):
        with contextlib.suppress(ModelError, UsageError):
            yield choose(settings)[0].id


def _uses(settings: Settings, model: Model, used: set[str]) -> bool:
    return model.engine == settings.voice.engine if model.kind == "voice" else model.id in used


def _voices_of(engine: str, language: str) -> tuple[VoiceRow, ...]:
    """Ask an engine for its voices; none where it cannot speak the language."""
    from voicemate.engines import registry

    try:
        voice = registry.voice(settings_file.Voice(engine=engine), language)
    except VoiceMateError as error:
        log.info("no voices of %s: %s", engine, error)
        return ()
    try:
        found = [
            info
            for info in voice.voices()
            if not info.languages or any(_speaks(tag, language) for tag in info.languages)
        ]
    finally:
        voice.close()
    name = _ENGINES.get(engine, engine)
    rows = tuple(VoiceRow(engine, i.id, f"{name}: {i.name}", i.languages) for i in found)
    # The empty one is the engine's first: it has a row of its own where there is a choice.
    if len(rows) == 1:
        return (replace(rows[0], voice=""),)
    return (VoiceRow(engine, "", t("%1: its first voice").replace("%1", name)), *rows)


def _speaks(tag: str, language: str) -> bool:
    return tag == language or tag.startswith(f"{language}-")


def first_run_is_over() -> bool:
    """True once a person has been shown around."""
    return _first_run_page() == "done"


def _first_run_page() -> str:
    try:
        return _first_run_file().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _first_run_file() -> Path:
    return paths.state_dir() / "first-run"


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        about = file.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size


class _Stopped(Exception):  # noqa: N818  (control flow, not an error)
    """The person stopped a download."""


class _Steps:
    """A `catalog.Progress` that tells steps, and ends the work when they are not wanted."""

    def __init__(self, step: Callable[[DownloadStep], bool]) -> None:
        self._step = step
        self._label = ""
        self._done = 0
        self._total: int | None = None

    def start(self, label: str, total_bytes: int | None) -> None:
        """Begin a new bar."""
        self._label, self._done, self._total = label, 0, total_bytes
        self._tell()

    def advance(self, n_bytes: int) -> None:
        """So many bytes more are done."""
        self._done += n_bytes
        self._tell()

    def done(self) -> None:
        """Take the bar away."""

    def note(self, text: str) -> None:
        """Say something."""
        self._label = text
        self._tell()

    def _tell(self) -> None:
        if not self._step(DownloadStep(self._label, self._done, self._total)):
            raise _Stopped
