"""SQL of used CSRF tokens."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select

from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import row_columns
from pyimgur.server.db.schema import consent_ticket


class UsedToken(NamedTuple):
    """A used token."""

    expires: int


class UsedTokens(NamedTuple):
    """How many tokens a network has used, and when the first one of them expires."""

    total: int
    first: int


GET = Query(select(consent_ticket.c.expires).where(consent_ticket.c.ticket_hash == bindparam("hash")), UsedToken)
INSERT = Query(insert(consent_ticket))
DELETE_EXPIRED = Query(delete(consent_ticket).where(consent_ticket.c.expires <= bindparam("now")))
COUNT_OF_NETWORK = Query(
    select(*row_columns(UsedTokens, total=func.count(), first=func.min(consent_ticket.c.expires))).where(
        consent_ticket.c.network == bindparam("network")
    ),
    UsedTokens,
)
