"""Limits for every table that strangers can grow, so that nobody fills the database with rows.

Each row has an owner with a limit of its own: at it, the owner's oldest row is deleted (`delete_all_but_newest` in
`db.queries.row_limits`). A table has a limit too, because owners can be many, and there nobody's row makes room for
another owner's: `trim`, which runs every minute, deletes expired rows, and while a table is at its limit new rows are
refused (`check`). Counters are the exception: their oldest rows are deleted, because refusing a counter would keep
people out, or let them act uncounted.

Images, albums, posts, comments and messages are not limited here. Credits limit these, on a closed server or with
`credits.enforced`, and sign-ups are throttled for each network.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple, Never

from pyimgur.server.db.queries import row_limits as queries
from pyimgur.server.db.queries.row_limits import LimitedTable
from pyimgur.server.db.query import Query, Transaction
from pyimgur.server.errors import BusyError

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

EVERY = 60
"""Seconds between two runs of `trim`."""
AT_ONCE = 5_000
"""Rows that one transaction deletes, so that other writes do not wait long."""
DAY = 86_400

_log = logging.getLogger(__name__)


class TableFull(BusyError):
    """The table is at its limit: the row was refused, and nothing was changed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"This server holds too many {what}. Nothing was changed; try again in some minutes.")


class Limit(NamedTuple):
    """The limit of one table."""

    table: LimitedTable
    most: int
    """Rows that the table may hold."""
    seconds: int = 0
    """How long a row is kept after the time in its age column."""
    what: str = ""
    """The plural noun for the rows, used in errors; empty for counters, which are never refused."""


ATTEMPTS = Limit(queries.ATTEMPTS, 100_000, DAY)
CREDIT_USAGE = Limit(queries.CREDIT_USAGE, 200_000, 2 * DAY)
CSRF_TOKENS = Limit(queries.CSRF_TOKENS, 500_000, what="used forms")
PINS = Limit(queries.PINS, 50_000, what="pins")
CODES = Limit(queries.CODES, 100_000, DAY, what="authorization codes")
ACCESS_TOKENS = Limit(queries.ACCESS_TOKENS, 1_000_000, what="access tokens")
UPLOAD_KEYS = Limit(queries.UPLOAD_KEYS, 1_000_000, DAY, what="idempotency keys")
LIMITS = (ATTEMPTS, CREDIT_USAGE, CSRF_TOKENS, PINS, CODES, ACCESS_TOKENS, UPLOAD_KEYS)


class Trimmer:
    """Runs `trim` at most once a minute."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._next = 0

    async def trim_if_due(self) -> None:
        """Trim if a minute has passed; the periodic flush calls this every few seconds."""
        now = self._context.now
        if not self._next - EVERY <= now < self._next:  # a clock may be set back
            self._next = now + EVERY
            await trim(self._context)


def is_full(context: ServerContext, limit: Limit) -> bool:
    """Return whether the table was at its limit when `trim` counted it, at most a minute ago."""
    return limit.table.name in context.full_tables


def check_limit(context: ServerContext, limit: Limit) -> None:
    """Check that the table takes new rows.

    Raises:
        TableFull: it is at its limit.
    """
    if is_full(context, limit):
        raise TableFull(limit.what)


async def trim(context: ServerContext) -> None:
    """Delete expired rows, and the oldest counters over their limit; note which tables are full."""
    for limit in LIMITS:
        rows = await context.db.scan(limit.table.count_rows.exactly_one(before=context.now - limit.seconds))
        _note_if_full(context, limit, rows.total - rows.expired)
        surplus = rows.expired if limit.what else max(rows.total - limit.most, rows.expired)
        for deleted in range(0, surplus, AT_ONCE):
            await context.db.write(_delete(limit.table.delete_oldest, min(AT_ONCE, surplus - deleted)))


def _note_if_full(context: ServerContext, limit: Limit, live: int) -> None:
    full = bool(limit.what) and live >= limit.most
    if full and not is_full(context, limit):
        _log.error("the database holds %d %s, which is the limit: new ones are refused", live, limit.what)
    (context.full_tables.add if full else context.full_tables.discard)(limit.table.name)


def _delete(delete_oldest: Query[Never], some: int) -> Transaction[int]:
    return (yield delete_oldest.run(some=some))
