"""SQL of pins and authorization codes."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from pyimgur.server.db.queries.row_limits import delete_all_but_newest
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import Count, row_columns
from pyimgur.server.db.schema import grant_code, grant_pin


class Pin(NamedTuple):
    """A pin that is valid."""

    account: int


class Code(NamedTuple):
    """An authorization code, which may have expired."""

    code_hash: str
    account: int
    expires: int
    authorization: str | None
    """The authorization that it was exchanged for; None if it was not used yet."""
    challenge: str | None
    """Its PKCE challenge."""


INSERT_PIN = Query(insert(grant_pin))
GET_PIN = Query(
    select(*row_columns(Pin, grant_pin)).where(
        grant_pin.c.pin_hash == bindparam("hash"),
        grant_pin.c.client_id == bindparam("client_id"),
        grant_pin.c.expires > bindparam("now"),
    ),
    Pin,
)
DELETE_PIN = Query(delete(grant_pin).where(grant_pin.c.pin_hash == bindparam("hash")))
DELETE_EXPIRED_PINS = Query(delete(grant_pin).where(grant_pin.c.expires <= bindparam("now")))
COUNT_PINS = Query(
    select(*row_columns(Count, total=func.count())).where(grant_pin.c.account == bindparam("account")), Count
)
CAP_PINS = delete_all_but_newest(grant_pin, grant_pin.c.pin_hash, grant_pin.c.account, grant_pin.c.expires)

INSERT_CODE = Query(insert(grant_code))
GET_CODE = Query(
    select(*row_columns(Code, grant_code)).where(
        grant_code.c.code_hash == bindparam("hash"), grant_code.c.client_id == bindparam("client_id")
    ),
    Code,
)
MARK_CODE_USED = Query(
    update(grant_code)
    .where(grant_code.c.code_hash == bindparam("hash"), grant_code.c.authorization.is_(None))
    .values(authorization=bindparam("new_authorization"))
)
DELETE_OLD_CODES = Query(delete(grant_code).where(grant_code.c.expires <= bindparam("before")))
COUNT_CODES = Query(
    select(*row_columns(Count, total=func.count())).where(grant_code.c.account == bindparam("account")), Count
)
CAP_CODES = delete_all_but_newest(grant_code, grant_code.c.code_hash, grant_code.c.account, grant_code.c.expires)
