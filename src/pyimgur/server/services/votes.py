"""Votes on posts, and what a person thinks of the things in a list: their vote, and whether it is a favourite."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.db.queries import votes as queries
from pyimgur.server.db.query import Transaction
from pyimgur.server.errors import ValidationError
from pyimgur.server.services import posts

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

UP, DOWN, NONE = 1, -1, 0
WORDS = {"up": UP, "down": DOWN, "veto": NONE}
NAMES = {UP: "up", DOWN: "down"}


class ViewerState(NamedTuple):
    """What one person thinks of one thing."""

    vote: str | None
    favorite: bool


def value_of(word: str) -> int:
    """What up, down and veto mean."""
    try:
        return WORDS[word]
    except KeyError:
        raise ValidationError(f"The vote {word} is none of up, down, veto.") from None


async def vote(library: ServerContext, id: str, voter: int, word: str) -> None:
    """Vote a post up or down, or take the vote back; a person has one vote.

    Raises:
        NotFoundError: nothing of this id stands in the gallery.
        ValidationError: that is no vote.
    """
    await library.db.write(_vote(id, voter, value_of(word), library.now))


def _vote(id: str, voter: int, value: int, now: int) -> Transaction[None]:
    yield from set_vote((yield from posts.named(id)).number, voter, value, now)


def set_vote(number: int, voter: int, value: int, now: int) -> Transaction[None]:
    """Make this a person's vote on a post, and count again."""
    yield queries.DELETE.run(of=number, voter=voter)
    if value:
        yield queries.INSERT.run(post=number, account=voter, vote=value, created=now)
    yield from posts.recount(number)


async def viewer_state(library: ServerContext, person: int, ids: Sequence[str]) -> dict[str, ViewerState]:
    """What a person thinks of the images, albums and posts of these ids."""
    call = queries.LIST_VIEWER_STATE.all(account=person, ids=json.dumps(ids))
    rows = await (library.db.read(call) if len(ids) == 1 else library.db.scan(call))
    return {row.id: ViewerState(NAMES.get(row.vote), bool(row.favorite)) for row in rows}
