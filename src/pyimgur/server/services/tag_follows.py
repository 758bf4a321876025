"""Followed tags, and the feed made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.db.queries import tag_follows as queries
from pyimgur.server.db.queries import tags as tag_queries
from pyimgur.server.db.queries.tags import Tag
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.errors import ServerError
from pyimgur.server.services import tags
from pyimgur.server.services._lookup import get_or_not_found
from pyimgur.server.services.posts import Post

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

PAGE = 60


class NotFollowed(ServerError):
    """The tag exists, but the account does not follow it."""


async def list_followed(context: ServerContext, account: int) -> list[str]:
    """Return the names of the tags that an account follows."""
    return [row.name for row in await context.db.scan(queries.LIST_FOLLOWED.all(account=account))]


async def list_feed(context: ServerContext, account: int, *, page: int) -> list[Post]:
    """Return a page of the posts with a followed tag, newest first; mature ones only if the account shows them."""
    return await context.db.scan(queries.LIST_FEED.all(account=account, limit=PAGE, offset=page * PAGE))


async def follow(context: ServerContext, account: int, name: str) -> None:
    """Follow a tag; nothing changes if the account already does.

    Raises:
        NotFoundError: there is no such tag.
    """
    await context.db.write(_follow(account, name, context.now))


async def unfollow(context: ServerContext, account: int, name: str) -> None:
    """Unfollow a tag.

    Raises:
        NotFoundError: there is no such tag.
        NotFollowed: the account does not follow it.
    """
    await context.db.write(_unfollow(account, name))


@transaction
def _follow(account: int, name: str, now: int) -> Steps[None]:
    tag_id = yield from _tag_id(name)
    yield queries.INSERT.run(account=account, tag=tag_id, created=now)


@transaction
def _unfollow(account: int, name: str) -> Steps[None]:
    tag_id = yield from _tag_id(name)
    if not (yield queries.DELETE.run(account=account, tag=tag_id)):
        raise NotFollowed("Not following tag")


@transaction
def _tag_id(name: str) -> Steps[int]:
    tag: Tag | None = yield tag_queries.GET_BY_NAME.one(name=tags.normalize_name(name))
    return get_or_not_found(tag, "tag", name).id
