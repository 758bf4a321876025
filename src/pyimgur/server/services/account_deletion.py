"""Delete an account with everything it owns, in one transaction, and recount what it contributed to.

The schema's cascades delete the rows that belong to the account. They do not update counters, so the points, comments,
favorites and tags of other people's posts are counted again here. A comment with replies keeps its place in the tree
as a deleted comment, because the replies belong to others.
"""

from __future__ import annotations

from pyimgur.server.db.queries import account_deletion as queries
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.db.rows import PostNumber, PublicId, RowNumber
from pyimgur.server.services import blob_intents, comments, posts
from pyimgur.server.services.blob_intents import BlobIntent


@transaction
def delete_account(account: int, now: int) -> Steps[list[BlobIntent]]:
    """Delete this account and what it owns; return intents to remove the files of its images."""
    own_images: list[PublicId] = yield queries.LIST_IMAGES.all(account=account)
    own_posts: list[PublicId] = yield queries.LIST_POSTS.all(account=account)
    for post in own_posts:
        yield from posts.remove_post(post.id)
    affected_posts: set[PostNumber] = set()
    for query in queries.LIST_AFFECTED_POSTS:
        affected_posts.update((yield query.all(account=account)))
    voted_comments: list[RowNumber] = yield queries.LIST_VOTED_COMMENTS.all(account=account)
    for query in (queries.DELETE_COMMENTS_WITHOUT_REPLIES, queries.CLEAR_COMMENTS, queries.DELETE_ACCOUNT):
        yield query.run(account=account)
    for comment in voted_comments:
        yield from comments.recount_votes(comment.id)
    for post in affected_posts:
        yield from posts.recount(post.number)
    return (yield from blob_intents.begin([image.id for image in own_images], now))
