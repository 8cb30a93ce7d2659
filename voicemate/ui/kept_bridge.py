"""What is kept of the conversation, as QML knows it: `App.desk.kept`; on the window's thread."""

from __future__ import annotations

from PySide6.QtCore import Property, QObject, Signal, Slot

from voicemate.errors import VoiceMateError
from voicemate.events import Event, Forgotten, Notice
from voicemate.ui import settings_words as words
from voicemate.ui.desk import Desk, Kept
from voicemate.ui.errands import Errands
from voicemate.ui.facts import Facts, facts


class KeptBridge(QObject):
    """`now` (facts: known, turns, size, forgetting, forgotten), `places`, and slots."""

    places_changed = Signal()

    def __init__(self, desk: Desk, errands: Errands, problems: Facts) -> None:
        super().__init__()
        self._desk = desk
        self._errands = errands
        self._problems = problems
        self._kept = Kept(0, 0)
        self._now = facts(
            {"known": False, "turns": 0, "size": "", "forgetting": False, "forgotten": ""}
        )

    def _places(self) -> list[dict[str, str]]:
        return [{"label": name, "value": path} for name, path in self._kept.places]

    now = Property(QObject, lambda self: self._now, constant=True)
    places = Property(list, _places, notify=places_changed)

    @Slot()
    def look(self) -> None:
        """Find out what is kept."""
        self._errands.run("looking", self._desk.kept, self._found, self._failed)

    def _found(self, kept: Kept) -> None:
        self._kept = kept
        self._now.set_all({"known": True, "turns": kept.n_turns, "size": words.size(kept.n_bytes)})
        self._problems.set("kept", "")
        self.places_changed.emit()

    @Slot()
    def forget(self) -> None:
        """Delete the whole conversation; the person has been asked whether they are sure."""
        self._now.set_all({"forgetting": True, "forgotten": ""})
        self._errands.run("settings", self._desk.forget, lambda _: None, self._failed)

    def _failed(self, error: VoiceMateError) -> None:
        self._now.set("forgetting", False)
        self._problems.set("kept", words.told(error))

    def see(self, event: Event) -> None:
        """Take in what the companion tells: how a deletion went."""
        if isinstance(event, Forgotten):
            self._now.set_all({"forgetting": False, "forgotten": words.forgotten(event.n_turns)})
            self.look()
        elif isinstance(event, Notice) and self._now.value("forgetting"):
            self._failed(VoiceMateError(event.message, event.hint))
