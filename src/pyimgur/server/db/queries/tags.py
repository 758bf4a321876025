"""SQL of tags and of the posts that carry them."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from pyimgur.server.db.expressions import insert_or_ignore, list_parameter
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import row_columns
from pyimgur.server.db.schema import ROW_NUMBER, post_tag, tag, tag_follow


class Tag(NamedTuple):
    """A tag's row, with the number of its followers."""

    id: int
    name: str
    display_name: str
    total: int
    """The number of posts with this tag."""
    followers: int


class PostTag(NamedTuple):
    """A tag of a post; `post` is the post's number."""

    post: int
    tag: Tag


_FOLLOWERS = select(func.count()).where(tag_follow.c.tag == tag.c.id).scalar_subquery()
_COLUMNS = row_columns(Tag, tag, followers=_FOLLOWERS)
GET_BY_NAME = Query(select(*_COLUMNS).where(tag.c.name == bindparam("name")), Tag)
LIST_MOST_USED = Query(
    select(*_COLUMNS).where(tag.c.total > 0).order_by(tag.c.total.desc(), tag.c.name).limit(bindparam("limit")), Tag
)
_POSTS = list_parameter("posts", ROW_NUMBER)
LIST_BY_POSTS = Query(
    select(*row_columns(PostTag, post_tag, tag=_COLUMNS))
    .select_from(_POSTS)
    .join(post_tag, post_tag.c.post == _POSTS.c.value)
    .join(tag, tag.c.id == post_tag.c.tag)
    .order_by(post_tag.c.post, post_tag.c.position),
    PostTag,
)
INSERT = Query(insert_or_ignore(tag))
INSERT_POST_TAG = Query(insert(post_tag))
DELETE_POST_TAGS = Query(delete(post_tag).where(post_tag.c.post == bindparam("of")))
_TAGS_OF_POST = select(post_tag.c.tag).where(post_tag.c.post == bindparam("of"))
INCREMENT_TOTALS = Query(update(tag).where(tag.c.id.in_(_TAGS_OF_POST)).values(total=tag.c.total + 1))
DECREMENT_TOTALS = Query(update(tag).where(tag.c.id.in_(_TAGS_OF_POST)).values(total=tag.c.total - 1))
