"""CSRF tokens of forms: each is for one purpose and one browser, valid for an hour, and good for one change.

A token is signed, not stored, so showing a form costs no row, and no number of forms that are shown voids another. Only
a token that was used is stored, until it expires. At the limit of such rows the next form is refused: no row is deleted
early, because its token could be used again.

A form is accepted if its token is the newest of the browser (a script has only that one cookie), or any other of the
same browser, so that two open tabs both work.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, select

from pyimgur.server.db.query import Query, Transaction
from pyimgur.server.db.schema import consent_ticket
from pyimgur.server.services import signing, token_hashing
from pyimgur.server.services.row_limits import check
from pyimgur.server.services.throttle import TooManyAttempts, network

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

SECONDS = 3600
MOST = 5_000
"""Used tokens of one network. Each of them has changed something: an account's password was given, or a file."""
NAME = "form tokens"
"""The key that signs them."""
_TICKET = re.compile(r"([0-9a-f]{8})[0-9a-f]{8}([0-9a-f]{16})([0-9a-f]{32})", re.ASCII)
"""When it expires, what makes it unique, which browser it is for, and the signature of all that and the purpose."""

FIND = Query(select(consent_ticket.c.expires).where(consent_ticket.c.ticket_hash == bindparam("hash")))
ADD = Query(insert(consent_ticket))
SWEEP = Query(delete(consent_ticket).where(consent_ticket.c.expires <= bindparam("now")))
OF_NETWORK = Query(
    select(func.count().label("count"), func.min(consent_ticket.c.expires).label("first")).where(
        consent_ticket.c.network == bindparam("network")
    )
)


async def issue(library: ServerContext, purpose: str, browser: str) -> str:
    """Return a new token for a form of this purpose, shown to this browser."""
    key = await signing.key(library, NAME)
    head = f"{library.now + SECONDS:08x}{token_hashing.new_secret(4)}"
    head += _of_browser(key, head, browser)
    return head + _of_purpose(key, head, purpose)


async def is_valid(library: ServerContext, ticket: str, purpose: str, browser: str, *, newest: str) -> bool:
    """Return whether a form with this token was shown to this browser for this purpose, and is not used yet."""
    parts = _TICKET.fullmatch(ticket)
    key = parts and await signing.find(library, NAME)
    if (
        not parts
        or not key
        or not token_hashing.constant_time_equal(parts[3], _of_purpose(key, ticket[: parts.start(3)], purpose))
    ):
        return False
    own = token_hashing.constant_time_equal(parts[2], _of_browser(key, ticket[: parts.start(2)], browser))
    if not (own or token_hashing.constant_time_equal(ticket, newest)) or _expires(ticket) <= library.now:
        return False
    return await library.db.read(FIND.one(hash=token_hashing.digest(ticket))) is None


async def consume(library: ServerContext, ticket: str, *, address: str) -> bool:
    """Use the token up, for what needs no other transaction; False if that was done before.

    Raises:
        TooManyAttempts: the network of this address has used up too many within the hour.
        TableFull: all networks together have.
    """
    check(library, consent_ticket)
    return await library.db.write(consume_in_transaction(ticket, address, library.now))


def consume_in_transaction(ticket: str, address: str, now: int) -> Transaction[bool]:
    """Use a good token up; False if that was done before, or it has expired meanwhile."""
    yield SWEEP.run(now=now)
    hashed, here, expires = token_hashing.digest(ticket), network(address), _expires(ticket)
    if expires <= now or (yield FIND.one(hash=hashed)) is not None:
        return False
    found = yield OF_NETWORK.one(network=here)
    if found.count >= MOST:
        raise TooManyAttempts("forms were sent from this network", found.first - now)
    yield ADD.run(ticket_hash=hashed, browser_hash="", purpose="", expires=expires, network=here)
    return True


def _expires(ticket: str) -> int:
    return int(ticket[:8], 16)


def _of_browser(key: str, head: str, browser: str) -> str:
    return signing.sign(key, f"browser {head} {browser}")[:16]


def _of_purpose(key: str, head: str, purpose: str) -> str:
    return signing.sign(key, f"purpose {head} {purpose}")[:32]
