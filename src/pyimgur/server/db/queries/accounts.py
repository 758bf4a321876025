"""SQL of accounts: names, password hashes, creation."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update

from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import account

_COLUMNS = (account.c.id, account.c.name, account.c.created)
GET_BY_ID = Query(select(*_COLUMNS).where(account.c.id == bindparam("id")))
GET_BY_NAME = Query(select(*_COLUMNS).where(account.c.name_key == bindparam("key")))
GET_WITH_HASH = Query(select(*_COLUMNS, account.c.password).where(account.c.name_key == bindparam("key")))
GET_HASH = Query(select(account.c.password).where(account.c.id == bindparam("id")))
LIST_ALL = Query(select(*_COLUMNS).order_by(account.c.name_key))
GET_ANY = Query(select(account.c.id).limit(1))
INSERT = Query(insert(account))
UPDATE_PASSWORD = Query(update(account).where(account.c.id == bindparam("of")).values(password=bindparam("hashed")))


class Account(NamedTuple):
    """An account."""

    id: int
    name: str
    created: int
