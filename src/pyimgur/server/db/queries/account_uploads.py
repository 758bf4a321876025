"""SQL that lists an account's albums, and its images outside albums."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select, union_all

from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import PublicId, row_columns
from pyimgur.server.db.schema import album, album_image, image


class Upload(NamedTuple):
    """An album or image, and what lists of uploads are sorted by."""

    id: str
    created: int
    number: int


_ALBUMS = select(*row_columns(Upload, album)).where(album.c.account_id == bindparam("account"))
_IMAGES_OUTSIDE_ALBUMS = select(*row_columns(Upload, image)).where(
    image.c.account_id == bindparam("account"), image.c.id.not_in(select(album_image.c.image_id))
)
_UPLOADS = union_all(_ALBUMS, _IMAGES_OUTSIDE_ALBUMS).subquery()
LIST_UPLOADS = Query(
    select(_UPLOADS.c.id)
    .order_by(_UPLOADS.c.created.desc(), _UPLOADS.c.number.desc(), _UPLOADS.c.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset")),
    PublicId,
)
LIST_HIDDEN_ALBUMS = Query(
    _ALBUMS.where(album.c.privacy != bindparam("privacy"), album.c.in_gallery == bindparam("in_gallery"))
    .order_by(album.c.created.desc(), album.c.number.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset")),
    Upload,
)
