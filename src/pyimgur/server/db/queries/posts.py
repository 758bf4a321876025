"""SQL of gallery posts: counts, ranking and search words."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from pyimgur.server.db.fulltext import post_words
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import row_columns
from pyimgur.server.db.schema import account, album, comment, favorite, image, post, post_vote


class Post(NamedTuple):
    """A post's row, with its author's name."""

    number: int
    id: str
    image_id: str | None
    album_id: str | None
    account_id: int
    section_key: str | None
    mature: int
    facets: str
    tags: str
    created: int
    ups: int
    downs: int
    comments: int
    favorites: int
    score: int
    viral: float
    account_name: str

    @property
    def points(self) -> int:
        """Votes up minus votes down."""
        return self.ups - self.downs


class Reactions(NamedTuple):
    """The votes, comments and favorites of a post, counted, and when it was created."""

    created: int
    ups: int
    downs: int
    comments: int
    image_favorites: int
    album_favorites: int


class SearchedTexts(NamedTuple):
    """What searches find a post by: texts for each column of `fulltext.post_words`."""

    title: str | None
    description: str | None
    tags: str
    author: str
    section: str | None
    facets: str


SELECT_POSTS = select(*row_columns(Post, post, account_name=account.c.name)).join(
    account, account.c.id == post.c.account_id
)
GET_BY_ID = Query(SELECT_POSTS.where(post.c.id == bindparam("id")), Post)
DELETE = Query(delete(post).where(post.c.number == bindparam("of")))
_VOTES = select(func.count()).where(post_vote.c.post == post.c.number)
COUNT_REACTIONS = Query(
    select(
        *row_columns(
            Reactions,
            ups=_VOTES.where(post_vote.c.vote > 0).scalar_subquery(),
            downs=_VOTES.where(post_vote.c.vote < 0).scalar_subquery(),
            comments=select(func.count())
            .where(comment.c.post == post.c.number, comment.c.deleted == 0)
            .scalar_subquery(),
            image_favorites=select(func.count()).where(favorite.c.image_id == post.c.image_id).scalar_subquery(),
            album_favorites=select(func.count()).where(favorite.c.album_id == post.c.album_id).scalar_subquery(),
            created=post.c.created,
        )
    ).where(post.c.number == bindparam("of")),
    Reactions,
)
UPDATE_COUNTS = Query(
    update(post)
    .where(post.c.number == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in ("ups", "downs", "comments", "favorites", "score", "viral")})
)
SET_IMAGE_IN_GALLERY = Query(update(image).where(image.c.id == bindparam("of")).values(in_gallery=bindparam("shown")))
SET_ALBUM_IN_GALLERY = Query(update(album).where(album.c.id == bindparam("of")).values(in_gallery=bindparam("shown")))
SET_TAGS = Query(update(post).where(post.c.number == bindparam("of")).values(tags=bindparam("new_tags")))
DELETE_WORDS = Query(delete(post_words).where(post_words.c.rowid == bindparam("of")))
GET_SEARCHED_TEXTS = Query(
    select(
        *row_columns(
            SearchedTexts,
            post,
            title=func.coalesce(image.c.title, album.c.title),
            description=func.coalesce(image.c.description, album.c.description),
            author=account.c.name,
            section=post.c.section_key,
        )
    )
    .select_from(post)
    .join(account, account.c.id == post.c.account_id)
    .outerjoin(image, image.c.id == post.c.image_id)
    .outerjoin(album, album.c.id == post.c.album_id)
    .where(post.c.number == bindparam("of")),
    SearchedTexts,
)
INSERT_WORDS = Query(insert(post_words))
