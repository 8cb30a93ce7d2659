"""What is given away: the desktop's files, the wheel, and the parts of the Linux bundle.

Whether a whole bundle runs where there is no Python is tried in tests/live/test_bundle.py.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

import pytest

from voicemate import APP_ID, __version__
from voicemate.hotkey.control import COMMANDS

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "scripts" / "packaging"
LINUX = PACKAGING / "linux"
ENTRY = LINUX / f"{APP_ID}.desktop"
METAINFO = LINUX / f"{APP_ID}.metainfo.xml"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="scripts/ is for Linux and macOS")


@pytest.fixture(autouse=True)
def _packaging_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PACKAGING))


def needs(program: str, package: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (Debian: {package})")


def said(*command: str | Path, **env: str) -> str:
    """Run a command that must succeed; gives what it printed."""
    done = subprocess.run(
        command,
        env=os.environ | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


class TestDesktopFiles:
    def test_the_entry_is_valid(self) -> None:
        needs("desktop-file-validate", "desktop-file-utils")
        assert said("desktop-file-validate", ENTRY) == ""

    def test_the_description_for_software_centres_is_valid(self) -> None:
        needs("appstreamcli", "appstream")
        said("appstreamcli", "validate", "--no-net", METAINFO)

    def test_desktops_find_the_running_program_by_the_entrys_name(self) -> None:
        # KDE, GNOME on Wayland and the portal by the window's desktop file, X11 by its class.
        window = (ROOT / "voicemate" / "ui" / "window.py").read_text()
        assert "setDesktopFileName(APP_ID)" in window
        (name,) = re.findall(r'app\.setApplicationName\("(.*)"\)', window)
        assert f"StartupWMClass={name}\n" in ENTRY.read_text()

    def test_every_action_is_a_command_that_there_is(self) -> None:
        commands = re.findall(r"^Exec=(.*)$", ENTRY.read_text(), re.MULTILINE)
        assert commands[0] == "voicemate"
        for command in commands[1:]:
            program, ptt, word = command.split()
            assert (program, ptt) == ("voicemate", "ptt")
            assert word in COMMANDS

    def test_what_is_told_is_told_in_korean_too(self) -> None:
        text = ENTRY.read_text()
        for key in ("GenericName", "Comment", "Keywords"):
            assert len(re.findall(rf"^{key}(\[ko\])?=.", text, re.MULTILINE)) == 2

    def test_the_description_belongs_to_the_entry_and_knows_this_version(self) -> None:
        component = ET.parse(METAINFO).getroot()
        assert component.findtext("id") == APP_ID
        assert component.findtext("launchable") == ENTRY.name
        assert component.findtext("project_license") == "Apache-2.0"
        releases = [release.get("version") for release in component.iter("release")]
        assert releases[0] == __version__


class TestProject:
    @pytest.mark.parametrize(
        ("platform", "machine", "wanted"),
        [
            ("linux", "x86_64", {"PySide6-Essentials", "python-xlib", "jeepney"}),
            ("linux", "aarch64", {"PySide6-Essentials", "python-xlib", "jeepney"}),
            ("darwin", "arm64", {"PySide6-Essentials", "pynput"}),
            ("win32", "AMD64", {"PySide6-Essentials", "pynput"}),
            ("linux", "riscv64", {"python-xlib", "jeepney"}),  # no wheels: the terminal
            ("linux", "i686", {"python-xlib", "jeepney"}),
        ],
    )
    def test_the_window_and_the_key_come_along_where_they_can(
        self, platform: str, machine: str, wanted: set[str]
    ) -> None:
        requirements = pytest.importorskip("packaging.requirements")
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        here = {"sys_platform": platform, "platform_machine": machine}
        ours = {"PySide6-Essentials", "python-xlib", "jeepney", "pynput"}
        found = {
            requirement.name
            for line in project["project"]["dependencies"]
            if (requirement := requirements.Requirement(line)).name in ours
            and (requirement.marker is None or requirement.marker.evaluate(here))
        }
        assert found == wanted

    def test_the_wheel_carries_what_the_window_and_the_desktop_need(self, tmp_path: Path) -> None:
        tools = ROOT / "build" / "package" / "tools"
        if not (tools / "hatchling").is_dir():
            pytest.skip("nothing was packaged here yet: scripts/package --wheel")
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
        subprocess.run(
            build,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(tools)},
            capture_output=True,
            check=True,
        )
        (wheel,) = tmp_path.glob("*.whl")
        names = zipfile.ZipFile(wheel).namelist()
        for wanted in (
            "voicemate/ui/qml/Main.qml",
            "voicemate/ui/icons/voicemate.svg",
            "voicemate/catalog/catalog.toml",
            f"voicemate-{__version__}.data/data/share/applications/{ENTRY.name}",
            f"voicemate-{__version__}.data/data/share/metainfo/{METAINFO.name}",
            f"voicemate-{__version__}.data/data/share/icons/hicolor/scalable/apps/{APP_ID}.svg",
        ):
            assert wanted in names
        assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]


class TestLibraries:
    """Which libraries come along: tried with small ones that are compiled here."""

    @pytest.fixture
    def compiled(self, tmp_path: Path) -> Any:
        needs("cc", "gcc")
        needs("readelf", "binutils")

        def library(path: Path, *flags: str, needing: Path | None = None) -> Path:
            path.parent.mkdir(parents=True, exist_ok=True)
            source = tmp_path / "source.c"
            source.write_text("int answer(void) { return 42; }\n")
            what = [f"-Wl,-soname,{path.name}", *flags]
            linked = [str(needing), "-Wl,--no-as-needed"] if needing else []
            said("cc", "-shared", "-fPIC", "-o", path, *linked[1:], source, *linked[:1], *what)
            return path

        return library

    def test_a_library_of_the_system_comes_along_with_what_it_needs(
        self, compiled: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import elf

        system = tmp_path / "system"
        inner = compiled(system / "libinner.so.1")
        outer = compiled(system / "libouter.so.2", needing=inner)
        program = compiled(tmp_path / "bundle" / "bin" / "program", needing=outer)
        lib = tmp_path / "bundle" / "lib"
        lib.mkdir()
        monkeypatch.setattr(elf, "on_this_machine", lambda soname, needer: system / soname)
        brought = elf.collect(tmp_path / "bundle", lib)
        assert brought == {"libouter.so.2": outer, "libinner.so.1": inner}
        assert sorted(file.name for file in lib.iterdir()) == ["libinner.so.1", "libouter.so.2"]
        assert program.parent.is_dir()
        assert elf.collect(tmp_path / "bundle", lib) == {}  # all is there now

    def test_one_that_looks_beside_itself_only_finds_a_link_there(
        self, compiled: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import elf

        system = compiled(tmp_path / "system" / "libinner.so.1")
        plugin = tmp_path / "bundle" / "packages" / "plugins" / "libplugin.so"
        compiled(plugin, "-Wl,-rpath,$ORIGIN/../lib", "-Wl,--enable-new-dtags", needing=system)
        beside = plugin.parents[1] / "lib"
        beside.mkdir()
        lib = tmp_path / "bundle" / "lib"
        lib.mkdir()
        monkeypatch.setattr(elf, "on_this_machine", lambda soname, needer: system)
        elf.collect(tmp_path / "bundle", lib)
        link = beside / "libinner.so.1"
        assert link.is_symlink()
        assert not link.readlink().is_absolute()  # the bundle may be moved
        assert link.resolve() == lib / "libinner.so.1"
        assert elf.collect(tmp_path / "bundle", lib) == {}

    def test_what_a_desktop_has_itself_stays_out(self, compiled: Any, tmp_path: Path) -> None:
        import elf

        driver = compiled(tmp_path / "system" / "libGL.so.1")
        compiled(tmp_path / "bundle" / "program.so", needing=driver)
        assert elf.collect(tmp_path / "bundle", tmp_path) == {}

    @pytest.mark.parametrize("name", ["libreadline.so.8", "libespeak-ng.so.1"])
    def test_a_gpl_library_is_refused(self, compiled: Any, tmp_path: Path, name: str) -> None:
        import elf

        gpl = compiled(tmp_path / "system" / name)
        compiled(tmp_path / "bundle" / "program.so", needing=gpl)
        with pytest.raises(elf.PackagingError, match="GPL"):
            elf.collect(tmp_path / "bundle", tmp_path)

    def test_a_library_that_nobody_has_is_named(self, compiled: Any, tmp_path: Path) -> None:
        import elf

        lost = compiled(tmp_path / "system" / "libnobodyhasthis.so.7")
        compiled(tmp_path / "bundle" / "program.so", needing=lost)
        with pytest.raises(elf.PackagingError, match=r"libnobodyhasthis\.so\.7, which program"):
            elf.collect(tmp_path / "bundle", tmp_path)


class TestProcessors:
    @pytest.mark.skipif(platform.machine() != "x86_64", reason="AVX-512 is of x86-64 only")
    @pytest.mark.parametrize("register", ["xmm0", "zmm0"])
    def test_what_needs_avx512_is_no_part_for_everybody(
        self, tmp_path: Path, register: str
    ) -> None:
        needs("cc", "gcc")
        needs("objdump", "binutils")
        import processors

        source, library = tmp_path / "source.c", tmp_path / "lib.so"
        add = f"vpaddd %{register}, %{register}, %{register}"
        source.write_text(f'void add(void) {{ __asm__("{add.replace("%", "%%")}" :); }}\n')
        said("cc", "-shared", "-fPIC", "-o", library, source)
        if register == "xmm0":
            processors.refuse_native(library)
        else:
            with pytest.raises(processors.PackagingError, match="AVX-512"):
                processors.refuse_native(library)

    @pytest.mark.parametrize(
        ("machine", "levels"),
        [("x86_64", ["x86-64-v3", "x86-64-v4"]), ("aarch64", ["aarch64"])],
    )
    def test_no_build_is_for_the_very_processor(
        self, monkeypatch: pytest.MonkeyPatch, machine: str, levels: list[str]
    ) -> None:
        import processors

        monkeypatch.setattr(platform, "machine", lambda: machine)
        assert processors.levels() == levels
        for level in levels:
            assert "-DGGML_NATIVE=OFF" in processors.cmake_arguments(level)
        assert "AVX512" not in processors.cmake_arguments(levels[0])

    def test_copies_of_a_library_become_links(self, tmp_path: Path) -> None:
        import processors

        for name in ("libone.so", "libone.so.0", "libone.so.0.1", "libtwo.so"):
            (tmp_path / name).write_text(name[:6])
        processors.link_the_same(tmp_path)
        files = {file.name: file.is_symlink() for file in tmp_path.iterdir()}
        assert files == {
            "libone.so": True,
            "libone.so.0": True,
            "libone.so.0.1": False,
            "libtwo.so": False,
        }
        assert (tmp_path / "libone.so").read_text() == "libone"


class TestLicences:
    @pytest.mark.parametrize(
        "licence",
        [
            "MIT",
            "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
            "GNU Library or Lesser General Public License (LGPL)",
            "GNU Lesser General Public License v2 or later (LGPLv2+)",
            "MPL-2.0 AND MIT",
        ],
    )
    def test_what_may_be_given_away_is_taken(self, licence: str) -> None:
        import licences

        licences.refuse_gpl("it", licence)

    @pytest.mark.parametrize(
        "licence",
        ["GPL-3.0-or-later", "GPLv3", "GNU General Public License v3 (GPLv3)", "MIT AND AGPL-3.0"],
    )
    def test_the_gpl_is_refused(self, licence: str) -> None:
        import licences

        with pytest.raises(licences.PackagingError, match="may not be bundled"):
            licences.refuse_gpl("it", licence)

    def test_every_package_is_named_with_its_text_once(self, tmp_path: Path) -> None:
        import licences

        for name in ("one", "two"):
            package(tmp_path, name, "License: MIT", licence="Do what you like.")
        (tmp_path / "LICENSE.txt").write_text("Python's own")
        text = licences.third_party(tmp_path, tmp_path, [])
        assert "one 1.0: MIT" in text
        assert "two 1.0: MIT" in text
        assert text.count("Do what you like.") == 1
        assert "The text that stands under one 1.0: MIT." in text
        assert "Python's own" in text

    def test_a_package_without_any_licence_is_no_small_matter(self, tmp_path: Path) -> None:
        import licences

        package(tmp_path, "one", "")
        (tmp_path / "LICENSE.txt").write_text("Python's own")
        with pytest.raises(licences.PackagingError, match=r"one 1\.0 .* has no licence text"):
            licences.third_party(tmp_path, tmp_path, [])


def package(folder: Path, name: str, line: str, licence: str = "") -> None:
    """Lay an installed package's metadata into a folder."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    head = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0", line]
    (info / "METADATA").write_text("\n".join(filter(None, head)) + "\n")
    record = [f"{info.name}/METADATA,,"]
    if licence:
        (info / "LICENSE").write_text(licence)
        record.append(f"{info.name}/LICENSE,,")
    (info / "RECORD").write_text("\n".join(record) + "\n")


class TestTrim:
    def test_the_modules_of_qt_are_found_with_what_they_load_themselves(
        self, tmp_path: Path
    ) -> None:
        pyside = pytest.importorskip("PySide6", reason="the window needs PySide6")
        import trim

        (tmp_path / "one.py").write_text("from PySide6.QtQuick import QQuickWindow\n")
        found = trim._python_modules(Path(pyside.__file__).parent, tmp_path)
        assert {"QtCore", "QtGui", "QtQml", "QtQuick"} <= found
        assert "QtDesigner" not in found

    def test_a_module_that_qt_does_not_have_is_named(self, tmp_path: Path) -> None:
        import trim

        (tmp_path / "one.py").write_text("from PySide6.QtTeapot import Tea\n")
        with pytest.raises(trim.PackagingError, match="QtTeapot"):
            trim._python_modules(tmp_path, tmp_path)

    def test_only_what_was_named_is_removed(self, tmp_path: Path) -> None:
        import trim

        for name in ("numpy/core/tests/a.py", "numpy/core/b.py", "bin/tool"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("")
        trim.remove(tmp_path, ["numpy/**/tests", "bin", "not/there"])
        assert [f.name for f in tmp_path.rglob("*") if f.is_file()] == ["b.py"]


@pytest.mark.skipif(sys.platform != "linux", reason="the bundle is for Linux")
class TestInstaller:
    """install.sh and uninstall.sh, on a bundle whose Python is a script that tells what it gets."""

    @pytest.fixture
    def unpacked(self, tmp_path: Path) -> Path:
        folder = tmp_path / "down loads" / "voicemate-1"
        (folder / "bin").mkdir(parents=True)
        for name in ("install.sh", "uninstall.sh"):
            shutil.copy(LINUX / name, folder)
        shutil.copy(LINUX / "voicemate", folder / "bin")
        python = folder / "bin" / "voicemate-python"
        python.write_text('#!/bin/sh\necho "$0" "$@" "[$PYTHONPATH$PYTHONHOME]"\n')
        python.chmod(0o755)
        for source, place in (
            (ENTRY, "applications"),
            (METAINFO, "metainfo"),
            (ROOT / "voicemate/ui/icons/voicemate.svg", "icons/hicolor/scalable/apps"),
        ):
            (folder / "share" / place).mkdir(parents=True)
            name = f"{APP_ID}.svg" if source.suffix == ".svg" else source.name
            shutil.copy(source, folder / "share" / place / name)
        return folder

    @pytest.fixture
    def home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        home = tmp_path / "my home"
        home.mkdir()
        monkeypatch.setenv("HOME", str(home))
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            monkeypatch.delenv(name, raising=False)
        return home

    def test_the_command_works_after_the_download_has_gone(
        self, unpacked: Path, home: Path
    ) -> None:
        assert "VoiceMate is installed" in said(unpacked / "install.sh")
        shutil.rmtree(unpacked)
        command = home / ".local/bin/voicemate"
        python = home / ".local/opt/voicemate/bin/voicemate-python"
        told = said(command, "talk", "--timing", PYTHONPATH="/of/the/person", PYTHONHOME="/wrong")
        assert told == f"{python} -I -m voicemate talk --timing []\n"

    def test_the_menu_starts_it_by_its_whole_path(self, unpacked: Path, home: Path) -> None:
        said(unpacked / "install.sh")
        entry = home / ".local/share/applications" / ENTRY.name
        program = home / ".local/opt/voicemate/bin/voicemate"
        lines = entry.read_text().splitlines()
        assert f'Exec="{program}"' in lines
        assert f'Exec="{program}" ptt toggle' in lines
        assert (home / f".local/share/icons/hicolor/scalable/apps/{APP_ID}.svg").is_file()
        if shutil.which("desktop-file-validate"):
            said("desktop-file-validate", entry)

    def test_a_second_time_it_updates(self, unpacked: Path, home: Path) -> None:
        said(unpacked / "install.sh")
        installed = home / ".local/opt/voicemate"
        (installed / "of-an-older-version").write_text("")
        said(unpacked / "install.sh")
        assert not (installed / "of-an-older-version").exists()
        assert [folder.name for folder in installed.parent.iterdir()] == ["voicemate"]
        said(installed / "install.sh")  # its own copy only makes the links anew
        assert (installed / "bin" / "voicemate-python").is_file()

    def test_one_that_does_not_start_here_does_not_replace_one_that_does(
        self, unpacked: Path, home: Path
    ) -> None:
        said(unpacked / "install.sh")
        (unpacked / "bin" / "voicemate-python").write_text("#!/bin/sh\nexit 127\n")
        done = subprocess.run(
            [unpacked / "install.sh"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "does not start on this system" in done.stderr
        assert "talk" in said(home / ".local/bin/voicemate", "talk")

    def test_uninstalling_leaves_what_the_person_has(self, unpacked: Path, home: Path) -> None:
        mine = home / ".local/share/voicemate/memory.sqlite3"
        mine.parent.mkdir(parents=True)
        mine.write_text("what we talked about")
        said(unpacked / "install.sh")
        login = home / ".config/autostart" / ENTRY.name
        login.parent.mkdir(parents=True)
        login.write_text(f"Exec={home}/.local/opt/voicemate/bin/voicemate --hidden\n")
        told = said(home / ".local/opt/voicemate/uninstall.sh")
        assert [f for f in home.rglob("*") if f.is_file() or f.is_symlink()] == [mine]
        assert str(mine.parent) in told

    def test_a_copy_that_is_not_installed_uninstalls_nothing(
        self, unpacked: Path, home: Path
    ) -> None:
        said(unpacked / "install.sh")
        before = sorted(home.rglob("*"))
        done = subprocess.run(
            [unpacked / "uninstall.sh"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert f"does not start the copy in {unpacked}" in done.stderr
        assert sorted(home.rglob("*")) == before
        assert unpacked.is_dir()

    def test_a_folder_that_no_menu_can_name_is_refused(self, unpacked: Path, home: Path) -> None:
        done = subprocess.run(
            [unpacked / "install.sh", home / "pri$e"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert "plainer name" in done.stderr
        assert not (home / ".local").exists()
