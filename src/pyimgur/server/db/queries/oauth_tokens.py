"""SQL of authorizations, and of their access and refresh tokens."""

from __future__ import annotations

from typing import NamedTuple, Never

from sqlalchemy import bindparam, delete, func, insert, select, update

from pyimgur.server.db.queries.row_limits import delete_all_but_newest
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import Count, row_columns
from pyimgur.server.db.schema import access_token, account, application, authorization, grant_code, grant_pin


class Bearer(NamedTuple):
    """The account that an access token acts for, and the application that uses it."""

    account_id: int
    account_name: str
    client_id: str


class AuthorizedApplication(NamedTuple):
    """An application that has access to an account; without a name if it is not registered."""

    client_id: str
    name: str | None
    verified: int | None
    since: int


class Authorization(NamedTuple):
    """An application's access to an account."""

    id: str
    secret_hash: str | None
    """The digest of the client secret, for an application that is not registered."""
    account_id: int
    account_name: str


class TokenOwner(NamedTuple):
    """The authorization that a token belongs to, and its application."""

    id: str
    client_id: str
    secret_hash: str | None


INSERT_AUTHORIZATION = Query(insert(authorization))
CAP_AUTHORIZATIONS = delete_all_but_newest(
    authorization, authorization.c.id, authorization.c.account, authorization.c.created
)
GET_AUTHORIZATION = Query(
    select(*row_columns(Authorization, authorization, account_id=account.c.id, account_name=account.c.name))
    .join(account, account.c.id == authorization.c.account)
    .where(authorization.c.refresh_hash == bindparam("hash"), authorization.c.client_id == bindparam("client_id")),
    Authorization,
)
LIST_APPLICATIONS = Query(
    select(*row_columns(AuthorizedApplication, authorization, application, since=func.min(authorization.c.created)))
    .join(application, application.c.client_id == authorization.c.client_id, isouter=True)
    .where(authorization.c.account == bindparam("account"))
    .group_by(authorization.c.client_id, application.c.name, application.c.verified)
    .order_by(func.min(authorization.c.created), authorization.c.client_id),
    AuthorizedApplication,
)
SET_SECRET = Query(
    update(authorization)
    .where(authorization.c.id == bindparam("of"), authorization.c.secret_hash.is_(None))
    .values(secret_hash=bindparam("hash"))
)
DELETE_AUTHORIZATION = Query(delete(authorization).where(authorization.c.id == bindparam("id")))
"""The schema's cascade deletes its access tokens too."""


def _revocation(*names: str) -> tuple[Query[Never], ...]:
    """Return the statements that delete authorizations, pins and codes by the values of these columns."""
    tables = (authorization, grant_pin, grant_code)
    return tuple(Query(delete(table).where(*(table.c[name] == bindparam(name) for name in names))) for table in tables)


REVOKE_OF_ACCOUNT = _revocation("account")
REVOKE_OF_APPLICATION = _revocation("client_id")
REVOKE_OF_ACCOUNT_AND_APPLICATION = _revocation("account", "client_id")

INSERT_ACCESS_TOKEN = Query(insert(access_token))
DELETE_EXPIRED_ACCESS_TOKENS = Query(
    delete(access_token).where(
        access_token.c.authorization == bindparam("of"), access_token.c.expires <= bindparam("now")
    )
)
CAP_ACCESS_TOKENS_OF_AUTHORIZATION = delete_all_but_newest(
    access_token, access_token.c.token_hash, access_token.c.authorization, access_token.c.expires
)
COUNT_ACCESS_TOKENS_OF_ACCOUNT = Query(
    select(func.count().label("total"))
    .select_from(access_token)
    .join(authorization, authorization.c.id == access_token.c.authorization)
    .where(authorization.c.account == bindparam("account")),
    Count,
)
CAP_ACCESS_TOKENS_OF_ACCOUNT = delete_all_but_newest(
    access_token,
    access_token.c.token_hash,
    authorization.c.account,
    access_token.c.expires,
    authorization.c.id == access_token.c.authorization,
)
GET_BEARER = Query(
    select(*row_columns(Bearer, authorization, account_id=account.c.id, account_name=account.c.name))
    .select_from(access_token)
    .join(authorization, authorization.c.id == access_token.c.authorization)
    .join(account, account.c.id == authorization.c.account)
    .where(access_token.c.token_hash == bindparam("hash"), access_token.c.expires > bindparam("now")),
    Bearer,
)
GET_BY_REFRESH_TOKEN = Query(
    select(*row_columns(TokenOwner, authorization)).where(authorization.c.refresh_hash == bindparam("hash")), TokenOwner
)
GET_BY_ACCESS_TOKEN = Query(
    select(*row_columns(TokenOwner, authorization))
    .select_from(access_token)
    .join(authorization, authorization.c.id == access_token.c.authorization)
    .where(access_token.c.token_hash == bindparam("hash")),
    TokenOwner,
)
DELETE_ACCESS_TOKEN = Query(delete(access_token).where(access_token.c.token_hash == bindparam("hash")))
