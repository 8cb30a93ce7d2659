"""Who wrote what the bundle carries, and under which licence: one text that goes into it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

from elf import PackagingError

COMMON = Path("/usr/share/common-licenses")
_FILE = re.compile(r"(LICEN[CS]E|COPYING|NOTICE|ThirdPartyNotices)", re.IGNORECASE)
_RULE = "=" * 79

HEAD = """\
VoiceMate itself is under the Apache License 2.0: see LICENSE. With it come the programs below, each
under its own licence.

Those under the LGPL (Qt and Qt for Python, libsndfile, libsoxr, num2words, python-xlib) are files
of their own, unchanged, and loaded when they are used: you may replace them by others. Their
sources: https://download.qt.io/official_releases/ (Qt, Qt for Python),
https://github.com/libsndfile/libsndfile, https://github.com/dofuuz/python-soxr,
https://github.com/savoirfairelinux/num2words, https://github.com/python-xlib/python-xlib.
What Qt itself contains: https://doc.qt.io/qt-6/licenses-used-in-qt.html.

Changed were Python's ctypes/util.py (its end says how) and the search paths in the interpreter and
in PortAudio, which goes without JACK here. Parts of the standard library and of some packages are
left out. espeak-ng (GPL-3.0) is no part of this: VoiceMate uses the one that your system has.
"""

# For packages that name their licence but do not carry its text.
_NAMED = {
    "Apache": ("Apache-2.0",),
    "LGPL-3.0": ("LGPL-3", "GPL-3"),
    "MIT": (),
}
LLAMA_CPP = """\
llama.cpp and ggml, inside llama-cpp-python.

MIT License. Copyright (c) 2023-2026 The ggml authors. The text of the licence is that of
llama-cpp-python, above.
"""


def third_party(packages: Path, stdlib: Path, libraries: Iterable[tuple[str, Path]]) -> str:
    """Give the whole text. Raises `PackagingError` where a licence is missing or is the GPL.

    `libraries` are the files taken from this machine's system: name in the bundle, and source.
    """
    python = f"Python {sys.version.split()[0]}"
    parts = [(python, [_python_licence(stdlib)])]
    found = sorted(distributions(path=[str(packages)]), key=lambda found: found.name.lower())
    for distribution in found:
        if distribution.name != "voicemate":
            refuse_gpl(distribution.name, stated(distribution))
            parts.append(_of_package(distribution))
    parts.append(("llama.cpp", [LLAMA_CPP]))
    by_package: dict[str, list[str]] = {}
    for name, source in libraries:
        by_package.setdefault(_debian_package(source), []).append(name)
    for package, names in sorted(by_package.items()):
        text = Path(f"/usr/share/doc/{package}/copyright").read_text(encoding="utf-8")
        title = f"{', '.join(sorted(set(names)))} (Debian's package {package})"
        parts.append((title, [text]))
    return HEAD + _joined(parts)


def _joined(parts: Iterable[tuple[str, list[str]]]) -> str:
    """Put the parts one behind the other; a text that stood before is only referred to."""
    seen: dict[str, str] = {}
    pieces = []
    for title, texts in parts:
        pieces.append(f"{_RULE}\n{title}\n{_RULE}")
        for text in map(str.strip, texts):
            pieces.append(f"The text that stands under {seen[text]}." if text in seen else text)
            seen.setdefault(text, title)
    return "\n\n".join(["", *pieces, ""])


def stated(distribution: Distribution) -> str:
    """Give what a package says of its licence."""
    about = distribution.metadata
    named = about.get("License-Expression") or (about.get("License") or "").splitlines()[:1]
    classifiers = [
        line.rpartition("::")[2].strip()
        for line in about.get_all("Classifier", [])
        if line.startswith("License ::")
    ]
    first = named if isinstance(named, str) else "".join(named)
    return first if first and first != "UNKNOWN" else ", ".join(classifiers)


def refuse_gpl(name: str, licence: str) -> None:
    """Raise `PackagingError` where a licence is the GPL, without a choice of another one."""
    for choice in re.split(r"\bOR\b", licence):
        plain = re.sub(r"(Library or )?Lesser General Public License|LGPL\S*", "", choice)
        if not re.search(r"\bA?GPL|General Public License", plain):
            return
    raise PackagingError(f"{name} is under {licence}: it may not be bundled.")


def _of_package(distribution: Distribution) -> tuple[str, list[str]]:
    name = f"{distribution.name} {distribution.version}"
    licence = stated(distribution)
    texts = [
        Path(str(distribution.locate_file(file))).read_text(encoding="utf-8", errors="replace")
        for file in distribution.files or []
        if _FILE.match(file.name)
        and not file.name.endswith((".py", ".pyc"))
        and Path(str(distribution.locate_file(file))).is_file()
    ]
    if not texts:
        known = next((files for start, files in _NAMED.items() if start in licence), None)
        if not known:
            raise PackagingError(f"{name} ({licence or 'no licence named'}) has no licence text.")
        texts = [_common(file) for file in known]
    return f"{name}: {licence}", texts


def _common(name: str) -> str:
    try:
        return (COMMON / name).read_text(encoding="utf-8")
    except OSError as error:
        raise PackagingError(f"{COMMON / name} is missing (Debian: base-files).") from error


def _python_licence(stdlib: Path) -> str:
    for file in (stdlib / "LICENSE.txt", Path("/usr/share/doc/python3/copyright")):
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise PackagingError(f"Python's licence is not at {stdlib / 'LICENSE.txt'}.")


def _debian_package(file: Path) -> str:
    # The same file has two names where /lib is a link to /usr/lib.
    for name in (str(file), str(file).removeprefix("/usr")):
        told = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True, check=False)
        if told.returncode == 0:
            return told.stdout.partition(":")[0]
    raise PackagingError(f"{file} belongs to no Debian package: its licence is not known.")
