"""Votes on posts, and the viewer's state of items in a list: their vote, and whether it is a favorite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.db.queries import votes as queries
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.errors import ValidationError
from pyimgur.server.services import posts

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

UP, DOWN, NONE = 1, -1, 0
WORDS = {"up": UP, "down": DOWN, "veto": NONE}
NAMES = {UP: "up", DOWN: "down"}


class ViewerState(NamedTuple):
    """A viewer's vote on an image, album or post, and whether it is a favorite of theirs."""

    vote: str | None
    favorite: bool


def parse_vote(word: str) -> int:
    """Return the number for up, down or veto.

    Raises:
        ValidationError: the word is none of these.
    """
    try:
        return WORDS[word]
    except KeyError:
        raise ValidationError(f"The vote {word} is none of up, down, veto.") from None


async def vote(context: ServerContext, id: str, voter: int, word: str) -> None:
    """Vote a post up or down, or withdraw the vote ("veto"). A new vote replaces the voter's earlier one.

    Raises:
        NotFoundError: there is no such post.
        ValidationError: the word is not a vote.
    """
    await context.db.write(_vote(id, voter, parse_vote(word), context.now))


@transaction
def _vote(id: str, voter: int, value: int, now: int) -> Steps[None]:
    yield from set_vote((yield from posts.get_in_transaction(id)).number, voter, value, now)


@transaction
def set_vote(number: int, voter: int, value: int, now: int) -> Steps[None]:
    """Replace the voter's vote on a post, and count the post's votes again.

    Two votes of one voter at once do not meet between the two statements: `Engine.write` is serializable.
    """
    yield queries.DELETE.run(of=number, voter=voter)
    if value:
        yield queries.INSERT.run(post=number, account=voter, vote=value, created=now)
    yield from posts.recount(number)


async def get_viewer_state(context: ServerContext, viewer: int, ids: Sequence[str]) -> dict[str, ViewerState]:
    """Return the viewer's state of images, albums and posts, by id."""
    query = queries.LIST_VIEWER_STATE.all(account=viewer, ids=ids)
    rows = await (context.db.read(query) if len(ids) == 1 else context.db.scan(query))
    return {row.id: ViewerState(vote=NAMES.get(row.vote or NONE), favorite=bool(row.favorite)) for row in rows}
