"""Execute a bound query on a SQLite connection, and translate SQLite's errors."""

from __future__ import annotations

import sqlite3
from typing import Any, TypeVar

from pyimgur.server.db.dialects.sqlite.rules import DIALECT, ENCODERS
from pyimgur.server.db.query import BoundQuery
from pyimgur.server.errors import BusyError, DatabaseUnusableError, StorageFullError

T = TypeVar("T")


def execute(connection: sqlite3.Connection, bound: BoundQuery[T]) -> T:
    """Return the result of a query: a row or None, a list of rows, or the number of changed rows."""
    compiled = bound.query.compiled(DIALECT, bound.args)
    values = compiled.values(bound.args)
    for place, kind in compiled.encoded:
        values[place] = ENCODERS[type(kind)](values[place])
    cursor = connection.execute(compiled.sql, values)
    result: Any = cursor.rowcount
    if bound.kind == "one":
        row = cursor.fetchone()
        if bound.query.is_change:
            cursor.fetchall()  # only after the last row of RETURNING, SQLite checks references to other tables
        cursor.close()
        result = None if row is None else compiled.row(row)
    elif bound.kind == "all":
        result = list(map(compiled.row, cursor))
    return result


def translate_error(error: sqlite3.Error) -> Exception:
    """Return the error of `server.errors` for an error of SQLite."""
    code = error.sqlite_errorcode & 0xFF if hasattr(error, "sqlite_errorcode") else 0
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return BusyError("the database is locked by another program")
    if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
        return BusyError(f"the database file cannot be read or written: {error}")
    if code == sqlite3.SQLITE_FULL:
        return StorageFullError("the disk is full")
    return DatabaseUnusableError(str(error))
