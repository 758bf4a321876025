"""SQL of uploads: new images, and the idempotency keys they came with."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, or_, select

from pyimgur.server.db.queries import images
from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import image, upload_key

GET_BY_RECEIVED_SHA256 = Query(
    images.SELECT_IMAGES.where(
        image.c.account_id == bindparam("account"), image.c.received_sha256 == bindparam("sha256")
    )
    .order_by(image.c.created, image.c.number)
    .limit(1),
    images.Image,
)
INSERT_IMAGE = Query(insert(image))
GET_BY_KEY = Query(
    images.SELECT_IMAGES.join(upload_key, upload_key.c.image_id == image.c.id)
    .where(
        upload_key.c.key == bindparam("key"),
        upload_key.c.owner >= bindparam("anywhere"),
        upload_key.c.owner < bindparam("end"),
        or_(upload_key.c.owner == bindparam("owner"), image.c.received_sha256 == bindparam("sha256")),
        upload_key.c.created > bindparam("since"),
    )
    .order_by(image.c.received_sha256 != bindparam("sha256"))
    .limit(1),
    images.Image,
)
"""The upload of the same file with this key, from any network, or else that of another file from this network."""
INSERT_KEY = Query(insert(upload_key))
DELETE_OLDEST_KEYS = Query(
    delete(upload_key).where(
        upload_key.c.owner == bindparam("owner"),
        upload_key.c.key.in_(
            select(upload_key.c.key)
            .where(upload_key.c.owner == bindparam("owner"), upload_key.c.key != bindparam("kept"))
            .order_by(upload_key.c.created.desc())
            .offset(bindparam("others"))
            .correlate(None)
        ),
    )
)
"""Like `row_limits.delete_all_but_newest`, for a table in which one column does not identify a row."""
DELETE_EXPIRED_KEYS = Query(delete(upload_key).where(upload_key.c.created <= bindparam("since")))
