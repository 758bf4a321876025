"""Copy a SQLite database while it is in use, and check its integrity."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from pyimgur.server.db.dialects.sqlite.execute import translate_error
from pyimgur.server.errors import DatabaseUnusableError, StorageFullError


def backup(source: Path, target: Path) -> None:
    """Copy a consistent snapshot of a database while others read and write it, without intents to store files.

    What was unfinished is left out: if the copy is put in the place of the original, no file may be removed for it.

    Raises:
        DatabaseUnusableError: the source is not a database, or the target cannot be written.
        StorageFullError: the disk of the target is full.
    """
    try:
        with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(target)) as copy:
            database.backup(copy)
            if copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'blob_intent'").fetchone():
                copy.execute("DELETE FROM blob_intent")
                copy.commit()
    except sqlite3.Error as error:
        if isinstance(translated := translate_error(error), StorageFullError):
            raise translated from error
        raise DatabaseUnusableError(f"the database cannot be copied: {error}") from error


def integrity_errors(path: Path) -> list[str]:
    """Return the errors in a database's structure and foreign keys; an empty list if there are none."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return find_errors(connection)
    except sqlite3.Error as error:
        return [str(error)]


def find_errors(connection: sqlite3.Connection) -> list[str]:
    """Return the errors in the database of a connection."""
    messages = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    violations = connection.execute("PRAGMA foreign_key_check").fetchall()
    return [message for message in messages if message != "ok"] + [
        f"a row of {row[0]} refers to a missing row of {row[2]}" for row in violations
    ]
