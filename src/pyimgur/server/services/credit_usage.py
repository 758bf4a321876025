"""How many credits each key has spent in each window of time; what a key stands for is the caller's business.

A window is known by the time at which it begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from pyimgur.server.db.query import Query, Transaction
from pyimgur.server.db.schema import usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyimgur.server.services.context import ServerContext

KEPT = 2 * 86_400
"""Seconds; no window is longer than a day."""

SPENT = Query(select(usage.c.spent).where(usage.c.key == bindparam("key"), usage.c.window == bindparam("window")))
_NEW = insert(usage)
ADD = Query(
    _NEW.on_conflict_do_update(
        index_elements=[usage.c.key, usage.c.window], set_={"spent": usage.c.spent + _NEW.excluded.spent}
    )
)
FORGET = Query(delete(usage).where(usage.c.window < bindparam("before")))


async def usage_in_window(library: ServerContext, key: str, window: int) -> int:
    """What this key has spent in this window."""
    found = await library.db.read(SPENT.one(key=key, window=window))
    return found.spent if found else 0


async def add(library: ServerContext, rows: Sequence[tuple[str, int, int]]) -> None:
    """Add credits to what each key has spent in a window; windows long over are forgotten."""
    await library.db.write(_add(rows, before=library.now - KEPT))


def _add(rows: Sequence[tuple[str, int, int]], *, before: int) -> Transaction[None]:
    yield FORGET.run(before=before)
    for key, window, more in rows:
        yield ADD.run(key=key, window=window, spent=more)
