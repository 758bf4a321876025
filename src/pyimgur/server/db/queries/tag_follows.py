"""SQL of followed tags and the feed made of them."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, select

from pyimgur.server.db.expressions import insert_or_ignore
from pyimgur.server.db.queries import posts
from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import account, post, post_tag, tag, tag_follow


class TagName(NamedTuple):
    """The name of a tag."""

    name: str


LIST_FOLLOWED = Query(
    select(tag.c.name)
    .join(tag_follow, tag_follow.c.tag == tag.c.id)
    .where(tag_follow.c.account == bindparam("account"))
    .order_by(tag.c.name),
    TagName,
)
_FOLLOWED_POSTS = (
    select(post_tag.c.post)
    .join(tag_follow, tag_follow.c.tag == post_tag.c.tag)
    .where(tag_follow.c.account == bindparam("account"))
)
LIST_FEED = Query(
    posts.SELECT_POSTS.where(
        post.c.number.in_(_FOLLOWED_POSTS),
        (post.c.mature == 0)
        | select(account.c.show_mature == 1).where(account.c.id == bindparam("account")).scalar_subquery(),
    )
    .order_by(post.c.created.desc(), post.c.number.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset")),
    posts.Post,
)
INSERT = Query(insert_or_ignore(tag_follow))
DELETE = Query(
    delete(tag_follow).where(tag_follow.c.account == bindparam("account"), tag_follow.c.tag == bindparam("tag"))
)
