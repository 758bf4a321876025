"""An account goes, with all that is its own, and what others have is counted again without it: one transaction.

The database deletes what belongs to the account by itself; what is only counted somewhere (tags, points, comments,
favourites) it cannot know. Comments that were answered keep their place, as deleted ones do: the answers are others'.
"""

from __future__ import annotations

from sqlalchemy import BindParameter, bindparam, delete, exists, or_, select, update

from pyimgur.server.db.query import Query, Transaction
from pyimgur.server.db.schema import account, comment, comment_vote, favorite, image, post, post_vote
from pyimgur.server.services import comments, posts

_OWNER: BindParameter[int] = bindparam("account")
IMAGES = Query(select(image.c.id).where(image.c.account_id == _OWNER))
POSTS = Query(select(post.c.id).where(post.c.account_id == _OWNER))
VOTED = select(post_vote.c.post.label("number")).where(post_vote.c.account == _OWNER)
COMMENTED = select(comment.c.post.label("number")).where(comment.c.account_id == _OWNER)
LIKED = (
    select(post.c.number)
    .join(favorite, or_(post.c.image_id == favorite.c.image_id, post.c.album_id == favorite.c.album_id))
    .where(favorite.c.account == _OWNER)
)
TOUCHED = tuple(map(Query, (VOTED, COMMENTED, LIKED)))
"""The numbers of the posts of others that the account had a part in."""
JUDGED = Query(select(comment_vote.c.comment.label("id")).where(comment_vote.c.account == _OWNER))
_ANSWER = comment.alias("answer")
UNANSWERED = Query(
    delete(comment).where(comment.c.account_id == _OWNER, ~exists().where(_ANSWER.c.parent == comment.c.id))
)
EMPTY = Query(update(comment).where(comment.c.account_id == _OWNER).values(deleted=1, text="", account_id=None))
DELETE = Query(delete(account).where(account.c.id == _OWNER))


def delete_account(account: int) -> Transaction[list[str]]:
    """Delete this account and what is its own; gives the ids of its images, whose files are still there."""
    pictures = [row.id for row in (yield IMAGES.all(account=account))]
    for row in (yield POSTS.all(account=account)):
        yield from posts.remove_post(row.id)
    touched: set[int] = set()
    for query in TOUCHED:
        touched.update(row.number for row in (yield query.all(account=account)))
    judged = [row.id for row in (yield JUDGED.all(account=account))]
    for query in (UNANSWERED, EMPTY, DELETE):
        yield query.run(account=account)
    for id in judged:
        yield comments.SETTLE.run(of=id)
    for number in touched:
        yield from posts.recount(number)
    return pictures
