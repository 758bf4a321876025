"""SQL of idempotency keys: the earlier upload with a key, and the rows of one holder."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, delete, func, insert, not_, or_, select, tuple_

from pyimgur.server.db.queries import images
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import Count, row_columns
from pyimgur.server.db.schema import image, upload_key

GET_IMAGE = Query(
    images.SELECT_IMAGES.join(upload_key, upload_key.c.image_id == image.c.id)
    .where(
        upload_key.c.key == bindparam("key"),
        upload_key.c.owner >= bindparam("first"),
        upload_key.c.owner < bindparam("end"),
        or_(upload_key.c.owner == bindparam("owner"), image.c.received_sha256 == bindparam("sha256")),
        upload_key.c.created > bindparam("since"),
    )
    .order_by(image.c.received_sha256 != bindparam("sha256"))
    .limit(1),
    images.Image,
)
"""The upload of the same file with this key, by the owners in a range, or else that of another file by this owner."""
INSERT = Query(insert(upload_key))
COUNT_OF_HOLDER = Query(
    select(*row_columns(Count, total=func.count())).where(upload_key.c.holder == bindparam("holder")), Count
)
DELETE_OLDEST = Query(
    delete(upload_key).where(
        tuple_(upload_key.c.key, upload_key.c.owner).in_(
            select(upload_key.c.key, upload_key.c.owner)
            .where(
                upload_key.c.holder == bindparam("holder"),
                not_(and_(upload_key.c.key == bindparam("kept"), upload_key.c.owner == bindparam("kept_of"))),
            )
            .order_by(upload_key.c.created.desc())
            .offset(bindparam("others"))
            .correlate(None)
        )
    )
)
"""Like `row_limits.delete_all_but_newest`, for a table in which one column does not identify a row."""
DELETE_EXPIRED = Query(delete(upload_key).where(upload_key.c.created <= bindparam("since")))
