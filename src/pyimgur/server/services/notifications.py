"""Notifications: replies to people's comments, comments on their posts, and messages.

Code that inserts a comment or a message calls `notify_of_comment` or `notify_of_message` within the same transaction.
Nobody is notified of what they wrote themselves, or of what an account they block wrote. Deleting a conversation for
oneself deletes the notifications of its messages too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import notifications as queries
from pyimgur.server.db.queries.notifications import CommentParties, MessageNotification, Reply
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.errors import NotFoundError
from pyimgur.server.services import blocks
from pyimgur.server.services._lookup import get_or_not_found

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext


async def replies(context: ServerContext, account: int, *, new: bool) -> list[Reply]:
    """Return the account's notifications of comments, newest first, at most 500; with `new` those not viewed yet."""
    return await context.db.scan(queries.LIST_REPLIES.all(account=account, viewed=int(not new), deleted=0))


async def messages(context: ServerContext, account: int, *, new: bool) -> list[MessageNotification]:
    """Return the account's notifications of messages, newest first, at most 500; with `new` those not viewed yet."""
    return await context.db.scan(queries.LIST_MESSAGES.all(account=account, viewed=int(not new)))


async def get(context: ServerContext, account: int, id: int) -> Reply | MessageNotification:
    """Return a notification of the account.

    Raises:
        NotFoundError: there is no such notification, or it belongs to another account.
    """
    reply = await context.db.read(queries.GET_REPLY.one(account=account, id=id))
    return reply or get_or_not_found(
        await context.db.read(queries.GET_MESSAGE.one(account=account, id=id)), "notification", id
    )


async def mark_viewed(context: ServerContext, account: int, ids: Sequence[int]) -> None:
    """Mark notifications of the account as viewed; those of other accounts are skipped.

    Raises:
        NotFoundError: there is only one id, and the account has no such notification.
    """
    if not await context.db.write(_mark_viewed(account, ids)) and len(ids) == 1:
        raise NotFoundError("notification", str(ids[0]))


@transaction
def notify_of_comment(comment_id: int, now: int) -> Steps[None]:
    """Notify the writer of the comment that a new comment replies to, or else the owner of the post."""
    parties: CommentParties | None = yield queries.GET_WRITER_AND_RECIPIENT.one(comment=comment_id)
    if parties:
        yield from _notify(parties.recipient, parties.writer, now, comment=comment_id)


@transaction
def notify_of_message(account: int, sender: int, message_id: int, now: int) -> Steps[None]:
    """Notify an account of a new message to it."""
    yield from _notify(account, sender, now, message=message_id)


@transaction
def _notify(recipient: int | None, writer: int | None, now: int, **subject: int) -> Steps[None]:
    if recipient is None or writer is None or recipient == writer:
        return
    if not (yield from blocks.is_blocked(recipient, writer)):
        yield queries.INSERT.run(account=recipient, created=now, **subject)


@transaction
def _mark_viewed(account: int, ids: Sequence[int]) -> Steps[int]:
    return (yield queries.UPDATE_VIEWED.run(of=account, ids=ids, now_viewed=1))
