"""Comments under posts: trees whose every branch may be voted on, answered, reported, and deleted by its author.

A deleted comment that was answered keeps its place in the tree and nothing else; one that was not is gone from every
list. The author's own vote goes up with the comment.
"""

from __future__ import annotations

import json
from asyncio import to_thread
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, bindparam, delete, func, insert, select, update

from pyimgur.server.db.query import Query, Transaction, list_parameter
from pyimgur.server.db.schema import account, album, comment, comment_vote, post
from pyimgur.server.errors import ForbiddenError, NotFoundError, ValidationError
from pyimgur.server.services import albums, notifications, posts, votes

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

LONGEST = 500
DEEPEST = 50
"""How far an answer may be from the comment that it all began with."""
PAGE = 50
FEW = 250
"""More comments than these are made into a tree, or an answer, where that holds up nobody else."""
MOST = 5_000
"""How many comments of one post are shown."""

_POINTS = comment.c.ups - comment.c.downs
_FROM = (
    select(
        comment.c.id,
        post.c.id.label("post_id"),
        comment.c.account_id,
        comment.c.parent,
        comment.c.depth,
        comment.c.text,
        comment.c.platform,
        comment.c.created,
        comment.c.deleted,
        comment.c.ups,
        comment.c.downs,
        account.c.name.label("account_name"),
        post.c.album_id.is_not(None).label("on_album"),
        func.coalesce(albums.CHOSEN, albums.FIRST).label("album_cover"),
    )
    .select_from(comment)
    .join(post, post.c.number == comment.c.post)
    .outerjoin(account, account.c.id == comment.c.account_id)
    .outerjoin(album, album.c.id == post.c.album_id)
)
BY_ID = Query(_FROM.where(comment.c.id == bindparam("id")))
OF_POST = Query(_FROM.where(post.c.id == bindparam("post")).order_by(comment.c.id).limit(MOST))
_WRITTEN = _FROM.where(comment.c.account_id == bindparam("account"), comment.c.deleted == 0)
_ORDERS: Mapping[str, Sequence[Any]] = {
    "newest": (comment.c.id.desc(),),
    "oldest": (comment.c.id,),
    "best": (_POINTS.desc(), comment.c.id.desc()),
    "worst": (_POINTS, comment.c.id.desc()),
}


def _paged(statement: Select[*tuple[Any, ...]]) -> dict[str, Query]:
    paged = statement.limit(PAGE).offset(bindparam("offset"))
    return {sort: Query(paged.order_by(*order)) for sort, order in _ORDERS.items()}


OF_ACCOUNT = _paged(_WRITTEN)
COUNT = Query(
    select(func.count().label("count")).where(comment.c.account_id == bindparam("account"), comment.c.deleted == 0)
)
ADD = Query(insert(comment))
NEWEST = Query(select(func.max(comment.c.id).label("id")).where(comment.c.account_id == bindparam("account")))
DELETE = Query(update(comment).where(comment.c.id == bindparam("of")).values(deleted=1, text=""))
TAKE_BACK = Query(
    delete(comment_vote).where(comment_vote.c.comment == bindparam("of"), comment_vote.c.account == bindparam("voter"))
)
CAST = Query(insert(comment_vote))
_VOTES = select(func.count()).where(comment_vote.c.comment == bindparam("of"))
SETTLE = Query(
    update(comment)
    .where(comment.c.id == bindparam("of"))
    .values(
        ups=_VOTES.where(comment_vote.c.vote > 0).scalar_subquery(),
        downs=_VOTES.where(comment_vote.c.vote < 0).scalar_subquery(),
    )
)
_IDS = list_parameter("ids")
THESE = Query(_FROM.where(comment.c.id.in_(select(_IDS.c.value))))
TOP = Query(_FROM.where(comment.c.deleted == 0).order_by(*_ORDERS["best"]).limit(PAGE))
MARKS = Query(
    select(comment_vote.c.comment, comment_vote.c.vote)
    .select_from(_IDS)
    .join(comment_vote, comment_vote.c.comment == _IDS.c.value)
    .where(comment_vote.c.account == bindparam("account"))
)


class Comment(NamedTuple):
    """One comment's row, with its author's name and where it stands."""

    id: int
    post_id: str
    account_id: int | None
    """Whose it is; nobody's, if it is deleted and the account has gone."""
    parent: int | None
    depth: int
    text: str
    platform: str
    created: int
    deleted: int
    ups: int
    downs: int
    account_name: str | None
    on_album: int
    album_cover: str | None

    @property
    def points(self) -> int:
        """Votes up less votes down."""
        return self.ups - self.downs


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
    yield ADD.run(
        post=under.number,
        account_id=account,
        parent=parent or None,
        depth=depth,
        text=text,
        platform=platform,
        created=now,
    )
    made: int = (yield NEWEST.one(account=account)).id
    yield from _cast(made, account, votes.UP, now)
    yield from posts.recount(under.number)
    yield from notifications.notify_of_comment(made, now)
    return made


def _require_not_deleted(id: int) -> Transaction[Comment]:
    found = yield BY_ID.one(id=id)
    if found is None or found.deleted:
        raise NotFoundError("comment", str(id))
    return Comment(*found)


async def get(library: ServerContext, id: int) -> Comment:
    """The comment of this number.

    Raises:
        NotFoundError: there is none, or its author deleted it.
    """
    found = await library.db.read(BY_ID.one(id=id))
    if found is None or found.deleted:
        raise NotFoundError("comment", str(id))
    return Comment(*found)


async def of_ids(library: ServerContext, ids: Sequence[int]) -> dict[int, Comment]:
    """The comments of these numbers; those that are gone or deleted are left out."""
    rows = await library.db.scan(THESE.all(ids=json.dumps(list(ids))))
    return {row.id: Comment(*row) for row in rows if not row.deleted}


async def top(library: ServerContext) -> list[Comment]:
    """The comments with the most points."""
    return [Comment(*row) for row in await library.db.scan(TOP.all())]


async def tree(library: ServerContext, post_id: str, sort: str = "best") -> list[CommentTree]:
    """All comments under a post, answers below what they answer."""
    await posts.get(library, post_id)
    rows = await library.db.scan(OF_POST.all(post=post_id))
    if len(rows) <= FEW:
        return _build_tree((Comment(*row) for row in rows), sort)
    return await to_thread(_build_tree, (Comment(*row) for row in rows), sort)


async def branch(library: ServerContext, id: int) -> CommentTree:
    """A comment and the answers to it."""
    found = await get(library, id)
    rows = await library.db.scan(OF_POST.all(post=found.post_id))
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
    return [Comment(*row) for row in await library.db.scan(OF_ACCOUNT[sort].all(account=account, offset=page * PAGE))]


async def count(library: ServerContext, account: int) -> int:
    """How many comments an account wrote."""
    return int((await library.db.scan(COUNT.one(account=account))).count)


async def remove(library: ServerContext, id: int, account: int | None) -> None:
    """Delete one's own comment."""
    await library.db.write(_remove(id, account))


def _remove(id: int, account: int | None) -> Transaction[None]:
    found = yield from _require_not_deleted(id)
    if found.account_id != account:
        raise ForbiddenError("Permission denied")
    yield DELETE.run(of=id)
    yield from posts.recount((yield from posts.named(found.post_id)).number)


async def vote(library: ServerContext, id: int, account: int, word: str) -> None:
    """Vote a comment up or down, or take the vote back."""
    await library.db.write(_vote(id, account, votes.value_of(word), library.now))


def _vote(id: int, account: int, value: int, now: int) -> Transaction[None]:
    yield from _require_not_deleted(id)
    yield from _cast(id, account, value, now)


def _cast(id: int, account: int, value: int, now: int) -> Transaction[None]:
    yield TAKE_BACK.run(of=id, voter=account)
    if value:
        yield CAST.run(comment=id, account=account, vote=value, created=now)
    yield SETTLE.run(of=id)


async def marks(library: ServerContext, account: int, ids: Sequence[int]) -> dict[int, str]:
    """How a person voted on these comments; those they did not vote on are left out."""
    rows = await library.db.scan(MARKS.all(account=account, ids=json.dumps(ids)))
    return {row.comment: votes.NAMES[row.vote] for row in rows}
