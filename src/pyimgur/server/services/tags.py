"""Tags: what posts are about. Names are lower case with underscores; a tag exists once a post has carried it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from pyimgur.server.db.query import Query, Transaction, list_parameter
from pyimgur.server.db.schema import post_tag, tag, tag_follow
from pyimgur.server.errors import NotFoundError

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

MOST = 30
"""How many tags a post may carry."""
LONGEST = 64
DEFAULTS = 50
_GAPS = re.compile(r"[\s_]+")
_UNFIT = re.compile(r"[^\w-]")

_FOLLOWERS = select(func.count()).where(tag_follow.c.tag == tag.c.id).scalar_subquery()
_COLUMNS = (*tag.c, _FOLLOWERS.label("followers"))
BY_NAME = Query(select(*_COLUMNS).where(tag.c.name == bindparam("name")))
MOST_USED = Query(
    select(*_COLUMNS).where(tag.c.total > 0).order_by(tag.c.total.desc(), tag.c.name).limit(bindparam("limit"))
)
_LISTED = list_parameter("posts")
OF_POSTS = Query(
    select(post_tag.c.post, *_COLUMNS)
    .select_from(_LISTED)
    .join(post_tag, post_tag.c.post == _LISTED.c.value)
    .join(tag, tag.c.id == post_tag.c.tag)
    .order_by(post_tag.c.post, post_tag.c.position)
)
ADD = Query(insert(tag))
GIVE = Query(insert(post_tag))
TAKE = Query(delete(post_tag).where(post_tag.c.post == bindparam("of")))
_CARRIED = select(post_tag.c.tag).where(post_tag.c.post == bindparam("of"))
COUNT_IN = Query(update(tag).where(tag.c.id.in_(_CARRIED)).values(total=tag.c.total + 1))
COUNT_OUT = Query(update(tag).where(tag.c.id.in_(_CARRIED)).values(total=tag.c.total - 1))


class Tag(NamedTuple):
    """One tag's row."""

    id: int
    name: str
    display_name: str
    total: int
    """How many posts carry it."""
    followers: int


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
    found = await library.db.read(BY_NAME.one(name=name_of(name)))
    if found is None:
        raise NotFoundError("tag", name)
    return Tag(*found)


async def defaults(library: ServerContext) -> list[Tag]:
    """The tags that most posts carry."""
    return [Tag(*row) for row in await library.db.scan(MOST_USED.all(limit=DEFAULTS))]


async def of_posts(library: ServerContext, posts: Iterable[int]) -> dict[int, list[Tag]]:
    """The tags of these posts, by their numbers; those without any are left out."""
    found: dict[int, list[Tag]] = {}
    for number, *row in await library.db.scan(OF_POSTS.all(posts=json.dumps(list(posts)))):
        found.setdefault(number, []).append(Tag(*row))
    return found


def set_tags(post: int, tags: Sequence[str]) -> Transaction[list[str]]:
    """Make these a post's tags, instead of those it has; gives their names."""
    yield from clear_tags(post)
    shown = {name_of(each): each for each in tags}
    names = [name for name in shown if name][:MOST]
    for position, name in enumerate(names):
        known = yield BY_NAME.one(name=name)
        if known is None:
            yield ADD.run(name=name, display_name=shown[name].lower())
            known = yield BY_NAME.one(name=name)
        yield GIVE.run(post=post, tag=known.id, position=position)
    yield COUNT_IN.run(of=post)
    return names


def clear_tags(post: int) -> Transaction[None]:
    """Take all tags from a post, which may be about to go."""
    yield COUNT_OUT.run(of=post)
    yield TAKE.run(of=post)
