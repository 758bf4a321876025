"""SQL of registered applications."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import Count, row_columns
from pyimgur.server.db.schema import account, application


class RegisteredApplication(NamedTuple):
    """A registered application, with the name of the account that registered it."""

    client_id: str
    name: str
    callback: str | None
    verified: int
    owner: str | None


class SecretHash(NamedTuple):
    """The digest of an application's client secret."""

    secret_hash: str


_APPLICATIONS = select(*row_columns(RegisteredApplication, application, owner=account.c.name)).join(
    account, account.c.id == application.c.owner, isouter=True
)
GET = Query(_APPLICATIONS.where(application.c.client_id == bindparam("id")), RegisteredApplication)
LIST_ALL = Query(_APPLICATIONS.order_by(application.c.created, application.c.client_id), RegisteredApplication)
GET_SECRET = Query(select(application.c.secret_hash).where(application.c.client_id == bindparam("id")), SecretHash)
COUNT_OF_OWNER = Query(select(func.count().label("total")).where(application.c.owner == bindparam("owner")), Count)
INSERT = Query(insert(application))
UPDATE_VERIFIED = Query(
    update(application).where(application.c.client_id == bindparam("of")).values(verified=bindparam("verified"))
)
DELETE = Query(delete(application).where(application.c.client_id == bindparam("id")))
