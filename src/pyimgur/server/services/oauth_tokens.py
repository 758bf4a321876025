"""Authorizations, each an application's access to an account, with their access and refresh tokens.

Tokens are stored as digests. An authorization is valid until it is revoked or the password changes. Refresh tokens
neither expire nor change, which is Imgur's contract: two machines may share one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.db.queries import oauth_tokens as queries
from pyimgur.server.db.queries.oauth_tokens import Authorization, AuthorizedApplication, Bearer, TokenOwner
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.db.rows import Count
from pyimgur.server.errors import ValidationError
from pyimgur.server.services import applications, row_limits, token_hashing
from pyimgur.server.services.applications import Client
from pyimgur.server.services.context import Fullness
from pyimgur.server.services.row_limits import TableFull

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

MOST_AUTHORIZATIONS = 1_000
"""Authorizations of one account; a new one beyond that deletes the oldest."""
MOST_ACCESS_TOKENS = 200
"""Access tokens of one authorization; a new one beyond that deletes the oldest."""
MOST_OF_ACCOUNT = 2_000
"""Access tokens of one account; a new one beyond that deletes the oldest."""

INVALID_REFRESH = "Refresh token doesn't exist or is invalid for the client"
FOREIGN_TOKEN = "The token was issued to another client"


class InvalidGrant(ValidationError):
    """The pin, code or token is not valid, or was issued to another application."""


class Terms(NamedTuple):
    """The conditions under which an access token is issued."""

    lifetime: int
    """Seconds until it expires."""
    fullness: Fullness
    """How full the table of access tokens is: a new token may have to replace one of the same account."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token with its refresh token."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    account_id: int
    account_name: str


async def find_bearer(context: ServerContext, access_token: str) -> Bearer | None:
    """Return the account and the application of an access token; None if it is unknown or has expired."""
    return await context.db.read(queries.GET_BEARER.one(hash=token_hashing.digest(access_token), now=context.now))


async def authorize(context: ServerContext, client_id: str, account_id: int) -> Token:
    """Return a token for the account without a consent page, for callers with access to the data folder such as tests.

    Raises:
        TableFull: the server holds too many access tokens.
    """
    return await context.db.write(create_authorization(client_id, account_id, context.now, terms_of(context)))


async def refresh(context: ServerContext, client_id: str, client_secret: str, refresh_token: str) -> Token:
    """Return a new access token with the same refresh token; older access tokens stay valid until they expire.

    Raises:
        InvalidClient: the client id is not accepted, or the client secret is wrong.
        InvalidGrant: the refresh token is unknown, or was issued to another application.
        TableFull: the server holds too many access tokens.
    """
    client = client_of(context, client_id, client_secret)
    return await context.db.write(_refresh(client, refresh_token, context.now, terms_of(context)))


async def authorized_applications(context: ServerContext, account_id: int) -> list[AuthorizedApplication]:
    """Return the applications that have access to the account, oldest first."""
    return await context.db.scan(queries.LIST_APPLICATIONS.all(account=account_id))


async def revoke(context: ServerContext, account_id: int, client_id: str) -> None:
    """Revoke this application's access to the account, with its pins and codes that are not used yet."""
    await context.db.write(_revoke(account_id, client_id))


async def revoke_token(context: ServerContext, client_id: str, client_secret: str, token: str) -> None:
    """Revoke an access token, or a refresh token with its access tokens; ignore an unknown one (RFC 7009).

    Raises:
        InvalidClient: the client id is not accepted, or the client secret is wrong.
        InvalidGrant: the token was issued to another application.
    """
    await context.db.write(_revoke_token(client_of(context, client_id, client_secret), token))


@transaction
def revoke_all_of_account(account_id: int) -> Steps[None]:
    """Revoke the access of all applications to the account, with pins and codes that are not used yet."""
    for query in queries.REVOKE_OF_ACCOUNT:
        yield query.run(account=account_id)


@transaction
def revoke_all_of_application(client_id: str) -> Steps[None]:
    """Revoke this application's access to all accounts, with its pins and codes that are not used yet."""
    for query in queries.REVOKE_OF_APPLICATION:
        yield query.run(client_id=client_id)


@transaction
def create_authorization(
    client_id: str,
    account_id: int,
    now: int,
    terms: Terms,
    *,
    id: str | None = None,
    secret_hash: str | None = None,
) -> Steps[Token]:
    """Create an authorization, and return its first token.

    Args:
        client_id: the application that gets access.
        account_id: the account it gets access to.
        now: Unix seconds.
        terms: the conditions of the access token.
        id: the id of the authorization; a random one if it is None.
        secret_hash: digest of the client secret, if an application that is not registered sent one.

    Raises:
        TableFull: the table takes no more access tokens, and the account has none to replace.
    """
    id = id or token_hashing.new_secret()
    refresh_token = token_hashing.new_secret()
    hashed = token_hashing.digest(refresh_token)
    yield queries.INSERT_AUTHORIZATION.run(
        id=id, account=account_id, client_id=client_id, refresh_hash=hashed, created=now, secret_hash=secret_hash
    )
    yield queries.CAP_AUTHORIZATIONS.run(owner=account_id, kept=id, others=MOST_AUTHORIZATIONS - 1)
    authorization: Authorization = yield queries.GET_AUTHORIZATION.exactly_one(hash=hashed, client_id=client_id)
    return (yield from _issue_access_token(authorization, refresh_token, now, terms))


@transaction
def delete_authorization(id: str) -> Steps[None]:
    """Delete an authorization with its tokens."""
    yield queries.DELETE_AUTHORIZATION.run(id=id)


def terms_of(context: ServerContext) -> Terms:
    """Return the conditions under which this server issues access tokens now."""
    return Terms(context.settings.token_lifetime, row_limits.fullness_of(context, row_limits.ACCESS_TOKENS))


def client_of(context: ServerContext, client_id: str, client_secret: str) -> Client:
    """Return the client credentials for a transaction to check."""
    return Client(client_id, client_secret, applications.is_accepted(context, client_id))


@transaction
def _refresh(client: Client, refresh_token: str, now: int, terms: Terms) -> Steps[Token]:
    registered = yield from applications.authenticate(client)
    hashed = token_hashing.digest(refresh_token)
    authorization: Authorization | None = yield queries.GET_AUTHORIZATION.one(hash=hashed, client_id=client.id)
    if authorization is None:
        raise InvalidGrant(INVALID_REFRESH)
    if not registered:
        yield from _check_own_secret(authorization, client)
    return (yield from _issue_access_token(authorization, refresh_token, now, terms))


@transaction
def _check_own_secret(authorization: Authorization | TokenOwner, client: Client) -> Steps[None]:
    """Check an unregistered application's secret; the first one that comes with a token becomes the right one."""
    hashed = token_hashing.digest(client.secret)
    if authorization.secret_hash is None:
        yield queries.SET_SECRET.run(of=authorization.id, hash=hashed)
    elif not token_hashing.constant_time_equal(authorization.secret_hash, hashed):
        raise applications.InvalidClient(applications.INVALID_SECRET)


@transaction
def _revoke_token(client: Client, token: str) -> Steps[None]:
    registered, hashed = (yield from applications.authenticate(client)), token_hashing.digest(token)
    by_refresh_token: TokenOwner | None = yield queries.GET_BY_REFRESH_TOKEN.one(hash=hashed)
    authorization: TokenOwner | None = by_refresh_token or (yield queries.GET_BY_ACCESS_TOKEN.one(hash=hashed))
    if authorization is None:
        return
    if authorization.client_id != client.id:
        raise InvalidGrant(FOREIGN_TOKEN)
    if not registered:
        yield from _check_own_secret(authorization, client)
    if by_refresh_token:
        yield from delete_authorization(authorization.id)
    else:
        yield queries.DELETE_ACCESS_TOKEN.run(hash=hashed)


@transaction
def _revoke(account_id: int, client_id: str) -> Steps[None]:
    for query in queries.REVOKE_OF_ACCOUNT_AND_APPLICATION:
        yield query.run(account=account_id, client_id=client_id)


@transaction
def _issue_access_token(authorization: Authorization, refresh_token: str, now: int, terms: Terms) -> Steps[Token]:
    """Return another access token of the authorization, and delete the account's oldest ones if there are too many.

    Raises:
        TableFull: the table takes no more rows, and the account has no token to replace.
    """
    token = token_hashing.new_secret()
    yield queries.DELETE_EXPIRED_ACCESS_TOKENS.run(of=authorization.id, now=now)
    held: Count = yield queries.COUNT_ACCESS_TOKENS_OF_ACCOUNT.exactly_one(account=authorization.account_id)
    others = held.total
    allowed = row_limits.rows_allowed(row_limits.ACCESS_TOKENS, terms.fullness, others, MOST_OF_ACCOUNT)
    if not allowed:
        raise TableFull(row_limits.ACCESS_TOKENS.what)
    hashed = token_hashing.digest(token)
    yield queries.INSERT_ACCESS_TOKEN.run(
        token_hash=hashed, authorization=authorization.id, expires=now + terms.lifetime
    )
    yield queries.CAP_ACCESS_TOKENS_OF_AUTHORIZATION.run(
        owner=authorization.id, kept=hashed, others=MOST_ACCESS_TOKENS - 1
    )
    if allowed <= others:
        yield queries.CAP_ACCESS_TOKENS_OF_ACCOUNT.run(owner=authorization.account_id, kept=hashed, others=allowed - 1)
    return Token(token, refresh_token, terms.lifetime, authorization.account_id, authorization.account_name)
