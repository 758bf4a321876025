"""SQL of counters of failed attempts."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import Count, row_columns
from pyimgur.server.db.schema import attempt


class Attempt(NamedTuple):
    """A counter of failed attempts."""

    key: str
    failures: int
    last: int
    until: int
    """When the next attempt is allowed."""


GET = Query(select(*row_columns(Attempt, attempt)).where(attempt.c.key == bindparam("key")), Attempt)
INSERT = Query(insert(attempt))
UPDATE = Query(
    update(attempt)
    .where(attempt.c.key == bindparam("of"))
    .values(failures=bindparam("failures"), last=bindparam("last"), until=bindparam("until"))
)
DELETE = Query(delete(attempt).where(attempt.c.key == bindparam("key")))
DECREMENT = Query(
    update(attempt)
    .where(attempt.c.key == bindparam("of"), attempt.c.failures > 0)
    .values(failures=attempt.c.failures - 1, until=0)
)
DELETE_EXPIRED = Query(delete(attempt).where(attempt.c.last < bindparam("before")))
COUNT_KEYS_BETWEEN = Query(
    select(func.count().label("total")).where(
        attempt.c.key >= bindparam("first"), attempt.c.key < bindparam("end"), attempt.c.last > bindparam("since")
    ),
    Count,
)
