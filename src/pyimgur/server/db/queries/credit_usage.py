"""SQL of credits used in a window of time."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, select

from pyimgur.server.db.expressions import insert_or_update
from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import usage


class Usage(NamedTuple):
    """Credits that a key has used in a window of time."""

    spent: int


GET = Query(select(usage.c.spent).where(usage.c.key == bindparam("key"), usage.c.window == bindparam("window")), Usage)
ADD = Query(insert_or_update(usage, lambda new: {"spent": usage.c.spent + new.spent}))
DELETE_EXPIRED = Query(delete(usage).where(usage.c.window < bindparam("before")))
