"""Posts: the images and albums that stand in the gallery, each under the id of what it shows.

What is said of a post is counted, never guessed: `recount` counts again after every vote, comment and favourite.

    points = ups - downs
    score  = points + comments + favourites
    viral  = log10(|score|, at least 1) with the score's sign + seconds since 1970 / 45,000

So what is ten times as popular stands as high as what came 12.5 hours later, and time changes no post's number: the
gallery's order is an index. `rising` is score by age: score / (hours + 1), among the posts of the last day. A score of
10 or more is called viral.
"""

from __future__ import annotations

from math import copysign, log10
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from pyimgur.server.db.fulltext import post_words
from pyimgur.server.db.query import Query, Transaction
from pyimgur.server.db.schema import account, album, comment, favorite, image, post, post_vote
from pyimgur.server.errors import NotFoundError
from pyimgur.server.services import tags

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

VIRAL = 10
"""The score from which on a post counts as viral."""
TENFOLD = 45_000
"""By how many seconds a post must be newer to make up for a tenth of the score."""
DIGITS = 19
"""Of the largest score there can be."""

FROM = select(*post.c, account.c.name.label("account_name")).join(account, account.c.id == post.c.account_id)
BY_ID = Query(FROM.where(post.c.id == bindparam("id")))
REMOVE = Query(delete(post).where(post.c.number == bindparam("of")))
_VOTES = select(func.count()).where(post_vote.c.post == post.c.number)
COUNTS = Query(
    select(
        post.c.created,
        _VOTES.where(post_vote.c.vote > 0).scalar_subquery().label("ups"),
        _VOTES.where(post_vote.c.vote < 0).scalar_subquery().label("downs"),
        select(func.count())
        .where(comment.c.post == post.c.number, comment.c.deleted == 0)
        .scalar_subquery()
        .label("comments"),
        select(func.count()).where(favorite.c.image_id == post.c.image_id).scalar_subquery().label("of_image"),
        select(func.count()).where(favorite.c.album_id == post.c.album_id).scalar_subquery().label("of_album"),
    ).where(post.c.number == bindparam("of"))
)
SETTLE = Query(
    update(post)
    .where(post.c.number == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in ("ups", "downs", "comments", "favorites", "score", "viral")})
)
SHOW_IMAGE = Query(update(image).where(image.c.id == bindparam("of")).values(in_gallery=bindparam("shown")))
SHOW_ALBUM = Query(update(album).where(album.c.id == bindparam("of")).values(in_gallery=bindparam("shown")))
TAGGED = Query(update(post).where(post.c.number == bindparam("of")).values(tags=bindparam("new_tags")))
FORGET_WORDS = Query(delete(post_words).where(post_words.c.rowid == bindparam("of")))
KEEP_WORDS = Query(
    insert(post_words).from_select(
        ["rowid", "title", "description", "tags", "author", "section", "facets"],
        select(
            post.c.number,
            func.coalesce(image.c.title, album.c.title),
            func.coalesce(image.c.description, album.c.description),
            post.c.tags,
            account.c.name,
            post.c.section_key,
            post.c.facets,
        )
        .select_from(post)
        .join(account, account.c.id == post.c.account_id)
        .outerjoin(image, image.c.id == post.c.image_id)
        .outerjoin(album, album.c.id == post.c.album_id)
        .where(post.c.number == bindparam("of")),
    )
)


class Post(NamedTuple):
    """One post's row, with its author's name."""

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
        """Votes up less votes down."""
        return self.ups - self.downs


async def get(library: ServerContext, id: str) -> Post:
    """The post of this id.

    Raises:
        NotFoundError: nothing of this id stands in the gallery.
    """
    found = await library.db.read(BY_ID.one(id=id))
    if found is None:
        raise NotFoundError("gallery item", id)
    return Post(*found)


def named(id: str) -> Transaction[Post]:
    """The post of this id, within a transaction; `NotFoundError` if there is none."""
    found = yield BY_ID.one(id=id)
    if found is None:
        raise NotFoundError("gallery item", id)
    return Post(*found)


def recount(number: int) -> Transaction[None]:
    """Count again what people think of a post, if it is still there, and give it the place that is due to it."""
    counted = yield COUNTS.one(of=number)
    if counted is None:
        return
    favorites = counted.of_image + counted.of_album
    score = counted.ups - counted.downs + counted.comments + favorites
    yield SETTLE.run(
        of=number,
        new_ups=counted.ups,
        new_downs=counted.downs,
        new_comments=counted.comments,
        new_favorites=favorites,
        new_score=score,
        new_viral=viral_rank(score, counted.created),
    )


def viral_rank(score: int, created: int) -> float:
    """The number that the gallery is sorted by; higher stands higher."""
    return copysign(log10(max(abs(score), 1)), score) + created / TENFOLD


def least_viral(since: int) -> float:
    """What no post that was made since then stands below."""
    return since / TENFOLD - DIGITS


def update_search_words(id: str) -> Transaction[None]:
    """After what a post says has changed: let it be found by its new words."""
    yield from _keep_words((yield from named(id)).number)


def _keep_words(number: int) -> Transaction[None]:
    yield FORGET_WORDS.run(of=number)
    yield KEEP_WORDS.run(of=number)


def retag(number: int, wanted: list[str]) -> Transaction[None]:
    """Make these a post's tags, and let it be found by them."""
    names = yield from tags.set_tags(number, wanted)
    yield TAGGED.run(of=number, new_tags=" ".join(names))
    yield from _keep_words(number)


def remove_post(id: str) -> Transaction[None]:
    """Take a post out of the gallery, with its votes, comments and tags; what it shows stays."""
    found = yield from named(id)
    yield from tags.clear_tags(found.number)
    yield REMOVE.run(of=found.number)
    yield SHOW_IMAGE.run(of=found.image_id, shown=0)
    yield SHOW_ALBUM.run(of=found.album_id, shown=0)
