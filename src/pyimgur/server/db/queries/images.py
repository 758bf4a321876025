"""SQL of images: read by id, delete hash, account or album; changed and deleted."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Integer, Text, bindparam, delete, func, select, tuple_, update

from pyimgur.server.db.expressions import list_parameter
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import Count, PublicId, row_columns
from pyimgur.server.db.schema import account, album_image, image


class Image(NamedTuple):
    """An image's row, with its owner's name."""

    id: str
    deletehash: str
    account_id: int | None
    client_id: str | None
    title: str | None
    description: str | None
    name: str
    type: str
    ext: str
    animated: int
    has_sound: int
    width: int
    height: int
    size: int
    duration: float | None
    sha256: str
    created: int
    views: int
    bandwidth: int
    nsfw: int | None
    section: str | None
    in_gallery: int
    received_sha256: str
    """The digest of the uploaded file; `sha256` is that of the stored one, without metadata."""
    mp4_size: int | None
    """Bytes of the image's MP4 version; 0 until it is made, None if there will be none."""
    mp4_tries: int
    """Attempts to make the MP4 version."""
    account_name: str | None


class ImageFile(NamedTuple):
    """The columns of an image that it takes to send its file."""

    id: str
    type: str
    ext: str
    animated: int
    sha256: str
    mp4_size: int | None
    mp4_tries: int


class AlbumImage(NamedTuple):
    """An image in an album, and its position there."""

    image: Image
    position: int


COLUMNS = row_columns(Image, image, account_name=account.c.name)
SELECT_IMAGES = select(*COLUMNS).select_from(image).outerjoin(account, account.c.id == image.c.account_id)
GET_BY_ID = Query(SELECT_IMAGES.where(image.c.id == bindparam("id")), Image)
GET_FILE = Query(select(*row_columns(ImageFile, image)).where(image.c.id == bindparam("id")), ImageFile)
GET_BY_DELETEHASH = Query(SELECT_IMAGES.where(image.c.deletehash == bindparam("deletehash")), Image)
LIST_BY_ACCOUNT = Query(
    SELECT_IMAGES.where(image.c.account_id == bindparam("account"))
    .order_by(image.c.created.desc(), image.c.number.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset")),
    Image,
)
COUNT_BY_ACCOUNT = Query(select(func.count().label("total")).where(image.c.account_id == bindparam("account")), Count)
LIST_BY_ALBUM = Query(
    SELECT_IMAGES.join(album_image, album_image.c.image_id == image.c.id)
    .where(album_image.c.album_id == bindparam("album"))
    .order_by(album_image.c.position, album_image.c.image_id),
    Image,
)
_ORDER_KEY = tuple_(album_image.c.position, album_image.c.image_id)
LIST_AFTER_POSITION = Query(
    select(*row_columns(AlbumImage, album_image, image=COLUMNS))
    .select_from(image)
    .outerjoin(account, account.c.id == image.c.account_id)
    .join(album_image, album_image.c.image_id == image.c.id)
    .where(
        album_image.c.album_id == bindparam("album"),
        tuple_(bindparam("position", type_=Integer), bindparam("image", type_=Text)) < _ORDER_KEY,
    )
    .order_by(album_image.c.position, album_image.c.image_id)
    .limit(bindparam("limit")),
    AlbumImage,
)
LIST_PAGE_OF_ALBUM = Query(
    SELECT_IMAGES.join(album_image, album_image.c.image_id == image.c.id)
    .where(album_image.c.album_id == bindparam("album"))
    .order_by(album_image.c.position, album_image.c.image_id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset")),
    Image,
)
GET_IN_ALBUM = Query(
    SELECT_IMAGES.join(album_image, album_image.c.image_id == image.c.id).where(
        album_image.c.album_id == bindparam("album"), image.c.id == bindparam("id")
    ),
    Image,
)
UPDATE_TEXT = Query(
    update(image)
    .where(image.c.id == bindparam("of"))
    .values(
        title=func.nullif(func.coalesce(bindparam("new_title", type_=Text), image.c.title), ""),
        description=func.nullif(func.coalesce(bindparam("new_description", type_=Text), image.c.description), ""),
    )
)
DELETE = Query(delete(image).where(image.c.id == bindparam("id")))
_IDS = list_parameter("ids", Text())
LIST_EXISTING_IDS = Query(select(image.c.id).where(image.c.id.in_(select(_IDS.c.value))), PublicId)
