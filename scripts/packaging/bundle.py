"""The self-contained bundle for Linux: a Python, VoiceMate, its engines, libraries, a launcher.

It is a folder that works wherever it is put. Nothing is frozen: the interpreter, pip and the child
process of the system's voice run as they do in a virtual environment, which is what is tested.
"""

from __future__ import annotations

import gzip
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
import zipfile
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path

import elf
import licences
import processors
import trim
from elf import PackagingError
from processors import CPU
from progress import PipOutput, Step, last_lines, run

HERE = Path(__file__).parent / "linux"
EXTRAS = "moonshine,hibari,pulse"
ELSEWHERE = "/opt/voicemate"
"""What stands in texts that would otherwise name a folder of this machine."""

NOJACK = "libvoicemate-nojack.so"
PORTAUDIO = "libportaudio.so.2"
_FIND_OURS = """

# Changed by VoiceMate's bundle: a library that lies in its lib/ is found before the system's.
_find_library_of_the_system = find_library


def find_library(name):
    import glob
    import sys

    ours = sorted(glob.glob(os.path.join(glob.escape(sys.prefix), "lib", f"lib{name}.so*")))
    return ours[0] if ours else _find_library_of_the_system(name)
"""

_IMPORTS = [
    "ssl",
    "sqlite3",
    "ctypes",
    "numpy",
    "soxr",
    "soundfile",
    "sounddevice",
    "vosk",
    "llama_cpp",
    "moonshine_voice",
    "hibari",
    "onnxruntime",
    "pyttsx3",
    "pulsectl",
    "Xlib.display",
    "jeepney",
    "PySide6.QtQuick",
    "PySide6.QtWidgets",
    "pip",
]

_PROGRAMS = ("cc", "c++", "readelf", "objdump", "strip", "dpkg")


class Bundle:
    """One build. `work` keeps what is costly from one build to the next; `tools` has patchelf."""

    def __init__(self, root: Path, work: Path, version: str) -> None:
        self.name = f"voicemate-{version}-linux-{platform.machine()}"
        self._root = root
        self._work = work
        self._version = version
        self._log = work / "package.log"
        self._tools = work / "tools"
        self._out = work / self.name
        self._lib = self._out / "lib"
        self._stdlib = self._lib / f"python{sys.version_info[0]}.{sys.version_info[1]}"
        self._python = self._out / "bin" / "voicemate-python"

    def build(self, wheel: Path, llama: str, dist: Path) -> Path:
        """Build the archive; gives its path. Raises `PackagingError`."""
        if absent := [name for name in _PROGRAMS if shutil.which(name) is None]:
            raise PackagingError(
                f"Not installed: {', '.join(absent)}. On Debian: apt-get install binutils gcc g++"
            )
        llama_wheels = [self.llama_wheel(llama, level) for level in processors.levels()]
        with Step("Bundle: interpreter and packages"):
            self._lay_interpreter()
            self._lay_packages(wheel, llama_wheels[0])
            for level, faster in zip(processors.levels()[1:], llama_wheels[1:], strict=True):
                self._lay_faster(level, faster)
        with Step("Bundle: libraries") as step:
            brought = self._lay_libraries()
            step.done(f"{len(brought)} of the system's")
        with Step("Bundle: licences, launcher, compiled modules"):
            self._lay_texts(brought)
            self._compile()
        with Step("Bundle: does it load?"):
            self._try()
        with Step("Bundle: archive") as step:
            archive = self._pack(dist)
            step.done(f"{archive.stat().st_size / 1e6:.0f} MB")
        return archive

    def llama_wheel(self, requirement: str, level: str) -> Path:
        """Give a build of llama.cpp for every processor of a level, compiled once."""
        wheels = self._work / "wheels" / level
        name, _, version = requirement.partition("==")
        pattern = f"{name.replace('-', '_')}-{version}-*.whl"
        if not (found := sorted(wheels.glob(pattern))):
            env = {
                "CMAKE_ARGS": processors.cmake_arguments(level),
                "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 1),
            }
            # Neither the cache nor another folder may give a build for this very processor.
            source = ["--no-cache-dir", "--no-binary", name, "--no-deps", "--verbose"]
            with Step(f"llama.cpp for processors of the level {level}") as step:
                read = PipOutput("compiling for minutes, once")
                command = ["wheel", *source, "--wheel-dir", str(wheels), requirement]
                self._pip(command, step, env, read)
            found = sorted(wheels.glob(pattern))
        return found[0]

    def _lay_interpreter(self) -> None:
        shutil.rmtree(self._out, ignore_errors=True)
        self._python.parent.mkdir(parents=True)
        base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
        shutil.copy2(base, self._python)
        source = Path(sysconfig.get_path("stdlib"))
        shutil.copytree(
            source,
            self._stdlib,
            ignore=shutil.ignore_patterns(*trim.STDLIB_OUT),
            ignore_dangling_symlinks=True,
        )
        for data in self._stdlib.glob("_sysconfigdata*.py"):
            text = data.read_text(encoding="utf-8").replace(sys.base_prefix, ELSEWHERE)
            data.write_text(text, encoding="utf-8")
        with (self._stdlib / "ctypes" / "util.py").open("a", encoding="utf-8") as util:
            util.write(_FIND_OURS)
        self._patchelf("--force-rpath", "--set-rpath", "$ORIGIN/../lib", self._python)
        name = str(sysconfig.get_config_var("INSTSONAME"))
        if name in elf.read(self._python).needed:
            shared = self._lib / name
            shutil.copy2(Path(str(sysconfig.get_config_var("LIBDIR"))) / name, shared)
            shared.chmod(0o755)
            self._patchelf("--remove-rpath", shared)
            self._strip(shared)
        self._strip(self._python)
        for module in (self._stdlib / "lib-dynload").glob("*.so"):
            # First something short: removing alone leaves a folder of this machine in the file.
            self._patchelf("--set-rpath", "$ORIGIN", module)
            self._patchelf("--remove-rpath", module)
            self._strip(module)

    def _lay_packages(self, wheel: Path, llama_wheel: Path) -> None:
        packages = self._packages()
        packages.mkdir(exist_ok=True)
        # The versions that the tests ran with.
        tested = self._work / "constraints.txt"
        versions: dict[str, str] = {}
        for found in distributions():
            versions.setdefault(found.name, found.version)
        lines = [f"{name}=={version}\n" for name, version in sorted(versions.items())]
        own = ("voicemate==", "pip==")
        tested.write_text("".join(ln for ln in lines if not ln.startswith(own)), encoding="utf-8")
        command = ["install", "--target", str(packages), "--no-compile", "--upgrade"]
        command += ["--constraint", str(tested), f"{wheel}[{EXTRAS}]", str(llama_wheel), "pip"]
        with Step("Bundle: Python packages") as step:
            self._pip(command, step, {}, PipOutput())
        trim.remove(packages, trim.PACKAGES_OUT)
        trim.trim_qt(packages, packages / "voicemate" / "ui")
        for record in packages.glob("*.dist-info/direct_url.json"):
            record.unlink()  # it would name a folder of this machine
        processors.link_the_same(packages / "llama_cpp" / "lib")
        processors.refuse_native(packages / "llama_cpp" / "lib" / CPU)

    def _lay_faster(self, level: str, wheel: Path) -> None:
        """Lay what computes in llama.cpp where the system's loader takes it if the processor can.

        That is a folder of glibc's: https://www.gnu.org/software/libc/manual, "Hardware
        Capability Subdirectories". The rest of llama.cpp is the same for all.
        """
        folder = self._packages() / "llama_cpp" / "lib" / "glibc-hwcaps" / level
        folder.mkdir(parents=True)
        library = folder / CPU
        with zipfile.ZipFile(wheel) as packed:
            library.write_bytes(packed.read(f"llama_cpp/lib/{CPU}"))
        library.chmod(0o755)
        self._patchelf("--set-rpath", "$ORIGIN/../..", library)

    def _packages(self) -> Path:
        """Give the folder that the bundle's Python takes packages from."""
        code = "import site; print(*site.getsitepackages(), sep='\\n')"
        told = subprocess.run(
            [self._python, "-IB", "-c", code], capture_output=True, text=True, check=False
        )
        for line in reversed(told.stdout.splitlines()):
            if Path(line).parent == self._stdlib:
                return Path(line)
        raise PackagingError(f"The copied Python does not start: {told.stderr.strip()}")

    def _lay_libraries(self) -> list[tuple[str, Path]]:
        brought = [(PORTAUDIO, self._lay_portaudio())]
        brought += elf.collect(self._out, self._lib).items()
        return brought

    def _lay_portaudio(self) -> Path:
        source = elf.on_this_machine(PORTAUDIO, "sounddevice")
        library = self._lib / PORTAUDIO
        shutil.copyfile(source, library)
        library.chmod(0o755)
        if "libjack.so.0" in elf.read(library).needed:
            compiler = os.environ.get("CC", "cc")
            ours = self._lib / NOJACK
            flags = ["-shared", "-fPIC", "-O1", f"-Wl,-soname,{NOJACK}"]
            self._do([compiler, *flags, "-o", str(ours), str(HERE / "nojack.c")])
            self._strip(ours)
            self._patchelf("--replace-needed", "libjack.so.0", NOJACK, library)
        self._patchelf("--set-rpath", "$ORIGIN", library)
        return source

    def _lay_texts(self, brought: Sequence[tuple[str, Path]]) -> None:
        out = self._out
        stdlib = Path(sysconfig.get_path("stdlib"))
        text = licences.third_party(self._packages(), stdlib, brought)
        (out / "THIRD-PARTY-LICENSES").write_text(text, encoding="utf-8")
        shutil.copyfile(self._root / "LICENSE", out / "LICENSE")
        newest = elf.newest_needed(out)
        about = (
            (HERE / "README.txt")
            .read_text(encoding="utf-8")
            .format(
                version=self._version,
                machine=platform.machine(),
                glibc=newest["GLIBC"],
                cxx=newest["GLIBCXX"],
            )
        )
        (out / "README.txt").write_text(about, encoding="utf-8")
        shutil.copy(HERE / "voicemate", out / "bin" / "voicemate")
        for script in ("install.sh", "uninstall.sh"):
            shutil.copy(HERE / script, out / script)
        app = "io.github.voicemate.VoiceMate"
        icon = self._root / "voicemate" / "ui" / "icons" / "voicemate.svg"
        for source, folder, name in (
            (HERE / f"{app}.desktop", "applications", f"{app}.desktop"),
            (HERE / f"{app}.metainfo.xml", "metainfo", f"{app}.metainfo.xml"),
            (icon, "icons/hicolor/scalable/apps", f"{app}.svg"),
        ):
            (out / "share" / folder).mkdir(parents=True)
            shutil.copyfile(source, out / "share" / folder / name)

    def _compile(self) -> None:
        # Unchecked: the archive's times mean nothing, and the folder may be read-only.
        how = ["--invalidation-mode", "unchecked-hash", "-fq"]
        how += ["-s", str(self._out), "-p", ELSEWHERE]
        command = [str(self._python), "-I", "-m", "compileall", *how, str(self._stdlib)]
        self._do(command, may_fail=True)  # some packages carry templates that are no Python

    def _try(self) -> None:
        """Load every library, with every symbol that it names."""
        code = f"import {', '.join(_IMPORTS)}"
        env = {"PATH": "/usr/bin:/bin", "LD_BIND_NOW": "1", "QT_QPA_PLATFORM": "offscreen"}
        env["HOME"] = str(self._work)
        self._do([str(self._python), "-I", "-c", code], env=env)
        self._do([str(self._out / "bin" / "voicemate"), "--version"], env=env)

    def _pack(self, dist: Path) -> Path:
        when = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))

        def anybodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
            member.uid = member.gid = 0
            member.uname = member.gname = "root"
            member.mtime = when
            member.mode = 0o755 if member.mode & 0o100 else 0o644
            return member

        archive = dist / f"{self.name}.tar.gz"
        written = archive.with_suffix(".new")
        with (
            written.open("wb") as file,
            gzip.GzipFile("", "wb", 6, file, mtime=when) as packed,
            tarfile.open(fileobj=packed, mode="w") as tar,
        ):
            tar.add(self._out, self.name, filter=anybodys)
        written.replace(archive)
        return archive

    def _pip(
        self, arguments: Sequence[str], step: Step, env: dict[str, str], read: PipOutput
    ) -> None:
        command = [sys.executable, "-m", "pip", *arguments, "--disable-pip-version-check"]
        if "wheel" not in arguments[:1]:
            command += ["--progress-bar", "raw"]
        if run(command, step, self._log, read, env=os.environ | env):
            step.done("failed")
            raise PackagingError(f"pip failed:\n{last_lines(self._log)}\nAll of it: {self._log}")

    def _patchelf(self, *arguments: str | Path) -> None:
        self._do([str(self._tools / "bin" / "patchelf"), *map(str, arguments)])

    def _strip(self, file: Path) -> None:
        self._do(["strip", "--strip-unneeded", str(file)])

    def _do(
        self, command: list[str], *, env: dict[str, str] | None = None, may_fail: bool = False
    ) -> None:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env=env,
        )
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"\n$ {' '.join(command)}\n{done.stdout}")
        if done.returncode and not may_fail:
            raise PackagingError(
                f"{' '.join(command[:4])} … failed:\n{done.stdout.strip()[-2000:]}"
            )
