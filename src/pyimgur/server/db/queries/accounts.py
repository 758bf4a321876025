"""SQL of accounts: names, password hashes, creation."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update

from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import RowNumber, row_columns
from pyimgur.server.db.schema import account


class Account(NamedTuple):
    """An account."""

    id: int
    name: str
    created: int


class Credentials(NamedTuple):
    """What it takes to check an account's password."""

    id: int
    password: str
    """The argon2 hash."""


_COLUMNS = row_columns(Account, account)
GET_BY_ID = Query(select(*_COLUMNS).where(account.c.id == bindparam("id")), Account)
GET_BY_NAME = Query(select(*_COLUMNS).where(account.c.name_key == bindparam("key")), Account)
GET_WITH_HASH = Query(
    select(*row_columns(Credentials, account)).where(account.c.name_key == bindparam("key")), Credentials
)
GET_HASH = Query(select(*row_columns(Credentials, account)).where(account.c.id == bindparam("id")), Credentials)
LIST_ALL = Query(select(*_COLUMNS).order_by(account.c.name_key), Account)
GET_ANY = Query(select(account.c.id).limit(1), RowNumber)
INSERT = Query(insert(account).returning(*_COLUMNS), Account)
UPDATE_PASSWORD = Query(update(account).where(account.c.id == bindparam("of")).values(password=bindparam("hashed")))
