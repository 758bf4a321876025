"""The gallery: what its owners showed to everybody, in sections, by tag, by subreddit, by author, by words.

A list is 60 posts a page. *hot* is what nobody's votes have sunk below zero, *top* is what a window of time brought,
*user* is everything; each sorted by `viral`, `time`, `top` or `rising` as `posts` defines them. Posts for adults are
listed only where they are asked for. A subreddit is a folder of posts that their authors put there.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pyimgur.server.db.queries import albums as album_queries
from pyimgur.server.db.queries import gallery as queries
from pyimgur.server.db.query import Query
from pyimgur.server.errors import NotFoundError
from pyimgur.server.services import albums, images, posts, tags
from pyimgur.server.services.posts import Post

if TYPE_CHECKING:
    from pyimgur.server.db.fulltext import Tree
    from pyimgur.server.services.albums import Album
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.images import Image
    from pyimgur.server.services.tags import Tag

PAGE = queries.PAGE
SECTION_SORTS = tuple(queries.LIST_SECTION)
TAG_SORTS = tuple(queries.LIST_BY_TAG)
SUBREDDIT_SORTS = tuple(queries.LIST_BY_SUBREDDIT)
SEARCH_SORTS = tuple(queries.SEARCH)
ACCOUNT_SORTS = tuple(queries.LIST_BY_ACCOUNT)
DAY = 86_400
WINDOWS = {"day": DAY, "week": 7 * DAY, "month": 30 * DAY, "year": 365 * DAY, "all": None}
NO_BOUND = 1 << 53
Kind = Literal["image", "album"]


SHORT = frozenset({"day", "week"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """Which part of a list is asked for."""

    sort: str = "viral"
    window: str = "all"
    page: int = 0
    mature: bool = False

    def arguments(self, now: int) -> dict[str, object]:
        """What the statements above take."""
        reach = DAY if self.sort == "rising" else WINDOWS[self.window]
        since = 0 if reach is None else now - reach
        return {
            "since": since,
            "least_viral": posts.least_viral(since),
            "now": now,
            "mature": int(self.mature),
            "offset": self.page * PAGE,
        }


@dataclass(frozen=True, slots=True)
class PostWithItems:
    """One thing in a list: its post, if it has one, and what it shows."""

    post: Post | None
    image: Image | None = None
    album: Album | None = None
    pictures: Sequence[Image] | None = None
    """An album's images, where they are shown."""
    tags: Sequence[Tag] = field(default=())


async def section(
    library: ServerContext, name: str, view: ListView, *, show_viral: bool = True, previews: bool = False
) -> list[PostWithItems]:
    """A page of the sections hot, top and user."""
    least = 0 if name == "hot" else -NO_BOUND
    below = NO_BOUND if show_viral else posts.VIRAL
    by_sort = queries.LIST_RECENT_SECTION if view.window in SHORT else queries.LIST_SECTION
    return await _list(library, by_sort, view, previews, least=least, below=below)


async def tagged(library: ServerContext, name: str, view: ListView) -> list[PostWithItems]:
    """A page of the posts that carry a tag."""
    return await _list(library, queries.LIST_BY_TAG, view, True, tag=tags.name_of(name))


async def subreddit(library: ServerContext, name: str, view: ListView) -> list[PostWithItems]:
    """A page of the posts in a subreddit's folder."""
    return await _list(library, queries.LIST_BY_SUBREDDIT, view, False, section=name.lower())


async def search(library: ServerContext, wanted: Tree | None, view: ListView) -> list[PostWithItems]:
    """A page of the posts that fit; nothing fits what asks for nothing."""
    if wanted is None:
        return []
    return await _list(library, queries.SEARCH, view, False, expression=library.db.search_expression(wanted))


async def of_account(
    library: ServerContext, account: int, view: ListView, *, previews: bool = False
) -> list[PostWithItems]:
    """A page of what an account submitted."""
    return await _list(library, queries.LIST_BY_ACCOUNT, view, previews, account=account)


async def random_page(library: ServerContext, *, mature: bool = False) -> list[PostWithItems]:
    """A page of posts by chance, which begins anywhere."""
    last = (await library.db.read(queries.GET_LAST_NUMBER.one())).number
    here, asked = random.randint(0, last), int(mature)  # noqa: S311 - chance, no secret
    rows = await library.db.scan(queries.LIST_FROM_NUMBER.all(here=here, mature=asked))
    if len(rows) < PAGE:
        rows += (await library.db.scan(queries.LIST_BELOW_NUMBER.all(here=here, mature=asked)))[: PAGE - len(rows)]
    random.shuffle(rows)
    return await entries(library, [Post(*row) for row in rows])


async def _list(
    library: ServerContext, by_sort: Mapping[str, Query], view: ListView, previews: bool, **asked: object
) -> list[PostWithItems]:
    arguments = view.arguments(library.now)
    rows = await library.db.scan(by_sort[view.sort].all(**arguments, **asked))
    return await entries(library, [Post(*row) for row in rows], previews=previews)


# ---- what posts show


async def entry(library: ServerContext, id: str, kind: Kind | None = None) -> PostWithItems:
    """One post with all it shows; of a large album the first `images.LARGE` pictures and its cover.

    Raises:
        NotFoundError: nothing of this id stands in the gallery, or it is of the other kind.
    """
    found = await posts.get(library, id)
    given = (await tags.of_posts(library, [found.number])).get(found.number, ()) if found.tags else ()
    if found.image_id and kind != "album":
        return PostWithItems(found, image=await images.get(library, found.image_id), tags=given)
    row = await library.db.read(album_queries.GET_BY_ID.one(id=found.album_id)) if kind != "image" else None
    if row:  # else it is no album, or one that has just been deleted
        shown = albums.Album(*row)
        return PostWithItems(found, album=shown, pictures=await first_pictures(library, shown), tags=given)
    raise NotFoundError(kind or "gallery item", id)


async def first_pictures(library: ServerContext, row: Album) -> list[Image]:
    """Return the first `images.LARGE` pictures of an album, and behind them its cover, if that is none of these."""
    held = await images.page_of_album(library, row.id)
    if len(held) < row.images_count and row.cover_id not in {None, *(each.id for each in held)}:
        held += filter(None, [await images.find(library, row.cover_id or "")])
    return held


async def entries(library: ServerContext, listed: Sequence[Post], *, previews: bool = False) -> list[PostWithItems]:
    """What these posts show, in their order."""
    shown = await items_by_id(library, (each.id for each in listed), previews=previews)
    numbers = [each.number for each in listed if each.tags]
    given = await tags.of_posts(library, numbers) if numbers else {}
    return [
        PostWithItems(each, thing.image, thing.album, thing.pictures, given.get(each.number, ()))
        for each in listed
        if (thing := shown.get(each.id))
    ]


async def of_ids(library: ServerContext, ids: Sequence[str], *, previews: bool = False) -> list[PostWithItems]:
    """The posts of these ids, in no order; those that stand in the gallery no more are left out."""
    rows = await library.db.scan(queries.LIST_BY_IDS.all(ids=json.dumps(ids)))
    return await entries(library, [Post(*row) for row in rows], previews=previews)


async def listed(library: ServerContext, ids: Sequence[str]) -> list[PostWithItems]:
    """What these ids name, in their order and as posts where they are; those that are gone are left out."""
    shown = await items_by_id(library, ids, previews=True)
    posted = {each.post.id: each for each in await of_ids(library, ids, previews=True) if each.post}
    return [posted.get(id) or shown[id] for id in ids if id in shown]


async def items_by_id(
    library: ServerContext, ids: Iterable[str], *, previews: bool = False
) -> dict[str, PostWithItems]:
    """The images and albums of these ids; those that are gone are left out."""
    wanted = json.dumps(list(ids))
    if wanted == "[]":
        return {}
    shown = {
        row.id: PostWithItems(None, image=images.Image(*row))
        for row in await library.db.scan(queries.LIST_IMAGES.all(ids=wanted))
    }
    found = [albums.Album(*row) for row in await library.db.scan(queries.LIST_ALBUMS.all(ids=wanted))]
    pictures: dict[str, list[Image]] = {}
    if previews and found:
        for *row, album_id in await library.db.scan(queries.LIST_PREVIEWS.all(ids=wanted)):
            pictures.setdefault(album_id, []).append(images.Image(*row))
    for each in found:
        shown[each.id] = PostWithItems(None, album=each, pictures=pictures.get(each.id, []) if previews else None)
    return shown
