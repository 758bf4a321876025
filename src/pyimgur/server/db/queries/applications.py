"""SQL of registered applications."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, insert, select, update

from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import account, application

_APPLICATIONS = select(
    application.c.client_id,
    application.c.name,
    application.c.callback,
    application.c.verified,
    account.c.name.label("owner"),
).join(account, account.c.id == application.c.owner, isouter=True)
GET = Query(_APPLICATIONS.where(application.c.client_id == bindparam("id")))
LIST_ALL = Query(_APPLICATIONS.order_by(application.c.created, application.c.client_id))
GET_SECRET = Query(select(application.c.secret_hash).where(application.c.client_id == bindparam("id")))
COUNT_OF_OWNER = Query(select(func.count().label("count")).where(application.c.owner == bindparam("owner")))
INSERT = Query(insert(application))
UPDATE_VERIFIED = Query(
    update(application).where(application.c.client_id == bindparam("of")).values(verified=bindparam("verified"))
)
DELETE = Query(delete(application).where(application.c.client_id == bindparam("id")))
