"""SQL of gallery lists: sections, tags, subreddits, search, and the images and albums of posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, Text, bindparam, func, literal_column, select

from pyimgur.server.db.expressions import list_parameter, unindexed
from pyimgur.server.db.fulltext import matching_posts
from pyimgur.server.db.queries import albums, images, posts
from pyimgur.server.db.queries.posts import Post
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import PostNumber, row_columns
from pyimgur.server.db.schema import account, album, album_image, image, post, post_tag, tag

PAGE = 60
PREVIEWS = 3
"""Images of an album in a list."""
_RISING = post.c.score * literal_column("3600.0") / (bindparam("now") - post.c.created + 3600)
_SORTS: Mapping[str, Sequence[Any]] = {
    "viral": (post.c.viral.desc(),),
    "time": (post.c.created.desc(),),
    "top": (post.c.score.desc(),),
    "top of window": (unindexed(post.c.score).desc(),),
    "rising": (_RISING.desc(),),
    "newest": (post.c.created.desc(),),
    "oldest": (post.c.created,),
    "best": ((post.c.ups - post.c.downs).desc(),),
    "worst": (post.c.ups - post.c.downs,),
}


def _sorted(statement: Select[Any], *sorts: str) -> dict[str, Query[Post]]:
    """Return a statement for a page in each of these orders."""
    paged = statement.limit(PAGE).offset(bindparam("offset"))
    return {
        sort: Query(paged.order_by(*_SORTS[sort], post.c.number if sort == "oldest" else post.c.number.desc()), Post)
        for sort in sorts
    }


_VISIBLE_POSTS = posts.SELECT_POSTS.where(post.c.created >= bindparam("since"), post.c.mature <= bindparam("mature"))
_IN_SECTION = posts.SELECT_POSTS.where(
    unindexed(post.c.mature) <= bindparam("mature"),
    unindexed(post.c.score) >= bindparam("least"),
    unindexed(post.c.score) < bindparam("below"),
)
_SINCE = post.c.created >= bindparam("since")
_SINCE_UNINDEXED = unindexed(post.c.created) >= bindparam("since")
LIST_SECTION = {
    **_sorted(_IN_SECTION.where(_SINCE_UNINDEXED, post.c.viral >= bindparam("least_viral")), "viral"),
    **_sorted(_IN_SECTION.where(_SINCE), "time"),
    **_sorted(_IN_SECTION.where(_SINCE_UNINDEXED), "top"),
    **_sorted(_IN_SECTION.where(_SINCE), "rising"),
}
"""Each reads an index in order until a page is full, however many posts there are; rising sorts those of a day."""
LIST_RECENT_SECTION = {**LIST_SECTION, "top": _sorted(_IN_SECTION.where(_SINCE), "top of window")["top of window"]}
"""For short windows: sorting a few posts costs less than skipping all that are better and older."""
LIST_BY_TAG = _sorted(
    _VISIBLE_POSTS.join(post_tag, post_tag.c.post == post.c.number)
    .join(tag, tag.c.id == post_tag.c.tag)
    .where(tag.c.name == bindparam("tag")),
    *("viral", "time", "top"),
)
LIST_BY_SUBREDDIT = _sorted(_VISIBLE_POSTS.where(post.c.section_key == bindparam("section")), "time", "top")
SEARCH = _sorted(_VISIBLE_POSTS.where(post.c.number.in_(matching_posts)), "time", "viral", "top")
LIST_BY_ACCOUNT = _sorted(
    posts.SELECT_POSTS.where(post.c.account_id == bindparam("account")), "newest", "oldest", "best", "worst"
)
GET_LAST_NUMBER = Query(select(func.coalesce(func.max(post.c.number), 0).label("number")), PostNumber)
_PAGE_BY_NUMBER = posts.SELECT_POSTS.where(post.c.mature <= bindparam("mature")).order_by(post.c.number).limit(PAGE)
LIST_FROM_NUMBER = Query(_PAGE_BY_NUMBER.where(post.c.number >= bindparam("here")), Post)
LIST_BELOW_NUMBER = Query(_PAGE_BY_NUMBER.where(post.c.number < bindparam("here")), Post)

_IDS = select(list_parameter("ids", Text()).c.value)
LIST_BY_IDS = Query(posts.SELECT_POSTS.where(post.c.id.in_(_IDS)), Post)
LIST_IMAGES = Query(images.SELECT_IMAGES.where(image.c.id.in_(_IDS)), images.Image)
LIST_ALBUMS = Query(albums.SELECT_ALBUMS.where(album.c.id.in_(_IDS)), albums.Album)


class Preview(NamedTuple):
    """One of the first images of an album."""

    image: images.Image
    album_id: str


_RANKED_IMAGES = (
    select(
        album_image.c.album_id,
        album_image.c.image_id,
        func.row_number().over(partition_by=album_image.c.album_id, order_by=album_image.c.position).label("place"),
    )
    .where(album_image.c.album_id.in_(_IDS))
    .subquery()
)
LIST_PREVIEWS = Query(
    select(*row_columns(Preview, _RANKED_IMAGES, image=images.COLUMNS))
    .select_from(image)
    .outerjoin(account, account.c.id == image.c.account_id)
    .join(_RANKED_IMAGES, _RANKED_IMAGES.c.image_id == image.c.id)
    .where(_RANKED_IMAGES.c.place <= PREVIEWS)
    .order_by(_RANKED_IMAGES.c.album_id, _RANKED_IMAGES.c.place),
    Preview,
)
