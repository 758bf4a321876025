"""Limits for every table that strangers can grow, so that nobody fills the database with rows.

Who writes a row keeps the newest rows of its owner (`newest`): pins and codes of an account, and so on. What belongs to
networks can be written from many of them, so `trim` keeps the newest rows of whole tables too, and deletes what has
expired; it runs every minute.

What people make is not limited here: pictures, albums, posts, comments, messages. Credits limit these, on a closed
server or with `credits.enforced`, and sign-ups are throttled for each network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Column, Table, bindparam, delete, func, select, tuple_

from pyimgur.server.db.query import Query, Work
from pyimgur.server.db.schema import (
    access_token,
    attempt,
    consent_ticket,
    grant_code,
    grant_pin,
    upload_key,
    usage,
)

if TYPE_CHECKING:
    from pyimgur.server.services.context import Library

EVERY = 60
"""Seconds between two looks."""
AT_ONCE = 5_000
"""Rows that one transaction deletes, so that other writes do not wait long."""
DAY = 86_400


def newest(table: Table, key: Column[Any], owner: Column[Any], age: Column[Any]) -> Query:
    """Return the statement that deletes all rows of an `owner` except `kept` and the `others` newest besides it."""
    mine = select(key).where(owner == bindparam("owner"), key != bindparam("kept"))
    return Query(delete(table).where(key.in_(mine.order_by(age.desc()).limit(-1).offset(bindparam("others")))))


class Limit(NamedTuple):
    """How many rows a table has at most, and for how many seconds after `age` it keeps one."""

    table: Table
    age: Column[Any]
    most: int
    seconds: int = 0

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
    Limit(consent_ticket, consent_ticket.c.expires, 50_000),
    Limit(grant_pin, grant_pin.c.expires, 50_000),
    Limit(grant_code, grant_code.c.expires, 100_000, DAY),
    Limit(access_token, access_token.c.expires, 1_000_000),
    Limit(upload_key, upload_key.c.created, 1_000_000, DAY),
)
STATEMENTS = [(limit, limit.counting(), limit.trimming()) for limit in LIMITS]


class Trimmer:
    """Trims the tables of a library again and again, a minute apart."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._next = 0

    async def save(self) -> None:
        """Trim, if it is time; it is called with what is saved every few seconds."""
        now = self._library.now
        if not self._next - EVERY <= now < self._next:  # a clock may be set back
            self._next = now + EVERY
            await trim(self._library)


async def trim(library: Library) -> None:
    """Delete the oldest rows of tables that have too many, and what has expired."""
    for limit, count, delete_oldest in STATEMENTS:
        found = await library.db.scan(count.one(before=library.now - limit.seconds))
        surplus = max(found.all - limit.most, found.expired)
        for begun in range(0, surplus, AT_ONCE):
            await library.db.write(_run(delete_oldest, min(AT_ONCE, surplus - begun)))


def _run(delete_oldest: Query, some: int) -> Work[int]:
    return (yield delete_oldest.run(some=some))
