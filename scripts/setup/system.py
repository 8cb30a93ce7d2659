"""What has to come from the operating system: how to see what is missing, and how to get it."""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from progress import Step, run


@dataclass(frozen=True)
class Need:
    """A package of the system; `what` says what is missing without it."""

    package: str
    what: str
    there: bool


def _library(*names: str) -> bool:
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def _alsa_plugin() -> bool:
    return any(
        any(Path("/usr").glob(f"{folder}/alsa-lib/libasound_module_pcm_{server}.so"))
        for folder in ("lib/*", "lib", "lib64")
        for server in ("pulse", "pipewire")
    )


WINDOW_LIBRARIES = {
    "libegl1": "libEGL.so.1",
    "libgl1": "libGL.so.1",
    "libdbus-1-3": "libdbus-1.so.3",
    "libfontconfig1": "libfontconfig.so.1",
    "libglib2.0-0": "libglib-2.0.so.0",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-image0": "libxcb-image.so.0",
    "libxcb-render-util0": "libxcb-render-util.so.0",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxcb-xkb1": "libxcb-xkb.so.1",
}
"""What Qt wants of the system on X11, by Debian's names."""

SCREEN_PROGRAMS = {
    "xvfb": "Xvfb",
    "xdotool": "xdotool",
    "openbox": "openbox",
    "trayer": "trayer",
    "x11-utils": "xprop",
    "dbus-daemon": "dbus-daemon",
}


def needs(profile: str, compiler: bool) -> list[Need]:
    """Give what `profile` ("run", "test", "check") needs; `compiler`: llama.cpp is to be built."""
    if not sys.platform.startswith("linux"):
        return []  # macOS and Windows bring voices and sound of their own
    wanted = []
    if profile != "check":
        wanted += [
            Need("espeak-ng", "the system's voice", _library("libespeak-ng.so.1")),
            Need("libportaudio2", "microphone and speaker", _library("libportaudio.so.2")),
            Need("libasound2-plugins", "the desktop's sound server", _alsa_plugin()),
        ]
    screen = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if profile == "test" or (profile == "run" and screen):
        wanted += [
            Need(package, "the window", _library(library))
            for package, library in WINDOW_LIBRARIES.items()
        ]
    if profile == "test":
        wanted += [
            Need(package, "a screen for the tests", bool(shutil.which(program)))
            for package, program in SCREEN_PROGRAMS.items()
        ]
        launcher = Path("/usr/share/dbus-1/services/org.a11y.Bus.service")
        wanted.append(Need("at-spi2-core", "the window's screen reader tests", launcher.is_file()))
        wanted.append(
            Need("pulseaudio", "a sound server for the tests", bool(shutil.which("pulseaudio")))
        )
        wanted.append(
            Need("pulseaudio-utils", "a sound server for the tests", bool(shutil.which("pacat")))
        )
    if compiler:
        found = os.environ.get("CXX") or any(map(shutil.which, ("c++", "g++", "clang++")))
        wanted.append(Need("g++", "a compiler for llama.cpp", bool(found)))
    return wanted


def venv_need(python: str, version: tuple[int, int]) -> Need:
    """Give the package by which `python` can make virtual environments."""
    there = (
        subprocess.run(
            [python, "-c", "import ensurepip, venv; ensurepip.version()"],
            capture_output=True,
            check=False,
        ).returncode
        == 0
    )
    return Need(f"python{version[0]}.{version[1]}-venv", "virtual environments", there)


def install(missing: list[Need], log: Path, keep_open: list[int]) -> str:
    """Install what is missing where that can be done without a password, or with a yes.

    Gives "" when all is there, else one line that says what to type.
    """
    packages = [need.package for need in missing]
    if "pulseaudio" in packages and shutil.which("pipewire-pulse"):
        # Debian's pulseaudio would take the place of the desktop's own sound server.
        packages.remove("pulseaudio")
        if not packages:
            return "pulseaudio is not installed: it would replace this desktop's PipeWire."
    if not shutil.which("apt-get"):
        return f"Install with this system's package manager what Debian calls {' '.join(packages)}."
    by_hand = f"sudo apt-get install {shlex.join(packages)}"
    # --no-remove: nothing that is there may have to go for it.
    add = ["install", "--yes", "--no-remove", "--no-install-recommends", *packages]
    with_root: list[str] | None = _as_root()
    if with_root is None:
        if (
            _asked(packages)
            and subprocess.run(["sudo", "apt-get", *add], check=False).returncode == 0
        ):
            return ""
        return f"Please run: {by_hand}"
    apt = [*with_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    apt += ["-o", "DPkg::Lock::Timeout=300"]
    with Step(f"System packages: {' '.join(packages)}") as step:
        if run([*apt, *add], step, log, _apt_line, keep_open=keep_open) == 0:
            return ""
        step.show("reading the lists of packages")
        run([*apt, "update"], step, log, _apt_line, keep_open=keep_open)
        if run([*apt, *add], step, log, _apt_line, keep_open=keep_open) == 0:
            return ""
        step.done("could not be installed")
    return f"Please run: {by_hand}   (what went wrong is in {log})"


def _as_root() -> list[str] | None:
    """Give what to put before a command to run it as root; None where that takes a password."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        tried = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if tried.returncode == 0:
            return ["sudo", "-n"]
    return None


def _asked(packages: list[str]) -> bool:
    if not (shutil.which("sudo") and sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    print(f"  VoiceMate needs these system packages: {' '.join(packages)}")
    return input("  Install them with sudo? [Y/n] ").strip().lower() in ("", "y", "yes")


def _apt_line(line: str) -> str | None:
    for begin in ("Get:", "Unpacking", "Setting up"):
        if line.startswith(begin):
            return " ".join(line.split()[:4])[:60]
    return None


def available_gib() -> float:
    """Give the memory that programs could still have, in GiB."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) / 2**20
    except OSError:
        pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
