"""Point reads in batches: what is asked within one turn of the event loop is answered by one statement.

A read of one row by its key costs PostgreSQL and the driver about as much for one key as for ten. So reads wait until
the loop's next turn, or until a connection is free, and those of the same statement go together:

    SELECT keys.place, found.* FROM unnest($1::text[]) WITH ORDINALITY AS keys (a1, place),
    LATERAL (SELECT ... WHERE image.id = keys.a1) AS found

A read that waits alone is executed as it is. If a batch fails, each of its reads is executed by itself, so that an
error reaches only the callers whose arguments cause it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from pyimgur.server.db.dialects.postgresql.connection import Connection, arguments
from pyimgur.server.db.dialects.postgresql.errors import DRIVER_ERRORS, is_lost, translate_error
from pyimgur.server.db.dialects.postgresql.rules import DIALECT
from pyimgur.server.db.query import BoundQuery, Compiled, Query
from pyimgur.server.errors import BusyError

T = TypeVar("T")

MAX_BATCH = 200
"""Reads that share a statement."""
MAX_WAITING = 5_000
"""Reads that may wait."""
_PLACEHOLDER = re.compile(r"\$(\d+)")


class _Read(NamedTuple):
    bound: BoundQuery[Any]
    future: asyncio.Future[Any]


class PointReads:
    """Reads that wait, grouped by statement, and the connections that execute them."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], connections: int) -> None:
        self._connect = connect
        self._groups: dict[Query[Any], list[_Read]] = {}
        self._waiting = 0
        self._idle: list[Connection | None] = [None] * connections
        self._tasks = set[asyncio.Task[None]]()
        self._scheduled = False
        self._closed = False
        self._batch_sql: dict[str, str] = {}

    async def read(self, bound: BoundQuery[T]) -> T:
        """Return the result of a read.

        Raises:
            BusyError: too many reads wait, or the database cannot be reached.
        """
        if self._closed or self._waiting >= MAX_WAITING:
            raise BusyError("the server is stopping" if self._closed else "too many reads wait for the database")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._groups.setdefault(bound.query, []).append(_Read(bound, future))
        self._waiting += 1
        if not self._scheduled and self._idle:
            self._scheduled = True
            loop.call_soon(self._start)
        return await future

    async def close(self) -> None:
        """Finish the reads that wait, and close the connections."""
        self._closed = True
        while self._tasks:
            await asyncio.wait(self._tasks)
        for connection in self._idle:
            if connection is not None:
                await connection.close()

    def _start(self) -> None:
        """Give each idle connection a group of reads."""
        self._scheduled = False
        while self._groups and self._idle:
            query = next(iter(self._groups))
            reads = self._groups.pop(query)
            if len(reads) > MAX_BATCH:
                self._groups[query] = reads[MAX_BATCH:]
            task = asyncio.create_task(self._run(self._idle.pop(), reads[:MAX_BATCH]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, connection: Connection | None, reads: Sequence[_Read]) -> None:
        self._waiting -= len(reads)
        try:
            connection = await self._answer(connection, [read for read in reads if not read.future.done()])
        finally:
            self._idle.append(connection)
            self._start()

    async def _answer(self, connection: Connection | None, reads: Sequence[_Read]) -> Connection | None:
        """Answer these reads, and return a connection that can be used again; None if it broke."""
        for is_last in (False, True):
            try:
                connection = connection if connection and not connection.is_closed else await self._connect()
                await self._execute(connection, reads)
            except DRIVER_ERRORS as error:
                if connection is not None and (is_lost(error) or connection.is_closed):
                    connection.terminate()
                    connection = None
                if is_last:
                    _fail(reads, translate_error(error))
            except Exception as error:  # a mistake in the code, but nobody may wait for ever
                _fail(reads, error)
                raise
            else:
                return connection
        return connection

    async def _execute(self, connection: Connection, reads: Sequence[_Read]) -> None:
        """Execute the reads together if they can be, else one by one; raise only errors of the connection."""
        sql = await self._sql_of_batch(connection, reads) if len(reads) > 1 else None
        if sql is not None:
            try:
                await _execute_batch(connection, sql, reads)
            except Exception as error:  # the driver raises many kinds for an argument that it cannot encode
                _check(connection, error)
            else:
                return
        if len(reads) > 1 and not reads[0].bound.args:  # all ask the same
            result = await connection.read(reads[0].bound)
            for read in reads:
                _resolve(read, result)
        for read in reads:
            if read.future.done():
                continue
            try:
                _resolve(read, await connection.read(read.bound))
            except Exception as error:
                _check(connection, error)
                _fail([read], translate_error(error) if isinstance(error, DRIVER_ERRORS) else error)

    async def _sql_of_batch(self, connection: Connection, reads: Sequence[_Read]) -> str | None:
        """Return the statement for a batch of reads; None if they cannot be one."""
        bound = reads[0].bound
        if any(read.bound.kind != "one" for read in reads):
            return None
        compiled = bound.query.compiled(DIALECT, bound.args)
        if compiled.encoded or not compiled.parameters:
            return None
        sql = self._batch_sql.get(compiled.sql)
        if sql is None:
            try:
                parameters = (await connection.prepared(compiled.sql)).get_parameters()
            except DRIVER_ERRORS as error:
                _check(connection, error)
                return None
            sql = self._batch_sql[compiled.sql] = batch_sql(compiled.sql, [kind.name for kind in parameters])
        return sql


def batch_sql(sql: str, types: Sequence[str]) -> str:
    """Return the statement that executes another one for each element of its parameters, now arrays of these types.

    Its first column is the place of the element, counted from 1.
    """
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, 1))
    names = ", ".join(f"a{number}" for number, _ in enumerate(types, 1))
    inner = _PLACEHOLDER.sub(r"keys.a\1", sql)
    keys = f"unnest({arrays}) WITH ORDINALITY AS keys ({names}, place)"
    return f"SELECT keys.place, found.* FROM {keys}, LATERAL ({inner}) AS found"  # noqa: S608 - of a statement of ours


async def _execute_batch(connection: Connection, sql: str, reads: Sequence[_Read]) -> None:
    compiled: Compiled = reads[0].bound.query.compiled(DIALECT, reads[0].bound.args)
    statement = await connection.prepared(sql)
    columns = zip(*(arguments(compiled, read.bound.args) for read in reads), strict=True)
    found: dict[int, list[Any]] = {}
    for row in await statement.fetch(*map(list, columns)):
        place, *values = row
        found.setdefault(place, values)
    for place, read in enumerate(reads, 1):
        values = found.get(place)
        _resolve(read, None if values is None else compiled.row(values))


def _check(connection: Connection, error: BaseException) -> None:
    """Raise an error of the connection; after one of a statement, others can be executed."""
    connection.forget_statements(error)
    if is_lost(error) or connection.is_closed:
        raise error


def _resolve(read: _Read, result: object) -> None:
    if not read.future.done():
        read.future.set_result(result)


def _fail(reads: Sequence[_Read], error: Exception) -> None:
    for read in reads:
        if not read.future.done():
            read.future.set_exception(error)
