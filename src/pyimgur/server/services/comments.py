"""Comments under posts: trees whose every branch may be voted on, answered, reported, and deleted by its author.

A deleted comment that was answered keeps its place in the tree and nothing else; one that was not is gone from every
list. The author's own vote goes up with the comment.
"""

from __future__ import annotations

import json
from asyncio import to_thread
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import comments as queries
from pyimgur.server.db.queries.comments import Comment as Comment
from pyimgur.server.db.query import Transaction
from pyimgur.server.errors import NotFoundError, ValidationError
from pyimgur.server.services import notifications, posts, votes
from pyimgur.server.services.authorization import require_owner

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

LONGEST = 500
DEEPEST = 50
"""How far an answer may be from the comment that it all began with."""
SETTLE = queries.UPDATE_VOTE_COUNTS
PAGE = queries.PAGE
ACCOUNT_SORTS = tuple(queries.LIST_BY_ACCOUNT)
FEW = 250
"""More comments than these are made into a tree, or an answer, where that holds up nobody else."""


@dataclass(slots=True)
class CommentTree:
    """A comment and the answers to it."""

    comment: Comment
    answers: list[CommentTree] = field(default_factory=list["CommentTree"])


SORTS: Mapping[str, Callable[[CommentTree], tuple[int, ...]]] = {
    "best": lambda branch: (-branch.comment.points, branch.comment.id),
    "top": lambda branch: (-branch.comment.ups, branch.comment.id),
    "new": lambda branch: (-branch.comment.id,),
}
"""best by points, top by votes up, new by age."""


async def add(
    library: ServerContext, post_id: str, account: int, text: str, *, parent: int | None = None, platform: str = "api"
) -> int:
    """Write a comment under a post, or an answer to one; gives its number.

    Raises:
        ValidationError: it is empty or too long, or the answers go too deep.
        NotFoundError: there is no such post, or no such comment under it.
    """
    text = text.strip()
    if not text:
        raise ValidationError("A comment is required.")
    if len(text) > LONGEST:
        raise ValidationError(f"A comment may have {LONGEST} characters; this one has {len(text)}.")
    return await library.db.write(_add(post_id, account, text, parent, platform, library.now))


def _add(post_id: str, account: int, text: str, parent: int | None, platform: str, now: int) -> Transaction[int]:
    under = yield from posts.named(post_id)
    depth = 0
    if parent:
        answered = yield from _require_not_deleted(parent)
        if answered.post_id != post_id:
            raise NotFoundError("comment", str(parent))
        depth = answered.depth + 1
    if depth > DEEPEST:
        raise ValidationError("These answers go too deep. Answer a comment further up.")
    yield queries.INSERT.run(
        post=under.number,
        account_id=account,
        parent=parent or None,
        depth=depth,
        text=text,
        platform=platform,
        created=now,
    )
    made: int = (yield queries.GET_NEWEST_ID.one(account=account)).id
    yield from _cast(made, account, votes.UP, now)
    yield from posts.recount(under.number)
    yield from notifications.notify_of_comment(made, now)
    return made


def _require_not_deleted(id: int) -> Transaction[Comment]:
    found = yield queries.GET_BY_ID.one(id=id)
    if found is None or found.deleted:
        raise NotFoundError("comment", str(id))
    return Comment(*found)


async def get(library: ServerContext, id: int) -> Comment:
    """The comment of this number.

    Raises:
        NotFoundError: there is none, or its author deleted it.
    """
    found = await library.db.read(queries.GET_BY_ID.one(id=id))
    if found is None or found.deleted:
        raise NotFoundError("comment", str(id))
    return Comment(*found)


async def of_ids(library: ServerContext, ids: Sequence[int]) -> dict[int, Comment]:
    """The comments of these numbers; those that are gone or deleted are left out."""
    rows = await library.db.scan(queries.LIST_BY_IDS.all(ids=json.dumps(list(ids))))
    return {row.id: Comment(*row) for row in rows if not row.deleted}


async def top(library: ServerContext) -> list[Comment]:
    """The comments with the most points."""
    return [Comment(*row) for row in await library.db.scan(queries.LIST_TOP.all())]


async def tree(library: ServerContext, post_id: str, sort: str = "best") -> list[CommentTree]:
    """All comments under a post, answers below what they answer."""
    await posts.get(library, post_id)
    rows = await library.db.scan(queries.LIST_BY_POST.all(post=post_id))
    if len(rows) <= FEW:
        return _build_tree((Comment(*row) for row in rows), sort)
    return await to_thread(_build_tree, (Comment(*row) for row in rows), sort)


async def branch(library: ServerContext, id: int) -> CommentTree:
    """A comment and the answers to it."""
    found = await get(library, id)
    rows = await library.db.scan(queries.LIST_BY_POST.all(post=found.post_id))
    return _branches((Comment(*row) for row in rows), "best").get(id) or CommentTree(
        found
    )  # of too many, some are left out


def _build_tree(rows: Iterable[Comment], sort: str) -> list[CommentTree]:
    made = _branches(rows, sort)
    return sorted((each for each in made.values() if each.comment.parent not in made), key=SORTS[sort])


def _branches(rows: Iterable[Comment], sort: str) -> dict[int, CommentTree]:
    """Every comment as a branch, in the order they were written, which puts an answer behind what it answers."""
    made = {row.id: CommentTree(row) for row in rows}
    for id in reversed(made):  # leaves first, so that all answers are there before their branch is looked at
        each = made[id]
        each.answers.sort(key=SORTS[sort])
        if each.comment.deleted and not each.answers:
            continue
        if above := made.get(each.comment.parent or 0):
            above.answers.append(each)
    return {id: each for id, each in made.items() if each.answers or not each.comment.deleted}


async def of_account(library: ServerContext, account: int, *, sort: str = "newest", page: int = 0) -> list[Comment]:
    """A page of the comments that an account wrote."""
    return [
        Comment(*row)
        for row in await library.db.scan(queries.LIST_BY_ACCOUNT[sort].all(account=account, offset=page * PAGE))
    ]


async def count(library: ServerContext, account: int) -> int:
    """How many comments an account wrote."""
    return int((await library.db.scan(queries.COUNT_BY_ACCOUNT.one(account=account))).count)


async def remove(library: ServerContext, id: int, account: int | None) -> None:
    """Delete one's own comment."""
    await library.db.write(_remove(id, account))


def _remove(id: int, account: int | None) -> Transaction[None]:
    found = yield from _require_not_deleted(id)
    require_owner(found, account)
    yield queries.MARK_DELETED.run(of=id)
    yield from posts.recount((yield from posts.named(found.post_id)).number)


async def vote(library: ServerContext, id: int, account: int, word: str) -> None:
    """Vote a comment up or down, or take the vote back."""
    await library.db.write(_vote(id, account, votes.value_of(word), library.now))


def _vote(id: int, account: int, value: int, now: int) -> Transaction[None]:
    yield from _require_not_deleted(id)
    yield from _cast(id, account, value, now)


def _cast(id: int, account: int, value: int, now: int) -> Transaction[None]:
    yield queries.DELETE_VOTE.run(of=id, voter=account)
    if value:
        yield queries.INSERT_VOTE.run(comment=id, account=account, vote=value, created=now)
    yield queries.UPDATE_VOTE_COUNTS.run(of=id)


async def marks(library: ServerContext, account: int, ids: Sequence[int]) -> dict[int, str]:
    """How a person voted on these comments; those they did not vote on are left out."""
    rows = await library.db.scan(queries.LIST_VOTES.all(account=account, ids=json.dumps(ids)))
    return {row.comment: votes.NAMES[row.vote] for row in rows}
