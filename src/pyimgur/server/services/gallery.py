"""Gallery lists: posts by section, tag, subreddit, author or search, 60 on a page.

The section *hot* has the posts whose score is not below zero, *top* those of a time window, *user* all of them. Each
sorts by `viral`, `time`, `top` or `rising` (defined in `posts`). Mature posts are listed only on request. Authors add
their posts to the list of a subreddit.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

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
SHORT_WINDOWS = frozenset({"day", "week"})
NO_BOUND = 1 << 53
Kind = Literal["image", "album"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """Which part of a list a request wants."""

    sort: str = "viral"
    window: str = "all"
    page: int = 0
    mature: bool = False

    def arguments(self, now: int) -> dict[str, object]:
        """Return the parameters of the list statements."""
        seconds = DAY if self.sort == "rising" else WINDOWS[self.window]
        since = 0 if seconds is None else now - seconds
        return {
            "since": since,
            "least_viral": posts.least_viral(since),
            "now": now,
            "mature": int(self.mature),
            "offset": self.page * PAGE,
        }


@dataclass(frozen=True, slots=True)
class PostWithItems:
    """An image or album in a list, with its post if it is in the gallery."""

    post: Post | None
    image: Image | None = None
    album: Album | None = None
    images: Sequence[Image] | None = None
    """An album's images, if the list includes them."""
    tags: Sequence[Tag] = field(default=())


async def list_section(
    context: ServerContext, name: str, view: ListView, *, show_viral: bool = True, previews: bool = False
) -> list[PostWithItems]:
    """Return a page of the section hot, top or user."""
    least = 0 if name == "hot" else -NO_BOUND
    below = NO_BOUND if show_viral else posts.VIRAL
    by_sort = queries.LIST_RECENT_SECTION if view.window in SHORT_WINDOWS else queries.LIST_SECTION
    return await _list(context, by_sort, view, previews, least=least, below=below)


async def list_by_tag(context: ServerContext, name: str, view: ListView) -> list[PostWithItems]:
    """Return a page of the posts with a tag."""
    return await _list(context, queries.LIST_BY_TAG, view, True, tag=tags.normalize_name(name))


async def list_by_subreddit(context: ServerContext, name: str, view: ListView) -> list[PostWithItems]:
    """Return a page of a subreddit's posts."""
    return await _list(context, queries.LIST_BY_SUBREDDIT, view, False, section=name.lower())


async def search(context: ServerContext, tree: Tree | None, view: ListView) -> list[PostWithItems]:
    """Return a page of the posts that match a search; an empty search matches none."""
    if tree is None:
        return []
    return await _list(context, queries.SEARCH, view, False, tree=tree)


async def list_by_account(
    context: ServerContext, account: int, view: ListView, *, previews: bool = False
) -> list[PostWithItems]:
    """Return a page of an account's posts."""
    return await _list(context, queries.LIST_BY_ACCOUNT, view, previews, account=account)


async def list_random(context: ServerContext, *, mature: bool = False) -> list[PostWithItems]:
    """Return a page of consecutive posts from a random place, shuffled."""
    last = await context.db.read(queries.GET_LAST_NUMBER.exactly_one())
    start = random.randint(0, last.number)  # noqa: S311 - not a secret
    rows = await context.db.scan(queries.LIST_FROM_NUMBER.all(here=start, mature=int(mature)))
    if len(rows) < PAGE:
        earlier = await context.db.scan(queries.LIST_BELOW_NUMBER.all(here=start, mature=int(mature)))
        rows += earlier[: PAGE - len(rows)]
    random.shuffle(rows)
    return await with_items(context, rows)


async def _list(
    context: ServerContext, by_sort: Mapping[str, Query[Post]], view: ListView, previews: bool, **parameters: object
) -> list[PostWithItems]:
    query = by_sort[view.sort].all(**view.arguments(context.now), **parameters)
    return await with_items(context, await context.db.scan(query), previews=previews)


# ---- the images and albums of posts


async def get_entry(context: ServerContext, id: str, kind: Kind | None = None) -> PostWithItems:
    """Return one post with its image or album; of a large album, the first `images.LARGE_ALBUM` images and the cover.

    Raises:
        NotFoundError: there is no such post, or it is not of this kind.
    """
    post = await posts.get(context, id)
    post_tags = (await tags.list_by_posts(context, [post.number])).get(post.number, ()) if post.tags else ()
    if post.image_id and kind != "album":
        return PostWithItems(post, image=await images.get(context, post.image_id), tags=post_tags)
    album = await albums.find(context, post.album_id) if post.album_id and kind != "image" else None
    if album is None:  # not an album, or deleted just now
        raise NotFoundError(kind or "gallery item", id)
    return PostWithItems(post, album=album, images=await first_images(context, album), tags=post_tags)


async def first_images(context: ServerContext, row: Album) -> list[Image]:
    """Return the first `images.LARGE_ALBUM` images of an album, followed by its cover if that is not among them."""
    pictures = await images.list_album_page(context, row.id)
    if len(pictures) < row.images_count and row.cover_id not in {None, *(picture.id for picture in pictures)}:
        pictures += filter(None, [await images.find(context, row.cover_id or "")])
    return pictures


async def with_items(context: ServerContext, listed: Sequence[Post], *, previews: bool = False) -> list[PostWithItems]:
    """Return these posts with their images and albums, in the same order, without those deleted meanwhile."""
    items = await get_items(context, (post.id for post in listed), previews=previews)
    numbers = [post.number for post in listed if post.tags]
    post_tags = await tags.list_by_posts(context, numbers) if numbers else {}
    return [
        PostWithItems(post, item.image, item.album, item.images, post_tags.get(post.number, ()))
        for post in listed
        if (item := items.get(post.id))
    ]


async def list_posts_by_id(
    context: ServerContext, ids: Sequence[str], *, previews: bool = False
) -> list[PostWithItems]:
    """Return the posts of these ids, in no particular order; ids that are not in the gallery are left out."""
    rows = await context.db.scan(queries.LIST_BY_IDS.all(ids=ids))
    return await with_items(context, rows, previews=previews)


async def list_items(context: ServerContext, ids: Sequence[str]) -> list[PostWithItems]:
    """Return the images and albums of these ids in the same order, with their posts; deleted ones are left out."""
    items = await get_items(context, ids, previews=True)
    in_gallery = {item.post.id: item for item in await list_posts_by_id(context, ids, previews=True) if item.post}
    return [in_gallery.get(id) or items[id] for id in ids if id in items]


async def get_items(context: ServerContext, ids: Iterable[str], *, previews: bool = False) -> dict[str, PostWithItems]:
    """Return the images and albums of these ids, by id; deleted ones are left out."""
    item_ids = list(ids)
    if not item_ids:
        return {}
    image_rows = await context.db.scan(queries.LIST_IMAGES.all(ids=item_ids))
    items = {row.id: PostWithItems(None, image=row) for row in image_rows}
    found_albums = await context.db.scan(queries.LIST_ALBUMS.all(ids=item_ids))
    pictures: dict[str, list[Image]] = {}
    if previews and found_albums:
        for row in await context.db.scan(queries.LIST_PREVIEWS.all(ids=item_ids)):
            pictures.setdefault(row.album_id, []).append(row.image)
    for album in found_albums:
        items[album.id] = PostWithItems(None, album=album, images=pictures.get(album.id, []) if previews else None)
    return items
