"""Limits for every table that strangers can grow, so that nobody fills the database with rows.

Each row has an owner, an account or a network. An owner that has reached its limit loses its oldest row
(`delete_all_but_newest` in `db.queries.row_limits`), or the new row is refused. A table has a limit too, because there
can be many owners; there, no owner loses a row to another one. `trim`, which runs every minute, deletes expired rows,
and notes how full each table is:

- From half of its limit it is crowded: owners that have more than a few rows get no more than they have, so whoever
  has filled it waits, and others notice nothing.
- At its limit it is full: a new row is refused, or replaces the owner's own oldest.

`rows_allowed` is that rule. Counters are the exception: their oldest rows are deleted, because refusing a counter would
keep people out, or let them act uncounted.

Images, albums, posts, comments and messages are not limited here. Credits limit these, on a closed server or with
`credits.enforced`, and sign-ups are throttled for each network.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple, Never

from pyimgur.server.db.queries import row_limits as queries
from pyimgur.server.db.queries.row_limits import LimitedTable
from pyimgur.server.db.query import Query, Steps, transaction
from pyimgur.server.errors import BusyError
from pyimgur.server.services.context import Fullness

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

TRIM_INTERVAL = 60
"""Seconds between two runs of `trim`."""
BATCH_SIZE = 5_000
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
    few: int = 0
    """Rows that one owner may have while the table is crowded."""


ATTEMPTS = Limit(queries.ATTEMPTS, 100_000, DAY)
CREDIT_USAGE = Limit(queries.CREDIT_USAGE, 200_000, 2 * DAY)
CSRF_TOKENS = Limit(queries.CSRF_TOKENS, 500_000, what="used forms", few=20)
PINS = Limit(queries.PINS, 50_000, what="pins", few=2)
CODES = Limit(queries.CODES, 100_000, DAY, what="authorization codes", few=5)
ACCESS_TOKENS = Limit(queries.ACCESS_TOKENS, 1_000_000, what="access tokens", few=20)
UPLOAD_KEYS = Limit(queries.UPLOAD_KEYS, 1_000_000, DAY, what="idempotency keys", few=100)
LIMITS = (ATTEMPTS, CREDIT_USAGE, CSRF_TOKENS, PINS, CODES, ACCESS_TOKENS, UPLOAD_KEYS)
_WARNINGS = {
    Fullness.CROWDED: "the database holds %d %s, half of the limit: whoever has many of them gets no more",
    Fullness.FULL: "the database holds %d %s, which is the limit: new ones are refused",
}


class Trimmer:
    """Runs `trim` at most once a minute."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._next = 0

    async def trim_if_due(self) -> None:
        """Trim if a minute has passed; the periodic flush calls this every few seconds."""
        now = self._context.now
        if not self._next - TRIM_INTERVAL <= now < self._next:  # a clock may be set back
            self._next = now + TRIM_INTERVAL
            await trim(self._context)


def fullness_of(context: ServerContext, limit: Limit) -> Fullness:
    """Return how full the table is."""
    return context.table_fullness.get(limit.table.name, Fullness.ROOMY)


def rows_allowed(limit: Limit, fullness: Fullness, held: int, usual: int, factor: int = 1) -> int:
    """Return how many rows an owner may have, with the new one; 0 if a full table holds none that it could replace.

    Args:
        limit: the limit of the table.
        fullness: how full the table is.
        held: rows that the owner has.
        usual: rows that it may have in a table with room.
        factor: how many times these numbers the owner may have, because it is a wider network.
    """
    at_most = {Fullness.ROOMY: usual * factor, Fullness.CROWDED: max(held, limit.few * factor), Fullness.FULL: held}
    return min(usual * factor, at_most[fullness])


async def trim(context: ServerContext) -> None:
    """Delete expired rows, and the oldest counters over their limit; note how full the tables are."""
    for limit in LIMITS:
        rows = await context.db.scan(limit.table.count_rows.exactly_one(before=context.now - limit.seconds))
        _note_fullness(context, limit, rows.total - rows.expired)
        surplus = rows.expired if limit.what else max(rows.total - limit.most, rows.expired)
        for deleted in range(0, surplus, BATCH_SIZE):
            await context.db.write(_delete(limit.table.delete_oldest, min(BATCH_SIZE, surplus - deleted)))


def _note_fullness(context: ServerContext, limit: Limit, live: int) -> None:
    if not limit.what:
        return
    fullness = Fullness(min(2 * live // limit.most, Fullness.FULL))
    if fullness > fullness_of(context, limit):
        _log.error(_WARNINGS[fullness], live, limit.what)
    context.table_fullness[limit.table.name] = fullness


@transaction
def _delete(delete_oldest: Query[Never], some: int) -> Steps[int]:
    return (yield delete_oldest.run(some=some))
