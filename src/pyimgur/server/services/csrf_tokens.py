"""One ticket for each form that is shown: random, for one purpose and one browser, used up by what it allowed.

A form is taken if its ticket is the newest of the browser (a script has but that one cookie), or any other of the same
browser, so that two open tabs both work. A network has so many tickets at most: another one ends its oldest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from pyimgur.server.db.query import Query, Work
from pyimgur.server.db.schema import consent_ticket
from pyimgur.server.services import token_hashing
from pyimgur.server.services.row_limits import newest
from pyimgur.server.services.throttle import network

if TYPE_CHECKING:
    from pyimgur.server.services.context import Library

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
    ticket = token_hashing.fresh()
    await library.db.write(_issue(ticket, purpose, browser, network(address), instead, library.now))
    return ticket


async def good(library: Library, ticket: str, purpose: str, browser: str, *, newest: str) -> bool:
    """Whether a form that came with this ticket was made for this purpose and this browser."""
    found = await library.db.read(FIND.one(hash=token_hashing.digest(ticket)))
    if found is None or found.purpose != token_hashing.digest(purpose) or found.expires <= library.now:
        return False
    return token_hashing.same(ticket, newest) or token_hashing.same(found.browser_hash, token_hashing.digest(browser))


async def spend(library: Library, ticket: str) -> bool:
    """Use the ticket up, for what needs no other transaction."""
    return await library.db.write(use(ticket, library.now))


def use(ticket: str, now: int) -> Work[bool]:
    """Use the ticket up; False if that was done before."""
    return (yield USE.run(hash=token_hashing.digest(ticket), now=now)) == 1


def _issue(ticket: str, purpose: str, browser: str, network: str, instead: str, now: int) -> Work[None]:
    yield SWEEP.run(now=now)
    yield from use(instead, now)
    hashed = token_hashing.digest(ticket)
    yield ADD.run(
        ticket_hash=hashed,
        browser_hash=token_hashing.digest(browser),
        purpose=token_hashing.digest(purpose),
        expires=now + SECONDS,
        network=network,
    )
    yield CAP.run(owner=network, kept=hashed, others=MOST - 1)
