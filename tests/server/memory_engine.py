"""The least that is an engine: one connection to a database in memory, at which all take turns.

Tests run against it what they run against the product's engine, so that services, jobs and routes lean on the protocol
and on nothing else. It shares the spelling of SQL with the SQLite dialect, but neither file, writer, nor group commit.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from pyimgur.server.db.dialects.sqlite import backup, migrate
from pyimgur.server.db.dialects.sqlite.engine import FILE, SQLiteEngine
from pyimgur.server.db.dialects.sqlite.execute import execute, translate_error
from pyimgur.server.db.engine import Engine
from pyimgur.server.db.query import end_in_conflict

if TYPE_CHECKING:
    from pyimgur.server.db.query import BoundQuery, Transaction

T = TypeVar("T")


class MemoryEngine(Engine):
    """A database that ends with the program."""

    async def __aenter__(self) -> Self:
        self._turn, self._commits = threading.Lock(), 0
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        migrate.ensure_current(self._connection, Path(":memory:"))
        self._connection.execute("PRAGMA foreign_keys=ON")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._connection.close()

    async def read(self, query: BoundQuery[T]) -> T:
        return self._read(query)

    async def scan(self, query: BoundQuery[T]) -> T:
        return await asyncio.to_thread(self._read, query)

    async def write(self, transaction: Transaction[T]) -> T:
        return await asyncio.to_thread(self._write, transaction)

    async def change_token(self) -> int:
        return self._commits

    async def backup(self, folder: Path) -> Engine:
        with self._turn, sqlite3.connect(folder / FILE) as copy:
            self._connection.backup(copy)
        copy.close()
        return SQLiteEngine(folder / FILE, older="leave")

    async def integrity_errors(self) -> list[str]:
        return backup.find_errors(self._connection)

    def _read(self, query: BoundQuery[T]) -> T:
        with self._turn, _errors_translated():
            return execute(self._connection, query)

    def _write(self, transaction: Transaction[T]) -> T:
        with self._turn, _errors_translated():
            self._connection.execute("BEGIN")
            try:
                result = self._run(transaction)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
            self._commits += 1
            return result

    def _run(self, transaction: Transaction[T]) -> T:
        steps, result = iter(transaction), None
        try:
            while True:
                query = steps.send(result)
                try:
                    result = execute(self._connection, query)
                except sqlite3.IntegrityError as error:
                    end_in_conflict(steps, str(error))
        except StopIteration as done:
            return done.value


@contextmanager
def _errors_translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise translate_error(error) from error
