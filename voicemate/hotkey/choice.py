"""Which way to hear the key works here, which one is taken, and what to bind where none does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from voicemate.hotkey.backend import Availability, Environment, HotkeyBackend
from voicemate.hotkey.evdev_keys import EvdevKeys, evdev_available
from voicemate.hotkey.key_table import linux_code
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
    failed: Mapping[str, str] | None = None,
) -> tuple[HotkeyBackend | None, Binding, str]:
    """Choose how to hear `key` (empty: the default): the backend or None, its binding, and why.

    `failed` are ways that were tried and did not start, by name, with the reason. Waits for the
    portal to answer: call it off the window's thread. Raises `SettingsError` for a key that there
    is not.
    """
    environment = environment or Environment()
    if backend == "none":
        return None, _binding(key, "", environment), "no key, as the settings have it"
    names = order(environment) if backend == "auto" else (backend,)
    reasons = []
    for name in names:
        binding = _binding(key, name, environment)
        if failed and name in failed:
            reasons.append(f"{name}: {failed[name]}")
            continue
        if name == "portal" and binding.is_modifier:
            reasons.append(f"portal: desktops do not bind {binding} alone, choose another key")
            continue
        found = _CHECKS[name](environment)
        if found.works:
            return _build(name, binding, environment), binding, f"{name}: {found.why}"
        reasons.append(f"{name}: {found.why}")
    return None, _binding(key, "", environment), "; ".join(reasons)


def hears_all(
    backend: Literal["auto", "none"] | BackendName = "auto", environment: Environment | None = None
) -> HotkeyBackend | None:
    """Give what hears every key here, to choose one by pressing it; None where nothing does.

    `backend` is the way that the settings name, tried first.
    """
    environment = environment or Environment()
    names = order(environment)
    if backend != "auto" and backend != "none":
        names = (backend, *names)
    for name in names:
        if name != "portal" and _CHECKS[name](environment).works:
            return _build(name, default_binding(name, environment), environment)
    return None


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
    if binding.keysym is None and linux_code(binding.key) is None:
        return {}
    return {
        "GNOME": _gnome(binding),
        "KDE": (
            "System Settings > Keyboard > Shortcuts > Add New > Command or Script: "
            f"`voicemate ptt toggle`, then give it the shortcut {binding}"
        ),
        "Sway": _sway(binding),
        "Hyprland": _hyprland(binding),
        "Hyprland (Lua)": _hyprland_lua(binding),
    }


def _symbol(binding: Binding, by_code: str) -> str:
    """Give the key as xkb names it; one without a name as its X11 keycode, put into `by_code`."""
    return binding.keysym or by_code.format((linux_code(binding.key) or 0) + 8)


def _gnome(binding: Binding) -> str:
    """Write what its settings page does under View and Customise Shortcuts > Custom Shortcuts."""
    key = _symbol(binding, "0x{:x}")
    accelerator = "".join([*(_GTK[m] for m in _GTK if m in binding.modifiers), key])
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


def _sway(binding: Binding) -> str:
    key = _symbol(binding, "{}")
    keys = "+".join([*(_SWAY[m] for m in _SWAY if m in binding.modifiers), key])
    bind = "bindsym" if binding.keysym else "bindcode"
    return (
        f"{bind} --no-repeat {keys} exec voicemate ptt down\n"
        f"{bind} --release {keys} exec voicemate ptt up"
    )


def _hyprland(binding: Binding) -> str:
    key = _symbol(binding, "code:{}")
    modifiers = " ".join(_HYPRLAND[m] for m in _HYPRLAND if m in binding.modifiers)
    return (
        f"bind = {modifiers}, {key}, exec, voicemate ptt down\n"
        f"bindr = {modifiers}, {key}, exec, voicemate ptt up"
    )


def _hyprland_lua(binding: Binding) -> str:
    key = _symbol(binding, "code:{}")
    keys = " + ".join([*(_HYPRLAND[m] for m in _HYPRLAND if m in binding.modifiers), key])
    return (
        f'hl.bind("{keys}", hl.dsp.exec_cmd("voicemate ptt down"))\n'
        f'hl.bind("{keys}", hl.dsp.exec_cmd("voicemate ptt up"), {{ release = true }})'
    )
