"""SQL of signing keys."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select

from pyimgur.server.db.expressions import insert_or_ignore
from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import signing_key


class SigningKey(NamedTuple):
    """The value of a signing key, in hex."""

    value: str


GET = Query(select(signing_key.c.value).where(signing_key.c.name == bindparam("name")), SigningKey)
INSERT_IF_MISSING = Query(insert_or_ignore(signing_key))
