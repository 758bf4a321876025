"""Copy a SQLite database while it is in use, and check its integrity."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from pyimgur.server.db.dialects.sqlite.execute import translate_error
from pyimgur.server.errors import DatabaseUnusableError, StorageFullError


def read_only_uri(path: Path) -> str:
    """Return a URI that opens the database without writing to its folder, for a read-only medium.

    SQLite needs the index of the log (-shm) to read what a killed server left in the log (-wal), and cannot create it
    there. A database that was closed has no log, and opens without locks.
    """
    has_log = any(path.with_name(path.name + suffix).exists() for suffix in ("-wal", "-shm"))
    return f"{path.absolute().as_uri()}?{'mode=ro' if has_log else 'immutable=1'}"


def backup(source: str, target: Path) -> None:
    """Copy a consistent snapshot of a database while others read and write it, without intents to store files.

    What was unfinished is left out: if the copy is put in the place of the original, no file may be removed for it.

    Args:
        source: the URI of the database.
        target: the path of the copy.

    Raises:
        DatabaseUnusableError: the source is not a database, or the target cannot be written.
        StorageFullError: the disk of the target is full.
    """
    try:
        with closing(sqlite3.connect(source, uri=True)) as database, closing(sqlite3.connect(target)) as copy:
            database.backup(copy)
            if copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'blob_intent'").fetchone():
                copy.execute("DELETE FROM blob_intent")
                copy.commit()
    except sqlite3.Error as error:
        if isinstance(translated := translate_error(error), StorageFullError):
            raise translated from error
        raise DatabaseUnusableError(f"the database cannot be copied: {error}") from error


def integrity_errors(uri: str) -> list[str]:
    """Return the errors in a database's structure and foreign keys; an empty list if there are none."""
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
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
