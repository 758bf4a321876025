"""Copy all rows, as they are at one moment, into a database of any kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Table, insert, select

from pyimgur.server.db.dialects.postgresql.connection import Connection
from pyimgur.server.db.dialects.postgresql.rules import DIALECT
from pyimgur.server.db.engine import Engine
from pyimgur.server.db.queries import posts
from pyimgur.server.db.query import Query, Steps, transaction
from pyimgur.server.db.schema import blob_intent, metadata

BATCH_SIZE = 1_000
"""Rows that are copied together."""
_COPIED = [table for table in metadata.sorted_tables if table is not blob_intent]
"""What was unfinished is left out: if the copy is put in the place of the original, no file may be removed for it."""


async def copy_rows(source: Connection, target: Engine) -> None:
    """Copy the rows into an empty database; nobody waits for it.

    Raises:
        PostgresError, InterfaceError, OSError, TimeoutError: the source cannot be read.
    """
    await source.driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    for table in _COPIED:
        async for rows in _batches(source, table):
            await target.write(_insert(Query(insert(table)), rows))
            if table.name == "post":
                await target.write(_index([row["number"] for row in rows]))
    await source.driver.execute("COMMIT")


async def _batches(source: Connection, table: Table) -> AsyncIterator[list[dict[str, Any]]]:
    """Yield a table's rows in the order of its key, so that rows come after those that they refer to."""
    statement = select(table).order_by(*table.primary_key.columns).compile(dialect=DIALECT)
    await source.driver.execute(f"DECLARE copied NO SCROLL CURSOR FOR {statement}")
    while rows := await source.driver.fetch(f"FETCH {BATCH_SIZE} FROM copied"):
        yield [dict(zip(table.c.keys(), row, strict=True)) for row in rows]
    await source.driver.execute("CLOSE copied")


@transaction
def _insert(query: Query[Any], rows: Sequence[dict[str, Any]]) -> Steps[None]:
    for row in rows:
        yield query.run(**row)


@transaction
def _index(numbers: Sequence[int]) -> Steps[None]:
    for number in numbers:
        texts = yield posts.GET_SEARCHED_TEXTS.exactly_one(of=number)
        yield posts.INSERT_WORDS.run(rowid=number, **texts._asdict())
