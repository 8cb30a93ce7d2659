"""Names of keys, the choice of a way to hear them, and the lines for a desktop's settings."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemate.errors import SettingsError
from voicemate.hotkey import choice
from voicemate.hotkey.backend import Availability, Environment
from voicemate.hotkey.choice import BackendName, binding_lines, choose, report
from voicemate.hotkey.key_table import KEYS
from voicemate.hotkey.keys import MODIFIERS, Binding, parse_binding

X11 = Environment("linux", {"DISPLAY": ":7"})
WAYLAND = Environment("linux", {"DISPLAY": ":7", "WAYLAND_DISPLAY": "wayland-0"})


@given(st.sampled_from(sorted(KEYS)), st.sets(st.sampled_from(MODIFIERS)))
def test_a_binding_is_read_back_from_what_it_prints(key: str, modifiers: set[str]) -> None:
    text = str(Binding(key, frozenset(m for m in MODIFIERS if m in modifiers)))
    try:
        binding = parse_binding(text)
    except SettingsError:
        return  # one that cannot be bound: see below
    assert str(binding) == text
    assert parse_binding(text.lower().replace("+", " + ")) == binding


@pytest.mark.parametrize("text", ["F9", "Right Ctrl", "Pause", "Ctrl+Space", "Ctrl+A", "Key 240"])
def test_usual_keys_can_be_bound(text: str) -> None:
    assert str(parse_binding(text)) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no key called"),
        ("Foo", "no key called 'Foo'"),
        ("Esc", "Esc cannot"),
        ("Ctrl", "not a key or a combination"),
        ("F9+F10", "not a key or a combination"),
        ("Ctrl+Right Alt", "not a key or a combination"),
        ("A", "you write with"),
        ("Shift+Space", "you write with"),
        ("Enter", "every program would be given it"),
        ("Key 89", "you write with"),
        ("Left Shift", "capital letter"),
    ],
)
def test_what_cannot_be_bound_is_explained(text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as raised:
        parse_binding(text)
    assert raised.value.hint


def test_a_key_has_one_name_and_one_code_on_each_system() -> None:
    for code in ("linux", "keysym", "windows", "macos"):
        codes = [c for key in KEYS.values() if (c := getattr(key, code)) is not None]
        assert len(codes) == len(set(codes)), code
    assert KEYS["Right Ctrl"].linux + 8 == 105


def only(*works: str) -> dict[BackendName, object]:
    names: tuple[BackendName, ...] = ("x11", "pynput", "portal", "evdev")

    def check(name: BackendName) -> object:
        return lambda _environment: Availability(name, name in works, f"because of {name}")

    return {name: check(name) for name in names}


@pytest.mark.parametrize(
    ("environment", "works", "taken", "key"),
    [
        (X11, ("x11", "pynput", "portal", "evdev"), "x11", "Right Ctrl"),
        (X11, ("portal", "evdev"), "portal", "F9"),
        (WAYLAND, ("x11", "pynput", "portal", "evdev"), "portal", "F9"),
        (WAYLAND, ("x11", "pynput", "evdev"), "evdev", "Right Ctrl"),
        (Environment("win32", {}), ("pynput",), "pynput", "Right Ctrl"),
        (Environment("darwin", {}), ("pynput",), "pynput", "F9"),
    ],
)
def test_the_best_way_that_works_is_taken_with_its_key(
    environment: Environment,
    works: tuple[str, ...],
    taken: str,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choice, "_CHECKS", only(*works))
    backend, binding, why = choose(environment=environment)
    assert backend is not None
    assert (backend.name, str(binding)) == (taken, key)
    assert f"because of {taken}" in why
    assert choose("Pause", environment=environment)[1] == parse_binding("Pause")
    assert report(environment)[0].backend == choice.order(environment)[0]


def test_where_nothing_works_every_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "_CHECKS", only())
    backend, binding, why = choose(environment=WAYLAND)
    assert backend is None
    assert str(binding) == "F9", "what the compositor's line will say"
    assert "because of portal" in why
    assert "because of evdev" in why


def test_a_modifier_alone_is_not_offered_to_the_portal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "_CHECKS", only("portal", "evdev"))
    backend, _, why = choose("Right Ctrl", environment=WAYLAND)
    assert backend is not None
    assert backend.name == "evdev"
    assert why
    assert "do not bind Right Ctrl alone" in choose("Right Ctrl", "portal", WAYLAND)[2]


def test_a_way_that_was_asked_for_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "_CHECKS", only("x11"))
    assert choose(backend="evdev", environment=X11)[0] is None
    assert choose(backend="none", environment=X11)[0] is None


def test_x11_under_wayland_is_called_deaf() -> None:
    checks = {found.backend: found for found in report(WAYLAND)}
    assert not checks["x11"].works
    assert "Wayland" in checks["x11"].why
    assert choose(backend="pynput", environment=WAYLAND)[0] is None


def test_an_x11_screen_that_is_not_there_is_named() -> None:
    pytest.importorskip("Xlib", reason="python-xlib is not installed (extra desktop)")
    gone = next(f for f in report(Environment("linux", {"DISPLAY": ":4711"})) if f.backend == "x11")
    assert (gone.works, ":4711" in gone.why) == (False, True)
    none = next(f for f in report(Environment("linux", {})) if f.backend == "x11")
    assert "DISPLAY is not set" in none.why


def test_the_lines_for_each_desktop() -> None:
    plain, chord = binding_lines(parse_binding("F9")), binding_lines(parse_binding("Ctrl+Super+M"))
    assert plain["Sway"] == (
        "bindsym --no-repeat F9 exec voicemate ptt down\nbindsym --release F9 exec voicemate ptt up"
    )
    assert "bindsym --no-repeat Ctrl+Mod4+m exec" in chord["Sway"]
    assert plain["Hyprland"].startswith("bind = , F9, exec, voicemate ptt down\nbindr = , F9,")
    assert "bind = CTRL SUPER, m, exec" in chord["Hyprland"]
    assert 'hl.bind("CTRL + SUPER + m"' in chord["Hyprland (Lua)"]
    assert "`voicemate ptt toggle`" in chord["KDE"]
    assert "Ctrl+Super+M" in chord["KDE"]
    assert "binding '<Control><Super>m'" in chord["GNOME"]


@pytest.mark.parametrize("desktop", ["GNOME", "KDE", "Sway", "Hyprland", "Hyprland (Lua)"])
def test_the_document_has_the_lines_that_the_window_shows(desktop: str) -> None:
    page = (Path(__file__).parents[3] / "docs" / "key.md").read_text(encoding="utf-8")
    lines = binding_lines(parse_binding("F9"))
    assert set(lines) == {"GNOME", "KDE", "Sway", "Hyprland", "Hyprland (Lua)"}
    assert lines[desktop] in page


def test_a_key_without_a_name_is_bound_by_its_code() -> None:
    lines = binding_lines(parse_binding("Ctrl+Key 240"))
    assert "bindcode --no-repeat Ctrl+248 exec" in lines["Sway"]
    assert "bind = CTRL, code:248, exec" in lines["Hyprland"]
    assert "'<Control>0xf8'" in lines["GNOME"]
    assert binding_lines(Binding("Fnord")) == {}


def test_a_way_that_failed_is_passed_over_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "_CHECKS", only("portal", "evdev"))
    backend, _, _ = choose("F9", environment=WAYLAND, failed={"portal": "It said no."})
    assert backend is not None
    assert backend.name == "evdev"
    failed = {"portal": "It said no.", "evdev": "Unplugged."}
    nothing, _, why = choose("F9", environment=WAYLAND, failed=failed)
    assert nothing is None
    assert why == "portal: It said no.; evdev: Unplugged."


def test_the_line_for_gnome_keeps_the_other_shortcuts(tmp_path: Path) -> None:
    gsettings = shutil.which("gsettings")
    if gsettings is None:
        pytest.skip("needs gsettings (Debian: libglib2.0-bin)")
    schema = "org.gnome.settings-daemon.plugins.media-keys"
    env = os.environ | {"GSETTINGS_BACKEND": "keyfile", "XDG_CONFIG_HOME": str(tmp_path)}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=env, capture_output=True, text=True)

    if run(gsettings, "get", schema, "custom-keybindings").returncode:
        pytest.skip("needs GNOME's settings (Debian: gnome-settings-daemon-common)")
    run(gsettings, "set", schema, "custom-keybindings", "['/mine/', '/other/']")
    lines = binding_lines(parse_binding("F9"))["GNOME"]
    for _ in range(2):
        assert run("sh", "-c", lines).returncode == 0
        kept = run(gsettings, "get", schema, "custom-keybindings").stdout
        assert kept.startswith("['/mine/', '/other/', '")
        assert kept.count("voicemate") == 1
