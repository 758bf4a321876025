"""Blocked accounts: an account that another one blocks cannot send it messages or cause notifications for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.db.queries import blocks as queries
from pyimgur.server.db.queries.blocks import Blocked
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.errors import ValidationError

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext


async def is_blocking(context: ServerContext, account: int, other: int) -> bool:
    """Return whether the account blocks the other one."""
    return await context.db.read(queries.GET.one(account=account, blocked=other)) is not None


async def blocked_accounts(
    context: ServerContext, account: int, *, after: int = 0, limit: int = 1_000
) -> list[Blocked]:
    """Return the accounts that this one blocks, by number, starting behind the number `after`."""
    return await context.db.scan(queries.LIST_BLOCKED.all(account=account, after=after, limit=limit))


async def block(context: ServerContext, account: int, other: int) -> None:
    """Block another account; blocking it again changes nothing.

    Raises:
        ValidationError: both are the same account.
    """
    if account == other:
        raise ValidationError("You cannot block yourself")
    await context.db.write(_block(account, other, context.now))


async def unblock(context: ServerContext, account: int, other: int) -> None:
    """Unblock another account; if it was not blocked, nothing changes."""
    await context.db.write(_unblock(account, other))


@transaction
def is_blocked(account: int, other: int) -> Steps[bool]:
    """Return whether the account blocks the other one, as a part of a transaction."""
    return (yield queries.GET.one(account=account, blocked=other)) is not None


@transaction
def _block(account: int, other: int, now: int) -> Steps[None]:
    yield queries.INSERT.run(account=account, blocked=other, created=now)


@transaction
def _unblock(account: int, other: int) -> Steps[None]:
    yield queries.DELETE.run(account=account, blocked=other)
