"""Favourites: the images and albums that a person wants to find again, whether they stand in the gallery or not.

A favourite may lie in a folder (`folders`); the folder of the number 0 holds them all. To others, what lies in a
private folder is not shown, and neither is an album that has become secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pyimgur.server.db.queries import albums as album_queries
from pyimgur.server.db.queries import favorites as queries
from pyimgur.server.db.queries import images as image_queries
from pyimgur.server.db.query import Transaction
from pyimgur.server.errors import NotFoundError
from pyimgur.server.services import albums, gallery, posts
from pyimgur.server.services.gallery import PAGE, PostWithItems

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

Kind = Literal["image", "album"]
HIDDEN = queries.IS_HIDDEN
SORTS = tuple(queries.LIST_ALL)
ALL_FOLDERS = queries.ALL_FOLDERS


async def toggle(library: ServerContext, kind: Kind, id: str, account: int) -> bool:
    """Make an image or album a favourite, or one no more; says which of the two.

    Raises:
        NotFoundError: there is none, or it is secret, another's, and no favourite yet.
    """
    return await library.db.write(_toggle(kind, id, account, library.now))


def _toggle(kind: Kind, id: str, account: int, now: int) -> Transaction[bool]:
    known = yield (image_queries.GET_BY_ID if kind == "image" else album_queries.GET_BY_ID).one(id=id)
    if known is None:
        raise NotFoundError(kind, id)
    added = not (yield queries.DELETE[kind].run(person=account, of=id))
    if added:
        if kind == "album" and not albums.is_visible(albums.Album(*known), account):
            raise NotFoundError(kind, id)
        yield queries.INSERT.run(account=account, created=now, **{f"{kind}_id": id})
    if known.in_gallery:
        yield from posts.recount((yield from posts.named(id)).number)
    return added


def add_favorite(id: str, account: int, now: int) -> Transaction[None]:
    """Make what is no favourite of this person one, within a transaction.

    Raises:
        NotFoundError: there is no image and no album of this id, or it is secret and another's.
    """
    kind: Kind = "image" if (yield image_queries.GET_BY_ID.one(id=id)) else "album"
    yield from _toggle(kind, id, account, now)


async def of_account(
    library: ServerContext,
    account: int,
    *,
    asker: int | None = None,
    sort: str,
    page: int,
    folder: int = ALL_FOLDERS,
    gallery_only: bool = False,
) -> list[PostWithItems]:
    """A page of a person's favourites, what they show among them, as far as the asker may see it."""
    query = (queries.LIST_IN_GALLERY if gallery_only else queries.LIST_ALL)[sort]
    rows = await library.db.scan(query.all(account=account, asker=asker, folder=folder, offset=page * PAGE))
    found = await gallery.listed(library, [row.id for row in rows])
    return [each for each in found if each.album is None or albums.is_visible(each.album, asker)]
