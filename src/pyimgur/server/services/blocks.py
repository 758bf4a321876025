"""Whom people do not want to hear of: a blocked person can neither write to them nor be told of."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, insert, select

from pyimgur.server.db.query import IntegrityConflict, Query, Transaction
from pyimgur.server.db.schema import account, person_block
from pyimgur.server.errors import ValidationError

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

BLOCKS = Query(
    select(person_block.c.created).where(
        person_block.c.account == bindparam("account"), person_block.c.blocked == bindparam("blocked")
    )
)
BLOCKED = Query(
    select(account.c.id, account.c.name)
    .join(person_block, person_block.c.blocked == account.c.id)
    .where(person_block.c.account == bindparam("account"), account.c.id > bindparam("after"))
    .order_by(account.c.id)
    .limit(bindparam("limit"))
)
BLOCK = Query(insert(person_block))
UNBLOCK = Query(
    delete(person_block).where(
        person_block.c.account == bindparam("account"), person_block.c.blocked == bindparam("blocked")
    )
)


class Blocked(NamedTuple):
    """One who is blocked."""

    id: int
    name: str


async def is_blocking(library: ServerContext, account: int, other: int) -> bool:
    """Whether one blocks the other."""
    return await library.db.read(BLOCKS.one(account=account, blocked=other)) is not None


async def blocked(library: ServerContext, account: int, *, after: int = 0, limit: int = 1_000) -> list[Blocked]:
    """Those whom one blocks, in the order of their numbers, from the one behind `after` on."""
    rows = await library.db.scan(BLOCKED.all(account=account, after=after, limit=limit))
    return [Blocked(*row) for row in rows]


async def block(library: ServerContext, account: int, other: int) -> None:
    """Block somebody; to do it again changes nothing.

    Raises:
        ValidationError: that is oneself.
    """
    if account == other:
        raise ValidationError("You cannot block yourself")
    await library.db.write(_block(account, other, library.now))


async def unblock(library: ServerContext, account: int, other: int) -> None:
    """Block somebody no more."""
    await library.db.write(_unblock(account, other))


def is_blocked(account: int, other: int) -> Transaction[bool]:
    """Whether one blocks the other, as a part of a transaction."""
    return (yield BLOCKS.one(account=account, blocked=other)) is not None


def _block(account: int, other: int, now: int) -> Transaction[None]:
    with suppress(IntegrityConflict):
        yield BLOCK.run(account=account, blocked=other, created=now)


def _unblock(account: int, other: int) -> Transaction[None]:
    yield UNBLOCK.run(account=account, blocked=other)
