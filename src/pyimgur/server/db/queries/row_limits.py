"""SQL that keeps tables small: counts rows, deletes the oldest ones, caps the rows of one owner."""

from __future__ import annotations

from typing import Any, NamedTuple, Never

from sqlalchemy import Column, ColumnElement, Table, bindparam, delete, func, select, tuple_

from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import row_columns
from pyimgur.server.db.schema import access_token, attempt, consent_ticket, grant_code, grant_pin, upload_key, usage


class RowCounts(NamedTuple):
    """How many rows a table has, and how many of them have expired."""

    total: int
    expired: int


class LimitedTable(NamedTuple):
    """The statements that limit the rows of one table."""

    name: str
    count_rows: Query[RowCounts]
    delete_oldest: Query[Never]
    """Deletes the `some` oldest rows."""


def limited_table(table: Table, age: Column[Any]) -> LimitedTable:
    """Return the statements for a table whose rows get older by the column `age`."""
    expired = func.count().filter(age <= bindparam("before"))
    key = table.primary_key.columns
    oldest = select(*key).order_by(age).limit(bindparam("some"))
    return LimitedTable(
        table.name,
        Query(select(*row_columns(RowCounts, total=func.count(), expired=expired)).select_from(table), RowCounts),
        Query(delete(table).where(tuple_(*key).in_(oldest))),
    )


def delete_all_but_newest(
    table: Table, key: Column[Any], owner: Column[Any], age: Column[Any], *joined: ColumnElement[bool]
) -> Query[Never]:
    """Return the statement that deletes all rows of an `owner` except `kept` and the `others` newest besides it.

    Args:
        table: the table whose rows are deleted.
        key: its primary key.
        owner: the column that names the owner of a row.
        age: the column by which rows get older.
        joined: how the table of the owner column is joined, where that is another table.
    """
    rows = select(key).where(owner == bindparam("owner"), key != bindparam("kept"), *joined).correlate(None)
    return Query(delete(table).where(key.in_(rows.order_by(age.desc()).offset(bindparam("others")))))


ATTEMPTS = limited_table(attempt, attempt.c.last)
CREDIT_USAGE = limited_table(usage, usage.c.window)
CSRF_TOKENS = limited_table(consent_ticket, consent_ticket.c.expires)
PINS = limited_table(grant_pin, grant_pin.c.expires)
CODES = limited_table(grant_code, grant_code.c.expires)
ACCESS_TOKENS = limited_table(access_token, access_token.c.expires)
UPLOAD_KEYS = limited_table(upload_key, upload_key.c.created)
