"""SQL of the images in an album and their order."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Integer, Text, bindparam, delete, exists, func, insert, select

from pyimgur.server.db.expressions import list_parameter
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import row_columns
from pyimgur.server.db.schema import album_image, image


class Candidate(NamedTuple):
    """An image that a request names for an album."""

    place: int
    """Where the request names it, counted from zero."""
    id: str
    account_id: int | None
    deletehash: str
    held: int
    """Whether the album holds it already."""


class LastPosition(NamedTuple):
    """The position of an album's last image; -1 for an empty album."""

    position: int


_KEYS = list_parameter("keys", Text())
LIST_BY_KEYS = Query(
    select(*row_columns(Candidate, image, place=_KEYS.c.key, held=album_image.c.position.is_not(None)))
    .select_from(_KEYS)
    .join(image, (image.c.id == _KEYS.c.value) | (image.c.deletehash == _KEYS.c.value))
    .outerjoin(album_image, (album_image.c.image_id == image.c.id) & (album_image.c.album_id == bindparam("album")))
    .order_by(_KEYS.c.key),
    Candidate,
)
"""The images of these ids and delete hashes, in the order of the list, and whether the album holds them."""
GET_LAST_POSITION = Query(
    select(func.coalesce(func.max(album_image.c.position), -1).label("position")).where(
        album_image.c.album_id == bindparam("album")
    ),
    LastPosition,
)
_IMAGES = list_parameter("images", Text())
INSERT_IMAGES = Query(
    insert(album_image).from_select(
        ["album_id", "image_id", "position"],
        select(
            bindparam("album", type_=Text), _IMAGES.c.value, bindparam("last", type_=Integer) + 1 + _IMAGES.c.key
        ).where(
            ~exists().where(album_image.c.album_id == bindparam("album"), album_image.c.image_id == _IMAGES.c.value)
        ),
    )
)
DELETE_IMAGES = Query(
    delete(album_image).where(
        album_image.c.album_id == bindparam("album"),
        album_image.c.image_id.in_(select(list_parameter("images", Text()).c.value)),
    )
)
DELETE_ALL_IMAGES = Query(delete(album_image).where(album_image.c.album_id == bindparam("album")))
