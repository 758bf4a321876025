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
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import posts as queries
from pyimgur.server.db.queries.posts import Post as Post
from pyimgur.server.db.query import Transaction
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


async def get(library: ServerContext, id: str) -> Post:
    """The post of this id.

    Raises:
        NotFoundError: nothing of this id stands in the gallery.
    """
    found = await library.db.read(queries.GET_BY_ID.one(id=id))
    if found is None:
        raise NotFoundError("gallery item", id)
    return Post(*found)


def named(id: str) -> Transaction[Post]:
    """The post of this id, within a transaction; `NotFoundError` if there is none."""
    found = yield queries.GET_BY_ID.one(id=id)
    if found is None:
        raise NotFoundError("gallery item", id)
    return Post(*found)


def recount(number: int) -> Transaction[None]:
    """Count again what people think of a post, if it is still there, and give it the place that is due to it."""
    counted = yield queries.COUNT_REACTIONS.one(of=number)
    if counted is None:
        return
    favorites = counted.of_image + counted.of_album
    score = counted.ups - counted.downs + counted.comments + favorites
    yield queries.UPDATE_COUNTS.run(
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
    yield queries.DELETE_WORDS.run(of=number)
    yield queries.INSERT_WORDS.run(of=number)


def retag(number: int, wanted: list[str]) -> Transaction[None]:
    """Make these a post's tags, and let it be found by them."""
    names = yield from tags.set_tags(number, wanted)
    yield queries.SET_TAGS.run(of=number, new_tags=" ".join(names))
    yield from _keep_words(number)


def remove_post(id: str) -> Transaction[None]:
    """Take a post out of the gallery, with its votes, comments and tags; what it shows stays."""
    found = yield from named(id)
    yield from tags.clear_tags(found.number)
    yield queries.DELETE.run(of=found.number)
    yield queries.SET_IMAGE_IN_GALLERY.run(of=found.image_id, shown=0)
    yield queries.SET_ALBUM_IN_GALLERY.run(of=found.album_id, shown=0)
