"""The same words for QML: a translator of Qt that reads the table of `words`."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, QTranslator

from voicemate.ui import words


class Translation(QTranslator):
    """What `qsTr` asks, as long as it is installed; on the window's thread.

    After `words.set_language`, the QML engine is told to ask again: `retranslate()`.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        QCoreApplication.installTranslator(self)

    def remove(self) -> None:
        """Translate nothing any more."""
        QCoreApplication.removeTranslator(self)

    def isEmpty(self) -> bool:  # noqa: N802  (Qt's name)
        """Say that there is something in it: Qt passes over an empty one."""
        return False

    def translate(
        self,
        context: str,  # noqa: ARG002  (a text means the same everywhere)
        sourceText: str,  # noqa: N803  (Qt's name)
        disambiguation: str | None = None,  # noqa: ARG002
        n: int = -1,  # noqa: ARG002
    ) -> str:
        """Give a text of QML in the language that is spoken."""
        return words.t(sourceText)
