"""The window's words in two languages: nothing is missing, nothing is left over."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import voicemate
from voicemate import settings
from voicemate.events import Phase
from voicemate.types import TurnId, TurnRecord, TurnTimes
from voicemate.ui import words
from voicemate.ui.shown import Surroundings, shown
from voicemate.ui.state import Engines, State
from voicemate.ui.text import columns
from voicemate.ui.view import Look, frame

PACKAGE = Path(voicemate.__file__).parent
QML = PACKAGE / "ui" / "qml"

_IN_QML = re.compile(r'\b(?:qsTr|QT_TR_NOOP)\(\s*"((?:[^"\\]|\\.)*)"\s*\)')
_CALL_IN_QML = re.compile(r"\b(?:qsTr|QT_TR_NOOP)\(")
_PLACEHOLDER = re.compile(r"%\d|\{\w+\}")


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    words.set_language("en")


def texts_of_qml(text: str) -> list[str]:
    """Give the literals that QML has translated; JSON's escapes are JavaScript's too."""
    import json

    return [json.loads(f'"{literal}"') for literal in _IN_QML.findall(text)]


def texts_of_python(text: str) -> list[str]:
    """Give the literals that go through `t`, at once or later."""
    if "voicemate.ui.words import" not in text:
        return []
    return [
        call.args[0].value
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("t", "noted")
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ]


def used() -> dict[str, str]:
    """Give every text that is translated, with the file that it stands in."""
    found: dict[str, str] = {}
    for file in sorted(QML.rglob("*.qml")):
        found.update(dict.fromkeys(texts_of_qml(file.read_text(encoding="utf-8")), file.name))
    for file in sorted(PACKAGE.rglob("*.py")):
        texts = texts_of_python(file.read_text(encoding="utf-8"))
        found.update(dict.fromkeys(texts, str(file.relative_to(PACKAGE))))
    # The settings page shows all of them with what docs/settings.md says.
    for doc in settings.describe():
        found[doc.description] = "settings.py"
        if not doc.expects.startswith("`") and not isinstance(doc.default, bool):
            found[doc.expects] = "settings.py"
    return found


def test_the_texts_are_found() -> None:
    """Otherwise the tests below would pass on nothing."""
    assert texts_of_qml('text: qsTr("One\\n“%1”").arg(qsTr( "two" ))') == ["One\n“%1”", "two"]
    source = "from voicemate.ui.words import t\nt('one ' 'text'), t(name), noted('later')"
    assert texts_of_python(source) == ["one text", "later"]
    found = used()
    assert found["Ready"] == "ui/view.py"
    assert found["Copy the answer"] == "AnswerActions.qml"


def test_every_text_has_its_korean() -> None:
    missing = {
        text: file for text, file in used().items() if not words.table("ko").get(text, "").strip()
    }
    lines = [f"{text!r} ({file})" for text, file in missing.items()]
    assert not missing, "add to voicemate/ui/words/ko.toml:\n" + "\n".join(lines)


def test_no_korean_is_left_of_texts_that_nobody_shows_any_more() -> None:
    left = sorted(words.table("ko").keys() - used().keys())
    assert not left, "take out of voicemate/ui/words/ko.toml:\n" + "\n".join(map(repr, left))


def test_what_is_put_into_a_text_is_put_into_its_korean_too() -> None:
    wrong = [
        english
        for english, korean in words.table("ko").items()
        if sorted(_PLACEHOLDER.findall(english)) != sorted(_PLACEHOLDER.findall(korean))
    ]
    assert wrong == []


def test_qml_has_whole_texts_translated() -> None:
    """A text that is put together inside of `qsTr` is found by nobody."""
    odd = []
    for file in QML.rglob("*.qml"):
        text = file.read_text(encoding="utf-8")
        for call in _CALL_IN_QML.finditer(text):
            argument = text[call.end() :].lstrip()[:40]
            if argument.startswith(('"', "'", "`")) and not _IN_QML.match(text, call.start()):
                odd.append(f"{file.name}: {argument}")
    assert odd == []


def test_the_window_speaks_the_language_that_is_set() -> None:
    ready = State(phase=Phase.IDLE, engines=Engines("ear", "qwen", "voice", 1.0))
    assert shown(ready, Surroundings()).label == "Ready"
    words.set_language("ko")
    now = shown(ready, Surroundings())
    assert _korean(now.label)
    assert _korean(now.detail)
    assert _korean(now.microphone)
    loading = shown(State(loading="the language model qwen"), Surroundings())
    assert "qwen" in loading.detail
    assert not re.search("language|Loading", loading.detail)
    record = TurnRecord(
        turn=TurnId(1), at=0.0, heard="", reply="", said="", outcome="answered",
        times=TurnTimes(first_sound=1234.0),
    )  # fmt: skip
    assert "1,234" in shown(State(), Surroundings(answer=record)).last_answer


def test_a_text_without_a_translation_is_shown_as_it_is() -> None:
    words.set_language("ko")
    assert words.t("a name that nobody translated") == "a name that nobody translated"


def test_the_terminals_help_stands_in_columns_in_korean_too() -> None:
    words.set_language("ko")
    rows = frame(State(phase=Phase.IDLE), Look(help=True), (120, 30), 0.0).rows
    first = [row[0][0] for row in rows if len(row) == 2 and row[0][1] == "strong"]
    help_rows = [text for text in first if text.endswith("  ")]
    assert len(help_rows) == 5
    assert {columns(text) for text in help_rows} == {16}


def test_qml_speaks_it_too_and_changes_while_it_is_shown() -> None:
    pytest.importorskip("PySide6", reason="the window needs PySide6")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QCoreApplication, QUrl
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtQml import QQmlComponent, QQmlEngine

    from voicemate.ui.translation import Translation

    app = QCoreApplication.instance() or QGuiApplication([])
    translation = Translation()
    engine = QQmlEngine()
    component = QQmlComponent(engine)
    source = 'import QtQml; QtObject { property string says: qsTr("Send"); property int n: 3\n'
    source += 'readonly property string counts: n + qsTr("Close") }'
    component.setData(source.encode(), QUrl())
    thing = component.create()
    try:
        assert thing.property("says") == "Send"
        words.set_language("ko")
        engine.retranslate()
        assert thing.property("says") == words.table("ko")["Send"]
        assert thing.property("counts") == "3" + words.table("ko")["Close"]
        words.set_language("en")
        engine.retranslate()
        assert thing.property("says") == "Send"
    finally:
        translation.remove()
        del thing, component, engine
        del app


def _korean(text: str) -> bool:
    return bool(re.search("[가-힣]", text))
