"""The set-up: what can be tried without a network. scripts/test itself is the rest of the proof."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETUP = ROOT / "scripts" / "setup"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="scripts/ is for Linux and macOS")


@pytest.fixture(autouse=True)
def _setup_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SETUP))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a copy of what the set-up reads, in a folder with a space in its name."""
    root = tmp_path / "voice mate"
    shutil.copytree(ROOT / "scripts", root / "scripts")
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


@pytest.fixture
def done(checkout: Path, tmp_path: Path) -> Path:
    """Give the virtual environment of a copy in which everything is set up."""
    from state import STEPS, State

    venv = checkout / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    started = venv / "bin" / "voicemate"
    started.write_text('#!/bin/sh\nprintf "<%s>" voicemate "$@"\n')
    started.chmod(0o755)
    (tmp_path / "models" / "one").mkdir(parents=True)
    state = State(checkout, venv)
    for step in STEPS["run"]:
        state.note(step, models_dir=str(tmp_path / "models"))
    return venv


def run(checkout: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "scripts" / "run", *arguments],
        cwd="/",
        env={name: v for name, v in os.environ.items() if name != "VOICEMATE_VENV"} | env,
        capture_output=True,
        text=True,
    )


def test_a_second_start_goes_straight_to_voicemate(checkout: Path, done: Path) -> None:
    talk = run(checkout)
    assert (talk.stdout, talk.stderr) == ("<voicemate>", "")
    ask = run(checkout, "ask", "a question.wav", "--json")
    assert ask.stdout == "<voicemate><ask><a question.wav><--json>"
    assert not (checkout / ".venv-setup.log").exists()  # nothing was set up


def test_what_had_to_be_left_out_is_told_at_every_start(checkout: Path, done: Path) -> None:
    from state import State

    State(checkout, done).note("llama", left_out="no language model. Please run: this")
    started = run(checkout)
    assert started.stdout == "<voicemate>"
    assert started.stderr == "Note: no language model. Please run: this\n"


@pytest.mark.parametrize("old", ["3.9.2", "3.10.12"])
def test_an_old_python_is_refused_in_a_sentence(checkout: Path, tmp_path: Path, old: str) -> None:
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    for tool in ("bash", "dirname", "env"):
        (bin_dir / tool).symlink_to(str(shutil.which(tool)))
    python = bin_dir / "python3"
    python.write_text(
        f'#!/bin/sh\nif [ "$1" = --version ]; then echo Python {old}; exit; fi\nexit 1\n'
    )
    python.chmod(0o755)
    refused = run(checkout, PATH=str(bin_dir))
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"VoiceMate needs Python 3.11 or newer; here is Python {old}.")
    assert "sudo apt-get install python3" in refused.stderr


def test_a_folder_that_is_not_ours_is_left_alone(checkout: Path, tmp_path: Path) -> None:
    mine = tmp_path / "letters"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    refused = run(checkout, "--setup-only", VOICEMATE_VENV=str(mine))
    assert refused.returncode == 1
    assert f"{mine} is not a virtual environment" in refused.stderr
    assert [file.name for file in mine.iterdir()] == ["letter.txt"]


class TestState:
    def test_nothing_counts_as_done_before_it_is_noted(self, checkout: Path) -> None:
        from state import State

        assert not State(checkout, checkout / ".venv").is_done("run")

    def test_what_is_noted_is_there_at_the_next_start(self, checkout: Path, done: Path) -> None:
        from state import State

        assert State(checkout, done).is_done("run")
        assert not State(checkout, done).is_done("test")

    @pytest.mark.parametrize("changed", ["pyproject.toml", "scripts/setup/steps.py"])
    def test_a_new_version_sets_up_again(self, checkout: Path, done: Path, changed: str) -> None:
        from state import State

        with (checkout / changed).open("a") as file:
            file.write("\n# new\n")
        assert not State(checkout, done).is_done("run")

    def test_a_copied_environment_is_made_anew(self, checkout: Path, done: Path) -> None:
        from state import State

        copied = checkout / "copy of .venv"
        shutil.copytree(done, copied, symlinks=True)
        state = State(checkout, copied)
        assert state.moved
        assert not state.is_done("run")

    def test_another_copy_of_voicemate_installs_itself(self, checkout: Path, done: Path) -> None:
        from state import State

        other = checkout.with_name("other")
        shutil.copytree(checkout, other, symlinks=True)
        state = State(other, done)
        assert not state.is_done("run")
        assert not state.moved

    def test_models_elsewhere_are_fetched_there(
        self, checkout: Path, done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from state import State

        monkeypatch.setenv("VOICEMATE_MODELS", str(tmp_path / "elsewhere"))
        state = State(checkout, done)
        assert not state.is_done("run")
        assert state.has("packages")

    def test_models_that_were_removed_are_fetched_again(
        self, checkout: Path, done: Path, tmp_path: Path
    ) -> None:
        from state import State

        (tmp_path / "models" / "one").rmdir()
        assert not State(checkout, done).has("models:recommended")

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"done": {}}', "\x00"])
    def test_a_broken_note_only_means_doing_it_again(
        self, checkout: Path, done: Path, text: str
    ) -> None:
        from state import State

        (done / "voicemate-setup.json").write_text(text)
        state = State(checkout, done)
        assert not state.is_done("run")
        assert not state.moved

    def test_what_was_left_out_can_be_tried_again(self, checkout: Path, done: Path) -> None:
        from state import State

        State(checkout, done).note("llama", left_out="no compiler")
        state = State(checkout, done)
        assert state.left_out("run") == {"llama": "no compiler"}
        assert state.is_done("run")
        state.redo("llama")
        state.read()
        assert not state.is_done("run")
        state.note("llama")
        assert State(checkout, done).left_out("run") == {}


class TestPipOutput:
    def test_a_download_shows_its_size(self) -> None:
        from progress import PipOutput

        read = PipOutput()
        read("  Downloading numpy-2.4.6-cp311-cp311-linux_x86_64.whl (16.9 MB)")
        assert read("Progress 8450000 of 16900000") == (
            "numpy ██████████░░░░░░░░░░ 8.4 MB of 16.9 MB"
        )

    def test_a_compilation_shows_how_far_and_how_long(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import progress

        now = [100.0]
        monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
        read = progress.PipOutput("compiling, about 6 minutes")
        assert read("  Building wheel for llama-cpp-python (pyproject.toml): started") == (
            "compiling, about 6 minutes"
        )
        assert read("  [30/300] /usr/bin/c++ -O3 -c x.cpp") == "compiling ██░░░░░░░░░░░░░░░░░░"
        now[0] += 60
        assert read("[150/300] cc") == "compiling ██████████░░░░░░░░░░, 75 s left"
        assert read("[ 50%] Building CXX object x.o") is not None

    def test_other_lines_change_nothing(self) -> None:
        from progress import PipOutput

        assert PipOutput()("warning: unused variable 'i' [-Wunused-variable]") is None


class TestRun:
    def test_the_output_is_kept_and_the_status_given(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from progress import Step, last_lines
        from progress import run as run_step

        log = tmp_path / "log"
        with Step("Something") as step:
            command = ["sh", "-c", "echo one; echo 'Progress 1 of 2'; echo two >&2; exit 3"]
            assert run_step(command, step, log, lambda line: None) == 3
            step.done("failed")
        assert last_lines(log).splitlines()[-2:] == ["    one", "    two"]
        assert capsys.readouterr().out == "  Something · failed\n"

    def test_an_interruption_ends_what_was_started(self, tmp_path: Path) -> None:
        # A child with a child of its own that ignores ^C: it must go too.
        from progress import Step
        from progress import run as run_step

        alive = tmp_path / "alive"
        os.mkfifo(alive)
        script = f"sh -c 'exec > {alive}; echo up; exec tail -f /dev/null' & wait"
        said: list[str] = []

        def interrupt() -> None:
            with alive.open() as held:
                said.append(held.readline())
                os.kill(os.getpid(), signal.SIGINT)
                said.append(held.read())  # ends when nobody holds the other end any more

        thread = threading.Thread(target=interrupt)
        thread.start()
        with Step("Something") as step, pytest.raises(KeyboardInterrupt):
            run_step(["sh", "-c", script], step, tmp_path / "log", lambda line: None)
        thread.join()
        assert said == ["up\n", ""]


def test_two_set_ups_take_turns(checkout: Path, done: Path, tmp_path: Path) -> None:
    # The second waits for the first one's lock, then finds that nothing is left to do.
    import fcntl

    with (checkout / ".venv-setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = done / "voicemate-setup.json"
        kept = note.read_text()
        note.unlink()
        with subprocess.Popen(
            [sys.executable, SETUP.as_posix().replace(str(ROOT), str(checkout)), "run", str(done)],
            stdout=subprocess.PIPE,
            text=True,
        ) as second:
            assert second.stdout
            assert second.stdout.readline().startswith("Another set-up is at work here")
            note.write_text(kept)
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert second.stdout.read() == ""
    assert second.returncode == 0
    assert json.loads(note.read_text()) == json.loads(kept)


def test_half_installed_packages_are_installed_again(checkout: Path, done: Path) -> None:
    # pip trusts a package whose metadata are there, also when it was cut off before the end.
    from state import State
    from steps import SetUp

    packages = done / "lib" / "python3.11" / "site-packages"
    for name, files in {"whole": ["METADATA", "RECORD"], "half": ["METADATA"]}.items():
        info = packages / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        for file in files:
            (info / file).write_text("")
    SetUp(State(checkout, done), 0)._drop_half_installed()
    assert [info.name for info in packages.iterdir()] == ["whole-1.0.dist-info"]


class TestSystem:
    def test_without_rights_one_line_says_what_to_type(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import system

        monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
        which = {"apt-get": "/usr/bin/apt-get"}
        monkeypatch.setattr(system.shutil, "which", which.get)
        missing = [system.Need("espeak-ng", "the system's voice", there=False)]
        told = system.install(missing, tmp_path / "log", [])
        assert told == "Please run: sudo apt-get install espeak-ng"

    def test_another_distribution_is_told_what_is_needed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import system

        monkeypatch.setattr(system.shutil, "which", lambda name: None)
        missing = [system.Need("libportaudio2", "microphone and speaker", there=False)]
        assert "libportaudio2" in system.install(missing, tmp_path / "log", [])

    def test_a_desktops_own_sound_server_is_not_replaced_for_the_tests(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import system

        monkeypatch.setattr(system.shutil, "which", lambda name: f"/usr/bin/{name}")
        missing = [system.Need("pulseaudio", "a sound server", there=False)]
        assert "PipeWire" in system.install(missing, tmp_path / "log", [])

    def test_only_what_is_used_is_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import system

        if sys.platform != "linux":
            assert system.needs("test", compiler=True) == []
            return
        monkeypatch.delenv("DISPLAY", raising=False)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        names = {
            profile: {need.package for need in system.needs(profile, compiler=False)}
            for profile in ("check", "run", "test")
        }
        window, screen = set(system.WINDOW_LIBRARIES), set(system.SCREEN_PROGRAMS)
        assert names["check"] == set()
        assert names["run"] == {"espeak-ng", "libportaudio2", "libasound2-plugins"}
        tests_only = {"pulseaudio", "pulseaudio-utils", "at-spi2-core"} | window | screen
        assert names["test"] - names["run"] == tests_only
        monkeypatch.setenv("DISPLAY", ":0")
        on_a_desktop = {need.package for need in system.needs("run", compiler=False)}
        assert on_a_desktop - names["run"] == window
