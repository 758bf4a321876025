"""CSRF tokens of forms: each is for one purpose and one browser, valid for an hour, and good for one change.

A token is signed, not stored, so showing a form costs no row, and no number of forms that are shown voids another. Only
a token that was used is stored, until it expires. At a limit (`row_limits`) the next form is refused: no row is deleted
early, because its token could be used again.

A form is accepted if its token is the newest of the browser (a script has only that one cookie), or any other of the
same browser, so that two open tabs both work.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import csrf_tokens as queries
from pyimgur.server.db.queries.csrf_tokens import UsedTokens
from pyimgur.server.db.query import Steps, Transaction, transaction
from pyimgur.server.services import credit_usage, row_limits, signing, token_hashing
from pyimgur.server.services.context import Fullness
from pyimgur.server.services.networks import network_of, networks_of
from pyimgur.server.services.row_limits import TableFull
from pyimgur.server.services.throttle import TooManyAttempts

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

LIFETIME = 3600
"""How long a token is valid."""
MOST = 5_000
"""Used tokens of one network that may be stored; each of them has changed something, after a password or an upload."""
MANY = "forms were sent from this network"
NAME = "form tokens"
"""The name of the signing key."""
_TOKEN = re.compile(r"([0-9a-f]{8})[0-9a-f]{8}([0-9a-f]{16})([0-9a-f]{32})", re.ASCII)
"""When the token expires, a random part, a signature for the browser, and one of all that with the purpose."""


async def issue(context: ServerContext, purpose: str, browser: str) -> str:
    """Return a new token for a form of this purpose, shown to this browser."""
    key = await signing.get_or_create_key(context, NAME)
    head = f"{context.now + LIFETIME:08x}{token_hashing.new_secret(4)}"
    head += _sign_browser(key, head, browser)
    return head + _sign_purpose(key, head, purpose)


async def is_valid(context: ServerContext, token: str, purpose: str, browser: str, *, newest: str) -> bool:
    """Return whether a form with this token was shown to this browser for this purpose, and is not used yet.

    `newest` is the newest token of the browser, from its cookie.
    """
    parts = _TOKEN.fullmatch(token)
    key = parts and await signing.find_key(context, NAME)
    if (
        not parts
        or not key
        or not token_hashing.constant_time_equal(parts[3], _sign_purpose(key, token[: parts.start(3)], purpose))
    ):
        return False
    is_own = token_hashing.constant_time_equal(parts[2], _sign_browser(key, token[: parts.start(2)], browser))
    if not (is_own or token_hashing.constant_time_equal(token, newest)) or _expires(token) <= context.now:
        return False
    return await context.db.read(queries.GET.one(hash=token_hashing.digest(token))) is None


async def consume(context: ServerContext, token: str, *, address: str) -> bool:
    """Use up a valid token, in a transaction of its own; return False if it was used before or has expired.

    Raises:
        TooManyAttempts: a network of this address has used too many tokens within the hour.
        TableFull: all networks together have.
    """
    return await context.db.write(consume_in_transaction(context, token, address))


def consume_in_transaction(context: ServerContext, token: str, address: str) -> Transaction[bool]:
    """Return the statements that do the same within another transaction.

    Raises:
        TooManyAttempts: a network of this address has used too many tokens within the hour; raised by the statements.
        TableFull: all networks together have.
    """
    fullness = row_limits.fullness_of(context, row_limits.CSRF_TOKENS)
    if fullness is Fullness.FULL:
        raise TableFull(row_limits.CSRF_TOKENS.what)
    return _consume(token, address, context.now, fullness)


@transaction
def _consume(token: str, address: str, now: int, fullness: Fullness) -> Steps[bool]:
    yield queries.DELETE_EXPIRED.run(now=now)
    hashed, expires = token_hashing.digest(token), _expires(token)
    # A token is good for one change although this is a look before an insert: `Engine.write` is serializable.
    if expires <= now or (yield queries.GET.one(hash=hashed)) is not None:
        return False
    network = network_of(address)
    used: UsedTokens = yield queries.COUNT_OF_NETWORK.exactly_one(network=network)
    if used.total >= row_limits.rows_allowed(row_limits.CSRF_TOKENS, fullness, used.total, MOST):
        raise TooManyAttempts(MANY, used.first - now)
    yield from _count_in_wider_networks(address, now, fullness)
    yield queries.INSERT.run(ticket_hash=hashed, browser_hash="", purpose="", expires=expires, network=network)
    return True


@transaction
def _count_in_wider_networks(address: str, now: int, fullness: Fullness) -> Steps[None]:
    """Count the form for the wider networks by the hour: counting their rows would take long."""
    window = now - now % LIFETIME
    for name, factor in networks_of(address)[1:]:
        used = yield from credit_usage.get_usage(f"forms:{name}", window)
        if used >= row_limits.rows_allowed(row_limits.CSRF_TOKENS, fullness, used, MOST, factor):
            raise TooManyAttempts(MANY, window + LIFETIME - now)
        yield from credit_usage.add_usage(f"forms:{name}", window)


def _expires(token: str) -> int:
    return int(token[:8], 16)


def _sign_browser(key: str, head: str, browser: str) -> str:
    return signing.sign(key, f"browser {head} {browser}")[:16]


def _sign_purpose(key: str, head: str, purpose: str) -> str:
    return signing.sign(key, f"purpose {head} {purpose}")[:32]
