"""The lock of the one server that uses a database, held for as long as its connection lives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from pyimgur.server.db.dialects.postgresql.connection import Connection
from pyimgur.server.db.dialects.postgresql.errors import DRIVER_ERRORS
from pyimgur.server.errors import DatabaseUnusableError, ServerError

LOCK = 0x70796D73
"""The advisory lock of the server ("pyms"); its second half is the number of the schema."""
CHECK_INTERVAL = 5.0
"""Seconds between checks that the connection lives."""
IN_USE = (
    "another server uses the database {url}: stop it, or name another database; several servers on one database are "
    "not supported yet"
)
_TRY = f"SELECT pg_try_advisory_lock({LOCK}, (SELECT oid::int FROM pg_namespace WHERE nspname = current_schema()))"  # noqa: S608
_log = logging.getLogger(__name__)


class ServerLock:
    """Holds the lock, and takes it again if the database was restarted."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], url: object) -> None:
        self._connect, self._url = connect, url
        self._connection: Connection | None = None
        self._task: asyncio.Task[None] | None = None

    async def acquire(self) -> None:
        """Take the lock.

        Raises:
            DatabaseUnusableError: another server holds it.
            BusyError: the database cannot be reached.
        """
        await self._take()
        self._task = asyncio.create_task(self._keep())

    async def release(self) -> None:
        """Release the lock, if it was taken."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._connection is not None:
            await self._connection.close()

    async def _take(self) -> None:
        connection = self._connection = await self._connect()
        for _ in range(20):  # PostgreSQL may not have noticed yet that the last server has ended
            if await connection.driver.fetchval(_TRY):
                return
            await asyncio.sleep(0.1)
        raise DatabaseUnusableError(IN_USE.format(url=self._url))

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(CHECK_INTERVAL)
            if self._connection is not None and not self._connection.is_closed:
                continue
            try:
                await self._take()
            except (*DRIVER_ERRORS, ServerError) as error:
                _log.error("the lock of the database is lost: %s", error)
                if self._connection is not None:
                    await self._connection.close()
