"""The database's schema, as migrations that are only ever appended to.

`PRAGMA user_version` says how many of them a file has seen. A published one is never changed.
"""

from __future__ import annotations

import sqlite3

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE turn (
        id INTEGER PRIMARY KEY,
        session TEXT NOT NULL,
        at REAL NOT NULL,
        origin TEXT NOT NULL,
        heard TEXT NOT NULL,
        reply TEXT NOT NULL,
        said TEXT NOT NULL,
        outcome TEXT NOT NULL,
        confidence REAL,
        recogniser TEXT NOT NULL,
        model TEXT NOT NULL,
        voice TEXT NOT NULL
    ) STRICT;
    """,
    # What the person thinks of the answer: -1, 0 (nothing said) or 1.
    "ALTER TABLE turn ADD COLUMN thumb INTEGER NOT NULL DEFAULT 0;",
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file up to date; each migration happens whole or not at all."""
    seen = int(connection.execute("PRAGMA user_version").fetchone()[0])
    for number, script in enumerate(MIGRATIONS[seen:], start=seen + 1):
        connection.executescript(f"BEGIN;{script}PRAGMA user_version={number};COMMIT;")


def newest() -> int:
    """Give the version that this program writes."""
    return len(MIGRATIONS)
