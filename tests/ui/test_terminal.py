"""`voicemate talk` in a real pseudo-terminal: keys go in, a screen comes out."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rig.waiting import wait_until

pexpect = pytest.importorskip("pexpect", reason="pexpect is not installed")
pyte = pytest.importorskip("pyte", reason="pyte is not installed")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals on Windows")

PROGRAM = Path(__file__).with_name("program.py")
PATIENCE_S = 20.0

SPACE_DOWN, SPACE_AGAIN, SPACE_UP = "\x1b[32;1:1;32u", "\x1b[32;1:2;32u", "\x1b[32;1:3u"
FOCUS_OUT = "\x1b[O"

SELECT_CALLS = {"23", "270", "72"}
"""select and pselect6, on 64-bit Intel and ARM."""

_QUERY = b"\x1b[?u"
_NOT_FOR_PYTE = re.compile(rb"\x1b\[[<=>?][0-9;]*u")
"""Keyboard modes, which the screen of these tests would print."""


class Window:
    """A terminal window: what it shows, and the program that runs in it.

    With `kitty` it tells key releases, and answers the question whether it does; the answer is
    `flags`.
    """

    def __init__(
        self,
        *arguments: str,
        kitty: bool = False,
        flags: int = 31,
        size: tuple[int, int] = (60, 16),
        command: list[str] | None = None,
        **environment: str,
    ) -> None:
        columns, rows = size
        self._answer = f"\x1b[?{flags}u" if kitty else ""
        self.screen = pyte.HistoryScreen(columns, rows, history=200, ratio=0.5)
        self._stream = pyte.ByteStream(self.screen)
        self._held_back = b""
        self.written = b""
        command = command or [sys.executable, str(PROGRAM), *arguments]
        env = {**os.environ, "TERM": "xterm-256color", "PYTHONUTF8": "1", **environment}
        self.child = pexpect.spawn(
            command[0], command[1:], dimensions=(rows, columns), env=env, timeout=PATIENCE_S
        )
        self.child.delaybeforesend = None
        self.child.ptyproc.delayafterclose = 0
        self.child.ptyproc.delayafterterminate = 0.01
        self.modes_before = self.modes()

    def modes(self) -> list[object]:
        """What `stty -g` would say."""
        return termios.tcgetattr(self.child.child_fd)

    def send(self, keys: str) -> None:
        self.child.send(keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def lines(self) -> list[str]:
        """What is on the screen, without empty rows."""
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def text(self) -> str:
        """All that was ever scrolled out, and the screen."""
        above = [
            "".join(row[x].data for x in range(self.screen.columns)).rstrip()
            for row in self.screen.history.top
        ]
        return "\n".join([*above, *self.lines()])

    def status(self) -> str:
        return self.lines()[-1] if self.lines() else ""

    def typed(self) -> str:
        """The row above the status."""
        return self.lines()[-2] if len(self.lines()) > 1 else ""

    def until(self, true: Callable[[], bool]) -> None:
        """Show what the program writes until `true()`; fails with the screen after a while."""
        while not true():
            try:
                data = self.child.read_nonblocking(65536, PATIENCE_S)
            except (pexpect.TIMEOUT, pexpect.EOF) as error:
                screen = "\n".join(self.screen.display)
                pytest.fail(f"{type(error).__name__}, the screen shows:\n{screen}")
            self._show(data)

    def until_shown(self, *texts: str) -> None:
        self.until(lambda: all(text in "\n".join(self.lines()) for text in texts))

    def until_status(self, word: str) -> None:
        self.until(lambda: word in self.status())

    def until_ready(self) -> None:
        self.until_status("○ Ready")
        if self._answer:
            self.until_shown("Hold SPACE to talk")

    def end(self) -> int:
        """Wait for the program's end; gives its exit status, negative for a signal."""
        while True:
            try:
                self._show(self.child.read_nonblocking(65536, PATIENCE_S))
            except pexpect.EOF:
                break
        self.child.wait()
        return (
            self.child.exitstatus
            if self.child.exitstatus is not None
            else (-self.child.signalstatus)
        )

    def close(self) -> None:
        self.child.close(force=True)

    def _show(self, data: bytes) -> None:
        if _QUERY in self._tail() + data and self._answer:
            self.send(self._answer)
        self.written += data
        whole = self._held_back + data
        # A sequence may be split between two reads.
        cut = whole.rfind(b"\x1b", max(len(whole) - 16, 0))
        cut = cut if cut >= 0 and not re.match(rb"\x1b\[[^@-~]*[@-~]", whole[cut:]) else len(whole)
        self._held_back = whole[cut:]
        self._stream.feed(_NOT_FOR_PYTE.sub(b"", whole[:cut]))

    def _tail(self) -> bytes:
        return self.written[-len(_QUERY) + 1 :]


Open = Callable[..., Window]


@pytest.fixture
def open_window() -> Iterator[Open]:
    windows: list[Window] = []

    def open_one(*arguments: str, **options: object) -> Window:
        windows.append(Window(*arguments, **options))  # type: ignore[arg-type]
        return windows[-1]

    yield open_one
    for window in windows:
        window.close()


def test_space_is_held_where_the_terminal_tells_releases(open_window: Open) -> None:
    window = open_window(kitty=True)
    window.until_ready()
    window.send(SPACE_DOWN + SPACE_AGAIN)
    window.until_shown("● Listening", "You: what a fine …", "Let go to send")
    window.send(SPACE_UP)
    window.until_shown("You: what a fine day", "Mate: It is sunny indeed.", "○ Ready")
    assert "…" not in "\n".join(window.lines())


def test_the_meter_moves_with_the_microphone(open_window: Open) -> None:
    window = open_window(kitty=True)
    window.until_ready()
    assert "▮" not in window.status()
    window.send(SPACE_DOWN)
    window.until_status("▮▮▮▮▮▯▯▯▯▯")


def test_a_release_that_went_to_another_window_still_ends_the_take(open_window: Open) -> None:
    window = open_window(kitty=True)
    window.until_ready()
    window.send(SPACE_DOWN)
    window.until_status("Listening")
    window.send(FOCUS_OUT)
    window.until_shown("Mate: It is sunny indeed.", "○ Ready")


def test_space_is_tapped_elsewhere_and_its_repeats_do_nothing(open_window: Open) -> None:
    window = open_window()
    window.until_ready()
    assert "SPACE to talk" in window.typed()
    window.send("     ")
    window.until_shown("● Listening", "SPACE to send")
    window.send("\r")
    window.until_shown("Mate: It is sunny indeed.", "○ Ready")
    # One take, although five spaces came.
    assert window.text().count("You:") == 1


def test_half_of_the_kitty_protocol_is_not_used(open_window: Open) -> None:
    window = open_window(kitty=True, flags=1)
    window.until_status("○ Ready")
    window.until(lambda: b"\x1b[=0;1u" in window.written)
    window.send("a A\r")
    window.until_shown("Mate: You wrote a A.")


def test_escape_throws_the_take_away(open_window: Open) -> None:
    window = open_window()
    window.until_ready()
    window.send(" ")
    window.until_shown("● Listening", "You: what a fine …")
    window.send("\x1b")
    window.until_shown("○ Ready", "(discarded)")
    assert "Mate:" not in window.text()


def test_escape_stops_the_answer_and_the_screen_says_where(open_window: Open) -> None:
    window = open_window()
    window.until_ready()
    window.send("please stay\r")
    window.until_shown("▶ Speaking", "Mate: You wrote please stay.")
    window.send("\x1b")
    window.until_shown("○ Ready", "(interrupted)")


def test_talking_interrupts_the_answer(open_window: Open) -> None:
    window = open_window(kitty=True)
    window.until_ready()
    window.send("please stay\r")
    window.until_status("▶ Speaking")
    window.send(SPACE_DOWN)
    window.until_shown("(interrupted)", "● Listening", "You: what a fine …")
    window.send(SPACE_UP)
    window.until_shown("Mate: It is sunny indeed.", "○ Ready")


def test_a_line_is_typed_mended_and_answered(open_window: Open) -> None:
    window = open_window()
    window.until_ready()
    window.send("hello wrold\x7f\x7f\x7f\x7forld big\x17there\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D, ")
    window.until_shown("› hello world , there")
    window.send("\x15")
    window.until_shown("› there")
    window.send("\r")
    window.until_shown("You: there", "Mate: You wrote there.")


def test_korean_is_two_cells_wide_and_edited_by_syllable(open_window: Open) -> None:
    window = open_window(size=(24, 12))
    window.until_ready()
    window.send("안녕하세요 저는")
    window.until(lambda: window.screen.cursor.x == 2 + 2 * 7 + 1)
    window.send("\x7f\x1b[D\x7f나")
    # "저는", less its last syllable, the cursor before 저, the space before it deleted.
    window.until(lambda: "안녕하세요나저" in "".join(window.lines()).replace(" ", ""))
    window.until(lambda: window.screen.cursor.x == 2 + 2 * 6)
    window.send("\x1b[F가나다라마바사아자차")
    # Wider than the window: the end stays in sight, and nothing breaks onto another row.
    window.until(lambda: window.typed().replace(" ", "").endswith("사아자차"))
    assert window.screen.cursor.x < 24
    window.send("\r")
    window.until(lambda: "가나다라마바사아자차." in re.sub(r"\s", "", window.text()))


def test_a_paste_is_text_even_with_line_breaks(open_window: Open) -> None:
    window = open_window()
    window.until_ready()
    window.send("\x1b[200~one\r\ntwo \x1b[31mthree\x1b[201~")
    window.until_shown("› one two three")
    assert "Mate:" not in window.text()
    window.send("\r")
    window.until_shown("Mate: You wrote one two three.")


def test_no_control_sequence_of_an_answer_reaches_the_terminal(open_window: Open) -> None:
    window = open_window()
    window.until_ready()
    window.send("hostile\r")
    window.until_shown("Mate: red and back", "○ Ready")
    for hostile in (b"gotcha", b"\x1b[2J", b"\x1b[31m", b"\x07", "\u202e".encode(), b"\xc2\x9b"):
        assert hostile not in window.written
    assert window.screen.title == ""


def test_the_microphone_is_closed_and_opened(open_window: Open) -> None:
    window = open_window()
    window.until_shown("○ Ready", "microphone open")
    window.send("\x0f")
    window.until_shown("× Muted", "microphone closed")
    window.send(" ")
    window.until_shown("! The microphone is closed.")
    window.send("\x0f")
    window.until_shown("○ Ready", "microphone open")


def test_typing_goes_on_without_a_microphone(open_window: Open) -> None:
    window = open_window("--no-microphone")
    window.until_shown("○ Ready", "! There is no microphone. Plug one in.")
    window.send("hello\r")
    window.until_shown("Mate: You wrote hello.")
    assert "no microphone" not in "\n".join(window.lines())


def test_a_failure_stands_with_its_turn(open_window: Open) -> None:
    window = open_window()
    window.until_ready()
    window.send("please fail\r")
    window.until_shown("You: please fail", "! The model tripped over. Pick it up.", "○ Ready")
    window.send("hello\r")
    window.until_shown("! The model tripped over. Pick it up.", "Mate: You wrote hello.")


def test_what_was_said_before_is_not_shown_and_forgetting_is_told(open_window: Open) -> None:
    window = open_window()
    window.until_ready()
    window.send("forget it\r")
    window.until_shown("The whole conversation was deleted.", "Mate: You wrote forget it.")
    assert "long ago" not in "\n".join(window.lines())


def test_help_opens_and_closes(open_window: Open) -> None:
    window = open_window()
    window.until_ready()
    window.send("?")
    window.until_shown("close the microphone", "tap to begin")
    window.send("?")
    window.until(lambda: "tap to begin" not in "\n".join(window.lines()))
    window.send("what?")
    window.until_shown("› what?")


def test_timing_shows_milliseconds_and_tokens(open_window: Open) -> None:
    window = open_window("--timing", size=(110, 16))
    window.until_ready()
    window.send("hello\r")
    window.until_shown(
        "first piece", "first sound", "total", "prompt tokens read before", "○ Ready"
    )
    assert re.search(r"first sound \d+ ms", window.status())


def test_a_resized_window_is_drawn_anew(open_window: Open) -> None:
    window = open_window(size=(80, 16))
    window.until_ready()
    window.send("a line that will not fit")
    window.until_shown("› a line that will not fit")
    window.resize(20, 10)
    window.until(lambda: "will not fit" in window.typed() and len(window.status()) < 20)
    window.resize(80, 16)
    window.until(lambda: "› a line that will not fit" in window.typed())


def test_a_long_conversation_scrolls_as_ordinary_lines(open_window: Open) -> None:
    window = open_window(size=(40, 8))
    window.until_ready()
    for n in "abcdefgh":
        window.send(f"letter {n}\r")
        window.until_shown(f"Mate: You wrote letter {n}.", "○ Ready")
    for n in "abcdefgh":
        assert window.text().count(f"You: letter {n}\n") == 1
        assert window.text().count(f"Mate: You wrote letter {n}.\n") == 1
    assert window.text().count("○ Ready") == 1


def test_colours_can_be_switched_off(open_window: Open) -> None:
    window = open_window(NO_COLOR="1")
    window.until_ready()
    window.send("hello\r")
    window.until_shown("Mate: You wrote hello.")
    assert not re.search(rb"\x1b\[[0-9;]*3[0-7]m", window.written)
    coloured = open_window()
    coloured.until_ready()
    coloured.send("hello\r")
    coloured.until_shown("Mate: You wrote hello.")
    assert re.search(rb"\x1b\[[0-9;]*3[0-7]m", coloured.written)


@pytest.mark.parametrize("leave", ["\x03", "\x04", "\x1b[99;5u"])
def test_leaving_gives_the_terminal_back(open_window: Open, leave: str) -> None:
    window = open_window(kitty=leave.startswith("\x1b"))
    window.until_ready()
    assert window.modes() != window.modes_before
    window.send(leave)
    assert window.end() == 0
    assert window.lines()[-1] == "Goodbye."
    assert window.modes() == window.modes_before
    _assert_quiet(window)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(open_window: Open, number: signal.Signals) -> None:
    window = open_window()
    window.until_ready()
    window.send("please stay\r")
    window.until_status("▶ Speaking")
    window.child.kill(number)
    assert window.end() == 0
    assert "Mate: You wrote please stay." in window.text()
    assert window.modes() == window.modes_before
    _assert_quiet(window)


def _assert_quiet(window: Window) -> None:
    """Every mode that was switched on was switched off again, and the cursor is there."""
    assert window.written.count(b"\x1b[>31u") == window.written.count(b"\x1b[<u") > 0
    for on, off in ((b"\x1b[?1004h", b"\x1b[?1004l"), (b"\x1b[?2004h", b"\x1b[?2004l")):
        assert 0 <= window.written.rfind(on) < window.written.rfind(off)
    assert not window.screen.cursor.hidden


def test_a_crash_gives_the_terminal_back(open_window: Open) -> None:
    crash = (
        "import runpy, voicemate.ui.terminal as t\n"
        "def broken(*_): raise RuntimeError('broken on purpose')\n"
        "t._FrontEnd._enter = broken\n"
        f"runpy.run_path({str(PROGRAM)!r}, run_name='__main__')\n"
    )
    window = open_window(command=[sys.executable, "-c", crash])
    window.until_ready()
    window.send("hello\r")
    assert window.end() == 1
    assert "RuntimeError: broken on purpose" in window.text()
    assert window.modes() == window.modes_before
    _assert_quiet(window)


def test_it_can_be_put_aside_and_taken_up_again(open_window: Open) -> None:
    window = open_window(command=["bash", "--norc", "--noprofile", "-i"], PS1="shell> ")
    window.until_shown("shell>")
    window.send(f"{sys.executable} {PROGRAM}\n")
    window.until_ready()
    raw = window.modes()
    window.send("half a li")
    window.until_shown("› half a li")
    window.send("\x1a")
    window.until_shown("Stopped", "shell>")
    assert window.written.count(b"\x1b[>31u") == window.written.count(b"\x1b[<u") == 1
    window.send("echo in between; fg; echo left with $?\n")
    window.until(lambda: "○ Ready" in window.status() and "› half a li" in window.typed())
    assert "in between" in window.text()
    assert window.modes() == raw
    window.send("ne\r")
    window.until_shown("Mate: You wrote half a line.", "○ Ready")
    window.send("\x03")
    window.until_shown("Goodbye.", "left with 0")
    window.send("exit\n")
    window.end()
    _assert_quiet(window)


def test_it_sleeps_when_nothing_happens(open_window: Open) -> None:
    window = open_window()
    window.until_ready()
    syscall = Path(f"/proc/{window.child.pid}/syscall")
    if not syscall.exists():
        pytest.skip("this system does not tell what a process waits for")

    def asleep_for_good() -> bool:
        # Number, then arguments: the fifth of select is its time limit, and there is none.
        fields = syscall.read_text().split()
        return fields[0] in SELECT_CALLS and fields[5] == "0x0"

    wait_until(asleep_for_good, PATIENCE_S, "waiting for a key or an event, without a limit")


def piped(lines: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), *arguments],
        input=lines,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S * 2,
        check=False,
    )


def test_lines_from_a_pipe_are_answered_plainly() -> None:
    done = piped("hello\n\n안녕\nhostile\nlast without an end")
    assert done.stdout.splitlines() == [
        "You wrote hello.",
        "You wrote 안녕.",
        "red and back",
        "You wrote last without an end.",
    ]
    assert done.stderr == ""
    assert done.returncode == 0
    assert "\x1b" not in done.stdout


def test_a_pipe_gets_failures_on_stderr_and_a_status() -> None:
    done = piped("please fail\nhello\n", "--no-microphone")
    assert done.stdout.splitlines() == ["You wrote hello."]
    assert done.stderr.splitlines() == [
        "There is no microphone. Plug one in.",
        "The model tripped over. Pick it up.",
    ]
    assert done.returncode == 4


def test_a_pipe_is_told_of_forgetting_on_stderr() -> None:
    done = piped("forget it\n")
    assert done.stdout == "You wrote forget it.\n"
    assert done.stderr == "The whole conversation was deleted.\n"


def test_a_pipe_gets_the_milliseconds_on_stderr() -> None:
    done = piped("hello\n", "--timing")
    assert done.stdout == "You wrote hello.\n"
    assert re.search(r"first sound \d+ ms", done.stderr)


def test_a_pipe_that_stays_open_is_ended_by_a_signal() -> None:
    program = subprocess.Popen(
        [sys.executable, str(PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with program:
        assert program.stdin
        assert program.stdout
        program.stdin.write("hello\n")
        program.stdin.flush()
        assert program.stdout.readline() == "You wrote hello.\n"
        program.send_signal(signal.SIGTERM)
        assert program.wait(PATIENCE_S) == 0


def test_a_terminal_that_can_do_nothing_gets_plain_lines(open_window: Open) -> None:
    window = open_window(TERM="dumb")
    window.send("hello\n")
    window.until_shown("You wrote hello.")
    window.send("\x04")
    assert window.end() == 0
    assert b"\x1b" not in window.written
