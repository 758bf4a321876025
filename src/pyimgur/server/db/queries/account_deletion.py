"""SQL that deletes an account, and finds the rows of others whose counters include it."""

from __future__ import annotations

from sqlalchemy import BindParameter, bindparam, delete, exists, or_, select, update

from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import PostNumber, PublicId, RowNumber
from pyimgur.server.db.schema import account, comment, comment_vote, favorite, image, post, post_vote

_ACCOUNT: BindParameter[int] = bindparam("account")
LIST_IMAGES = Query(select(image.c.id).where(image.c.account_id == _ACCOUNT), PublicId)
LIST_POSTS = Query(select(post.c.id).where(post.c.account_id == _ACCOUNT), PublicId)
_VOTED_POSTS = select(post_vote.c.post.label("number")).where(post_vote.c.account == _ACCOUNT)
_COMMENTED_POSTS = select(comment.c.post.label("number")).where(comment.c.account_id == _ACCOUNT)
_FAVORITE_POSTS = (
    select(post.c.number)
    .join(favorite, or_(post.c.image_id == favorite.c.image_id, post.c.album_id == favorite.c.album_id))
    .where(favorite.c.account == _ACCOUNT)
)
LIST_AFFECTED_POSTS = tuple(
    Query(statement, PostNumber) for statement in (_VOTED_POSTS, _COMMENTED_POSTS, _FAVORITE_POSTS)
)
"""The numbers of the posts that the account voted on, commented or added to its favorites."""
LIST_VOTED_COMMENTS = Query(
    select(comment_vote.c.comment.label("id")).where(comment_vote.c.account == _ACCOUNT), RowNumber
)
_REPLY = comment.alias("reply")
DELETE_COMMENTS_WITHOUT_REPLIES = Query(
    delete(comment).where(comment.c.account_id == _ACCOUNT, ~exists().where(_REPLY.c.parent == comment.c.id))
)
CLEAR_COMMENTS = Query(
    update(comment).where(comment.c.account_id == _ACCOUNT).values(deleted=1, text="", account_id=None)
)
DELETE_ACCOUNT = Query(delete(account).where(account.c.id == _ACCOUNT))
