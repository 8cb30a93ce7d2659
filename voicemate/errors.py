"""What a person can be told went wrong, and the one exception that is control flow.

A `VoiceMateError` carries one sentence for the person and a hint that says what to do next. It is
raised once, in the adapter that knows what happened (`raise ... from`). Everything else is a bug.
"""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """What a command of `voicemate` gives back to the shell."""

    OK = 0
    BUG = 1
    WRONG_USE = 2
    NOTHING_HEARD = 3
    ENGINE = 4
    AUDIO = 5


class VoiceMateError(Exception):
    """A known trouble: `message` says what happened and where, `hint` what to do next."""

    exit_status = ExitStatus.BUG

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(VoiceMateError):
    """The person asked for something that cannot be done that way."""

    exit_status = ExitStatus.WRONG_USE


class SettingsError(UsageError):
    """A settings file or a setting is wrong; names the file and the key."""


class AudioFileError(UsageError):
    """A sound file that cannot be read as speech."""


class NothingHeard(VoiceMateError):  # noqa: N818  (an outcome with a status of its own)
    """A recording without speech in it."""

    exit_status = ExitStatus.NOTHING_HEARD


class EngineError(VoiceMateError):
    """An engine is not installed, or broke."""

    exit_status = ExitStatus.ENGINE


class ModelError(EngineError):
    """A model file is missing, damaged, not the one it should be, or of the wrong kind."""


class DownloadError(ModelError):
    """No source of a model gave it whole."""


class StorageError(VoiceMateError):
    """Disk full, or a folder of ours that cannot be written."""

    exit_status = ExitStatus.ENGINE


class AudioDeviceError(VoiceMateError):
    """No microphone or speaker, or one that is busy, gone or refuses its rate."""

    exit_status = ExitStatus.AUDIO


class TurnCancelled(BaseException):
    """The turn was cancelled. From BaseException, so that no `except Exception` swallows it."""
