"""The rows of a data folder, read and changed as another process would, whatever database the folder has."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select, true

from pyimgur.server.db.open import open_engine
from pyimgur.server.db.query import Query, Steps, transaction
from pyimgur.server.db.rows import table_row
from pyimgur.server.db.schema import metadata
from pyimgur.server.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def rows_query(table: str, **where: object) -> Query[Any]:
    """Return the query for the rows of a table that have these values, in the order of its key."""
    read = metadata.tables[table]
    condition = and_(true(), *(read.c[name] == value for name, value in where.items()))
    return Query(select(read).where(condition).order_by(*read.primary_key), table_row(read))


def rows(data: Path, table: str, **where: object) -> list[Any]:
    """Return the rows of a table that have these values, as named tuples."""

    async def read() -> list[Any]:
        async with open_engine(Settings(data=data), older="leave") as db:
            return await db.scan(rows_query(table, **where).all())

    return asyncio.run(read())


async def run_elsewhere(data: Path, *statements: Any) -> None:
    """Run statements in one transaction, on connections of their own."""

    @transaction
    def all_of_them() -> Steps[None]:
        for statement in statements:
            yield Query(statement).run()

    async with open_engine(Settings(data=data), older="leave") as db:
        await db.write(all_of_them())
