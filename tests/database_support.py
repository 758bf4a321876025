"""The database of a data folder in tests, and its rows, read and changed as another process would.

With PYIMGUR_TEST_DATABASE=postgresql, servers of the tests run on a real PostgreSQL, each in a schema of its own.
"""

from __future__ import annotations

import asyncio
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select, true

import postgresql_support
from pyimgur.server.database_url import DatabaseURL
from pyimgur.server.db.open import open_engine
from pyimgur.server.db.query import Query, Steps, transaction
from pyimgur.server.db.rows import table_row
from pyimgur.server.db.schema import metadata
from pyimgur.server.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


ON_POSTGRESQL = os.environ.get("PYIMGUR_TEST_DATABASE", "sqlite") == "postgresql"


@cache
def database_of(data: Path) -> DatabaseURL | None:
    """Return the database of a data folder, always the same one; None for SQLite in the folder."""
    return DatabaseURL.parse(postgresql_support.shared().new_schema()) if ON_POSTGRESQL else None


def rows_query(table: str, **where: object) -> Query[Any]:
    """Return the query for the rows of a table that have these values, in the order of its key."""
    read = metadata.tables[table]
    condition = and_(true(), *(read.c[name] == value for name, value in where.items()))
    return Query(select(read).where(condition).order_by(*read.primary_key), table_row(read))


def rows(data: Path, table: str, **where: object) -> list[Any]:
    """Return the rows of a table that have these values, as named tuples."""

    async def read() -> list[Any]:
        async with open_engine(Settings(data=data, database=database_of(data)), older="leave") as db:
            return await db.scan(rows_query(table, **where).all())

    return asyncio.run(read())


async def run_elsewhere(data: Path, *statements: Any) -> None:
    """Run statements in one transaction, on connections of their own."""

    @transaction
    def all_of_them() -> Steps[None]:
        for statement in statements:
            yield Query(statement).run()

    async with open_engine(Settings(data=data, database=database_of(data)), older="leave") as db:
        await db.write(all_of_them())
