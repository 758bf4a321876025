"""Tags of posts. A name has lower-case letters, digits, hyphens and underscores; a post's first use creates the tag."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import tags as queries
from pyimgur.server.db.queries.tags import Tag as Tag
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.services._lookup import get_or_not_found

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

MAX_TAGS = 30
"""Tags of one post; the rest is ignored."""
MAX_LENGTH = 64
DEFAULTS = 50
_GAPS = re.compile(r"[\s_]+")
_UNFIT = re.compile(r"[^\w-]")


def normalize_name(text: str) -> str:
    """Return a tag's name as it appears in URLs; empty if no character of the text can be part of one."""
    return _UNFIT.sub("", _GAPS.sub("_", text.strip().lstrip("#")).lower()).strip("_")[:MAX_LENGTH]


def split_names(text: str) -> list[str]:
    """Return the display names of comma-separated tags."""
    return [" ".join(part.replace("_", " ").split())[:MAX_LENGTH] for part in text.split(",") if normalize_name(part)]


async def get(context: ServerContext, name: str) -> Tag:
    """Return the tag of this name.

    Raises:
        NotFoundError: no post ever had this tag.
    """
    return get_or_not_found(await context.db.read(queries.GET_BY_NAME.one(name=normalize_name(name))), "tag", name)


async def list_defaults(context: ServerContext) -> list[Tag]:
    """Return the tags with the most posts."""
    return await context.db.scan(queries.LIST_MOST_USED.all(limit=DEFAULTS))


async def list_by_posts(context: ServerContext, posts: Iterable[int]) -> dict[int, list[Tag]]:
    """Return the tags of posts, by the posts' numbers; posts without tags are left out."""
    by_post: dict[int, list[Tag]] = {}
    for row in await context.db.scan(queries.LIST_BY_POSTS.all(posts=list(posts))):
        by_post.setdefault(row.post, []).append(row.tag)
    return by_post


@transaction
def set_tags(post: int, tags: Sequence[str]) -> Steps[list[str]]:
    """Replace a post's tags, and return the names of the new ones."""
    yield from clear_tags(post)
    display_names = {normalize_name(tag): tag for tag in tags}
    names = [name for name in display_names if name][:MAX_TAGS]
    for position, name in enumerate(names):
        tag = yield from _get_or_create(name, display_names[name])
        yield queries.INSERT_POST_TAG.run(post=post, tag=tag.id, position=position)
    yield queries.INCREMENT_TOTALS.run(of=post)
    return names


@transaction
def _get_or_create(name: str, display_name: str) -> Steps[Tag]:
    tag: Tag | None = yield queries.GET_BY_NAME.one(name=name)
    if tag is not None:
        return tag
    yield queries.INSERT.run(name=name, display_name=display_name.lower())
    return (yield queries.GET_BY_NAME.exactly_one(name=name))


@transaction
def clear_tags(post: int) -> Steps[None]:
    """Remove all tags of a post; call it before deleting a post, so that the tags' totals stay right."""
    yield queries.DECREMENT_TOTALS.run(of=post)
    yield queries.DELETE_POST_TAGS.run(of=post)
