"""Which way to hear the key works here, which one is taken, and what to bind where none does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from voicemate.hotkey.backend import Availability, Environment, HotkeyBackend
from voicemate.hotkey.evdev_keys import EvdevKeys, evdev_available
from voicemate.hotkey.keys import Binding, Modifier, parse_binding
from voicemate.hotkey.portal import PortalKeys, portal_available
from voicemate.hotkey.pynput_keys import PynputKeys, pynput_available
from voicemate.hotkey.x11 import X11Keys, x11_available

BackendName = Literal["x11", "pynput", "portal", "evdev"]

_CHECKS: Final[dict[BackendName, Callable[[Environment], Availability]]] = {
    "x11": x11_available,
    "pynput": pynput_available,
    "portal": portal_available,
    "evdev": evdev_available,
}


def order(environment: Environment) -> tuple[BackendName, ...]:
    """Give the ways to hear a key on such a system, the best first."""
    if not environment.platform.startswith("linux"):
        return ("pynput",)
    if environment.wayland:
        return ("portal", "evdev")
    return ("x11", "portal", "evdev")


def report(environment: Environment | None = None) -> list[Availability]:
    """Try every way to hear a key here, the one that would be taken first. Takes up to seconds."""
    environment = environment or Environment()
    names = order(environment)
    if environment.wayland:
        names = (*names, "x11")  # why it is left out
    return [_CHECKS[name](environment) for name in names]


def default_binding(backend: str, environment: Environment | None = None) -> Binding:
    """Give the key where none was chosen: see `voicemate.hotkey.keys` for why."""
    platform = (environment or Environment()).platform
    sees_keyboard = backend in ("x11", "pynput", "evdev") and platform != "darwin"
    return Binding("Right Ctrl" if sees_keyboard else "F9")


def choose(
    key: str = "",
    backend: Literal["auto", "none"] | BackendName = "auto",
    environment: Environment | None = None,
) -> tuple[HotkeyBackend | None, Binding, str]:
    """Choose how to hear `key` (empty: the default): the backend or None, its binding, and why.

    Waits for the portal to answer: call it off the window's thread. Raises `SettingsError` for a
    key that there is not.
    """
    environment = environment or Environment()
    if backend == "none":
        return None, _binding(key, "", environment), "no key, as the settings have it"
    names = order(environment) if backend == "auto" else (backend,)
    reasons = []
    for name in names:
        binding = _binding(key, name, environment)
        if name == "portal" and binding.is_modifier:
            reasons.append(f"portal: desktops do not bind {binding} alone, choose another key")
            continue
        found = _CHECKS[name](environment)
        if found.works:
            return _build(name, binding, environment), binding, f"{name}: {found.why}"
        reasons.append(f"{name}: {found.why}")
    return None, _binding(key, "", environment), "; ".join(reasons)


def _binding(key: str, backend: str, environment: Environment) -> Binding:
    return parse_binding(key) if key else default_binding(backend, environment)


def _build(name: BackendName, binding: Binding, environment: Environment) -> HotkeyBackend:
    match name:
        case "x11":
            return X11Keys(environment.variables.get("DISPLAY", ""))
        case "pynput":
            return PynputKeys()
        case "portal":
            return PortalKeys(binding)
        case "evdev":
            return EvdevKeys()


_GTK: Final[dict[Modifier, str]] = {
    "Ctrl": "<Control>", "Alt": "<Alt>", "Shift": "<Shift>", "Super": "<Super>",
}  # fmt: skip
_SWAY: Final[dict[Modifier, str]] = {
    "Ctrl": "Ctrl", "Alt": "Mod1", "Shift": "Shift", "Super": "Mod4",
}  # fmt: skip
_HYPRLAND: Final[dict[Modifier, str]] = {
    "Ctrl": "CTRL", "Alt": "ALT", "Shift": "SHIFT", "Super": "SUPER",
}  # fmt: skip
_GNOME_KEYS: Final = "org.gnome.settings-daemon.plugins.media-keys"
_GNOME_PATH: Final = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings/voicemate/"


def binding_lines(binding: Binding) -> dict[str, str]:
    """Give what binds the key in each desktop, for where VoiceMate cannot hear it by itself.

    Sway and Hyprland tell press and release, so the key can be held. GNOME and KDE run a command
    once a press: there one tap starts and the next one stops.
    """
    keysym = binding.keysym or binding.key
    return {
        "GNOME": _gnome(binding, keysym),
        "KDE": (
            "System Settings > Keyboard > Shortcuts > Add New > Command or Script: "
            f"`voicemate ptt toggle`, then give it the shortcut {binding}"
        ),
        "Sway": _sway(binding, keysym),
        "Hyprland": _hyprland(binding, keysym),
        "Hyprland (Lua)": _hyprland_lua(binding, keysym),
    }


def _gnome(binding: Binding, keysym: str) -> str:
    """Write what its settings page does under View and Customise Shortcuts > Custom Shortcuts."""
    accelerator = "".join([*(_GTK[m] for m in _GTK if m in binding.modifiers), keysym])
    own = f"{_GNOME_KEYS}.custom-keybinding:{_GNOME_PATH}"
    # The list holds the person's other shortcuts too: ours is added, once.
    added = f"sed \"/voicemate/q; s/@as //; s|]$|, '{_GNOME_PATH}']|; s/^\\[, /[/\""
    return "\n".join([
        f"gsettings set {own} name 'Talk to VoiceMate'",
        f"gsettings set {own} command 'voicemate ptt toggle'",
        f"gsettings set {own} binding '{accelerator}'",
        f"gsettings set {_GNOME_KEYS} custom-keybindings "
        f'"$(gsettings get {_GNOME_KEYS} custom-keybindings | {added})"',
    ])  # fmt: skip


def _sway(binding: Binding, keysym: str) -> str:
    keys = "+".join([*(_SWAY[m] for m in _SWAY if m in binding.modifiers), keysym])
    return (
        f"bindsym --no-repeat {keys} exec voicemate ptt down\n"
        f"bindsym --release {keys} exec voicemate ptt up"
    )


def _hyprland(binding: Binding, keysym: str) -> str:
    modifiers = " ".join(_HYPRLAND[m] for m in _HYPRLAND if m in binding.modifiers)
    return (
        f"bind = {modifiers}, {keysym}, exec, voicemate ptt down\n"
        f"bindr = {modifiers}, {keysym}, exec, voicemate ptt up"
    )


def _hyprland_lua(binding: Binding, keysym: str) -> str:
    keys = " + ".join([*(_HYPRLAND[m] for m in _HYPRLAND if m in binding.modifiers), keysym])
    return (
        f'hl.bind("{keys}", hl.dsp.exec_cmd("voicemate ptt down"))\n'
        f'hl.bind("{keys}", hl.dsp.exec_cmd("voicemate ptt up"), {{ release = true }})'
    )
