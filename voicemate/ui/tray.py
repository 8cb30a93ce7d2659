"""The icon in the system's tray: the face in small, and a menu."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from voicemate.ui.bridge import Bridge
from voicemate.ui.words import t

ICONS = Path(__file__).parent / "icons"


def icon(name: str) -> QIcon:
    """Give one of our icons."""
    return QIcon(str(ICONS / f"{name}.svg"))


class Tray(QObject):
    """Shows the same states as the window; a click shows or hides the window."""

    def __init__(self, bridge: Bridge, show_or_hide: Callable[[], None]) -> None:
        super().__init__()
        self._bridge = bridge
        self._shown = ""
        self._menu = QMenu()
        self._talk = self._entry("", bridge.toggle)
        self._mute = self._entry("", bridge.mute)
        self._menu.addSeparator()
        self._show = self._entry("", show_or_hide)
        self._quit = self._entry("", bridge.quit)
        self._show_or_hide = show_or_hide
        self._icon = QSystemTrayIcon(self)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._on_activated)
        bridge.changed.connect(self._refresh)
        self._refresh()
        self._icon.show()

    @property
    def there(self) -> bool:
        """True where a desktop shows the icon, so that the window can be found again."""
        return QSystemTrayIcon.isSystemTrayAvailable() and self._icon.isVisible()

    def close(self) -> None:
        """Take the icon away."""
        self._bridge.changed.disconnect(self._refresh)
        self._icon.hide()

    def _entry(self, text: str, action: Callable[[], None]) -> QAction:
        entry = self._menu.addAction(text)
        entry.triggered.connect(action)
        return entry

    @Slot()
    def _refresh(self) -> None:
        facts = self._bridge.shown
        self._talk.setText(t("Stop listening") if facts.listening else t("Talk"))
        self._talk.setEnabled(not facts.muted)
        self._mute.setText(t("Open the microphone") if facts.muted else t("Close the microphone"))
        self._show.setText(t("Show or hide the window"))
        self._quit.setText(t("Quit VoiceMate"))
        if facts.face != self._shown:
            self._shown = facts.face
            self._icon.setIcon(icon(f"tray-{facts.face}"))
        tip = f"{self._bridge.name}: {facts.label}"
        if self._icon.toolTip() != tip:
            self._icon.setToolTip(tip)

    @Slot(QSystemTrayIcon.ActivationReason)
    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        # The second click of two comes as a reason of its own: the first one has done it.
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self._show_or_hide()
