"""A connection to PostgreSQL that keeps its prepared statements, and executes bound queries."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, TypeVar

import asyncpg

from pyimgur.server.db.dialects.postgresql.errors import DRIVER_ERRORS, is_invalid_statement
from pyimgur.server.db.dialects.postgresql.rules import DIALECT, ENCODERS
from pyimgur.server.db.query import BoundQuery, Compiled

T = TypeVar("T")

CONNECT_TIMEOUT = 10.0
"""Seconds to connect."""
COMMAND_TIMEOUT = 30.0
"""Seconds that one statement may take, also if the network has swallowed it."""
SETTINGS: Mapping[str, str] = {
    "application_name": "pyimgur",
    "timezone": "UTC",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "idle_in_transaction_session_timeout": "60000",
}
"""Of every session. A client that is gone must not hold locks for long."""
BY_INDEX: Mapping[str, str] = {"enable_seqscan": "off", "jit": "off"}
"""Of sessions that read rows by their keys. A scan of a small table would be cheaper, but collides with every change of
the table (predicate locks), and a plan that was made while a table was small may stay."""


class Connection:
    """One connection; only one task at a time may use it."""

    def __init__(self, driver: asyncpg.Connection) -> None:
        self.driver = driver
        self._statements: dict[str, asyncpg.PreparedStatement] = {}
        self._names = itertools.count(1)

    async def execute(self, bound: BoundQuery[T]) -> T:
        """Return the result of a query: a row or None, a list of rows, or the number of changed rows."""
        compiled = bound.query.compiled(DIALECT, bound.args)
        statement = await self.prepared(compiled.sql)
        values = arguments(compiled, bound.args)
        result: Any
        if bound.kind == "one" and not bound.query.is_change:
            row = await statement.fetchrow(*values)
            result = None if row is None else compiled.row(row)
        elif bound.kind == "run":
            await statement.fetch(*values)
            result = int(statement.get_statusmsg().rpartition(" ")[2])
        else:
            rows = list(map(compiled.row, await statement.fetch(*values)))
            result = rows if bound.kind == "all" else rows[0] if rows else None
        return result

    async def read(self, bound: BoundQuery[T]) -> T:
        """Do the same outside of a transaction, and once again if the tables have changed."""
        try:
            return await self.execute(bound)
        except DRIVER_ERRORS as error:
            if not self.forget_statements(error):
                raise
        return await self.execute(bound)

    async def prepared(self, sql: str) -> asyncpg.PreparedStatement:
        """Return the prepared statement, from a cache after the first call."""
        statement = self._statements.get(sql)
        if statement is None:
            name = f"statement{next(self._names)}"  # without one, the driver would send the text each time
            statement = self._statements[sql] = await self.driver.prepare(sql, name=name)
        return statement

    def forget_statements(self, error: BaseException) -> bool:
        """Prepare all statements again, if the error says that tables have changed; return whether it does."""
        outdated = is_invalid_statement(error)
        if outdated:
            self._statements.clear()
        return outdated

    @property
    def is_closed(self) -> bool:
        """Whether the connection can no longer be used."""
        return self.driver.is_closed()

    async def close(self) -> None:
        """Close the connection, without waiting long for a server that does not answer."""
        try:
            await self.driver.close(timeout=2)
        except DRIVER_ERRORS:
            self.terminate()

    def terminate(self) -> None:
        """Close the connection at once."""
        self.driver.terminate()


def arguments(compiled: Compiled, args: Mapping[str, object]) -> list[object]:
    """Return the values of the placeholders, as the driver takes them."""
    values = compiled.values(args)
    for place, kind in compiled.encoded:
        values[place] = ENCODERS[type(kind)](values[place], kind)
    return values


async def connect(url: str, **settings: str) -> Connection:
    """Open a connection whose session has these settings.

    Raises:
        PostgresError, InterfaceError, OSError, TimeoutError: it cannot be opened.
    """
    driver = await asyncpg.connect(
        url,
        timeout=CONNECT_TIMEOUT,
        command_timeout=COMMAND_TIMEOUT,
        statement_cache_size=0,
        server_settings={**SETTINGS, **settings},
    )
    for name, decode in (("bool", _decode_bool), ("numeric", _decode_number)):
        await driver.set_type_codec(name, schema="pg_catalog", encoder=str, decoder=decode)
    return Connection(driver)


def _decode_bool(text: str) -> int:
    """Return 1 or 0, as SQLite does."""
    return int(text == "t")


def _decode_number(text: str) -> int | float:
    """Return a sum of 64-bit integers as an integer."""
    return float(text) if "." in text else int(text)
