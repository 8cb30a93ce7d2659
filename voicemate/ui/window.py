"""The window of the desktop: `run_window` opens it, shows it, and gives back when it is left.

QML draws (`qml/`), `Bridge` knows, `Companion` talks. Nothing here draws, and no Python runs while
a picture is made, so that the window moves on while a model is loaded.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voicemate import APP_ID
from voicemate.errors import ExitStatus, UsageError
from voicemate.ui import words
from voicemate.ui.inbox import Inbox
from voicemate.ui.options import WindowOptions, WindowTalker

# Drawn by the processor: a quarter of the memory and a tenth of the work of OpenGL without a card.
os.environ.setdefault("QT_QUICK_BACKEND", "software")

try:
    from PySide6.QtCore import (
        QObject,
        QSocketNotifier,
        Qt,
        QTimer,
        QtMsgType,
        QUrl,
        Signal,
        Slot,
        qInstallMessageHandler,
    )
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtQml import QQmlApplicationEngine, QQmlEngine, qmlRegisterSingletonType
    from PySide6.QtQuick import QQuickWindow
    from PySide6.QtWidgets import QApplication
except ImportError as error:
    if error.name == "PySide6":
        hint = 'Install it: `pip install "PySide6-Essentials>=6.8.3,!=6.12.0"`.'
    else:
        hint = (
            "On Debian and Ubuntu: `sudo apt install libegl1 libgl1 libdbus-1-3 libfontconfig1 "
            "libxkbcommon-x11-0 libxcb-cursor0`."
        )
    raise UsageError(f"The window cannot be opened: {error}.", hint) from error

from voicemate.ui.bridge import Bridge
from voicemate.ui.display import check_screen
from voicemate.ui.translation import Translation
from voicemate.ui.tray import Tray, icon

log = logging.getLogger(__name__)

_QML = Path(__file__).parent / "qml"

_newest: list[Bridge] = []


def _app(_engine: QQmlEngine) -> QObject:
    """Give QML what it knows as `App`."""
    QQmlEngine.setObjectOwnership(_newest[0], QQmlEngine.ObjectOwnership.CppOwnership)
    return _newest[0]


# Once, and before any engine: what is registered later makes Qt mistake the types of other modules.
qmlRegisterSingletonType(Bridge, "VoiceMate", 1, 0, "App", _app)  # type: ignore[call-overload]  # the stub wants bytes, the function a str


def run_window(companion: WindowTalker, events: Inbox, *, options: WindowOptions) -> ExitStatus:
    """Show the window until the person leaves; call it on the main thread.

    `events` is what the companion emits to. The companion is started once the first picture is on
    the screen, and is closed by the caller. Raises `UsageError` where no window can be opened.
    """
    check_screen()
    qInstallMessageHandler(_to_log)
    app = QApplication.instance() or QApplication(["voicemate"])
    app.setApplicationName("VoiceMate")
    QGuiApplication.setDesktopFileName(APP_ID)
    QGuiApplication.setWindowIcon(icon("voicemate"))
    QGuiApplication.setQuitOnLastWindowClosed(False)
    desktop = _Desktop(companion, events, options)
    try:
        with _signals_end(events):
            app.exec()
    finally:
        desktop.close()
    return ExitStatus.OK


class _Desktop(QObject):
    """The window, its bridge and its place in the tray."""

    _rung = Signal()

    def __init__(self, companion: WindowTalker, events: Inbox, options: WindowOptions) -> None:
        super().__init__()
        self._companion = companion
        self._options = options
        self._started = False
        self._tray: Tray | None = None
        if options.desk is not None:
            words.set_language(options.desk.settings.companion.language)
        self._translation = Translation(self)
        self._bridge = Bridge(companion, events, options)
        self._bridge.language_changed.connect(self._speak_it)
        self._bridge.over.connect(self._leave)
        self._bridge.changed.connect(self._follow_settings)
        self._follow_system()
        _newest[:] = [self._bridge]
        self._engine = QQmlApplicationEngine()
        self._engine.load(QUrl.fromLocalFile(str(_QML / "Main.qml")))
        windows = self._engine.rootObjects()
        if not windows or not isinstance(windows[0], QQuickWindow):
            self._bridge.close()
            raise UsageError("The window cannot be opened.", "The log says why.")
        self._window = windows[0]
        # Queued: a window that is hidden while it is being closed shows itself again.
        self._window.hide_wanted.connect(  # type: ignore[attr-defined]
            self._hide_or_leave, Qt.ConnectionType.QueuedConnection
        )
        self._window.frameSwapped.connect(self._start, Qt.ConnectionType.QueuedConnection)
        self._rung.connect(self._show, Qt.ConnectionType.QueuedConnection)
        options.doorbell.listen(self._rung.emit)
        if options.hidden and options.tray:
            self._make_tray()
            QTimer.singleShot(0, self._start)
        if self._tray is None or not self._tray.there:
            self._window.show()

    def close(self) -> None:
        """Free everything, in an order in which nothing is used afterwards."""
        self._options.doorbell.listen(None)
        self._window.hide()
        if self._tray is not None:
            self._tray.close()
        self._bridge.close()
        self._translation.remove()
        self._engine.clearComponentCache()
        del self._window
        del self._engine

    @Slot()
    def _start(self) -> None:
        """Begin to load, now that there is something to look at."""
        if self._started:
            return
        self._started = True
        self._window.frameSwapped.disconnect(self._start)
        self._bridge.listen()
        self._companion.start()
        if self._wants_tray and self._tray is None:
            self._make_tray()

    @property
    def _wants_tray(self) -> bool:
        desk = self._options.desk
        return desk.settings.window.tray if desk is not None else self._options.tray

    @property
    def _stays_in_tray(self) -> bool:
        desk = self._options.desk
        wanted = self._options if desk is None else desk.settings.window
        return wanted.close_to_tray and self._tray is not None and self._tray.there

    @Slot()
    def _follow_settings(self) -> None:
        if not self._started or self._wants_tray == (self._tray is not None):
            return
        if self._tray is None:
            self._make_tray()
        elif self._window.isVisible():
            # A hidden window without its tray would be lost: then it stays.
            self._tray.close()
            self._tray = None

    @Slot()
    def _speak_it(self) -> None:
        self._engine.retranslate()

    def _make_tray(self) -> None:
        self._tray = Tray(self._bridge, self._show_or_hide)

    def _follow_system(self) -> None:
        hints = QGuiApplication.styleHints()
        self._bridge.set_system_dark(hints.colorScheme() is Qt.ColorScheme.Dark)
        hints.colorSchemeChanged.connect(self._on_scheme)

    @Slot(Qt.ColorScheme)
    def _on_scheme(self, scheme: Qt.ColorScheme) -> None:
        self._bridge.set_system_dark(scheme is Qt.ColorScheme.Dark)

    @Slot()
    def _show(self) -> None:
        if self._window.windowStates() & Qt.WindowState.WindowMinimized:
            self._window.showNormal()
        self._window.show()
        self._window.raise_()
        self._window.requestActivate()

    def _show_or_hide(self) -> None:
        if self._window.isVisible() and self._window.isActive():
            self._window.hide()
        else:
            self._show()

    @Slot()
    def _hide_or_leave(self) -> None:
        # Without a tray nobody would find the window again.
        if self._stays_in_tray:
            self._window.hide()
        else:
            self._leave()

    @Slot()
    def _leave(self) -> None:
        self._window.hide()
        QApplication.quit()


_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def _to_log(kind: QtMsgType, _context: object, message: str) -> None:
    log.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s", message)


@contextmanager
def _signals_end(events: Inbox) -> Iterator[None]:
    """End the window on SIGINT and SIGTERM, also while nothing of Python runs."""
    ours, qts = socket.socketpair()
    for end in (ours, qts):
        end.setblocking(False)
    notifier = QSocketNotifier(qts.fileno(), QSocketNotifier.Type.Read)

    def wake() -> None:
        # Python runs its handlers as soon as it runs at all: that is here.
        qts.recv(64)

    def handle(_number: int, _frame: object) -> None:
        events.finish()

    notifier.activated.connect(wake)
    before_fd = signal.set_wakeup_fd(ours.fileno())
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before_fd)
        notifier.setEnabled(False)
        ours.close()
        qts.close()
