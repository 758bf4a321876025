"""Favourites: the images and albums that a person wants to find again, whether they stand in the gallery or not.

A favourite may lie in a folder; the folder of the number 0 holds them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sqlalchemy import Integer, Select, bindparam, delete, func, insert, or_, select

from pyimgur.server.db.query import Query, Work
from pyimgur.server.db.schema import favorite, favorite_folder, post
from pyimgur.server.library import albums, gallery, images, posts
from pyimgur.server.library.errors import Missing
from pyimgur.server.library.gallery import PAGE, Entry

if TYPE_CHECKING:
    from pyimgur.server.library import Library

Kind = Literal["image", "album"]
EVERYTHING = 0

_COLUMN = {"image": favorite.c.image_id, "album": favorite.c.album_id}
DROP = {
    kind: Query(delete(favorite).where(favorite.c.account == bindparam("person"), column == bindparam("of")))
    for kind, column in _COLUMN.items()
}
ADD = Query(insert(favorite))
_ITEM = func.coalesce(favorite.c.image_id, favorite.c.album_id)
_MINE = (
    select(_ITEM.label("id"))
    .where(
        favorite.c.account == bindparam("account"),
        or_(bindparam("folder", type_=Integer) == EVERYTHING, favorite.c.folder == bindparam("folder", type_=Integer)),
    )
    .limit(PAGE)
    .offset(bindparam("offset"))
)
_SHOWN = _MINE.join(post, post.c.id == _ITEM)


def _by_age(statement: Select[Any]) -> dict[str, Query]:
    return {
        "newest": Query(statement.order_by(favorite.c.id.desc())),
        "oldest": Query(statement.order_by(favorite.c.id)),
    }


ALL, IN_GALLERY = _by_age(_MINE), _by_age(_SHOWN)
_IDS = func.json_each(bindparam("ids")).table_valued("value")
FOLDERS = Query(
    select(
        favorite_folder.c.id,
        favorite_folder.c.name,
        favorite_folder.c.private,
        select(func.count()).where(favorite.c.folder == favorite_folder.c.id).scalar_subquery().label("holds"),
    )
    .where(favorite_folder.c.account == bindparam("account"))
    .order_by(favorite_folder.c.id)
)


class Folder(NamedTuple):
    """One folder, and how much lies in it."""

    id: int
    name: str
    private: int
    holds: int


async def toggle(library: Library, kind: Kind, id: str, account: int) -> bool:
    """Make an image or album a favourite, or one no more; says which of the two.

    Raises:
        Missing: there is none, or it is secret and another's.
    """
    if kind == "album":
        id = (await albums.get(library, id, account)).id
    return await library.db.write(_toggle(kind, id, account, int(library.settings.clock())))


def _toggle(kind: Kind, id: str, account: int, now: int) -> Work[bool]:
    known = yield (images.BY_ID if kind == "image" else albums.BY_ID).one(id=id)
    if known is None:
        raise Missing(kind, id)
    added = not (yield DROP[kind].run(person=account, of=id))
    if added:
        yield ADD.run(account=account, created=now, **{f"{kind}_id": id})
    if known.in_gallery:
        yield from posts.settle((yield from posts.named(id)).number)
    return added


async def of_account(
    library: Library, account: int, *, sort: str, page: int, folder: int = EVERYTHING, gallery_only: bool = False
) -> list[Entry]:
    """A page of a person's favourites, what they show among them."""
    query = (IN_GALLERY if gallery_only else ALL)[sort]
    rows = await library.db.scan(query.all(account=account, folder=folder, offset=page * PAGE))
    return await _entries(library, [row.id for row in rows])


async def _entries(library: Library, ids: Sequence[str]) -> list[Entry]:
    shown = await gallery.things(library, ids, previews=True)
    posted = {each.post.id: each for each in await gallery.of_ids(library, ids, previews=True) if each.post}
    return [posted.get(id) or shown[id] for id in ids if id in shown]


async def folders(library: Library, account: int) -> list[Folder]:
    """A person's folders."""
    return [Folder(*row) for row in await library.db.scan(FOLDERS.all(account=account))]
