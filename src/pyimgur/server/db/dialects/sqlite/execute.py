"""One call on one connection of SQLite, and what its errors mean to who asked."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy.dialects import sqlite

from pyimgur.server.db.query import BoundQuery
from pyimgur.server.errors import BusyError, StorageFullError

_DIALECT = sqlite.dialect(paramstyle="qmark")


def execute(connection: sqlite3.Connection, call: BoundQuery) -> Any:
    """What a call gives: a row or None, a list of rows, or how many it changed."""
    compiled = call.query.compiled(_DIALECT, call.args)
    cursor = connection.execute(compiled.sql, compiled.values(call.args))
    if call.kind == "one":
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else compiled.row(row)
    if call.kind == "all":
        return list(map(compiled.row, cursor))
    return cursor.rowcount


def translate_error(error: Exception) -> Exception:
    """What the error means to who asked; one that is a fault of ours stays what it is."""
    code = (
        error.sqlite_errorcode & 0xFF if isinstance(error, sqlite3.Error) and hasattr(error, "sqlite_errorcode") else 0
    )
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return BusyError("the database is locked by another program")
    if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
        return BusyError(f"the database cannot be used where it lies: {error}")
    return StorageFullError("the disk is full") if code == sqlite3.SQLITE_FULL else error
