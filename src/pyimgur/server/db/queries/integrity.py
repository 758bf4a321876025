"""SQL that compares image rows with their files, and deletes rows."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Text, bindparam, delete, select, text

from pyimgur.server.db.expressions import list_parameter
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import PublicId, row_columns
from pyimgur.server.db.schema import image


class StoredImage(NamedTuple):
    """The size and the digest of an image's file, from its row."""

    id: str
    size: int
    sha256: str


LIST_AFTER = Query(
    select(*row_columns(StoredImage, image))
    .where(image.c.id > bindparam("last"))
    .order_by(image.c.id)
    .limit(bindparam("limit")),
    StoredImage,
)
_IDS = list_parameter("ids", Text())
LIST_IN_GALLERY = Query(
    select(image.c.id).where(image.c.id.in_(select(_IDS.c.value)), image.c.in_gallery == text("1")), PublicId
)
DELETE = Query(delete(image).where(image.c.id.in_(select(_IDS.c.value))))
