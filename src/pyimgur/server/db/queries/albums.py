"""SQL of albums: read by id, delete hash or account; created, changed and deleted."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Text, bindparam, delete, func, insert, select, text, update

from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import Count, row_columns
from pyimgur.server.db.schema import account, album, album_image, image


class Album(NamedTuple):
    """An album's row, with the number of its images and its cover."""

    id: str
    deletehash: str
    account_id: int | None
    client_id: str | None
    title: str | None
    description: str | None
    cover: str | None
    privacy: str
    layout: str
    created: int
    views: int
    nsfw: int | None
    section: str | None
    in_gallery: int
    account_name: str | None
    images_count: int
    cover_id: str | None
    """The chosen cover, or else the first image."""
    cover_width: int | None
    cover_height: int | None


class DefaultPrivacy(NamedTuple):
    """The privacy of new albums in an account's settings."""

    album_privacy: str


FIRST_IMAGE = (
    select(album_image.c.image_id)
    .where(album_image.c.album_id == album.c.id)
    .order_by(album_image.c.position)
    .limit(1)
    .scalar_subquery()
)
_IMAGE_COUNT = select(func.count()).where(album_image.c.album_id == album.c.id).scalar_subquery()
_COVER = image.alias("cover_image")
CHOSEN_COVER = (
    select(album_image.c.image_id)
    .where(album_image.c.album_id == album.c.id, album_image.c.image_id == album.c.cover)
    .scalar_subquery()
)
"""The cover that the owner chose, if the album still holds it."""
SELECT_ALBUMS = (
    select(
        *row_columns(
            Album,
            album,
            account_name=account.c.name,
            images_count=_IMAGE_COUNT,
            cover_id=_COVER.c.id,
            cover_width=_COVER.c.width,
            cover_height=_COVER.c.height,
        )
    )
    .select_from(album)
    .outerjoin(account, account.c.id == album.c.account_id)
    .outerjoin(_COVER, _COVER.c.id == func.coalesce(CHOSEN_COVER, FIRST_IMAGE))
)
GET_BY_ID = Query(SELECT_ALBUMS.where(album.c.id == bindparam("id")), Album)
GET_BY_DELETEHASH = Query(SELECT_ALBUMS.where(album.c.deletehash == bindparam("deletehash")), Album)
_PAGE_OF_ALBUMS = (
    SELECT_ALBUMS.order_by(album.c.created.desc(), album.c.number.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
LIST_BY_ACCOUNT = Query(_PAGE_OF_ALBUMS.where(album.c.account_id == bindparam("account")), Album)
LIST_PUBLIC_BY_ACCOUNT = Query(
    _PAGE_OF_ALBUMS.where(album.c.account_id == bindparam("account"), album.c.privacy == text("'public'")), Album
)
_COUNT_ALBUMS = select(func.count().label("total")).where(album.c.account_id == bindparam("account"))
COUNT_BY_ACCOUNT = Query(_COUNT_ALBUMS, Count)
COUNT_PUBLIC_BY_ACCOUNT = Query(_COUNT_ALBUMS.where(album.c.privacy == text("'public'")), Count)
INSERT = Query(insert(album))
GET_DEFAULT_PRIVACY = Query(select(account.c.album_privacy).where(account.c.id == bindparam("account")), DefaultPrivacy)
UPDATE = Query(
    update(album)
    .where(album.c.id == bindparam("of"))
    .values(
        title=func.nullif(func.coalesce(bindparam("new_title", type_=Text), album.c.title), ""),
        description=func.nullif(func.coalesce(bindparam("new_description", type_=Text), album.c.description), ""),
        cover=func.coalesce(bindparam("new_cover", type_=Text), album.c.cover),
        privacy=func.coalesce(bindparam("new_privacy", type_=Text), album.c.privacy),
        layout=func.coalesce(bindparam("new_layout", type_=Text), album.c.layout),
    )
)
DELETE = Query(delete(album).where(album.c.id == bindparam("id")))
