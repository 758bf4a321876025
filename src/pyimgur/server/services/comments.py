"""Comments under posts: trees of replies that can be voted on and reported, and deleted by their author.

A deleted comment with replies keeps its place in the tree, without text or author. One without replies disappears from
every list. A new comment starts with its author's vote up.
"""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import comments as queries
from pyimgur.server.db.queries.comments import Comment as Comment
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.db.rows import RowNumber
from pyimgur.server.errors import NotFoundError, ValidationError
from pyimgur.server.services import notifications, posts, votes
from pyimgur.server.services.authorization import require_owner

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

MAX_LENGTH = 500
"""Characters of a comment."""
MAX_DEPTH = 50
"""Levels of replies below a comment on a post."""
PAGE = queries.PAGE
ACCOUNT_SORTS = tuple(queries.LIST_BY_ACCOUNT)
SMALL_TREE = 250
"""Larger trees are built, and serialized, in a thread or in parts, so that they do not block the event loop."""


@dataclass(slots=True)
class CommentTree:
    """A comment and the replies to it."""

    comment: Comment
    replies: list[CommentTree] = field(default_factory=list["CommentTree"])


SORTS: Mapping[str, Callable[[CommentTree], tuple[int, ...]]] = {
    "best": lambda tree: (-tree.comment.points, tree.comment.id),
    "top": lambda tree: (-tree.comment.ups, tree.comment.id),
    "new": lambda tree: (-tree.comment.id,),
}
"""Sort keys: best by points, top by votes up, new by age."""


async def add(
    context: ServerContext, post_id: str, account: int, text: str, *, parent: int | None = None, platform: str = "api"
) -> int:
    """Add a comment to a post, or a reply to a comment, and return its number.

    Raises:
        ValidationError: the text is empty or too long, or the replies are nested too deep.
        NotFoundError: there is no such post, or no such comment under it.
    """
    text = text.strip()
    if not text:
        raise ValidationError("A comment is required.")
    if len(text) > MAX_LENGTH:
        raise ValidationError(f"A comment may have {MAX_LENGTH} characters; this one has {len(text)}.")
    return await context.db.write(_add(post_id, account, text, parent, platform, context.now))


@transaction
def _add(post_id: str, account: int, text: str, parent: int | None, platform: str, now: int) -> Steps[int]:
    post = yield from posts.get_in_transaction(post_id)
    depth = 0
    if parent:
        replied_to = yield from _require_not_deleted(parent)
        if replied_to.post_id != post_id:
            raise NotFoundError("comment", str(parent))
        depth = replied_to.depth + 1
    if depth > MAX_DEPTH:
        raise ValidationError("These answers go too deep. Answer a comment further up.")
    new: RowNumber = yield queries.INSERT.exactly_one(
        post=post.number,
        account_id=account,
        parent=parent or None,
        depth=depth,
        text=text,
        platform=platform,
        created=now,
    )
    yield from _set_vote(new.id, account, votes.UP, now)
    yield from posts.recount(post.number)
    yield from notifications.notify_of_comment(new.id, now)
    return new.id


@transaction
def _require_not_deleted(id: int) -> Steps[Comment]:
    return _not_deleted((yield queries.GET_BY_ID.one(id=id)), id)


def _not_deleted(row: Comment | None, id: int) -> Comment:
    if row is None or row.deleted:
        raise NotFoundError("comment", str(id))
    return row


async def get(context: ServerContext, id: int) -> Comment:
    """Return the comment of this number.

    Raises:
        NotFoundError: there is no such comment, or its author deleted it.
    """
    return _not_deleted(await context.db.read(queries.GET_BY_ID.one(id=id)), id)


async def get_by_ids(context: ServerContext, ids: Sequence[int]) -> dict[int, Comment]:
    """Return the comments of these numbers, by number; deleted ones are left out."""
    rows = await context.db.scan(queries.LIST_BY_IDS.all(ids=ids))
    return {row.id: row for row in rows if not row.deleted}


async def list_top(context: ServerContext) -> list[Comment]:
    """Return the comments with the most points."""
    return await context.db.scan(queries.LIST_TOP.all())


async def list_trees(context: ServerContext, post_id: str, sort: str = "best") -> list[CommentTree]:
    """Return the comments under a post as trees, sorted on every level.

    Raises:
        NotFoundError: there is no such post.
    """
    await posts.get(context, post_id)
    rows = await context.db.scan(queries.LIST_BY_POST.all(post=post_id))
    if len(rows) <= SMALL_TREE:
        return _build_trees(rows, sort)
    return await to_thread(_build_trees, rows, sort)


async def get_tree(context: ServerContext, id: int) -> CommentTree:
    """Return a comment with the replies to it. Errors as in `get`."""
    comment = await get(context, id)
    rows = await context.db.scan(queries.LIST_BY_POST.all(post=comment.post_id))
    by_id = _trees_by_id(rows, "best")
    return by_id.get(id) or CommentTree(comment)  # a list that is too long lacks some


def _build_trees(rows: Iterable[Comment], sort: str) -> list[CommentTree]:
    by_id = _trees_by_id(rows, sort)
    return sorted((tree for tree in by_id.values() if tree.comment.parent not in by_id), key=SORTS[sort])


def _trees_by_id(rows: Iterable[Comment], sort: str) -> dict[int, CommentTree]:
    """Return the tree below every comment. The rows are in the order of writing, so a reply follows its parent."""
    by_id = {row.id: CommentTree(row) for row in rows}
    for id in reversed(by_id):  # replies before their parents, so that a tree is complete when it is sorted
        tree = by_id[id]
        tree.replies.sort(key=SORTS[sort])
        if tree.comment.deleted and not tree.replies:
            continue
        if parent := by_id.get(tree.comment.parent or 0):
            parent.replies.append(tree)
    return {id: tree for id, tree in by_id.items() if tree.replies or not tree.comment.deleted}


async def list_by_account(
    context: ServerContext, account: int, *, sort: str = "newest", page: int = 0
) -> list[Comment]:
    """Return a page of an account's comments."""
    query = queries.LIST_BY_ACCOUNT[sort].all(account=account, offset=page * PAGE)
    return await context.db.scan(query)


async def count_by_account(context: ServerContext, account: int) -> int:
    """Return how many comments an account wrote, without deleted ones."""
    return (await context.db.scan(queries.COUNT_BY_ACCOUNT.exactly_one(account=account))).total


async def remove(context: ServerContext, id: int, account: int | None) -> None:
    """Delete the account's own comment.

    Raises:
        NotFoundError: there is no such comment, or it is already deleted.
        ForbiddenError: it is somebody else's.
    """
    await context.db.write(_remove(id, account))


@transaction
def _remove(id: int, account: int | None) -> Steps[None]:
    comment = yield from _require_not_deleted(id)
    require_owner(comment, account)
    yield queries.MARK_DELETED.run(of=id)
    yield from posts.recount((yield from posts.get_in_transaction(comment.post_id)).number)


async def vote(context: ServerContext, id: int, account: int, word: str) -> None:
    """Vote a comment up or down, or withdraw the vote ("veto").

    Raises:
        NotFoundError: there is no such comment, or it is deleted.
        ValidationError: the word is not a vote.
    """
    await context.db.write(_vote(id, account, votes.parse_vote(word), context.now))


@transaction
def _vote(id: int, account: int, value: int, now: int) -> Steps[None]:
    yield from _require_not_deleted(id)
    yield from _set_vote(id, account, value, now)


@transaction
def _set_vote(id: int, account: int, value: int, now: int) -> Steps[None]:
    yield queries.DELETE_VOTE.run(of=id, voter=account)
    if value:
        yield queries.INSERT_VOTE.run(comment=id, account=account, vote=value, created=now)
    yield from recount_votes(id)


@transaction
def recount_votes(id: int) -> Steps[None]:
    """Count a comment's votes again, within a transaction."""
    yield queries.UPDATE_VOTE_COUNTS.run(of=id)


async def get_votes(context: ServerContext, account: int, ids: Sequence[int]) -> dict[int, str]:
    """Return the account's votes on comments, by the comments' numbers; those without a vote are left out."""
    rows = await context.db.scan(queries.LIST_VOTES.all(account=account, ids=ids))
    return {row.comment: votes.NAMES[row.vote] for row in rows}
