"""The system's voice when its process hangs, dies, is missing or is told odd things."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from voicemate import paths
from voicemate.cancel import CancelToken
from voicemate.engines import pyttsx3_child
from voicemate.engines.pyttsx3 import Pyttsx3Voice
from voicemate.engines.pyttsx3_process import Child, Limits
from voicemate.errors import EngineError, TurnCancelled
from voicemate.types import Speech

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="eSpeak and signals are tried on Linux"
)
TEXT = "The quick brown fox."
SHORT = Limits(start_s=10, render_s=0.3, per_character_s=0)


@pytest.fixture
def voice() -> Iterator[Pyttsx3Voice]:
    voice = Pyttsx3Voice()
    yield voice
    voice.close()


_earlier: set[psutil.Process] = set()


@pytest.fixture(autouse=True)
def _not_ours() -> None:
    """Note the processes that other tests keep for themselves, such as a sound server."""
    _earlier.clear()
    _earlier.update(psutil.Process().children())


def children() -> list[psutil.Process]:
    """Give the processes that this test has started."""
    return [child for child in psutil.Process().children() if child not in _earlier]


def child_of(_voice: Pyttsx3Voice) -> psutil.Process:
    """Give the one process that belongs to the voices of this test."""
    (child,) = children()
    return child


def render(voice: Pyttsx3Voice, text: str = TEXT) -> Speech:
    return voice.render(text, CancelToken())


class CancelledInTheWait(CancelToken):
    """A token that is set as soon as somebody waits for the process and wants to be woken."""

    def on_cancel(self, callback: Callable[[], None]) -> None:
        super().on_cancel(callback)
        self.cancel()


def script(tmp_path: Path, body: str) -> list[str]:
    """Give the command of a child process of our own that can do as it is told."""
    file = tmp_path / "child.py"
    child = Path(pyttsx3_child.__file__)
    head = f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport pyttsx3_child as child\n"
    (tmp_path / "pyttsx3_child.py").write_text(child.read_text())
    file.write_text(head + body)
    return [sys.executable, "-P", str(file)]


def test_a_process_that_was_killed_is_replaced(voice: Pyttsx3Voice) -> None:
    before = child_of(voice)
    before.kill()
    before.wait(10)

    assert render(voice).duration_s > 0.5
    assert child_of(voice).pid != before.pid


def test_a_process_that_dies_while_it_renders_is_replaced(voice: Pyttsx3Voice) -> None:
    before = child_of(voice)
    before.suspend()  # so that it is certainly in the middle of the render when it dies
    got: list[Speech] = []
    renders = threading.Thread(target=lambda: got.append(render(voice)))
    renders.start()
    before.kill()
    renders.join(10)

    assert got[0].duration_s > 0.5
    assert child_of(voice).pid != before.pid


def test_a_process_that_hangs_is_replaced_after_the_deadline() -> None:
    voice = Pyttsx3Voice(limits=SHORT)
    before = child_of(voice)
    before.suspend()

    assert render(voice).duration_s > 0.5
    assert child_of(voice).pid != before.pid
    assert not before.is_running()
    voice.close()


def test_one_that_hangs_again_and_again_is_an_error_with_a_hint(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    command = script(
        tmp_path,
        f"open({str(starts)!r}, 'a').write('x')\n"
        "out = child._own_stdout()\n"
        "voices = [{'id': 'a', 'name': 'A', 'languages': ['en']}]\n"
        "child.write_frame(out, {'n': 0, 'voices': voices})\n"
        "sys.stdin.buffer.read()\n",
    )
    voice = Pyttsx3Voice(limits=SHORT, command=command)

    with pytest.raises(EngineError, match="does not answer") as raised:
        render(voice)

    assert starts.read_text() == "xx"
    assert "espeak-ng" in raised.value.hint
    assert children() == []
    voice.close()


def test_one_that_never_starts_is_an_error(tmp_path: Path) -> None:
    command = script(tmp_path, "sys.stdin.buffer.read()\n")

    with pytest.raises(EngineError, match="does not start"):
        Pyttsx3Voice(limits=Limits(start_s=0.3), command=command)
    assert children() == []


def test_one_that_talks_nonsense_is_an_error(tmp_path: Path) -> None:
    command = script(tmp_path, "sys.stdout.write('Traceback: everything is broken ' * 9)\n")

    with pytest.raises(EngineError, match="does not start"):
        Pyttsx3Voice(command=command)


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="does not start"):
        Pyttsx3Voice(command=[str(tmp_path / "nothing")])


def test_a_missing_library_is_named_with_the_package_that_brings_it(tmp_path: Path) -> None:
    command = script(
        tmp_path,
        "import ctypes\n"
        "def missing(name): raise OSError(f'{name}: cannot open shared object file')\n"
        "ctypes.cdll.LoadLibrary = missing\n"
        "child.main(['pcm'])\n",
    )

    with pytest.raises(EngineError, match="library of espeak-ng") as raised:
        Pyttsx3Voice(command=command)
    assert "apt install espeak-ng" in raised.value.hint


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    command = script(tmp_path, "sys.modules['pyttsx3'] = None\nchild.main(['pcm'])\n")

    with pytest.raises(EngineError, match="Python package") as raised:
        Pyttsx3Voice(command=command)
    assert "pip install pyttsx3" in raised.value.hint


def test_a_driver_that_fails_on_a_text_is_an_error_and_stays_usable(tmp_path: Path) -> None:
    command = script(
        tmp_path,
        "make = child._pcm_driver\n"
        "def fragile():\n"
        "    driver = make()\n"
        "    say = driver.say\n"
        "    def fails(self, text):\n"
        "        if 'fail' in text: raise RuntimeError('out of breath')\n"
        "        say(self, text)\n"
        "    driver.say = fails\n"
        "    return driver\n"
        "child._pcm_driver = fragile\n"
        "child.main(['pcm'])\n",
    )
    voice = Pyttsx3Voice(command=command)

    with pytest.raises(EngineError, match="failed on a text") as raised:
        render(voice, "Please fail.")

    assert "out of breath" in str(raised.value.__cause__)
    assert render(voice).duration_s > 0.5
    voice.close()


def test_cancelling_ends_the_wait_at_once_and_the_next_text_gets_its_own_sound(
    voice: Pyttsx3Voice,
) -> None:
    expected = render(voice)
    child = child_of(voice)
    child.suspend()  # it cannot answer: only the token can end the wait
    with pytest.raises(TurnCancelled):
        voice.render("Something else, which nobody will hear.", CancelledInTheWait())

    child.resume()
    after = render(voice)
    assert child_of(voice).pid == child.pid
    assert after.duration_s == pytest.approx(expected.duration_s, rel=0.05)


def test_cancelled_texts_do_not_pile_up_in_a_process_that_hangs() -> None:
    voice = Pyttsx3Voice(limits=SHORT)
    before = child_of(voice)
    before.suspend()
    for _ in range(200):
        with pytest.raises(TurnCancelled):
            voice.render("x" * 900, CancelledInTheWait())

    assert render(voice).duration_s > 0.5
    assert child_of(voice).pid != before.pid
    voice.close()


def test_closing_ends_a_render_that_waits(voice: Pyttsx3Voice) -> None:
    child_of(voice).suspend()
    raised: list[BaseException] = []

    def waits() -> None:
        try:
            render(voice)
        except EngineError as error:
            raised.append(error)

    waiting = threading.Thread(target=waits)
    waiting.start()
    voice.close()
    waiting.join(10)

    assert "closed" in str(raised[0])
    assert children() == []
    with pytest.raises(EngineError, match="closed"):
        render(voice)


def test_the_process_ends_with_its_parent() -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, psutil\n"
            "from voicemate.engines.pyttsx3 import Pyttsx3Voice\n"
            "voice = Pyttsx3Voice()\n"
            "print(psutil.Process().children()[0].pid, flush=True)\n"
            "input()\n",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert parent.stdout
    child = psutil.Process(int(parent.stdout.readline()))
    assert child.is_running()

    parent.kill()
    parent.communicate()

    child.wait(10)


def test_ctrl_c_in_the_terminal_does_not_end_it(voice: Pyttsx3Voice) -> None:
    child = child_of(voice)
    child.send_signal(signal.SIGINT)

    assert render(voice).duration_s > 0.5
    assert child_of(voice).pid == child.pid
    assert os.getpgid(child.pid) != os.getpgid(0)


def test_texts_of_several_threads_do_not_mix(voice: Pyttsx3Voice) -> None:
    texts = ["One.", "Two and three.", "Four, five and six.", "A rather longer sentence, this one."]
    expected = {text: render(voice, text).duration_s for text in texts}
    wrong: list[str] = []

    def several(text: str) -> None:
        for _ in range(10):
            if abs(render(voice, text).duration_s - expected[text]) > 0.1:
                wrong.append(text)

    threads = [threading.Thread(target=several, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_markup_is_read_out_and_not_obeyed(voice: Pyttsx3Voice) -> None:
    plain = render(voice, "hello").duration_s

    # As SSML, this would be as long as "hello", or five seconds of silence.
    assert render(voice, '<break time="1ms"/>hello').duration_s > 1.5 * plain
    assert render(voice, "[[h@l'oU]]").duration_s > 1.5 * plain
    assert np.abs(render(voice, '<break time="5s"/>').samples).max() > 0.05


def test_positions_are_those_of_the_text_also_in_its_later_pieces(voice: Pyttsx3Voice) -> None:
    text = "Café number one.\tA naïve 😀 smile! " * 60

    speech = render(voice, text)

    assert len(text) > 2000
    marked = {text[word.start : word.end] for word in speech.words}
    assert {"Café", "number", "one", "naïve", "smile"} <= marked
    assert speech.words[-1].end > len(text) - 10
    assert [w.at_s for w in speech.words] == sorted(w.at_s for w in speech.words)


@pytest.mark.parametrize(
    ("wanted", "language", "chosen"),
    [
        ("", "en", "gmw/en-us"),
        ("", "ko", "ko"),
        ("", "de", "gmw/de"),
        ("gmw/en-GB-scotland", "en", "gmw/en-gb-scotland"),
        ("en-gb-scotland", "en", "gmw/en-gb-scotland"),
        ("Korean", "en", "ko"),
        ("ko+f2", "ko", "ko+f2"),
    ],
)
def test_a_voice_is_chosen_by_id_name_tag_or_language(
    wanted: str, language: str, chosen: str
) -> None:
    voice = Pyttsx3Voice(wanted, language=language)

    assert voice.name == f"pyttsx3 {chosen}"
    assert render(voice, "1 2 3").duration_s > 0.3
    voice.close()


@pytest.mark.parametrize("wanted", ["nobody", "ko+../../f2", "ko+", "../ko"])
def test_an_unknown_voice_is_refused_with_some_that_there_are(wanted: str) -> None:
    with pytest.raises(EngineError) as raised:
        Pyttsx3Voice(wanted)

    assert wanted in raised.value.message
    assert "gmw/en-us" in raised.value.hint
    assert children() == []


def test_a_language_that_no_voice_speaks_is_said_to_be() -> None:
    with pytest.raises(EngineError, match="no voice for the language 'tlh'"):
        Pyttsx3Voice(language="tlh")


def test_pitch_and_rate_change_the_sound(voice: Pyttsx3Voice) -> None:
    high = Pyttsx3Voice(pitch=1.8)
    slow = Pyttsx3Voice(rate=0.5)

    def fundamental_hz(speech: Speech) -> float:
        middle = speech.samples[len(speech.samples) // 3 :][:4096]
        likeness = np.correlate(middle, middle, "full")[len(middle) :]
        return speech.rate_hz / (int(np.argmax(likeness[50:400])) + 51)

    assert fundamental_hz(render(high, "ah")) > 1.2 * fundamental_hz(render(voice, "ah"))
    assert render(slow).duration_s > 1.5 * render(voice).duration_s
    high.close()
    slow.close()


class TestThroughFiles:
    """How Windows and macOS are served, tried here with pyttsx3's own eSpeak driver."""

    @pytest.fixture
    def folder(self) -> Path:
        return paths.private_folder(paths.runtime_dir()) / "voice"

    @pytest.fixture
    def voice(self, folder: Path) -> Iterator[Pyttsx3Voice]:
        folder.mkdir(mode=0o700)
        child = pyttsx3_child.__file__
        voice = Pyttsx3Voice(command=[sys.executable, "-P", child, "file", str(folder), "espeak"])
        yield voice
        voice.close()

    def test_it_sounds_like_the_direct_way(self, voice: Pyttsx3Voice) -> None:
        direct = Pyttsx3Voice()
        expected_s = render(direct).duration_s
        direct.close()

        # pyttsx3's own driver now and then speaks at its default rate, 1.14 times ours.
        assert render(voice).duration_s == pytest.approx(expected_s, rel=0.25)
        assert render(voice, "Another one.").duration_s < render(voice).duration_s

    def test_no_file_stays(self, voice: Pyttsx3Voice, folder: Path) -> None:
        assert render(voice).duration_s > 0.5
        assert list(folder.iterdir()) == []

    def test_its_folder_is_private_and_goes_with_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "darwin")
        child = Child.__new__(Child)
        command = child._usual_command()
        folder = Path(command[-1])

        assert command[-2] == "file"
        assert folder.parent == paths.runtime_dir()
        assert folder.stat().st_mode & 0o077 == 0
        child._remove_folder()
        assert not folder.exists()
