"""The PostgreSQL engine: point reads in batches, scans and serializable transactions on pools of connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from asyncpg import PostgresError
from sqlalchemy import Text, cast, column, func, select, text

from pyimgur.server.database_url import DatabaseURL
from pyimgur.server.db.dialects.postgresql import migrate
from pyimgur.server.db.dialects.postgresql.backup import copy_rows
from pyimgur.server.db.dialects.postgresql.connection import BY_INDEX, Connection, connect
from pyimgur.server.db.dialects.postgresql.errors import (
    DRIVER_ERRORS,
    explain,
    is_lost,
    translate_error,
)
from pyimgur.server.db.dialects.postgresql.point_reads import PointReads
from pyimgur.server.db.dialects.postgresql.pool import Pool
from pyimgur.server.db.dialects.postgresql.server_lock import ServerLock
from pyimgur.server.db.dialects.postgresql.transactions import Transactions
from pyimgur.server.db.engine import Engine, OldSchemaPolicy
from pyimgur.server.db.query import BoundQuery, Query, Transaction
from pyimgur.server.errors import DatabaseUnusableError

T = TypeVar("T")

READ_CONNECTIONS, SCAN_CONNECTIONS, WRITE_CONNECTIONS = 2, 4, 8
"""Connections of one process, opened when they are needed."""


class _Token(NamedTuple):
    """PostgreSQL's snapshot: the transactions that have ended, and those in progress."""

    snapshot: str


class _Error(NamedTuple):
    """An index or constraint that is not valid."""

    error: str


CHANGE_TOKEN = Query(select(cast(func.pg_current_snapshot(), Text).label("snapshot")), _Token)
_NOT_VALID = """(
    SELECT CAST(indexrelid AS regclass)::text || ' is an invalid index: REINDEX it' AS error FROM pg_index
    JOIN pg_class ON pg_class.oid = indrelid
    WHERE NOT indisvalid AND relnamespace = CAST(current_schema() AS regnamespace)
    UNION ALL
    SELECT conname || ' is a constraint that some rows may violate: VALIDATE it' FROM pg_constraint
    WHERE NOT convalidated AND connamespace = CAST(current_schema() AS regnamespace)
) AS errors"""
LIST_ERRORS = Query(select(column("error", Text)).select_from(text(_NOT_VALID)), _Error)


class PostgreSQLEngine(Engine):
    """A PostgreSQL database, or a schema of one; its promises are those of `Engine`.

    Args:
        url: of the database.
        durable: whether a commit waits for the database's disk.
        older: what to do with a database of an older version.
        fresh: whether there may be no tables yet.
        exclusive: whether this is the one server of the database.
        open_copy: returns the engine of a new database in a folder, for backups.
    """

    def __init__(
        self,
        url: DatabaseURL,
        *,
        durable: bool = True,
        older: OldSchemaPolicy = "update",
        fresh: bool = True,
        exclusive: bool = False,
        open_copy: Callable[[Path], Engine],
    ) -> None:
        self._url = url
        self._older: OldSchemaPolicy = older
        self._fresh = fresh
        self._open_copy = open_copy
        synchronous = {} if durable else {"synchronous_commit": "off"}
        serializable = {"default_transaction_isolation": "serializable"}
        self._writes = Pool(partial(self._connect, **BY_INDEX, **serializable, **synchronous), WRITE_CONNECTIONS)
        self._scans = Pool(self._connect, SCAN_CONNECTIONS)
        self._reads = PointReads(partial(self._connect, **BY_INDEX), READ_CONNECTIONS)
        self._transactions = Transactions(self._writes)
        self._tasks = set[asyncio.Task[Any]]()
        self._lock = ServerLock(self._open, url) if exclusive else None

    async def __aenter__(self) -> Self:
        connection = await self._open()
        try:
            await migrate.ensure_current(connection.driver, self._older, fresh=self._fresh)
        except PostgresError as error:
            raise DatabaseUnusableError(f"the tables in {self._url} cannot be created or migrated: {error}") from error
        finally:
            await connection.close()
        if self._lock is not None:
            try:
                await self._lock.acquire()
            except BaseException:
                await self._lock.release()
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self._reads.close()
        await self._scans.close()
        await self._writes.close()
        if self._lock is not None:
            await self._lock.release()

    async def read(self, query: BoundQuery[T]) -> T:
        """Execute the query with all that are waiting."""
        return await self._reads.read(query)

    async def scan(self, query: BoundQuery[T]) -> T:
        """Execute the query on a connection of its own."""
        for is_last in (False, True):
            try:
                async with self._scans.connection() as connection:
                    return await connection.read(query)
            except DRIVER_ERRORS as error:
                if is_last or not is_lost(error):
                    raise translate_error(error) from error
        raise AssertionError

    async def write(self, transaction: Transaction[T]) -> T:
        """Run the transaction; if the caller is cancelled, it is finished all the same."""
        return await self._finish(self._transactions.run(transaction))

    async def change_token(self) -> object:
        """Return PostgreSQL's numbers of the transactions that have ended and of those in progress."""
        return await self._reads.read(CHANGE_TOKEN.exactly_one())

    async def backup(self, folder: Path) -> Engine:
        """Copy the rows into a database of another kind in the folder, on a connection of its own."""
        connection = await self._open()
        try:
            async with self._open_copy(folder) as copy:
                await copy_rows(connection, copy)
        except DRIVER_ERRORS as error:
            raise DatabaseUnusableError(f"the database cannot be copied: {error}") from error
        finally:
            await connection.close()
        return self._open_copy(folder)

    async def integrity_errors(self) -> list[str]:
        """Return indexes and constraints that are not valid; PostgreSQL itself checks all others at each change."""
        return [row.error for row in await self.scan(LIST_ERRORS.all())]

    async def _open(self) -> Connection:
        """Open a connection outside of the pools, or raise an error that says what is wrong."""
        try:
            return await self._connect()
        except DRIVER_ERRORS as error:
            raise explain(self._url, error) from error

    async def _connect(self, **settings: str) -> Connection:
        return await connect(self._url.secret, **settings)

    async def _finish(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # or asyncio would report it, if the caller was cancelled
