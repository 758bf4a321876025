"""Posts: the images and albums in the gallery. A post has the id of its image or album.

The counts of a post are never adjusted by one: `recount` counts the rows again after every vote, comment and favorite.

    points = ups - downs
    score  = points + comments + favorites
    viral  = log10(|score|, at least 1) with the score's sign + seconds since 1970 / 45,000

A post with ten times the score of another therefore ranks like one that is 12.5 hours newer. No post's `viral` changes
with time, so that an index holds the gallery's order. The sort `rising` is score by age, score / (hours + 1), among the
posts of the last day. A post with a score of 10 or more is called viral.
"""

from __future__ import annotations

from math import copysign, log10
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import posts as queries
from pyimgur.server.db.queries.posts import Post as Post
from pyimgur.server.db.queries.posts import Reactions, SearchedTexts
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.services import tags
from pyimgur.server.services._lookup import get_or_not_found

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

VIRAL = 10
"""The score from which a post counts as viral."""
SECONDS_PER_TENFOLD = 45_000
"""How much newer a post must be to rank like one with ten times its score."""
SCORE_DIGITS = 19
"""Digits of the largest possible score."""


async def get(context: ServerContext, id: str) -> Post:
    """Return the post of this id.

    Raises:
        NotFoundError: there is no such post in the gallery.
    """
    return get_or_not_found(await context.db.read(queries.GET_BY_ID.one(id=id)), "gallery item", id)


@transaction
def get_in_transaction(id: str) -> Steps[Post]:
    """Return the post of this id within a transaction; errors as in `get`."""
    post: Post | None = yield queries.GET_BY_ID.one(id=id)
    return get_or_not_found(post, "gallery item", id)


@transaction
def recount(number: int) -> Steps[None]:
    """Count a post's votes, comments and favorites again, and update its rank; ignore a post that was deleted."""
    counts: Reactions | None = yield queries.COUNT_REACTIONS.one(of=number)
    if counts is None:
        return
    favorites = counts.image_favorites + counts.album_favorites
    score = counts.ups - counts.downs + counts.comments + favorites
    yield queries.UPDATE_COUNTS.run(
        of=number,
        new_ups=counts.ups,
        new_downs=counts.downs,
        new_comments=counts.comments,
        new_favorites=favorites,
        new_score=score,
        new_viral=viral_rank(score, counts.created),
    )


def viral_rank(score: int, created: int) -> float:
    """Return the rank that the gallery is sorted by, highest first."""
    return copysign(log10(max(abs(score), 1)), score) + created / SECONDS_PER_TENFOLD


def least_viral(since: int) -> float:
    """Return a lower bound for the rank of posts created since this time."""
    return since / SECONDS_PER_TENFOLD - SCORE_DIGITS


@transaction
def update_search_words(id: str) -> Steps[None]:
    """Update what searches find a post by, after its title or description changed."""
    yield from _update_words((yield from get_in_transaction(id)).number)


@transaction
def _update_words(number: int) -> Steps[None]:
    yield queries.DELETE_WORDS.run(of=number)
    texts: SearchedTexts | None = yield queries.GET_SEARCHED_TEXTS.one(of=number)
    if texts is not None:
        yield queries.INSERT_WORDS.run(rowid=number, **texts._asdict())


@transaction
def retag(number: int, new_tags: list[str]) -> Steps[None]:
    """Replace a post's tags, and update what searches find it by."""
    names = yield from tags.set_tags(number, new_tags)
    yield queries.SET_TAGS.run(of=number, new_tags=" ".join(names))
    yield from _update_words(number)


@transaction
def remove_post(id: str) -> Steps[None]:
    """Remove a post from the gallery with its votes, comments and tags; its image or album stays.

    Raises:
        NotFoundError: there is no such post.
    """
    post = yield from get_in_transaction(id)
    yield from tags.clear_tags(post.number)
    yield queries.DELETE.run(of=post.number)
    yield queries.SET_IMAGE_IN_GALLERY.run(of=post.image_id, shown=0)
    yield queries.SET_ALBUM_IN_GALLERY.run(of=post.album_id, shown=0)
