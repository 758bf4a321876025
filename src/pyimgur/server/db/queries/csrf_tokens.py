"""SQL of used CSRF tokens."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, insert, select

from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import consent_ticket

GET = Query(select(consent_ticket.c.expires).where(consent_ticket.c.ticket_hash == bindparam("hash")))
INSERT = Query(insert(consent_ticket))
DELETE_EXPIRED = Query(delete(consent_ticket).where(consent_ticket.c.expires <= bindparam("now")))
COUNT_OF_NETWORK = Query(
    select(func.count().label("count"), func.min(consent_ticket.c.expires).label("first")).where(
        consent_ticket.c.network >= bindparam("network"), consent_ticket.c.network < bindparam("end")
    )
)
