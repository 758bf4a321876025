"""Which tags people follow: what their feed is made of."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import tag_follows as queries
from pyimgur.server.db.queries import tags as tag_queries
from pyimgur.server.db.query import IntegrityConflict, Transaction
from pyimgur.server.errors import NotFoundError, ServerError
from pyimgur.server.services import tags
from pyimgur.server.services.posts import Post

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

PAGE = 60


class NotFollowed(ServerError):
    """The tag is there, but this person does not follow it."""


async def followed_tags(library: ServerContext, account: int) -> list[str]:
    """The names of the tags that somebody follows."""
    return [row.name for row in await library.db.scan(queries.LIST_FOLLOWED.all(account=account))]


async def feed(library: ServerContext, account: int, *, page: int) -> list[Post]:
    """A page of the posts that carry a tag one follows, the newest first; those for adults for who wants them."""
    rows = await library.db.scan(queries.LIST_FEED.all(account=account, limit=PAGE, offset=page * PAGE))
    return [Post(*row) for row in rows]


async def follow(library: ServerContext, account: int, name: str) -> None:
    """Follow a tag; to do it again changes nothing.

    Raises:
        NotFoundError: there is no such tag.
    """
    await library.db.write(_follow(account, name, library.now))


async def unfollow(library: ServerContext, account: int, name: str) -> None:
    """Follow a tag no more.

    Raises:
        NotFoundError: there is no such tag.
        NotFollowed: nor did one follow it.
    """
    await library.db.write(_unfollow(account, name))


def _follow(account: int, name: str, now: int) -> Transaction[None]:
    number = yield from _number(name)
    with suppress(IntegrityConflict):
        yield queries.INSERT.run(account=account, tag=number, created=now)


def _unfollow(account: int, name: str) -> Transaction[None]:
    number = yield from _number(name)
    if not (yield queries.DELETE.run(account=account, tag=number)):
        raise NotFollowed("Not following tag")


def _number(name: str) -> Transaction[int]:
    found = yield tag_queries.GET_BY_NAME.one(name=tags.name_of(name))
    if found is None:
        raise NotFoundError("tag", name)
    return found.id
