"""Pins and authorization codes: issue them on the consent page, exchange them for a token.

Both are stored as digests. A pin or a code is good for one exchange, by the client it was issued to, for a short time.

Transactions raise for failures that must leave no trace, and return None for failures that must be stored.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from pyimgur.server.db.queries import oauth_codes as queries
from pyimgur.server.db.queries.oauth_codes import Code, Pin
from pyimgur.server.db.query import Steps, Transaction, transaction
from pyimgur.server.db.rows import Count
from pyimgur.server.services import applications, csrf_tokens, oauth_tokens, row_limits, throttle, token_hashing
from pyimgur.server.services.applications import Client
from pyimgur.server.services.context import Fullness
from pyimgur.server.services.oauth_tokens import InvalidGrant, Terms, Token
from pyimgur.server.services.row_limits import Limit, TableFull

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

ResponseType = Literal["code", "pin", "token"]

PIN_LIFETIME = 600
"""How long a pin is valid."""
CODE_LIFETIME = 60
"""How long a code is valid."""
KEPT = 86_400
"""Seconds for which an expired code is stored, so that a second use is recognized."""
MOST_PINS, MOST_CODES = 20, 50
"""Pins and codes of one account; a new one beyond that deletes the oldest."""

INVALID_PIN = "Invalid Pin"
INVALID_CODE = "Authorization code doesn't exist or is invalid for the client"
EXPIRED_CODE = "The authorization code has expired"
WRONG_VERIFIER = "The code_verifier does not match the code_challenge of the authorization request"

VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


async def consent(
    context: ServerContext,
    response_type: ResponseType,
    client_id: str,
    account_id: int,
    *,
    csrf_token: str,
    address: str,
    challenge: str | None = None,
) -> str | Token | None:
    """Use up the form's CSRF token and return a pin, a code or a token; None if the CSRF token was used before.

    Args:
        context: the context of the server.
        response_type: what to return.
        client_id: the application that gets access.
        account_id: the account it gets access to.
        csrf_token: the token of the consent form.
        address: the network address of the client, whose network has a limit of forms.
        challenge: the PKCE challenge of a code, which can then be exchanged only with its verifier.

    Raises:
        TooManyAttempts: too many forms were sent from the network of this address.
        TableFull: the server holds too many pins, codes or tokens.
    """
    issue: Transaction[str | Token]
    use_form = csrf_tokens.consume_in_transaction(context, csrf_token, address)
    match response_type:
        case "code":
            fullness = row_limits.fullness_of(context, row_limits.CODES)
            issue = _issue_code(client_id, account_id, challenge, context.now, fullness)
        case "pin":
            fullness = row_limits.fullness_of(context, row_limits.PINS)
            issue = _issue_pin(client_id, account_id, context.now, fullness)
        case "token":
            issue = oauth_tokens.create_authorization(
                client_id, account_id, context.now, oauth_tokens.terms_of(context)
            )
    return await context.db.write(_consent(use_form, issue))


async def exchange_pin(context: ServerContext, client_id: str, client_secret: str, pin: str, *, address: str) -> Token:
    """Return the token for a pin.

    After ten wrong pins, the network of the address has to wait ten minutes for its next attempt with this client id.

    Raises:
        InvalidClient: the client id is not accepted, or the client secret is wrong.
        InvalidGrant: the pin is wrong or has expired; the attempt was counted.
        TooManyAttempts: the network has to wait; the pin was not checked.
        TableFull: the server holds too many access tokens.
    """
    client, terms = oauth_tokens.client_of(context, client_id, client_secret), oauth_tokens.terms_of(context)
    token = await context.db.write(_exchange_pin(client, pin, address, context.now, terms))
    if token is None:
        raise InvalidGrant(INVALID_PIN)
    return token


async def exchange_code(
    context: ServerContext, client_id: str, client_secret: str, code: str, *, verifier: str | None = None
) -> Token:
    """Return the token for a code.

    Raises:
        InvalidClient: the client id is not accepted, or the client secret is wrong.
        InvalidGrant: the code is wrong or has expired, or the verifier is wrong. If the code was used before, the
            authorization of that first use was revoked, because one of the two users stole the code.
        TableFull: the server holds too many access tokens.
    """
    client, terms = oauth_tokens.client_of(context, client_id, client_secret), oauth_tokens.terms_of(context)
    token = await context.db.write(_exchange_code(client, code, verifier, context.now, terms))
    if token is None:
        raise InvalidGrant(INVALID_CODE)
    return token


@transaction
def _consent(use_form: Transaction[bool], issue: Transaction[str | Token]) -> Steps[str | Token | None]:
    return (yield from issue) if (yield from use_form) else None


@transaction
def _issue_pin(client_id: str, account_id: int, now: int, fullness: Fullness) -> Steps[str | Token]:
    pin = token_hashing.new_secret(5)
    yield queries.DELETE_EXPIRED_PINS.run(now=now)
    held: Count = yield queries.COUNT_PINS.exactly_one(account=account_id)
    allowed = _rows_allowed(row_limits.PINS, fullness, held.total, MOST_PINS)
    hashed = token_hashing.digest(pin)
    yield queries.INSERT_PIN.run(pin_hash=hashed, client_id=client_id, account=account_id, expires=now + PIN_LIFETIME)
    yield queries.CAP_PINS.run(owner=account_id, kept=hashed, others=allowed - 1)
    return pin


@transaction
def _issue_code(
    client_id: str, account_id: int, challenge: str | None, now: int, fullness: Fullness
) -> Steps[str | Token]:
    code = token_hashing.new_secret()
    yield queries.DELETE_OLD_CODES.run(before=now - KEPT)
    held: Count = yield queries.COUNT_CODES.exactly_one(account=account_id)
    allowed = _rows_allowed(row_limits.CODES, fullness, held.total, MOST_CODES)
    hashed = token_hashing.digest(code)
    yield queries.INSERT_CODE.run(
        code_hash=hashed,
        client_id=client_id,
        account=account_id,
        expires=now + CODE_LIFETIME,
        challenge=challenge,
    )
    yield queries.CAP_CODES.run(owner=account_id, kept=hashed, others=allowed - 1)
    return code


def _rows_allowed(limit: Limit, fullness: Fullness, held: int, usual: int) -> int:
    """Return how many rows the account may have, with the new one; raise `TableFull` if none."""
    if allowed := row_limits.rows_allowed(limit, fullness, held, usual):
        return allowed
    raise TableFull(limit.what)


@transaction
def _exchange_pin(client: Client, pin: str, address: str, now: int, terms: Terms) -> Steps[Token | None]:
    registered = yield from applications.authenticate(client)
    counters = throttle.pin_counters(client.id, address)
    if wait := (yield from throttle.seconds_to_wait(counters, now)):
        raise throttle.TooManyAttempts("wrong pins for this application", wait)
    hashed = token_hashing.digest(pin.strip().lower())
    row: Pin | None = yield queries.GET_PIN.one(hash=hashed, client_id=client.id, now=now)
    if row is None or not (yield queries.DELETE_PIN.run(hash=hashed)):
        yield from throttle.count_attempt(counters, now)
        return None
    # A right pin does not reset the count: somebody with a pin of their own could guess others without end.
    secret_hash = None if registered else token_hashing.digest(client.secret)
    return (yield from oauth_tokens.create_authorization(client.id, row.account, now, terms, secret_hash=secret_hash))


@transaction
def _exchange_code(client: Client, code: str, verifier: str | None, now: int, terms: Terms) -> Steps[Token | None]:
    registered = yield from applications.authenticate(client)
    row: Code | None = yield queries.GET_CODE.one(hash=token_hashing.digest(code), client_id=client.id)
    if row is None:
        raise InvalidGrant(INVALID_CODE)
    _check_verifier(row.challenge, verifier)
    if row.authorization is not None:
        yield from oauth_tokens.delete_authorization(row.authorization)
        return None
    if row.expires <= now:
        raise InvalidGrant(EXPIRED_CODE)
    authorization = token_hashing.new_secret()
    if not (yield queries.MARK_CODE_USED.run(hash=row.code_hash, new_authorization=authorization)):
        raise InvalidGrant(INVALID_CODE)
    secret_hash = None if registered else token_hashing.digest(client.secret)
    return (
        yield from oauth_tokens.create_authorization(
            client.id, row.account, now, terms, id=authorization, secret_hash=secret_hash
        )
    )


def _check_verifier(challenge: str | None, verifier: str | None) -> None:
    """Check the PKCE verifier of a code.

    A verifier is required if the code has a challenge, and not allowed if it has none (RFC 9700, 4.8.2).

    Raises:
        InvalidGrant: the verifier is wrong, missing or not allowed.
    """
    if challenge is None and verifier is None:
        return
    well_formed = verifier is not None and VERIFIER.fullmatch(verifier) is not None
    digest = sha256(verifier.encode()).digest() if verifier is not None and well_formed else b""
    if challenge is None or not token_hashing.constant_time_equal(
        urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge
    ):
        raise InvalidGrant(WRONG_VERIFIER)
