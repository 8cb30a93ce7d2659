"""What a bundle does without: found out where that can be found out, named where not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from elf import PackagingError, is_elf, read

# Of the standard library: tests, other programs, and what links to GPL libraries (readline, gdbm)
# or to libraries that nothing here uses.
STDLIB_OUT = [
    "test",
    "tests",
    "idlelib",
    "lib2to3",
    "turtledemo",
    "tkinter",
    "ensurepip",
    "site-packages",
    "dist-packages",
    "__pycache__",
    "config-*",
    "LICENSE.txt",
    "EXTERNALLY-MANAGED",
    "sitecustomize.py",
    "turtle.py",
    "pydoc_data",
    "_tkinter.*",
    "_curses*",
    "curses",
    "readline.*",
    "_dbm.*",
    "_gdbm.*",
    "nis.*",
    "ossaudiodev.*",
    "_crypt.*",
    "_test*.*",
    "_xxtestfuzz.*",
    "xxlimited*.*",
    "_ctypes_test.*",
]

# Of the packages: their tests, and programs for developers.
PACKAGES_OUT = (
    "numpy/**/tests",
    "numpy/f2py",
    "numpy/_core/lib/*.a",
    "numpy/_core/include",
    "numpy/random/lib",
    "onnxruntime/transformers",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "llama_cpp/server",
    "llama_cpp/lib/libmtmd*",  # pictures
    "llama_cpp/lib/cmake",
    "llama_cpp/lib/pkgconfig",
    "shiboken6/*.pyi",
    "moonshine_voice/assets/*.wav",
    "psutil/tests",
    "soxr/tests",
    "bin",
    "include",
    "lib",
    "share",
)

# Qt's plug-ins. The theme of GTK is not among them: it would load a foreign system's GTK into a
# process with libraries of ours; Qt itself knows what GNOME's settings say.
QT_PLUGINS = (
    "platforms/libqxcb.so",
    "platforms/libqwayland*.so",
    "platforms/libqoffscreen.so",
    "platforminputcontexts/libibus*.so",  # without these two no Korean is typed
    "platforminputcontexts/libcompose*.so",
    "platformthemes/libqxdgdesktopportal.so",
    "iconengines/libqsvgicon.so",
    "imageformats/libqsvg.so",
    "xcbglintegrations/*.so",
    "wayland-decoration-client/*.so",
    "wayland-graphics-integration-client/libqt-plugin-wayland-egl.so",
    "wayland-shell-integration/libxdg-shell.so",
)


def remove(folder: Path, patterns: Iterable[str]) -> None:
    """Remove what fits any of the patterns below a folder."""
    for pattern in patterns:
        for path in list(folder.glob(pattern)):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def trim_qt(packages: Path, sources: Path) -> None:
    """Keep of PySide6 what the program below `sources` imports, in Python and in QML.

    Raises `PackagingError` where it cannot be found out.
    """
    pyside = packages / "PySide6"
    qt = pyside / "Qt"
    qml = _qml_folders(qt, sources)
    modules = _python_modules(pyside, sources)
    keep = {pyside / "__init__.py", pyside / "_config.py", pyside / "_git_pyside_version.py"}
    keep |= {path for name in modules for path in pyside.glob(f"{name}.*")}
    keep |= set(pyside.glob("libpyside6*.so*")) | set((pyside / "support").rglob("*"))
    for folder in qml:
        keep |= {path for path in folder.iterdir() if path.is_file()}
    for pattern in QT_PLUGINS:
        keep |= set((qt / "plugins").glob(pattern))
    keep |= _libraries(keep, qt / "lib")
    for path in sorted(pyside.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in keep:
            path.unlink()


def _python_modules(pyside: Path, sources: Path) -> set[str]:
    """Give the modules of Qt that are imported, and those which these import when they load."""
    waiting = {
        name
        for file in sources.rglob("*.py")
        for name in re.findall(r"from PySide6\.(\w+) import", file.read_text(encoding="utf-8"))
    }
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        found.add(name)
        try:
            (library,) = pyside.glob(f"{name}.abi3.so")
        except ValueError:
            raise PackagingError(f"PySide6 has no module {name}.") from None
        named = re.findall(rb"PySide6\.(Qt\w+)", library.read_bytes())
        there = {
            other.decode() for other in named if list(pyside.glob(f"{other.decode()}.abi3.so"))
        }
        waiting |= there - found
    return found


def _qml_folders(qt: Path, sources: Path) -> list[Path]:
    scanner = qt / "libexec" / "qmlimportscanner"
    told = subprocess.run(
        [scanner, "-rootPath", sources, "-importPath", qt / "qml"],
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        raise PackagingError(f"qmlimportscanner failed: {told.stderr.strip()}")
    return [
        Path(found["path"]).resolve()
        for found in json.loads(told.stdout)
        if found.get("path") and Path(found["path"]).resolve().is_relative_to(qt.resolve())
    ]


def _libraries(files: Iterable[Path], lib: Path) -> set[Path]:
    """Give what these files need of Qt's own libraries, and what those need."""
    waiting = [path for path in files if is_elf(path)]
    found: set[Path] = set()
    while waiting:
        for soname in read(waiting.pop()).needed:
            library = lib / soname
            if library.exists() and library not in found:
                found.add(library)
                waiting.append(library)
    return found
