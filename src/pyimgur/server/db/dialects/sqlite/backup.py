"""Whole databases: a copy of one while others use it, and whether one is sound."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from pyimgur.server.errors import DatabaseUnusableError


def backup(source: Path, target: Path) -> None:
    """Copy a database as it stands at one moment, while others read and write it.

    Raises:
        DatabaseUnusableError: the source is no database, or the target cannot be written.
    """
    try:
        with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
            one.backup(other)
    except sqlite3.Error as error:
        raise DatabaseUnusableError(f"the database cannot be copied: {error}") from error


def integrity_errors(path: Path) -> list[str]:
    """What is wrong with a database's own structure and references; nothing, if all is well."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
            torn = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.Error as error:
        return [str(error)]
    return [text for text in said if text != "ok"] + [
        f"a row of {row[0]} speaks of a lost row of {row[2]}" for row in torn
    ]
