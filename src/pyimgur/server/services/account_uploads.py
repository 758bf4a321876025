"""All that a person uploaded in one list: their albums, and the images that are in none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, union_all

from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import album, album_image, image
from pyimgur.server.services import gallery

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.gallery import PostWithItems

PAGE = 60

_ALBUMS = select(album.c.id, album.c.created, album.c.number).where(album.c.account_id == bindparam("account"))
_LOOSE = select(image.c.id, image.c.created, image.c.number).where(
    image.c.account_id == bindparam("account"), image.c.id.not_in(select(album_image.c.image_id))
)
_ALL = union_all(_ALBUMS, _LOOSE).subquery()
ALL = Query(
    select(_ALL.c.id)
    .order_by(_ALL.c.created.desc(), _ALL.c.number.desc(), _ALL.c.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
HIDDEN = Query(
    _ALBUMS.where(album.c.privacy != bindparam("privacy"), album.c.in_gallery == bindparam("shown"))
    .order_by(album.c.created.desc(), album.c.number.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)


async def all_posts(library: ServerContext, account: int, *, page: int) -> list[PostWithItems]:
    """A page of it, the newest first."""
    rows = await library.db.scan(ALL.all(account=account, limit=PAGE, offset=page * PAGE))
    return await gallery.listed(library, [row.id for row in rows])


async def hidden_albums(library: ServerContext, account: int, *, page: int) -> list[PostWithItems]:
    """A page of the albums that are neither public nor in the gallery, the newest first."""
    asked = HIDDEN.all(account=account, privacy="public", shown=0, limit=PAGE, offset=page * PAGE)
    return await gallery.listed(library, [row.id for row in await library.db.scan(asked)])
