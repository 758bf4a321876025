"""What a person gave a program: a pin or a code to exchange once, and the authorization with its tokens behind it.

All of it is kept as digests. A pin or a code is worth one exchange, by the client it was made for, for a short time;
an authorization ends when it is revoked or the password changes. Refresh tokens neither expire nor change: that is
Imgur's contract, two machines may share one.

Transactions raise for what must leave no trace, and return None where the failure itself is to be remembered.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from pyimgur.server.db.query import Query, Transaction
from pyimgur.server.db.schema import (
    access_token,
    account,
    application,
    authorization,
    consent_ticket,
    grant_code,
    grant_pin,
)
from pyimgur.server.errors import ValidationError
from pyimgur.server.services import applications, csrf_tokens, throttle, token_hashing
from pyimgur.server.services.applications import Client
from pyimgur.server.services.row_limits import TableFull, check, is_full, newest

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

ResponseType = Literal["code", "pin", "token"]

PIN_SECONDS = 600
CODE_SECONDS = 60
KEPT = 86_400
"""Seconds that a code is remembered, so that a second use is seen for what it is."""

MOST_PINS, MOST_CODES = 20, 50
"""Of one account."""
MOST_AUTHORIZATIONS = 1_000
"""Of one account: the oldest ends."""
MOST_ACCESS_TOKENS = 200
"""Of one authorization: the oldest ends."""
MOST_OF_ACCOUNT = 2_000
"""Access tokens of one account: the oldest ends."""

INVALID_PIN = "Invalid Pin"
INVALID_CODE = "Authorization code doesn't exist or is invalid for the client"
EXPIRED_CODE = "The authorization code has expired"
INVALID_REFRESH = "Refresh token doesn't exist or is invalid for the client"

WRONG_VERIFIER = "The code_verifier does not match the code_challenge of the authorization request"
FOREIGN_TOKEN = "The token was issued to another client"

VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)

ADD_PIN = Query(insert(grant_pin))
PIN = Query(
    select(grant_pin).where(
        grant_pin.c.pin_hash == bindparam("hash"),
        grant_pin.c.client_id == bindparam("client_id"),
        grant_pin.c.expires > bindparam("now"),
    )
)
USE_PIN = Query(delete(grant_pin).where(grant_pin.c.pin_hash == bindparam("hash")))
SWEEP_PINS = Query(delete(grant_pin).where(grant_pin.c.expires <= bindparam("now")))

ADD_CODE = Query(insert(grant_code))
CODE = Query(
    select(grant_code).where(
        grant_code.c.code_hash == bindparam("hash"), grant_code.c.client_id == bindparam("client_id")
    )
)
USE_CODE = Query(
    update(grant_code)
    .where(grant_code.c.code_hash == bindparam("hash"), grant_code.c.authorization.is_(None))
    .values(authorization=bindparam("gives"))
)
SWEEP_CODES = Query(delete(grant_code).where(grant_code.c.expires <= bindparam("before")))

CAP_PINS = newest(grant_pin, grant_pin.c.pin_hash, grant_pin.c.account, grant_pin.c.expires)
CAP_CODES = newest(grant_code, grant_code.c.code_hash, grant_code.c.account, grant_code.c.expires)

BEGIN = Query(insert(authorization))
CAP_AUTHORIZATIONS = newest(authorization, authorization.c.id, authorization.c.account, authorization.c.created)
BY_REFRESH = Query(
    select(
        authorization.c.id,
        authorization.c.secret_hash,
        account.c.id.label("account_id"),
        account.c.name.label("account_name"),
    )
    .join(account, account.c.id == authorization.c.account)
    .where(authorization.c.refresh_hash == bindparam("hash"), authorization.c.client_id == bindparam("client_id"))
)
ALLOWED = Query(
    select(
        authorization.c.client_id,
        application.c.name,
        application.c.verified,
        func.min(authorization.c.created).label("since"),
    )
    .join(application, application.c.client_id == authorization.c.client_id, isouter=True)
    .where(authorization.c.account == bindparam("account"))
    .group_by(authorization.c.client_id, application.c.name, application.c.verified)
    .order_by(func.min(authorization.c.created), authorization.c.client_id)
)
KEEP_SECRET = Query(
    update(authorization)
    .where(authorization.c.id == bindparam("of"), authorization.c.secret_hash.is_(None))
    .values(secret_hash=bindparam("hash"))
)
END = Query(delete(authorization).where(authorization.c.id == bindparam("id")))
"""Its access tokens go with it: the schema cascades."""


def _revoke_statement(*names: str) -> tuple[Query, ...]:
    """End whatever lets an application act, or could be exchanged for that, where these columns are as given."""
    tables = (authorization, grant_pin, grant_code)
    return tuple(Query(delete(table).where(*(table.c[name] == bindparam(name) for name in names))) for table in tables)


END_ALL, END_WITH, END_APPLICATION = (
    _revoke_statement("account"),
    _revoke_statement("account", "client_id"),
    _revoke_statement("client_id"),
)

ADD_ACCESS = Query(insert(access_token))
SWEEP_ACCESS = Query(
    delete(access_token).where(
        access_token.c.authorization == bindparam("of"), access_token.c.expires <= bindparam("now")
    )
)
CAP_ACCESS = newest(access_token, access_token.c.token_hash, access_token.c.authorization, access_token.c.expires)
OF_ACCOUNT = Query(
    select(func.count().label("count"))
    .select_from(access_token)
    .join(authorization, authorization.c.id == access_token.c.authorization)
    .where(authorization.c.account == bindparam("account"))
)
CAP_OF_ACCOUNT = newest(
    access_token,
    access_token.c.token_hash,
    authorization.c.account,
    access_token.c.expires,
    authorization.c.id == access_token.c.authorization,
)
BEARER = Query(
    select(account.c.id.label("account_id"), account.c.name.label("account_name"), authorization.c.client_id)
    .select_from(access_token)
    .join(authorization, authorization.c.id == access_token.c.authorization)
    .join(account, account.c.id == authorization.c.account)
    .where(access_token.c.token_hash == bindparam("hash"), access_token.c.expires > bindparam("now"))
)


OF_REFRESH = Query(
    select(authorization.c.id, authorization.c.client_id, authorization.c.secret_hash).where(
        authorization.c.refresh_hash == bindparam("hash")
    )
)
OF_ACCESS = Query(
    select(authorization.c.id, authorization.c.client_id, authorization.c.secret_hash)
    .select_from(access_token)
    .join(authorization, authorization.c.id == access_token.c.authorization)
    .where(access_token.c.token_hash == bindparam("hash"))
)
DROP_ACCESS = Query(delete(access_token).where(access_token.c.token_hash == bindparam("hash")))


class InvalidGrant(ValidationError):
    """The pin, code or token is not good, or not for this application."""


class Bearer(NamedTuple):
    """Whom an access token speaks for, and which application uses it."""

    account_id: int
    account_name: str
    client_id: str


class AuthorizedApplication(NamedTuple):
    """An application that may act in somebody's name."""

    client_id: str
    name: str | None
    verified: bool | None
    since: int


class Terms(NamedTuple):
    """On which terms an access token is given."""

    lifetime: int
    full: bool
    """The table takes no more rows: a new token has to replace one of the same account."""


@dataclass(frozen=True, slots=True)
class Token:
    """What an exchange or a refresh gives."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    account_id: int
    account_name: str


async def account_of(library: ServerContext, access_token: str) -> Bearer | None:
    """Whom a living access token speaks for."""
    found = await library.db.read(BEARER.one(hash=token_hashing.digest(access_token), now=library.now))
    return Bearer(*found) if found else None


async def consent(
    library: ServerContext,
    response_type: ResponseType,
    client_id: str,
    account_id: int,
    *,
    ticket: str,
    address: str,
    challenge: str | None = None,
) -> str | Token | None:
    """Use the ticket up and give a pin, a code or a token; None if the ticket was used up before.

    A code with a PKCE challenge is worth nothing without its verifier.

    Raises:
        TableFull: the server holds too many of what is asked for.
    """
    issue: Transaction[str | Token]
    check(library, consent_ticket)
    match response_type:
        case "code":
            check(library, grant_code)
            issue = _issue_code(client_id, account_id, challenge, library.now)
        case "pin":
            check(library, grant_pin)
            issue = _issue_pin(client_id, account_id, library.now)
        case "token":
            issue = _begin(token_hashing.new_secret(), client_id, account_id, library.now, _terms(library))
    return await library.db.write(_consent(issue, ticket, address, library.now))


async def authorize(library: ServerContext, client_id: str, account_id: int) -> Token:
    """A token for the account without a consent page: for whoever holds the data folder, such as tests."""
    work = _begin(token_hashing.new_secret(), client_id, account_id, library.now, _terms(library))
    return await library.db.write(work)


async def exchange_pin(library: ServerContext, client_id: str, client_secret: str, pin: str, *, address: str) -> Token:
    """Return the token for a pin; ten wrong ones close the exchange to that network and client id for ten minutes."""
    client = _client(library, client_id, client_secret)
    token = await library.db.write(_exchange_pin(client, pin, address, library.now, _terms(library)))
    if token is None:
        raise InvalidGrant(INVALID_PIN)
    return token


async def exchange_code(
    library: ServerContext, client_id: str, client_secret: str, code: str, *, verifier: str | None = None
) -> Token:
    """Return the token for a code; a second use ends what the first one gave, for one of the two was a thief's."""
    client = _client(library, client_id, client_secret)
    token = await library.db.write(_exchange_code(client, code, verifier, library.now, _terms(library)))
    if token is None:
        raise InvalidGrant(INVALID_CODE)
    return token


async def refresh(library: ServerContext, client_id: str, client_secret: str, refresh_token: str) -> Token:
    """A new access token and the same refresh token; older access tokens live to their end."""
    client = _client(library, client_id, client_secret)
    return await library.db.write(_refresh(client, refresh_token, library.now, _terms(library)))


async def allowed(library: ServerContext, account_id: int) -> list[AuthorizedApplication]:
    """The applications that may act in the account's name, the oldest first."""
    return [AuthorizedApplication(*row) for row in await library.db.scan(ALLOWED.all(account=account_id))]


async def revoke(library: ServerContext, account_id: int, client_id: str) -> None:
    """End all that this application may do in the account's name, or could exchange for that."""
    await library.db.write(_revoke(account_id, client_id))


async def revoke_token(library: ServerContext, client_id: str, client_secret: str, token: str) -> None:
    """End a refresh token with all that came of it, or one access token; nothing happens if there is none (RFC 7009).

    Raises:
        InvalidClient: the application has not proved who it is.
        InvalidGrant: the token was issued to another application.
    """
    await library.db.write(_revoke_token(_client(library, client_id, client_secret), token))


def revoke_all(account_id: int) -> Transaction[None]:
    """End all that any application may do in the account's name, or could exchange for that."""
    for query in END_ALL:
        yield query.run(account=account_id)


def end_application(client_id: str) -> Transaction[None]:
    """End all that this application may do in anybody's name, or could exchange for that."""
    for query in END_APPLICATION:
        yield query.run(client_id=client_id)


def _consent(issue: Transaction[str | Token], ticket: str, address: str, now: int) -> Transaction[str | Token | None]:
    if not (yield from csrf_tokens.consume_in_transaction(ticket, address, now)):
        return None
    return (yield from issue)


def _issue_pin(client_id: str, account_id: int, now: int) -> Transaction[str | Token]:
    pin = token_hashing.new_secret(5)
    yield SWEEP_PINS.run(now=now)
    hashed = token_hashing.digest(pin)
    yield ADD_PIN.run(pin_hash=hashed, client_id=client_id, account=account_id, expires=now + PIN_SECONDS)
    yield CAP_PINS.run(owner=account_id, kept=hashed, others=MOST_PINS - 1)
    return pin


def _issue_code(client_id: str, account_id: int, challenge: str | None, now: int) -> Transaction[str | Token]:
    code = token_hashing.new_secret()
    yield SWEEP_CODES.run(before=now - KEPT)
    hashed = token_hashing.digest(code)
    yield ADD_CODE.run(
        code_hash=hashed,
        client_id=client_id,
        account=account_id,
        expires=now + CODE_SECONDS,
        challenge=challenge,
    )
    yield CAP_CODES.run(owner=account_id, kept=hashed, others=MOST_CODES - 1)
    return code


def _exchange_pin(client: Client, pin: str, address: str, now: int, terms: Terms) -> Transaction[Token | None]:
    registered = yield from applications.authenticate(client)
    counters = throttle.pin(client.id, address)
    if wait := (yield from throttle.waiting(counters, now)):
        raise throttle.TooManyAttempts("wrong pins for this application", wait)
    hashed = token_hashing.digest(pin.strip().lower())
    found = yield PIN.one(hash=hashed, client_id=client.id, now=now)
    if found is None or not (yield USE_PIN.run(hash=hashed)):
        yield from throttle.count(counters, now)
        return None
    # A right pin does not clear the count: who has one of his own would guess at others for ever.
    own = None if registered else token_hashing.digest(client.secret)
    return (yield from _begin(token_hashing.new_secret(), client.id, found.account, now, terms, secret_hash=own))


def _exchange_code(
    client: Client, code: str, verifier: str | None, now: int, terms: Terms
) -> Transaction[Token | None]:
    registered = yield from applications.authenticate(client)
    found = yield CODE.one(hash=token_hashing.digest(code), client_id=client.id)
    if found is None:
        raise InvalidGrant(INVALID_CODE)
    _check_verifier(found.challenge, verifier)
    if found.authorization is not None:
        yield END.run(id=found.authorization)
        return None
    if found.expires <= now:
        raise InvalidGrant(EXPIRED_CODE)
    gives = token_hashing.new_secret()
    if not (yield USE_CODE.run(hash=found.code_hash, gives=gives)):
        raise InvalidGrant(INVALID_CODE)
    own = None if registered else token_hashing.digest(client.secret)
    return (yield from _begin(gives, client.id, found.account, now, terms, secret_hash=own))


def _check_verifier(challenge: str | None, verifier: str | None) -> None:
    """Refuse the verifier of another request, none where one is due, and one where none is (RFC 9700, 4.8.2)."""
    if challenge is None and verifier is None:
        return
    known = verifier is not None and VERIFIER.fullmatch(verifier) is not None
    digest = sha256(verifier.encode()).digest() if verifier is not None and known else b""
    if challenge is None or not token_hashing.constant_time_equal(
        urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge
    ):
        raise InvalidGrant(WRONG_VERIFIER)


def _refresh(client: Client, refresh_token: str, now: int, terms: Terms) -> Transaction[Token]:
    registered = yield from applications.authenticate(client)
    found = yield BY_REFRESH.one(hash=token_hashing.digest(refresh_token), client_id=client.id)
    if found is None:
        raise InvalidGrant(INVALID_REFRESH)
    if not registered:
        yield from _check_own_secret(found, client)
    return (yield from _access(found, refresh_token, now, terms))


def _check_own_secret(found: Any, client: Client) -> Transaction[None]:
    """Refuse another secret than the authorization's own; the first one that comes with its token becomes that."""
    given = token_hashing.digest(client.secret)
    if found.secret_hash is None:
        yield KEEP_SECRET.run(of=found.id, hash=given)
    elif not token_hashing.constant_time_equal(found.secret_hash, given):
        raise applications.InvalidClient(applications.INVALID_SECRET)


def _revoke_token(client: Client, token: str) -> Transaction[None]:
    registered, hashed = (yield from applications.authenticate(client)), token_hashing.digest(token)
    refresh = yield OF_REFRESH.one(hash=hashed)
    found = refresh or (yield OF_ACCESS.one(hash=hashed))
    if found is None:
        return
    if found.client_id != client.id:
        raise InvalidGrant(FOREIGN_TOKEN)
    if not registered:
        yield from _check_own_secret(found, client)
    yield END.run(id=found.id) if refresh else DROP_ACCESS.run(hash=hashed)


def _revoke(account_id: int, client_id: str) -> Transaction[None]:
    for query in END_WITH:
        yield query.run(account=account_id, client_id=client_id)


def _begin(
    id: str, client_id: str, account_id: int, now: int, terms: Terms, *, secret_hash: str | None = None
) -> Transaction[Token]:
    """Begin an authorization; `secret_hash` if the application is not registered and has shown a secret."""
    refresh_token = token_hashing.new_secret()
    hashed = token_hashing.digest(refresh_token)
    yield BEGIN.run(
        id=id, account=account_id, client_id=client_id, refresh_hash=hashed, created=now, secret_hash=secret_hash
    )
    yield CAP_AUTHORIZATIONS.run(owner=account_id, kept=id, others=MOST_AUTHORIZATIONS - 1)
    found = yield BY_REFRESH.one(hash=hashed, client_id=client_id)
    return (yield from _access(found, refresh_token, now, terms))


def _access(authorized: Any, refresh_token: str, now: int, terms: Terms) -> Transaction[Token]:
    """Give the authorization another access token, and end the account's oldest ones if there are too many.

    Raises:
        TableFull: the table takes no more rows, and the account has none that this one could replace.
    """
    token = token_hashing.new_secret()
    yield SWEEP_ACCESS.run(of=authorized.id, now=now)
    others = (yield OF_ACCOUNT.one(account=authorized.account_id)).count
    if terms.full and not others:
        raise TableFull("access tokens")
    hashed = token_hashing.digest(token)
    yield ADD_ACCESS.run(token_hash=hashed, authorization=authorized.id, expires=now + terms.lifetime)
    yield CAP_ACCESS.run(owner=authorized.id, kept=hashed, others=MOST_ACCESS_TOKENS - 1)
    if (most := min(others, MOST_OF_ACCOUNT) if terms.full else MOST_OF_ACCOUNT) <= others:
        yield CAP_OF_ACCOUNT.run(owner=authorized.account_id, kept=hashed, others=most - 1)
    return Token(token, refresh_token, terms.lifetime, authorized.account_id, authorized.account_name)


def _terms(library: ServerContext) -> Terms:
    return Terms(library.settings.token_lifetime, is_full(library, access_token))


def _client(library: ServerContext, client_id: str, client_secret: str) -> Client:
    return Client(client_id, client_secret, applications.accepted(library, client_id))
