"""Limits for every table that strangers can grow, so that nobody fills the database with rows.

Each row has an owner, who may have so many: at the owner's limit, the owner's oldest row is deleted (`newest`). A table
has a limit too, because owners can be many, and there nobody's row makes room for another owner's: `trim`, which runs
every minute, deletes what has expired, and while a table is at its limit new rows are refused (`check`). Counters are
the exception: their oldest rows are deleted, because refusing one would keep people out, or let them act uncounted.

What people make is not limited here: pictures, albums, posts, comments, messages. Credits limit these, on a closed
server or with `credits.enforced`, and sign-ups are throttled for each network.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Table, bindparam, delete, func, select, tuple_

from pyimgur.server.db.query import Query, Transaction
from pyimgur.server.db.schema import (
    access_token,
    attempt,
    consent_ticket,
    grant_code,
    grant_pin,
    upload_key,
    usage,
)
from pyimgur.server.errors import BusyError

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

EVERY = 60
"""Seconds between two looks."""
AT_ONCE = 5_000
"""Rows that one transaction deletes, so that other writes do not wait long."""
DAY = 86_400

_log = logging.getLogger(__name__)


class TableFull(BusyError):
    """The table is at its limit, so that the row was refused; nothing was changed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"This server holds too many {what}. Nothing was changed; try again in some minutes.")


def newest(table: Table, key: Column[Any], owner: Column[Any], age: Column[Any], *joined: ColumnElement[bool]) -> Query:
    """Return the statement that deletes all rows of an `owner` except `kept` and the `others` newest besides it.

    `joined` says how the table of the owner column belongs to the table, where that is another one.
    """
    mine = select(key).where(owner == bindparam("owner"), key != bindparam("kept"), *joined).correlate(None)
    return Query(delete(table).where(key.in_(mine.order_by(age.desc()).limit(-1).offset(bindparam("others")))))


class Limit(NamedTuple):
    """How many rows a table has at most, and for how many seconds after `age` it keeps one."""

    table: Table
    age: Column[Any]
    most: int
    seconds: int = 0
    what: str = ""
    """What the rows are, for the error; counters have none, because no counter is refused."""

    def counting(self) -> Query:
        """Return the statement that counts the rows, and those that have expired."""
        expired = func.count().filter(self.age <= bindparam("before"))
        return Query(select(func.count().label("all"), expired.label("expired")).select_from(self.table))

    def trimming(self) -> Query:
        """Return the statement that deletes the `some` oldest rows."""
        key = tuple_(*self.table.primary_key.columns)
        oldest = select(*self.table.primary_key.columns).order_by(self.age).limit(bindparam("some"))
        return Query(delete(self.table).where(key.in_(oldest)))


LIMITS = (
    Limit(attempt, attempt.c.last, 100_000, DAY),
    Limit(usage, usage.c.window, 200_000, 2 * DAY),
    Limit(consent_ticket, consent_ticket.c.expires, 500_000, what="used forms"),
    Limit(grant_pin, grant_pin.c.expires, 50_000, what="pins"),
    Limit(grant_code, grant_code.c.expires, 100_000, DAY, what="authorization codes"),
    Limit(access_token, access_token.c.expires, 1_000_000, what="access tokens"),
    Limit(upload_key, upload_key.c.created, 1_000_000, DAY, what="idempotency keys"),
)
STATEMENTS = [(limit, limit.counting(), limit.trimming()) for limit in LIMITS]


class Trimmer:
    """Trims the tables of a library again and again, a minute apart."""

    def __init__(self, library: ServerContext) -> None:
        self._library = library
        self._next = 0

    async def save(self) -> None:
        """Trim, if it is time; it is called with what is saved every few seconds."""
        now = self._library.now
        if not self._next - EVERY <= now < self._next:  # a clock may be set back
            self._next = now + EVERY
            await trim(self._library)


def is_full(library: ServerContext, table: Table) -> bool:
    """Return whether the table was at its limit when it was counted, at most a minute ago."""
    return table.name in library.full_tables


def check(library: ServerContext, table: Table) -> None:
    """Raise `TableFull` if the table takes no new row."""
    if is_full(library, table):
        raise TableFull(next(limit.what for limit in LIMITS if limit.table is table))


async def trim(library: ServerContext) -> None:
    """Delete what has expired, and the oldest of too many counters; note which tables take no new row."""
    for limit, count, delete_oldest in STATEMENTS:
        found = await library.db.scan(count.one(before=library.now - limit.seconds))
        _note(library, limit, found.all - found.expired)
        surplus = found.expired if limit.what else max(found.all - limit.most, found.expired)
        for begun in range(0, surplus, AT_ONCE):
            await library.db.write(_run(delete_oldest, min(AT_ONCE, surplus - begun)))


def _note(library: ServerContext, limit: Limit, live: int) -> None:
    full = bool(limit.what) and live >= limit.most
    if full and not is_full(library, limit.table):
        _log.error("there are %d %s, as many as may be: new ones are refused", live, limit.what)
    (library.full_tables.add if full else library.full_tables.discard)(limit.table.name)


def _run(delete_oldest: Query, some: int) -> Transaction[int]:
    return (yield delete_oldest.run(some=some))
