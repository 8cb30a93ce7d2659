"""What there is a picture of: a name, and how it comes about."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from PySide6.QtCore import Qt

from scripts.shots.studio import MODEL, TODAY, Studio
from voicemate.errors import DownloadError
from voicemate.events import (
    Heard,
    Loading,
    Notice,
    PastTurns,
    Phase,
    PhaseChanged,
    ReplyGrew,
    Spoke,
    TurnEnded,
    TurnFailed,
)
from voicemate.types import ReplyStats, Transcript, TurnId, TurnRecord, TurnTimes
from voicemate.ui.first_run import PAGES

TURN = TurnId(7)
ASKED = "what shall we cook tonight"
ANSWER = (
    "Something warm, I think.",
    "A soup of lentils and carrots takes half an hour, and it is even better tomorrow.",
    "Shall I tell you how it goes, step by step?",
)
LONG_S = 6.0
PAST = (
    (2, "How do I sharpen a knife?", "With a stone, wet, at fifteen degrees, and without haste."),
    (1, "Is it going to rain?", "I cannot see the sky from here, and I am offline. Look outside?"),
    (0, "Tell me a story about a ship.", "There was a ship that only sailed at night."),
)
TOPICS = (
    "companion", "sound", "key", "models", "privacy", "looks", "language", "everything",
)  # fmt: skip

Arrange = Callable[[Studio], None]


def loading(studio: Studio) -> None:
    """While the engines are loaded."""
    studio.tell(Loading(f"the language model {MODEL}"))


def idle(studio: Studio) -> None:
    """Ready, and nothing said yet."""
    studio.ready()


def listening(studio: Studio) -> None:
    """The key is held."""
    studio.ready()
    studio.tell(PhaseChanged(Phase.LISTENING, TURN), Heard(TURN, Transcript("what shall we cook")))
    studio.hold(True)


def thinking(studio: Studio) -> None:
    """It was let go."""
    studio.ready()
    studio.tell(
        PhaseChanged(Phase.LISTENING, TURN),
        Heard(TURN, Transcript(ASKED, final=True)),
        PhaseChanged(Phase.THINKING, TURN),
    )


def speaking(studio: Studio) -> None:
    """In the middle of an answer."""
    thinking(studio)
    studio.tell(PhaseChanged(Phase.SPEAKING, TURN), *(ReplyGrew(TURN, text) for text in ANSWER))
    begun = studio.now - LONG_S / 2 - 1.0
    studio.tell(Spoke(TURN, ANSWER[0], begun, 1.0), Spoke(TURN, ANSWER[1], begun + 1.0, LONG_S))


def answered(studio: Studio) -> None:
    """After an answer."""
    speaking(studio)
    studio.tell(TurnEnded(_record("answered", " ".join(ANSWER))))


def interrupted(studio: Studio) -> None:
    """After one that was stopped."""
    speaking(studio)
    studio.tell(TurnEnded(_record("interrupted", "Something warm, I think. A soup of lentils")))


def muted(studio: Studio) -> None:
    """The microphone is closed."""
    studio.ready()
    studio.actor.set_muted(True)
    studio.settle()


def trouble(studio: Studio) -> None:
    """A turn that failed."""
    thinking(studio)
    studio.tell(
        TurnFailed(
            TURN,
            "The language model ran out of memory.",
            "Close another program, or choose a smaller model in the settings.",
        ),
        TurnEnded(_record("failed", "")),
    )


def no_microphone(studio: Studio) -> None:
    """There is none."""
    studio.ready()
    studio.actor.microphone_open = False
    studio.tell(Notice("There is no microphone.", "Plug one in: it is used at once."))


def drawer(studio: Studio) -> None:
    """The conversation so far."""
    _past(studio)
    answered(studio)
    studio.key(Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)


def drawer_empty(studio: Studio) -> None:
    """And before there is any."""
    studio.ready()
    studio.key(Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)


def settings(studio: Studio) -> None:
    """The topics of the settings."""
    studio.ready()
    studio.settings()


def settings_wide(studio: Studio) -> None:
    """In a wide window topics and panel stand side by side."""
    studio.ready()
    studio.resize(1120, 700)
    studio.settings("companion")


def settings_key_waiting(studio: Studio) -> None:
    """A new key is waited for."""
    studio.ready()
    studio.settings("key")
    studio.click("change_key")


def settings_privacy_asking(studio: Studio) -> None:
    """It asks before it deletes."""
    studio.ready()
    studio.settings("privacy")
    studio.click("forget")
    studio.scroll("settings_scroller", 0.5)


def settings_models_fetching(studio: Studio) -> None:
    """A download under way."""
    studio.ready()
    studio.desk.hold("get_model")
    studio.settings("models")
    studio.click("get_qwen2.5-1.5b-instruct-q4_k_m")
    for _ in range(3):
        studio.desk.parcel()
    studio.scroll("settings_scroller", 0.6)


def _topic(name: str, part: float) -> Arrange:
    def arrange(studio: Studio) -> None:
        studio.ready()
        studio.settings(name)
        studio.scroll("settings_scroller", part)

    return arrange


def _page(name: str) -> Arrange:
    def arrange(studio: Studio) -> None:
        studio.ready()
        if name in ("voice", "key", "hello"):
            studio.actor.set_muted(False)
        studio.go_to_page(name)

    return arrange


def first_run_microphone_open(studio: Studio) -> None:
    """The microphone has been opened."""
    studio.ready()
    studio.go_to_page("microphone")
    studio.actor.set_muted(False)
    studio.settle()


def first_run_key_held(studio: Studio) -> None:
    """The key is tried."""
    studio.ready()
    studio.actor.set_muted(False)
    studio.go_to_page("key")
    studio.hold(True)


def first_run_models_failed(studio: Studio) -> None:
    """A download that went wrong."""
    studio.ready()
    studio.go_to_page("models")
    studio.desk.fail(
        "parcel", DownloadError("The network was lost.", "It goes on from here when it is back.")
    )
    studio.click("get_qwen2.5-1.5b-instruct-q4_k_m")
    studio.settle()


def first_run_left(studio: Studio) -> None:
    """It was left for later."""
    studio.ready()
    studio.go_to_page("models")
    studio.click("first_run_later")


def _past(studio: Studio) -> None:
    evening = datetime.datetime.combine(TODAY, datetime.time(18, 42), datetime.UTC)
    studio.tell(
        PastTurns(
            tuple(
                TurnRecord(
                    TurnId(n + 1),
                    (evening - datetime.timedelta(days=days)).timestamp(),
                    heard,
                    reply,
                    reply,
                    "answered",
                )
                for n, (days, heard, reply) in enumerate(PAST)
            )
        )
    )


def _record(outcome: str, said: str) -> TurnRecord:
    at = datetime.datetime.combine(TODAY, datetime.time(19, 30), datetime.UTC).timestamp()
    return TurnRecord(
        TURN,
        at,
        ASKED,
        " ".join(ANSWER) if said else "",
        said,
        outcome,  # type: ignore[arg-type]
        times=TurnTimes(210, 480, 840, 9000),
        stats=ReplyStats(420, 410, 42, 0, 23.0),
    )


PICTURES: dict[str, Arrange] = {
    "loading": loading,
    "idle": idle,
    "listening": listening,
    "thinking": thinking,
    "speaking": speaking,
    "answered": answered,
    "interrupted": interrupted,
    "muted": muted,
    "trouble": trouble,
    "no-microphone": no_microphone,
    "drawer": drawer,
    "drawer-empty": drawer_empty,
    "settings": settings,
    **{f"settings-{name}": _topic(name, 0.0) for name in TOPICS},
    **{f"settings-{name}-below": _topic(name, 1.0) for name in TOPICS},
    "settings-wide": settings_wide,
    "settings-key-waiting": settings_key_waiting,
    "settings-privacy-asking": settings_privacy_asking,
    "settings-models-fetching": settings_models_fetching,
    **{f"first-run-{n}-{name}": _page(name) for n, name in enumerate(PAGES, 1)},
    "first-run-microphone-open": first_run_microphone_open,
    "first-run-key-held": first_run_key_held,
    "first-run-models-failed": first_run_models_failed,
    "first-run-left": first_run_left,
}

DOCS = {
    ("speaking", "light"): "window-speaking-light",
    ("speaking", "dark"): "window-speaking-dark",
    ("drawer", "dark"): "window-conversation-dark",
    ("settings", "light"): "settings-light",
    ("settings-models", "dark"): "settings-models-dark",
    ("first-run-2-stays", "light"): "first-run-stays-light",
    ("first-run-key-held", "light"): "first-run-key-light",
}
"""Those in docs/images/, by their names there."""
