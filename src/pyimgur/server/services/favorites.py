"""Favorites: the images and albums that an account wants to find again, in the gallery or not.

A favorite may be in a folder (`favorite_folders`); folder number 0 stands for all favorites. Others do not see what is
in a private folder, nor albums that became secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.db.queries import albums as album_queries
from pyimgur.server.db.queries import favorites as queries
from pyimgur.server.db.queries import images as image_queries
from pyimgur.server.db.queries.albums import Album
from pyimgur.server.db.queries.images import Image
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.errors import NotFoundError
from pyimgur.server.services import albums, gallery, posts
from pyimgur.server.services._lookup import get_or_not_found
from pyimgur.server.services.gallery import PAGE, Kind, PostWithItems

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

SORTS = tuple(queries.LIST_ALL)
ALL_FOLDERS = queries.ALL_FOLDERS


async def toggle(context: ServerContext, kind: Kind, id: str, account: int) -> bool:
    """Add an image or album to the account's favorites, or remove it; return whether it was added.

    Raises:
        NotFoundError: there is no such image or album, or it is secret, somebody else's and not a favorite yet.
    """
    return await context.db.write(_toggle(kind, id, account, context.now))


@transaction
def _toggle(kind: Kind, id: str, account: int, now: int) -> Steps[bool]:
    query = image_queries.GET_BY_ID if kind == "image" else album_queries.GET_BY_ID
    row: Image | Album | None = yield query.one(id=id)
    item = get_or_not_found(row, kind, id)
    # Whoever deletes nothing inserts, without finding the row of another click: `Engine.write` is serializable.
    added = not (yield queries.DELETE[kind].run(person=account, of=id))
    if added:
        if isinstance(item, Album) and not albums.is_visible(item, account):
            raise NotFoundError(kind, id)
        yield queries.INSERT.run(account=account, created=now, **{f"{kind}_id": id})
    if item.in_gallery:
        yield from posts.recount((yield from posts.get_in_transaction(id)).number)
    return added


@transaction
def add_favorite(id: str, account: int, now: int) -> Steps[None]:
    """Add an image or album that is not yet a favorite of the account, within a transaction.

    Raises:
        NotFoundError: there is no image or album of this id, or it is secret and somebody else's.
    """
    kind: Kind = "image" if (yield image_queries.GET_BY_ID.one(id=id)) else "album"
    yield from _toggle(kind, id, account, now)


async def list_by_account(
    context: ServerContext,
    account: int,
    *,
    viewer: int | None = None,
    sort: str,
    page: int,
    folder: int = ALL_FOLDERS,
    gallery_only: bool = False,
) -> list[PostWithItems]:
    """Return a page of an account's favorites that the viewer may see."""
    query = (queries.LIST_IN_GALLERY if gallery_only else queries.LIST_ALL)[sort]
    rows = await context.db.scan(query.all(account=account, viewer=viewer, folder=folder, offset=page * PAGE))
    items = await gallery.list_items(context, [row.id for row in rows])
    return [item for item in items if item.album is None or albums.is_visible(item.album, viewer)]
