"""SQL of blocked accounts."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select

from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import account, person_block

GET = Query(
    select(person_block.c.created).where(
        person_block.c.account == bindparam("account"), person_block.c.blocked == bindparam("blocked")
    )
)
LIST_BLOCKED = Query(
    select(account.c.id, account.c.name)
    .join(person_block, person_block.c.blocked == account.c.id)
    .where(person_block.c.account == bindparam("account"), account.c.id > bindparam("after"))
    .order_by(account.c.id)
    .limit(bindparam("limit"))
)
INSERT = Query(insert(person_block))
DELETE = Query(
    delete(person_block).where(
        person_block.c.account == bindparam("account"), person_block.c.blocked == bindparam("blocked")
    )
)


class Blocked(NamedTuple):
    """A blocked account."""

    id: int
    name: str
