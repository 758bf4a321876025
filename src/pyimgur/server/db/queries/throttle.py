"""SQL of counters of failed attempts."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, insert, select, update

from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import attempt

GET = Query(select(attempt).where(attempt.c.key == bindparam("key")))
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
    select(func.count().label("count")).where(
        attempt.c.key >= bindparam("first"), attempt.c.key < bindparam("end"), attempt.c.last > bindparam("since")
    )
)
