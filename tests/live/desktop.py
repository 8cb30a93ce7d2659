"""A running `voicemate` with its window, and a person in front of it.

Looked at as a screen reader does, used with real keys, heard at the virtual speaker.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from tests.live.talking import ANSWER_S, LOAD_S, at_speech_rate, write_settings
from tests.rig import Rig, wait_until
from tests.rig.reader import Reader, Thing
from tests.rig.screen import RIGHT_CTRL, Screen
from voicemate import paths
from voicemate.hotkey import control
from voicemate.types import SPEECH_RATE_HZ, Samples

LIMIT_S = 30.0
MOST_TABS = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program shows itself, speaks and listens."""

    rig: Rig
    screen: Screen
    reader: Reader

    @property
    def env(self) -> dict[str, str]:
        """Give the whole environment of a program there, its home included."""
        kept = {k: v for k, v in self.screen.env.items() if not k.startswith(("QT_", "QSG_"))}
        english = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "LANGUAGE": ""}
        return {**kept, **english, **self.rig.env, **self.reader.env}


class Desktop:
    """The program in a process of its own. Use as a context manager."""

    def __init__(
        self, place: Place, settings: Mapping[str, str], *, first_run: bool = False
    ) -> None:
        """Start it; `settings` are keys such as "voice.engine" with TOML values.

        With `first_run` it has never been started before.
        """
        self.place = place
        self.rig = place.rig
        self.screen = place.screen
        if settings:
            write_settings(settings)
        if not first_run:
            paths.private_folder(paths.state_dir())
            (paths.state_dir() / "first-run").write_text("done", encoding="utf-8")
        self.errors = paths.private_folder(paths.state_dir().parent) / "stderr"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                _dies_with_us([sys.executable, "-m", "voicemate"]),
                env=place.env,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.screen.xdotool("keyup", RIGHT_CTRL)
        if self.process.poll() is None:
            self.process.terminate()
        try:
            status = self.process.wait(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=LIMIT_S)
            raise
        if kind is None:
            assert status == 0, self.told_errors()
            # The reader may ask for a thing that has gone meanwhile: no fault of the window.
            complaints = [
                line
                for line in self.log().splitlines()
                if "Qt:" in line and "Could not find accessible" not in line
            ]
            assert not complaints, complaints

    # What it does.

    def ready(self) -> Self:
        """Wait until it has loaded everything and its window has the keyboard."""
        self.until("idle", limit_s=LOAD_S)
        wait_until(lambda: self.has_keyboard, LIMIT_S, "the window has the keyboard")
        return self

    def until(self, *states: str, limit_s: float = ANSWER_S) -> None:
        """Wait until it is in one of these states."""
        wait_until(lambda: self.state() in states, limit_s, f"VoiceMate is {' or '.join(states)}")

    def state(self) -> str:
        """Give what it does, such as "idle"."""
        assert self.process.poll() is None, f"VoiceMate ended: {self.told_errors()}"
        try:
            return control.send("ping", timeout_s=10)
        except control.NotRunningError:
            return "starting"

    def told_errors(self) -> str:
        """Give what it wrote to the terminal that it was started from."""
        return self.errors.read_text(encoding="utf-8", errors="replace")

    def log(self) -> str:
        """Give its log."""
        return paths.log_file().read_text(encoding="utf-8")

    # What is seen.

    def things(self) -> list[Thing]:
        """Give what stands in its windows."""
        return self.place.reader.things(self.process.pid)

    def names(self, role: str = "") -> list[str]:
        """Give the names of all things, or of those with a role."""
        return [thing.name for thing in self.things() if role in ("", thing.role)]

    def until_seen(self, what: str, limit_s: float = LIMIT_S) -> str:
        """Wait until something whose name contains `what` stands in the window; gives the name."""
        return self._until(
            lambda: next((n for n in self.names() if what in n), None), what, limit_s
        )

    def until_page(self, heading: str, limit_s: float = LIMIT_S) -> None:
        """Wait until a page with this heading stands in the window."""
        self._until(lambda: heading if heading in self.names("heading") else None, heading, limit_s)

    def until_gone(self, what: str, limit_s: float = LIMIT_S) -> None:
        """Wait until nothing whose name contains `what` stands in the window any more."""
        wait_until(
            lambda: not any(what in name for name in self.names()), limit_s, f"{what!r} is gone"
        )

    def _until(self, look: Callable[[], str | None], what: str, limit_s: float) -> str:
        found: list[str] = []

        def seen() -> bool:
            if (name := look()) is not None:
                found.append(name)
            return bool(found)

        try:
            wait_until(seen, limit_s, f"{what!r} is seen", step_s=0.02)
        except AssertionError as error:
            raise AssertionError(f"{error}; there was: {self.names()}") from None
        return found[-1]

    def focus(self) -> Thing | None:
        """Give what has the keyboard, the innermost."""
        return next((t for t in reversed(self.things()) if "focused" in t.states), None)

    @property
    def window(self) -> str | None:
        """The number of its window while that is to be seen."""
        command = [
            "search",
            "--all",
            "--onlyvisible",
            "--pid",
            str(self.process.pid),
            "--name",
            ".",
        ]
        try:
            found = self.screen.xdotool(*command).split()
        except subprocess.CalledProcessError:
            return None
        return found[0] if found else None

    @property
    def has_keyboard(self) -> bool:
        """True while its window is the one in front."""
        try:
            return self.screen.xdotool("getactivewindow") == self.window
        except subprocess.CalledProcessError:
            return False

    def title(self) -> str:
        """Give the title of its window."""
        window = self.window
        return self.screen.xdotool("getwindowname", window) if window else ""

    # What a person does.

    def key(self, *keys: str) -> None:
        """Press and let go."""
        self.screen.xdotool("key", *keys)

    def type_line(self, text: str) -> None:
        """Write to it instead of talking."""
        self.key("ctrl+l")
        wait_until(lambda: self._writes, LIMIT_S, "the line has the keyboard")
        self.screen.xdotool("type", "--delay", "20", text)
        self.key("Return")

    @property
    def _writes(self) -> bool:
        focus = self.focus()
        return focus is not None and focus.role == "text"

    def tab_to(self, name: str) -> None:
        """Press Tab until something of that name has the keyboard."""
        passed: list[str] = []
        for _ in range(MOST_TABS):
            focus = self.focus()
            if focus is not None and focus.name == name:
                return
            before = focus.at if focus is not None else None
            passed.append(focus.name if focus is not None else "nothing")
            self.key("Tab")
            with contextlib.suppress(AssertionError):
                # One thing alone keeps the keyboard.
                wait_until(lambda at=before: self._focus_at != at, 5, "it moved")  # type: ignore[misc]
        raise AssertionError(f"Tab never came to {name!r}; it came to {passed}")

    @property
    def _focus_at(self) -> tuple[str, str] | None:
        focus = self.focus()
        return focus.at if focus is not None else None

    def press(self, name: str) -> None:
        """Go to a button with Tab and press Enter."""
        self.tab_to(name)
        self.key("Return")

    def open_settings(self, topic: str) -> None:
        """Open a topic of the settings, by its title."""
        self.key("ctrl+comma")
        self.until_seen("Topics of the settings")
        wanted = [name for name in self.names("list item") if name]
        assert topic in wanted, wanted
        self.key(*["Down"] * wanted.index(topic), "Return")
        self.until_page(topic)

    def leave_settings(self) -> None:
        """Go back to the face."""
        self.key("Escape", "Escape")
        self.until_seen("Type to")

    def hold(self, key: str = RIGHT_CTRL) -> None:
        """Hold the key, wherever the keyboard is, until it listens."""
        self.screen.xdotool("keydown", key)
        self.until("listening", limit_s=LIMIT_S)

    def let_go(self, key: str = RIGHT_CTRL) -> None:
        """Let the key go."""
        self.screen.xdotool("keyup", key)

    def say(self, sound: Samples, key: str = RIGHT_CTRL) -> None:
        """Hold the key, say it, let go. `sound` is at 16 kHz."""
        self.hold(key)
        self.rig.feed(sound, rate_hz=SPEECH_RATE_HZ)
        self.let_go(key)

    def hear(self, ask: Callable[[], None]) -> Samples:
        """Ask, and give all that is heard at the speaker until the answer is over, at 16 kHz."""
        with self.rig.record_speaker() as ears:
            ask()
            self.until("speaking")
            self.until("idle")
            ears.wait_for(0.5)
            return at_speech_rate(ears.samples())

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `voicemate` with these words beside it, from a terminal."""
        return subprocess.run(
            [sys.executable, "-m", "voicemate", *words],
            env=self.place.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LOAD_S,
            check=False,
        )


def _dies_with_us(command: list[str]) -> list[str]:
    if shutil.which("setpriv"):
        return ["setpriv", "--pdeathsig", "TERM", *command]
    return command
