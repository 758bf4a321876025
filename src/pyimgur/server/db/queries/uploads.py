"""SQL of uploads: new images, and an account's earlier image of the same file."""

from __future__ import annotations

from sqlalchemy import bindparam, insert

from pyimgur.server.db.queries import images
from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import image

GET_BY_RECEIVED_SHA256 = Query(
    images.SELECT_IMAGES.where(
        image.c.account_id == bindparam("account"), image.c.received_sha256 == bindparam("sha256")
    )
    .order_by(image.c.created, image.c.number)
    .limit(1),
    images.Image,
)
INSERT_IMAGE = Query(insert(image))
