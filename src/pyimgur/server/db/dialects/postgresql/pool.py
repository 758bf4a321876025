"""A bounded pool of connections that keep their prepared statements.

The driver's own pool detaches prepared statements whenever a connection returns, and costs more than the statement.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from pyimgur.server.db.dialects.postgresql.connection import Connection
from pyimgur.server.db.dialects.postgresql.errors import DRIVER_ERRORS, is_lost, translate_error
from pyimgur.server.errors import BusyError

MAX_WAITING = 1_000
"""Tasks that may wait for a connection."""
MAX_SECONDS = 20.0
"""Seconds that a task may wait for a connection."""


class Pool:
    """At most `size` connections, opened when they are needed; tasks get them first come, first served."""

    def __init__(
        self, connect: Callable[[], Awaitable[Connection]], size: int, *, max_waiting: int = MAX_WAITING
    ) -> None:
        self._connect = connect
        self._slots = asyncio.Semaphore(size)
        self._free: list[Connection] = []
        self._waiting, self._max_waiting = 0, max_waiting
        self._closed = False

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """Lend a connection; errors of the driver become those of the server, and a broken connection is not kept.

        Raises:
            BusyError: too many tasks wait, or the database cannot be reached.
        """
        await self._wait_for_slot()
        try:
            connection = self._pop() or await self._open()
            try:
                yield connection
            except BaseException as error:
                connection.forget_statements(error)
                if isinstance(error, Exception) and not is_lost(error):
                    self._free.append(connection)
                else:  # broken, or cancelled in the middle of an answer
                    connection.terminate()
                raise
            self._free.append(connection)
        finally:
            self._slots.release()
            if self._closed:
                await self.close()

    async def close(self) -> None:
        """Close the connections; those that are lent are closed when they return."""
        self._closed = True
        while self._free:
            await self._free.pop().close()

    async def _wait_for_slot(self) -> None:
        if self._closed:
            raise BusyError("the server is stopping")
        if self._waiting >= self._max_waiting:
            raise BusyError("too many statements wait for the database")
        self._waiting += 1
        try:
            async with asyncio.timeout(MAX_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            raise BusyError("the database has been busy for too long") from None
        finally:
            self._waiting -= 1

    def _pop(self) -> Connection | None:
        """Return the connection that was used last, unless the server has closed it; None without any."""
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed:
                return connection
        return None

    async def _open(self) -> Connection:
        try:
            return await self._connect()
        except DRIVER_ERRORS as error:
            raise translate_error(error) from error
