"""SQL that picks the next image to transcode to MP4."""

from __future__ import annotations

from sqlalchemy import bindparam, func, text

from pyimgur.server.db.queries.images import SELECT_IMAGES, Image
from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import image

_OWNER = func.coalesce(image.c.account_id, 0)
"""All anonymous uploads count as those of one owner."""

GET_NEXT = Query(
    SELECT_IMAGES.where(image.c.mp4_size == text("0"))
    .order_by(image.c.mp4_tries, bindparam("last") >= _OWNER, _OWNER, image.c.id)
    .limit(1),
    Image,
)
"""The next owner after `last` comes first, so that nobody waits for all the images of somebody else."""
