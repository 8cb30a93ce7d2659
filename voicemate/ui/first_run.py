"""The first run, as QML knows it (`App.first_run`): where it stands, and how it goes on.

What its pages choose goes through `App.desk`; `qml/first_run/` draws them.
"""

from __future__ import annotations

from PySide6.QtCore import Property, QLocale, QObject, Signal, Slot

from voicemate.ui.desk import Desk
from voicemate.ui.first_models import FirstModels
from voicemate.ui.hands import Hands
from voicemate.ui.options import WindowTalker
from voicemate.ui.settings_bridge import SettingsBridge

PAGES = ("welcome", "stays", "language", "models", "microphone", "voice", "key", "hello")
DONE = "done"


class FirstRun(QObject):
    """Goes from page to page, and keeps in the desk how far it came; on the window's thread.

    Until it is done, the microphone is closed when the program starts, and is opened by a button
    that says so.
    """

    changed = Signal()
    opening_changed = Signal()
    _answered = Signal(bool)

    def __init__(
        self,
        desk: Desk | None,
        settings: SettingsBridge | None,
        companion: WindowTalker,
        hands: Hands,
    ) -> None:
        super().__init__()
        self._desk = desk
        self._settings = settings
        self._companion = companion
        self._hands = hands
        kept = desk.first_run_page if desk is not None else DONE
        self._done = kept == DONE
        # A page that another version had, and this one has not, is none.
        self._page = kept if kept in PAGES else PAGES[0]
        self._active = not self._done
        self._models: FirstModels | None = None
        if settings is not None:
            self._models = FirstModels(settings.shelf, self)  # type: ignore[arg-type]  # mypy sees Qt's Property
        self._opening = False
        self._refused = False
        self._answered.connect(self._on_answered)
        if not self._done:
            # Before the companion is started, so that it does not open the microphone at all.
            companion.set_muted(True)
        if settings is not None and not kept and system_language() == "ko":
            settings.set("companion.language", "ko")

    # What QML reads.

    page = Property(str, lambda self: self._page, notify=changed)
    active = Property(bool, lambda self: self._active, notify=changed)
    done = Property(bool, lambda self: self._done, notify=changed)
    number = Property(int, lambda self: PAGES.index(self._page), notify=changed)
    count = Property(int, lambda _self: len(PAGES), constant=True)
    opening = Property(bool, lambda self: self._opening, notify=opening_changed)
    refused = Property(bool, lambda self: self._refused, notify=opening_changed)
    models = Property(QObject, lambda self: self._models, constant=True)

    # What a person does.

    @Slot()
    def next(self) -> None:
        """Go one page on; from the last one into the main window, for good."""
        at = PAGES.index(self._page)
        if at + 1 < len(PAGES):
            self._go(PAGES[at + 1])
        else:
            self._done, self._active = True, False
            self._keep(DONE)
            self.changed.emit()

    @Slot()
    def back(self) -> None:
        """Go one page back."""
        at = PAGES.index(self._page)
        if at > 0:
            self._go(PAGES[at - 1])

    @Slot()
    def later(self) -> None:
        """Leave it for the main window; it stays where it is."""
        self._active = False
        self._keep(self._page)
        self.changed.emit()

    @Slot()
    def resume(self) -> None:
        """Go on where it was left."""
        self._active = not self._done
        self.changed.emit()

    @Slot()
    def open_microphone(self) -> None:
        """Open the microphone; `refused` when it could not be, and a notice says why."""
        if self._opening:
            return
        self._opening, self._refused = True, False
        self.opening_changed.emit()
        self._hands.do(self._open)

    @Slot(str)
    def greet(self, text: str) -> None:
        """Have the companion say who it is."""
        desk = self._desk
        if desk is not None:
            self._hands.do(lambda: desk.speak(text))

    def _go(self, page: str) -> None:
        self._page = page
        self._keep(page)
        self.changed.emit()

    def _keep(self, page: str) -> None:
        if self._settings is not None:
            self._settings.reach_first_run_page(page)

    def _open(self) -> None:
        # On the hands' thread: a sound card may take seconds.
        self._companion.set_muted(False)
        self._answered.emit(self._companion.muted)

    @Slot(bool)
    def _on_answered(self, refused: bool) -> None:
        self._opening, self._refused = False, refused
        self.opening_changed.emit()


def system_language() -> str:
    """Give the language of the person's desktop, such as "ko"."""
    return QLocale.system().name().partition("_")[0]
