"""The conversation's turns on disk. One connection, on the thread that made it."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from voicemate.errors import StorageError
from voicemate.memory.schema import migrate, newest
from voicemate.paths import private_folder
from voicemate.types import Thumb, TurnId, TurnRecord

_COLUMNS = "at, origin, heard, reply, said, outcome, confidence, recogniser, model, voice"


class MemoryStore:
    """A `Memory` in one SQLite file, readable for its owner only.

    A turn that `record` returned from is on disk, also when the program is killed. `notice` says
    what happened when a damaged file had to be put aside.
    """

    def __init__(self, file: Path) -> None:
        """Open or create the file. Raises `StorageError`."""
        self._file = file
        self._session = uuid.uuid4().hex
        self._rows: dict[TurnId, int] = {}
        self.notice = ""
        private_folder(file.parent)
        try:
            self._db = _open(file)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise _translated(error, file) from error
            aside = file.with_name(f"{file.stem}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
            file.replace(aside)
            self.notice = f"The memory was damaged and was put aside as {aside}; a new one begins."
            self._db = _open(file)

    def recent(self, limit: int) -> Sequence[TurnRecord]:
        """Give the last turns in which something was heard and said, oldest first."""
        with self._translating():
            rows = self._db.execute(
                f"SELECT id, {_COLUMNS} FROM turn WHERE heard <> '' AND said <> '' "  # noqa: S608
                "ORDER BY id DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [_record(row) for row in reversed(rows)]

    def recall(self, heard: str) -> Sequence[str]:  # noqa: ARG002  (the port's name)
        """Give no notes: turns are kept whole, facts are not drawn from them yet."""
        return ()

    def record(self, record: TurnRecord) -> None:
        """Keep a turn. Raises `StorageError`; what was kept before is then untouched."""
        with self._translating(), self._db:
            cursor = self._db.execute(
                f"INSERT INTO turn (session, {_COLUMNS}) "  # noqa: S608
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self._session,
                    record.at,
                    record.origin,
                    record.heard,
                    record.reply,
                    record.said,
                    record.outcome,
                    record.confidence,
                    record.recogniser,
                    record.model,
                    record.voice,
                ),
            )
        if cursor.lastrowid is not None:
            self._rows[record.turn] = cursor.lastrowid

    def rate(self, turn: TurnId, thumb: Thumb) -> None:
        """Keep what the person thinks of a turn recorded since the start. Raises `StorageError`.

        One that was not recorded (nothing was heard) has nothing to keep it with.
        """
        with self._translating(), self._db:
            self._db.execute(
                "UPDATE turn SET thumb = ? WHERE id = ?", (thumb, self._rows.get(turn, -1))
            )

    def count(self) -> int:
        """Count the turns. Raises `StorageError`."""
        with self._translating():
            return int(self._db.execute("SELECT COUNT(*) FROM turn").fetchone()[0])

    def forget_all(self) -> int:
        """Delete every turn, and its bytes from the file; gives their number.

        Raises `StorageError`.
        """
        with self._translating():
            with self._db:
                n_turns = self._db.execute("DELETE FROM turn").rowcount
            self._rows.clear()
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return n_turns

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _translated(error, self._file) from error


def _open(file: Path) -> sqlite3.Connection:
    file.touch(mode=0o600)
    connection = sqlite3.connect(file, timeout=5)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        _refuse_newer(connection, file)
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_newer(connection: sqlite3.Connection, file: Path) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > newest():
        raise StorageError(
            f"The memory in {file} was written by a newer VoiceMate.",
            "Update VoiceMate; nothing was changed.",
        )


def _record(row: tuple[Any, ...]) -> TurnRecord:
    # The tables are STRICT: the columns have the types of the record's fields.
    number, at, origin, heard, reply, said, outcome, confidence, recogniser, model, voice = row
    return TurnRecord(
        turn=TurnId(number),
        at=at,
        origin=origin,
        heard=heard,
        reply=reply,
        said=said,
        outcome=outcome,
        confidence=confidence,
        recogniser=recogniser,
        model=model,
        voice=voice,
    )


def _translated(error: sqlite3.Error, file: Path) -> StorageError:
    text = str(error)
    if "full" in text:
        return StorageError(
            f"The disk is full: the last turn could not be kept in {file}.",
            "Make room; the conversation goes on, and what was kept before is safe.",
        )
    return StorageError(
        f"The memory in {file} cannot be used ({text}).",
        "Check the folder's rights and the disk; what was kept before is not touched.",
    )
