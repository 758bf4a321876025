"""Credits, or anything else, that each key has used in each window of time; the caller decides what a key stands for.

A window is identified by the time at which it begins, in Unix seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.db.queries import credit_usage as queries
from pyimgur.server.db.query import Steps, transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyimgur.server.services.context import ServerContext

KEPT = 2 * 86_400
"""Seconds for which a window is stored; no window is longer than a day."""


async def usage_in_window(context: ServerContext, key: str, window: int) -> int:
    """Return the credits that this key has used in this window."""
    row = await context.db.read(queries.GET.one(key=key, window=window))
    return row.spent if row else 0


async def add(context: ServerContext, rows: Sequence[tuple[str, int, int]]) -> None:
    """Add credits to the stored ones, each row as key, window and credits; delete expired windows."""
    await context.db.write(_add(rows, before=context.now - KEPT))


@transaction
def get_usage(key: str, window: int) -> Steps[int]:
    """Return what this key has used in this window, within a transaction."""
    row: queries.Usage | None = yield queries.GET.one(key=key, window=window)
    return row.spent if row else 0


@transaction
def add_usage(key: str, window: int) -> Steps[None]:
    """Add one to what this key has used in this window, within a transaction."""
    yield queries.ADD.run(key=key, window=window, spent=1)


@transaction
def _add(rows: Sequence[tuple[str, int, int]], *, before: int) -> Steps[None]:
    yield queries.DELETE_EXPIRED.run(before=before)
    for key, window, credits in rows:
        yield queries.ADD.run(key=key, window=window, spent=credits)
