"""One ticket for each form that is shown: random, for one purpose and one browser, used up by what it allowed.

A form is taken if its ticket is the newest of the browser (a script has but that one cookie), or any other of the same
browser, so that two open tabs both work. A network has so many tickets at most: another one ends its oldest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from pyimgur.server.db.query import Query, Work
from pyimgur.server.db.schema import consent_ticket
from pyimgur.server.library import secret
from pyimgur.server.library.attempts import network
from pyimgur.server.library.row_limits import newest

if TYPE_CHECKING:
    from pyimgur.server.library.context import Library

SECONDS = 3600
MOST = 200
"""Tickets of one network."""

FIND = Query(select(consent_ticket).where(consent_ticket.c.ticket_hash == bindparam("hash")))
ADD = Query(insert(consent_ticket))
USE = Query(
    delete(consent_ticket).where(
        consent_ticket.c.ticket_hash == bindparam("hash"), consent_ticket.c.expires > bindparam("now")
    )
)
SWEEP = Query(delete(consent_ticket).where(consent_ticket.c.expires <= bindparam("now")))
CAP = newest(consent_ticket, consent_ticket.c.ticket_hash, consent_ticket.c.network, consent_ticket.c.expires)


async def issue(library: Library, purpose: str, browser: str, *, address: str, instead: str = "") -> str:
    """Return a new ticket for a browser at this address; the one that it replaces is void."""
    ticket = secret.fresh()
    await library.db.write(_issue(ticket, purpose, browser, network(address), instead, library.now))
    return ticket


async def good(library: Library, ticket: str, purpose: str, browser: str, *, newest: str) -> bool:
    """Whether a form that came with this ticket was made for this purpose and this browser."""
    found = await library.db.read(FIND.one(hash=secret.digest(ticket)))
    if found is None or found.purpose != secret.digest(purpose) or found.expires <= library.now:
        return False
    return secret.same(ticket, newest) or secret.same(found.browser_hash, secret.digest(browser))


async def spend(library: Library, ticket: str) -> bool:
    """Use the ticket up, for what needs no other transaction."""
    return await library.db.write(use(ticket, library.now))


def use(ticket: str, now: int) -> Work[bool]:
    """Use the ticket up; False if that was done before."""
    return (yield USE.run(hash=secret.digest(ticket), now=now)) == 1


def _issue(ticket: str, purpose: str, browser: str, network: str, instead: str, now: int) -> Work[None]:
    yield SWEEP.run(now=now)
    yield from use(instead, now)
    hashed = secret.digest(ticket)
    yield ADD.run(
        ticket_hash=hashed,
        browser_hash=secret.digest(browser),
        purpose=secret.digest(purpose),
        expires=now + SECONDS,
        network=network,
    )
    yield CAP.run(owner=network, kept=hashed, others=MOST - 1)
