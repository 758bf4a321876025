"""SQL of comments and the votes on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, delete, func, insert, select, update

from pyimgur.server.db.expressions import list_parameter
from pyimgur.server.db.queries import albums
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import Count, RowNumber, row_columns
from pyimgur.server.db.schema import ROW_NUMBER, account, album, comment, comment_vote, post

PAGE = 50
MAX_PER_POST = 5_000
"""Comments of one post that are shown, oldest first."""


class Comment(NamedTuple):
    """A comment's row, with its author's name, and its post's id and cover."""

    id: int
    post_id: str
    account_id: int | None
    """The author; None if the account was deleted, and with it the comment's text."""
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
        """Votes up minus votes down."""
        return self.ups - self.downs


class CommentVote(NamedTuple):
    """A viewer's vote on a comment: 1 is up, -1 down."""

    comment: int
    vote: int


_POINTS = comment.c.ups - comment.c.downs
_SELECT_COMMENTS = (
    select(
        *row_columns(
            Comment,
            comment,
            post_id=post.c.id,
            account_name=account.c.name,
            on_album=post.c.album_id.is_not(None),
            album_cover=func.coalesce(albums.CHOSEN_COVER, albums.FIRST_IMAGE),
        )
    )
    .select_from(comment)
    .join(post, post.c.number == comment.c.post)
    .outerjoin(account, account.c.id == comment.c.account_id)
    .outerjoin(album, album.c.id == post.c.album_id)
)
GET_BY_ID = Query(_SELECT_COMMENTS.where(comment.c.id == bindparam("id")), Comment)
LIST_BY_POST = Query(
    _SELECT_COMMENTS.where(post.c.id == bindparam("post")).order_by(comment.c.id).limit(MAX_PER_POST), Comment
)
_BY_ACCOUNT = _SELECT_COMMENTS.where(comment.c.account_id == bindparam("account"), comment.c.deleted == 0)
_ORDERS: Mapping[str, Sequence[Any]] = {
    "newest": (comment.c.id.desc(),),
    "oldest": (comment.c.id,),
    "best": (_POINTS.desc(), comment.c.id.desc()),
    "worst": (_POINTS, comment.c.id.desc()),
}


def _paged(statement: Select[*tuple[Any, ...]]) -> dict[str, Query[Comment]]:
    paged = statement.limit(PAGE).offset(bindparam("offset"))
    return {sort: Query(paged.order_by(*order), Comment) for sort, order in _ORDERS.items()}


LIST_BY_ACCOUNT = _paged(_BY_ACCOUNT)
COUNT_BY_ACCOUNT = Query(
    select(func.count().label("total")).where(comment.c.account_id == bindparam("account"), comment.c.deleted == 0),
    Count,
)
INSERT = Query(insert(comment).returning(comment.c.id), RowNumber)
MARK_DELETED = Query(update(comment).where(comment.c.id == bindparam("of")).values(deleted=1, text=""))
DELETE_VOTE = Query(
    delete(comment_vote).where(comment_vote.c.comment == bindparam("of"), comment_vote.c.account == bindparam("voter"))
)
INSERT_VOTE = Query(insert(comment_vote))
_VOTES = select(func.count()).where(comment_vote.c.comment == bindparam("of"))
UPDATE_VOTE_COUNTS = Query(
    update(comment)
    .where(comment.c.id == bindparam("of"))
    .values(
        ups=_VOTES.where(comment_vote.c.vote > 0).scalar_subquery(),
        downs=_VOTES.where(comment_vote.c.vote < 0).scalar_subquery(),
    )
)
_IDS = list_parameter("ids", ROW_NUMBER)
LIST_BY_IDS = Query(_SELECT_COMMENTS.where(comment.c.id.in_(select(_IDS.c.value))), Comment)
LIST_TOP = Query(_SELECT_COMMENTS.where(comment.c.deleted == 0).order_by(*_ORDERS["best"]).limit(PAGE), Comment)
LIST_VOTES = Query(
    select(*row_columns(CommentVote, comment_vote))
    .select_from(_IDS)
    .join(comment_vote, comment_vote.c.comment == _IDS.c.value)
    .where(comment_vote.c.account == bindparam("account")),
    CommentVote,
)
