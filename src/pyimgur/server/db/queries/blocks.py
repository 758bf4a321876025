"""SQL of blocked accounts."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, select

from pyimgur.server.db.expressions import insert_or_ignore
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import row_columns
from pyimgur.server.db.schema import account, person_block


class Blocked(NamedTuple):
    """A blocked account."""

    id: int
    name: str


class Block(NamedTuple):
    """When an account blocked another one."""

    created: int


GET = Query(
    select(person_block.c.created).where(
        person_block.c.account == bindparam("account"), person_block.c.blocked == bindparam("blocked")
    ),
    Block,
)
LIST_BLOCKED = Query(
    select(*row_columns(Blocked, account))
    .join(person_block, person_block.c.blocked == account.c.id)
    .where(person_block.c.account == bindparam("account"), account.c.id > bindparam("after"))
    .order_by(account.c.id)
    .limit(bindparam("limit")),
    Blocked,
)
INSERT = Query(insert_or_ignore(person_block))
DELETE = Query(
    delete(person_block).where(
        person_block.c.account == bindparam("account"), person_block.c.blocked == bindparam("blocked")
    )
)
