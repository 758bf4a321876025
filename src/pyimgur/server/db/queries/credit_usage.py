"""SQL of credits used in a window of time."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import usage


class Usage(NamedTuple):
    """Credits that a key has used in a window of time."""

    spent: int


GET = Query(select(usage.c.spent).where(usage.c.key == bindparam("key"), usage.c.window == bindparam("window")), Usage)
_INSERT = insert(usage)
ADD = Query(
    _INSERT.on_conflict_do_update(
        index_elements=[usage.c.key, usage.c.window], set_={"spent": usage.c.spent + _INSERT.excluded.spent}
    )
)
DELETE_EXPIRED = Query(delete(usage).where(usage.c.window < bindparam("before")))
