"""Tags: what posts are about. Names are lower case with underscores; a tag exists once a post has carried it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import tags as queries
from pyimgur.server.db.queries.tags import Tag as Tag
from pyimgur.server.db.query import Transaction
from pyimgur.server.errors import NotFoundError

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

MOST = 30
"""How many tags a post may carry."""
LONGEST = 64
DEFAULTS = 50
_GAPS = re.compile(r"[\s_]+")
_UNFIT = re.compile(r"[^\w-]")


def name_of(text: str) -> str:
    """A tag's name as it stands in addresses; empty if nothing of the text is fit for one."""
    return _UNFIT.sub("", _GAPS.sub("_", text.strip().lstrip("#")).lower()).strip("_")[:LONGEST]


def split(text: str) -> list[str]:
    """Tags written with commas between them, as they are to be shown."""
    return [" ".join(part.replace("_", " ").split())[:LONGEST] for part in text.split(",") if name_of(part)]


async def get(library: ServerContext, name: str) -> Tag:
    """The tag of this name.

    Raises:
        NotFoundError: no post ever carried it.
    """
    found = await library.db.read(queries.GET_BY_NAME.one(name=name_of(name)))
    if found is None:
        raise NotFoundError("tag", name)
    return Tag(*found)


async def defaults(library: ServerContext) -> list[Tag]:
    """The tags that most posts carry."""
    return [Tag(*row) for row in await library.db.scan(queries.LIST_MOST_USED.all(limit=DEFAULTS))]


async def of_posts(library: ServerContext, posts: Iterable[int]) -> dict[int, list[Tag]]:
    """The tags of these posts, by their numbers; those without any are left out."""
    found: dict[int, list[Tag]] = {}
    for number, *row in await library.db.scan(queries.LIST_BY_POSTS.all(posts=json.dumps(list(posts)))):
        found.setdefault(number, []).append(Tag(*row))
    return found


def set_tags(post: int, tags: Sequence[str]) -> Transaction[list[str]]:
    """Make these a post's tags, instead of those it has; gives their names."""
    yield from clear_tags(post)
    shown = {name_of(each): each for each in tags}
    names = [name for name in shown if name][:MOST]
    for position, name in enumerate(names):
        known = yield queries.GET_BY_NAME.one(name=name)
        if known is None:
            yield queries.INSERT.run(name=name, display_name=shown[name].lower())
            known = yield queries.GET_BY_NAME.one(name=name)
        yield queries.INSERT_POST_TAG.run(post=post, tag=known.id, position=position)
    yield queries.INCREMENT_TOTALS.run(of=post)
    return names


def clear_tags(post: int) -> Transaction[None]:
    """Take all tags from a post, which may be about to go."""
    yield queries.DECREMENT_TOTALS.run(of=post)
    yield queries.DELETE_POST_TAGS.run(of=post)
