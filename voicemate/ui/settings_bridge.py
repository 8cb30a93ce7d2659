"""Between the desk and QML: what QML knows as `App.desk`; on the window's thread.

Settings are shown as they hold. One that was asked for is shown at once and, where the desk refuses
it, goes back with the reason beside it. Models, the key and what is kept have objects of their own.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from voicemate import settings as tree
from voicemate.errors import VoiceMateError
from voicemate.events import Event, Ready
from voicemate.ui import settings_words as words
from voicemate.ui.desk import Desk, DeviceRow, VoiceRow
from voicemate.ui.ear import Ear
from voicemate.ui.errands import Errands
from voicemate.ui.face import loudness
from voicemate.ui.facts import facts
from voicemate.ui.kept_bridge import KeptBridge
from voicemate.ui.key_bridge import KeyBridge
from voicemate.ui.model_shelf import ModelShelf
from voicemate.ui.settings_list import KEYS, entries, read, written
from voicemate.ui.talker import Talker

Option = dict[str, str]
"""What can be picked: "value" and "label"."""

_LISTS = ("microphones", "speakers", "voices", "voices_to_install")

AREAS = ("devices", "voices", "choose_voice", "speak", "kept", "login", "models", "capture")
"""What else can go wrong than a setting; names in `problems`."""


class SettingsBridge(QObject):
    """`values` and `problems` by setting, `state`, lists to pick from, and slots."""

    followed = Signal()
    """The settings have changed: by the person, or from outside."""
    settled = Signal(str)
    """What was asked of a setting (or "choose_voice") is decided: it shows what holds."""
    devices_changed = Signal()
    voices_changed = Signal()
    words_changed = Signal()
    online_changed = Signal(bool)

    def __init__(
        self,
        desk: Desk,
        companion: Talker,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._companion = companion
        self._clock = clock
        self._ear = Ear()
        self._pending: Counter[str] = Counter()
        self._microphones: tuple[DeviceRow, ...] = ()
        self._speakers: tuple[DeviceRow, ...] = ()
        self._voices: tuple[VoiceRow, ...] = ()
        self._options: dict[str, list[Option]] = {name: [] for name in _LISTS}
        self._voice = ""
        self._voices_wanted = False
        self._errands = Errands(self)
        self._language = desk.settings.companion.language
        self._values = facts({KEYS[key]: tree.value(desk.settings, key) for key in KEYS})
        self._problems = facts(dict.fromkeys((*KEYS.values(), *AREAS), ""))
        self._state = facts(
            {
                "devices_busy": False,
                "voices_busy": False,
                "login_known": False,
                "can_start_at_login": False,
                "starts_at_login": False,
                "level": 0.0,
                "hears": "closed",
                "hears_words": "",
                "first_run_page": desk.first_run_page,
            }
        )
        self._shelf = ModelShelf(desk, self._errands, self._problems, self.set_in_turn, clock)
        self._shelf.online_changed.connect(self.online_changed)
        self._key = KeyBridge(desk, self._errands, self._problems, self.set)
        self._kept = KeptBridge(desk, self._errands, self._problems)
        desk.listen(self._on_changed)

    def close(self) -> None:
        """Ask for nothing any more; a download stops where it is."""
        self._desk.listen(None)
        self._key.stop()
        self._shelf.stop_all()
        self._errands.rest()

    # What QML reads.

    values = Property(QObject, lambda self: self._values, constant=True)
    problems = Property(QObject, lambda self: self._problems, constant=True)
    state = Property(QObject, lambda self: self._state, constant=True)
    shelf = Property(QObject, lambda self: self._shelf, constant=True)
    key = Property(QObject, lambda self: self._key, constant=True)
    everything = Property(list, lambda _self: entries(), notify=words_changed)

    def _voice_in_use(self) -> str:
        voice = self._desk.settings.voice
        return f"{voice.engine}:{voice.voice}"

    microphones = Property(list, lambda self: self._options["microphones"], notify=devices_changed)
    speakers = Property(list, lambda self: self._options["speakers"], notify=devices_changed)
    voices = Property(list, lambda self: self._options["voices"], notify=voices_changed)
    voices_to_install = Property(
        list, lambda self: self._options["voices_to_install"], notify=voices_changed
    )
    voice = Property(str, _voice_in_use, notify=voices_changed)
    kept = Property(QObject, lambda self: self._kept, constant=True)

    # Settings.

    @Slot(str, str)
    def set(self, key: str, value: str) -> None:
        """Keep a setting and apply it."""
        typed = read(key, value)
        if typed is not None:
            self._values.set(KEYS[key], typed)
        self.set_in_turn((key,), [(key, value)], partial(self._settled, key))

    @Slot(str)
    def reset(self, key: str) -> None:
        """Give a setting its default back."""
        self.set(key, written(tree.value(tree.Settings(), key)))

    def set_in_turn(
        self,
        keys: Sequence[str],
        steps: Sequence[tuple[str, str]],
        settled: Callable[[VoiceMateError | None], None],
    ) -> None:
        """Set several one after the other; where one is refused, those before are taken back."""
        self._pending.update(keys)

        def work() -> None:
            before = self._desk.settings
            for n, (key, value) in enumerate(steps):
                try:
                    self._desk.set(key, value)
                except VoiceMateError:
                    for undone, _ in reversed(steps[:n]):
                        with contextlib.suppress(VoiceMateError):
                            self._desk.set(undone, written(tree.value(before, undone)))
                    raise

        def decided(error: VoiceMateError | None) -> None:
            self._pending.subtract(keys)
            self._follow()
            settled(error)

        self._errands.run("settings", work, lambda _: decided(None), decided)

    def _settled(self, area: str, error: VoiceMateError | None) -> None:
        self._tell(area, error)
        self.settled.emit(area)

    def _on_changed(self) -> None:
        # Any thread.
        self._errands.post(self._follow)

    def _follow(self) -> None:
        settings = self._desk.settings
        for key, name in KEYS.items():
            # What is being asked for stands until the desk has said what it thinks of it.
            if not self._pending[key]:
                self._values.set(name, tree.value(settings, key))
        self._key.look()
        self._show_options()
        self.followed.emit()
        if settings.companion.language != self._language:
            self._language = settings.companion.language
            # Whoever listens to `followed` has changed the words meanwhile.
            self._key.look()
            self.words_changed.emit()
            if self._voices_wanted:
                self.look_for_voices()
        self._shelf.look_again()

    def _tell(self, area: str, error: VoiceMateError | None) -> None:
        self._problems.set(KEYS.get(area, area), words.told(error) if error is not None else "")

    # Devices and voices.

    @Slot()
    def look_for_devices(self) -> None:
        """Find out which microphones and speakers there are."""
        self._state.set("devices_busy", True)
        self._errands.run(
            "looking", self._desk.devices, self._on_devices, partial(self._failed, "devices")
        )

    def _on_devices(self, found: tuple[tuple[DeviceRow, ...], tuple[DeviceRow, ...]]) -> None:
        self._microphones, self._speakers = found
        self._state.set("devices_busy", False)
        self._tell("devices", None)
        self._show_options()

    @Slot()
    def look_for_voices(self) -> None:
        """Find out which voices there are."""
        self._voices_wanted = True
        self._state.set("voices_busy", True)
        self._errands.run(
            "looking", self._desk.voices, self._on_voices, partial(self._failed, "voices")
        )

    def _on_voices(self, found: tuple[VoiceRow, ...]) -> None:
        self._voices = found
        self._state.set("voices_busy", False)
        self._tell("voices", None)
        self._show_options()

    def _show_options(self) -> None:
        # Only what has changed is told: a list that is just open must not begin anew.
        settings = self._desk.settings
        voices = [_option(_voice(row), row.shown) for row in self._voices if not row.install]
        found = {
            "microphones": _devices(self._microphones, settings.audio.microphone),
            "speakers": _devices(self._speakers, settings.audio.speaker),
            "voices": _with_wanted(voices, self._voice_in_use(), words.missing_voice),
            "voices_to_install": [
                _option(row.install, row.shown) for row in self._voices if row.install
            ],
        }
        changed = {name for name, options in found.items() if options != self._options[name]}
        voice, self._voice = self._voice, self._voice_in_use()
        self._options = found
        if changed & {"microphones", "speakers"}:
            self.devices_changed.emit()
        if changed & {"voices", "voices_to_install"} or voice != self._voice:
            self.voices_changed.emit()

    def _failed(self, area: str, error: VoiceMateError) -> None:
        if area in ("devices", "voices"):
            self._state.set(f"{area}_busy", False)
        self._tell(area, error)

    @Slot(str)
    def choose_voice(self, value: str) -> None:
        """Take another voice, one of `voices`."""
        engine, _, voice = value.partition(":")
        steps = [("voice.engine", engine), ("voice.voice", voice)]
        if engine == self._desk.settings.voice.engine:
            steps = steps[1:]
        elif self._desk.settings.voice.voice:
            # The name of one engine's voice means nothing to the other one.
            steps.insert(0, ("voice.voice", ""))
        self.set_in_turn(
            ("voice.engine", "voice.voice"), steps, partial(self._settled, "choose_voice")
        )

    @Slot()
    def speak_sample(self) -> None:
        """Have the voice introduce itself."""
        companion = self._desk.settings.companion
        self._speak(words.sample(companion.language, companion.name))

    @Slot()
    def test_speaker(self) -> None:
        """Have something said at the speaker."""
        self._speak(words.speaker_test(self._desk.settings.companion.language))

    def _speak(self, text: str) -> None:
        # In the settings' lane: a voice that was just chosen is the one that speaks.
        self._errands.run(
            "settings",
            lambda: self._desk.speak(text),
            lambda _: self._tell("speak", None),
            partial(self._failed, "speak"),
        )

    @Slot()
    def look_at_level(self) -> None:
        """Show the microphone's level as it is; called about 15 times a second by who shows it."""
        is_open = self._companion.microphone_open and not self._companion.muted
        level_db = self._companion.level_db
        hears = self._ear.hear(level_db, self._clock(), is_open=is_open)
        self._state.set("level", round(loudness(level_db), 2) if is_open else 0.0)
        self._state.set("hears", hears)
        self._state.set("hears_words", words.verdict(hears))

    def see(self, event: Event) -> None:
        """Take in what the companion tells."""
        self._kept.see(event)
        if isinstance(event, Ready):
            self._shelf.look_again()

    # The desktop.

    @Slot()
    def look_at_login(self) -> None:
        """Find out whether VoiceMate starts with the desktop."""
        self._errands.run(
            "looking",
            lambda: self._desk.starts_at_login,
            self._on_login,
            partial(self._failed, "login"),
        )

    def _on_login(self, starts: bool | None) -> None:
        self._state.set_all(
            {
                "login_known": True,
                "can_start_at_login": starts is not None,
                "starts_at_login": bool(starts),
            }
        )

    @Slot(bool)
    def start_at_login(self, on: bool) -> None:
        """Start with the desktop from now on, or no more."""
        self._state.set("starts_at_login", on)
        self._errands.run(
            "settings", lambda: self._desk.start_at_login(on), self._login_set, self._login_not_set
        )

    def _login_set(self, _: None) -> None:
        self._tell("login", None)
        self.look_at_login()

    def _login_not_set(self, error: VoiceMateError) -> None:
        self._tell("login", error)
        self.look_at_login()

    @Slot(str)
    def reach_first_run_page(self, page: str) -> None:
        """Keep where the first run stands."""
        self._state.set("first_run_page", page)
        self._errands.run(
            "settings",
            lambda: self._desk.reach_first_run_page(page),
            lambda _: None,
            lambda _: None,
        )

    @Slot(str)
    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""
        QGuiApplication.clipboard().setText(text)


def _option(value: str, label: str) -> Option:
    return {"value": value, "label": label}


def _voice(row: VoiceRow) -> str:
    return f"{row.engine}:{row.voice}"


def _devices(rows: Sequence[DeviceRow], wanted: str) -> list[Option]:
    options = [_option(row.name, row.shown) for row in rows]
    return _with_wanted(options, wanted, words.missing_device)


def _with_wanted(options: list[Option], wanted: str, missing: Callable[[str], str]) -> list[Option]:
    """Add what the settings name and nobody found, so that the truth can be shown."""
    if not options or any(option["value"] == wanted for option in options):
        return options
    return [*options, _option(wanted, missing(wanted))]
