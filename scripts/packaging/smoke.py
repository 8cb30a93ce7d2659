"""Tries a bundle where there is nothing but it: a bare Debian without Python and without network.

The root file system has the C library, a shell, and of a desktop the graphics, sound, font and bus
libraries. In it a person without rights installs the bundle, asks it things, talks to it in
writing, and opens its window on a screen outside. Models come from this machine, read-only.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from bare import HOME, Bare, copy_models, make_root
from elf import PackagingError
from progress import Step

from tests.rig import ALSA_MICROPHONE, ALSA_SPEAKER, RATE_HZ, missing_parts, start_rig
from tests.rig.screen import WINDOW_MANAGER, Screen, missing_screen_parts, start_screen
from tests.rig.waiting import wait_until
from voicemate import APP_ID

_MINUTE = 60.0


def smoke(archive: Path, work: Path) -> None:
    """Try it. Raises `PackagingError` on the first thing that is not as it should be."""
    _can_be_tried()
    print(f"Trying {archive.name} in a bare Debian, without network.")
    bare = Bare(make_root(work), copy_models(work))
    with Step("Unpacking") as step:
        bare.unpack(archive)
        step.done(f"{archive.stat().st_size / 1e6:.0f} MB")
    folder = f"{HOME}/{archive.name.removesuffix('.tar.gz')}"
    with Step("Without Python"):
        bare.run("sh", "-c", "! command -v python3 && ! command -v python")
    with Step("Installing"):
        told = bare.run(f"{folder}/install.sh")
        _must("is installed" in told and "espeak-ng" in told, told)
        shutil.rmtree(bare.root / folder.lstrip("/"))
    for title, attempt in (
        ("Commands", _commands),
        ("Hearing and speaking", _hears_and_speaks),
        ("A typed turn with a real model", _answers),
        ("A spoken turn", _answers_aloud),
        ("Sound", _sounds),
        ("The window", _opens),
        ("Start at login", _starts_at_login),
        ("Uninstalling", _uninstalls),
    ):
        with Step(title) as step:
            step.done(attempt(bare) or "as it should be")


def _can_be_tried() -> None:
    if os.geteuid() != 0:
        raise PackagingError("A bare root file system needs root: sudo scripts/package --smoke")
    absent = [
        name for name in ("debootstrap", "unshare", "chroot", "xprop") if not shutil.which(name)
    ]
    if absent:
        raise PackagingError(f"{', '.join(absent)} is not installed.")
    if missing := missing_screen_parts(WINDOW_MANAGER) or missing_parts():
        raise PackagingError(missing)


def _must(true: object, told: str) -> None:
    if not true:
        raise PackagingError(f"This was not expected:\n{told}")


def _commands(bare: Bare) -> str:
    told = bare.run("voicemate", "--version")
    _must("voicemate, version" in told, told)
    version = told.split()[-1]
    # No microphone, no language model chosen yet: it says so, and is no bug.
    told = bare.run("voicemate", "doctor", "--quick", gives=(0, 4))
    _must(f"VoiceMate {version}" in told and "smollm2" in told, told)
    _must("PortAudio" not in told or "not found" not in told, told)
    told = bare.run("voicemate", "models", "--json")
    models = [json.loads(line) for line in told.splitlines()]
    _must(models, told)
    bare.run("voicemate", "devices", gives=(0, 5))
    told = bare.run("voicemate", "ptt", "down", gives=(2,))
    _must("not running" in told or "No VoiceMate" in told, told)
    return f"{version}, {len(models)} models known"


def _hears_and_speaks(bare: Bare) -> str:
    words = "The quick brown fox jumps over the lazy dog."
    bare.run("voicemate", "say", "--engine", "hibari", "--out", "said.wav", words)
    heard = bare.run("voicemate", "listen", "said.wav").lower()
    _must("brown fox" in heard, heard)
    # Vosk's library and the Korean model, with whatever it makes of English, or nothing.
    bare.run("voicemate", "config", "set", "companion.language", "ko")
    bare.run("voicemate", "listen", "said.wav", gives=(0, 3))
    bare.run("voicemate", "config", "set", "companion.language", "en")
    told = bare.run("voicemate", "say", "--engine", "pyttsx3", "--out", "a.wav", "x", gives=(4,))
    _must("espeak-ng" in told, told)
    return "Hibari, Moonshine and Vosk; for the system's voice it says what to install"


def _answers_aloud(bare: Bare) -> str:
    told = bare.run("voicemate", "ask", "said.wav", "--out", "answer.wav", "--json")
    answer = next(json.loads(line) for line in told.splitlines() if line.startswith("{"))
    _must(answer["voice"].startswith("hibari") and "fox" in answer["heard"], told)
    return f"{answer['voice']}, first sound after {answer['ms']['first_sound']:.0f} ms"


def _answers(bare: Bare) -> str:
    told = bare.run("voicemate", "chat", "--json", "--once", "What is the capital of France?")
    answer = next(json.loads(line) for line in told.splitlines() if line.startswith("{"))
    # What so small a model says is another question.
    _must(answer["reply"].strip() and answer["reply_tokens"] > 1, told)
    return f"{answer['reply_tokens']} tokens in {answer['ms']['total']:.0f} ms"


def _opens(bare: Bare) -> str:
    with (
        start_screen() as screen,
        bare.seeing("/tmp/.X11-unix", DISPLAY=screen.display),
        _window(bare, screen) as window,
    ):
        kind = _class_of(screen, window)
        entry = (bare.home / ".local/share/applications" / f"{APP_ID}.desktop").read_text()
        _must(f"StartupWMClass={kind}\n" in entry, f"the window's class is {kind}\n{entry}")
        # The second start speaks to the first one through its socket.
        wait_until(lambda: _is_running(bare), _MINUTE, "the window takes commands", 0.5)
        import mss.tools  # of the tools for tests

        with mss.mss(display=screen.display) as camera:
            picture = camera.grab(camera.monitors[0])
        colours = len({pixel for row in picture.pixels for pixel in row})
        mss.tools.to_png(picture.rgb, picture.size, output=str(bare.picture))
        _must(colours > 20, f"the screen shows {colours} colours: the window is empty")
    return f"class {kind}, {colours} colours on the screen: {bare.picture}"


def _sounds(bare: Bare) -> str:
    with start_rig() as rig:
        rig.folder.chmod(0o755)
        server = {name: rig.env[name] for name in ("PULSE_SERVER", "ALSA_CONFIG_PATH")}
        with bare.seeing(str(rig.folder), **server):
            told = bare.run("voicemate", "devices")
            _must(ALSA_MICROPHONE in told and ALSA_SPEAKER in told, told)
            with rig.record_speaker() as recorder:
                bare.run("voicemate", "say", "--engine", "hibari", "Can you hear me?")
                sound = recorder.samples()
    loud_s = float((abs(sound) > 0.02).sum()) / RATE_HZ
    _must(loud_s > 0.2, f"only {loud_s:.2f} s of sound were heard at the speaker")
    return "PortAudio plays and lists the devices of a sound server"


@contextlib.contextmanager
def _window(bare: Bare, screen: Screen) -> Iterator[str]:
    """Open the window and give its X11 number; it is closed with the window manager's key."""
    with subprocess.Popen(
        bare.command("voicemate"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            found: list[str] = []

            def is_there() -> bool:
                if process.poll() is not None:
                    raise PackagingError(f"The window did not open:\n{process.communicate()[0]}")
                found[:] = _search(screen)
                return bool(found)

            wait_until(is_there, 2 * _MINUTE, "the window is there", 0.2)
            yield found[0]

            def is_gone() -> bool:
                if process.poll() is None:
                    # Between the two it may leave by itself.
                    with contextlib.suppress(subprocess.CalledProcessError):
                        screen.xdotool("windowactivate", found[0], "key", "alt+F4")
                return process.poll() is not None

            # A window manager under load may miss one key.
            wait_until(is_gone, _MINUTE, "the window is closed", 2)
            _must(process.returncode == 0, f"the window ended with {process.returncode}")
        finally:
            process.kill()


def _search(screen: Screen) -> list[str]:
    words: Sequence[str] = ["xdotool", "search", "--onlyvisible", "--class", "voicemate"]
    done = subprocess.run(words, env=screen.env, capture_output=True, text=True, check=False)
    return done.stdout.split()


def _class_of(screen: Screen, window: str) -> str:
    """Give the second half of WM_CLASS, by which a desktop finds the .desktop file."""
    done = subprocess.run(
        ["xprop", "-id", window, "WM_CLASS"],
        env=screen.env,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.rpartition('"')[0].rpartition('"')[2]


def _is_running(bare: Bare) -> bool:
    told = bare.run("voicemate", "ptt", "stop", gives=(0, 2))
    return "not running" not in told


def _starts_at_login(bare: Bare) -> str:
    python = f"{HOME}/.local/opt/voicemate/bin/voicemate-python"
    code = "from voicemate import autostart as a; a.set_start_at_login(True)"
    bare.run(python, "-I", "-c", code)
    entry = (bare.home / ".config/autostart" / f"{APP_ID}.desktop").read_text()
    _must(f"Exec={HOME}/.local/opt/voicemate/bin/voicemate --hidden\n" in entry, entry)
    return ""


def _uninstalls(bare: Bare) -> str:
    bare.run(f"{HOME}/.local/opt/voicemate/uninstall.sh")
    left = [
        str(path.relative_to(bare.home))
        for path in bare.home.rglob("*")
        if not path.is_dir() and ("voicemate" in path.name.lower() or "/opt/" in str(path))
    ]
    kept = (".local/share/voicemate", ".config/voicemate", ".local/state/voicemate")
    left = [name for name in left if not name.startswith(kept)]
    _must(not left, "left behind: " + ", ".join(left))
    _must((bare.home / ".config/voicemate/settings.toml").is_file(), "the settings have gone")
    return "the settings and the conversation are kept"
