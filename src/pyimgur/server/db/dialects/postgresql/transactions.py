"""Run transactions: each is serializable, and begins again if another one was in its way."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import Any, TypeVar

from pyimgur.server.db.dialects.postgresql.connection import Connection
from pyimgur.server.db.dialects.postgresql.errors import (
    CONSTRAINTS,
    DRIVER_ERRORS,
    is_collision,
    is_lost,
    sqlstate,
    translate_error,
)
from pyimgur.server.db.dialects.postgresql.pool import Pool
from pyimgur.server.db.query import Steps, Transaction, end_in_conflict
from pyimgur.server.errors import BusyError

T = TypeVar("T")

MAX_ATTEMPTS = 30
"""How often a transaction begins."""
_log = logging.getLogger(__name__)


class _AgainError(Exception):
    """The transaction was rolled back, and can begin again."""


class Transactions:
    """Runs transactions on the connections of a pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._turn = asyncio.Lock()
        """Held by a transaction that begins again, so that the same ones do not collide for ever."""

    async def run(self, transaction: Transaction[T]) -> T:
        """Return the result of a transaction that has committed; errors are those of `Engine.write`."""
        try:
            return await self._attempt(transaction, is_first=True)
        except _AgainError:
            pass
        async with self._turn:
            for attempt in range(MAX_ATTEMPTS - 1):
                try:
                    return await self._attempt(transaction)
                except _AgainError:  # by another process, or by a transaction that runs for the first time
                    await asyncio.sleep(random.uniform(0, 0.001 * 2 ** min(attempt, 6)))  # noqa: S311 - no secret
        raise BusyError("the database has too many changes of the same rows at once")

    async def _attempt(self, transaction: Transaction[T], *, is_first: bool = False) -> T:
        """Run a transaction once.

        A row that violates a constraint may be one that another transaction inserted meanwhile, which this one would
        have found if it had begun later. So the first time, it begins again.

        Raises:
            _AgainError: it has to begin again.
        """
        async with self._pool.connection() as connection:
            is_committing = False
            try:
                await connection.driver.execute("BEGIN")
                result = await _run_steps(connection, iter(transaction), throw_conflicts=not is_first)
                is_committing = True
                await connection.driver.execute("COMMIT")
            except Exception as error:
                await _roll_back(connection, error)
                if not isinstance(error, DRIVER_ERRORS):
                    raise
                connection.forget_statements(error)
                if _may_begin_again(error, is_committing=is_committing):
                    raise _AgainError from error
                if is_committing and is_lost(error):
                    _log.error("the connection broke during a commit, which may be done or not: %s", error)
                raise translate_error(error) from error
            return result


async def _run_steps(connection: Connection, steps: Steps[T], *, throw_conflicts: bool) -> T:
    """Execute the queries that the steps yield, until they return; errors of the driver are raised as they are."""
    try:
        query = next(steps)
        while True:
            try:
                result: Any = await connection.execute(query)
            except DRIVER_ERRORS as error:
                if throw_conflicts and sqlstate(error).startswith(CONSTRAINTS):
                    end_in_conflict(steps, str(error))
                steps.close()
                raise
            query = steps.send(result)
    except StopIteration as done:
        return done.value


async def _roll_back(connection: Connection, error: Exception) -> None:
    """End the transaction of a connection; if that does not work, close the connection, which ends it too."""
    if is_lost(error):
        connection.terminate()
        return
    try:
        await connection.driver.execute("ROLLBACK")
    except DRIVER_ERRORS:
        connection.terminate()


def _may_begin_again(error: Exception, *, is_committing: bool) -> bool:
    """Return whether nothing was written, and another attempt may have another outcome."""
    if is_collision(error) or sqlstate(error).startswith(CONSTRAINTS):
        return True
    return is_lost(error) and not is_committing and not isinstance(error, TimeoutError)
