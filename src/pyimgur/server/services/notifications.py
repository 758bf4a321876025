"""What people are told of: answers to their comments, comments under their posts, messages.

Whoever writes a comment or a message calls `notify_of_comment` or `tell_of_message` within the same transaction. Nobody
is told of what they wrote themselves, or of what somebody they block wrote. Messages go with the conversation that one
deletes for oneself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, case, func, insert, select, update

from pyimgur.server.db.query import Query, Transaction, list_parameter
from pyimgur.server.db.schema import account, comment, conversation, message, notification, post
from pyimgur.server.errors import NotFoundError
from pyimgur.server.services import blocks

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

MOST = 500
"""How many are shown at once."""

_PARENT = comment.alias("parent")
ANSWERED = Query(
    select(comment.c.account_id.label("writer"), func.coalesce(_PARENT.c.account_id, post.c.account_id).label("told"))
    .select_from(comment)
    .join(post, post.c.number == comment.c.post)
    .outerjoin(_PARENT, _PARENT.c.id == comment.c.parent)
    .where(comment.c.id == bindparam("comment"))
)
ADD = Query(insert(notification))

_COLUMNS = (notification.c.id, notification.c.account, notification.c.viewed, notification.c.created)
_CLEARED = case(
    (conversation.c.first == notification.c.account, conversation.c.first_cleared),
    else_=conversation.c.second_cleared,
)
_EARLIER = message.alias("earlier")
_NUMBER = (
    select(func.count())
    .where(_EARLIER.c.conversation == conversation.c.id, _EARLIER.c.id > _CLEARED, _EARLIER.c.id <= message.c.id)
    .scalar_subquery()
)
_REPLIES = select(*_COLUMNS, notification.c.comment).join(comment, comment.c.id == notification.c.comment)
_MESSAGES = (
    select(
        *_COLUMNS,
        message.c.conversation,
        message.c.sender,
        message.c.body,
        message.c.created.label("written"),
        account.c.name.label("sender_name"),
        _NUMBER.label("number"),
    )
    .join(message, message.c.id == notification.c.message)
    .join(conversation, conversation.c.id == message.c.conversation)
    .join(account, account.c.id == message.c.sender)
    .where(message.c.id > _CLEARED)
)
_OWN = (notification.c.account == bindparam("account"), notification.c.viewed <= bindparam("viewed"))
REPLIES = Query(
    _REPLIES.where(*_OWN, comment.c.deleted == bindparam("deleted")).order_by(notification.c.id.desc()).limit(MOST)
)
MESSAGES = Query(_MESSAGES.where(*_OWN).order_by(notification.c.id.desc()).limit(MOST))
REPLY = Query(_REPLIES.where(notification.c.account == bindparam("account"), notification.c.id == bindparam("id")))
MESSAGE = Query(_MESSAGES.where(notification.c.account == bindparam("account"), notification.c.id == bindparam("id")))
_LISTED = list_parameter("ids")
VIEW = Query(
    update(notification)
    .where(notification.c.account == bindparam("of"), notification.c.id.in_(select(_LISTED.c.value)))
    .values(viewed=bindparam("now_viewed"))
)


class Reply(NamedTuple):
    """A comment that somebody is told of."""

    id: int
    account: int
    viewed: int
    created: int
    comment: int


class MessageNotification(NamedTuple):
    """A message that somebody is told of."""

    id: int
    account: int
    viewed: int
    created: int
    conversation: int
    sender: int
    body: str
    written: int
    sender_name: str
    number: int
    """Which message of its conversation it is, counted from one."""


async def replies(library: ServerContext, account: int, *, new: bool) -> list[Reply]:
    """The comments that one is told of, the newest first; those not viewed yet or all."""
    rows = await library.db.scan(REPLIES.all(account=account, viewed=int(not new), deleted=0))
    return [Reply(*row) for row in rows]


async def messages(library: ServerContext, account: int, *, new: bool) -> list[MessageNotification]:
    """The messages that one is told of, the newest first; those not viewed yet or all."""
    return [
        MessageNotification(*row) for row in await library.db.scan(MESSAGES.all(account=account, viewed=int(not new)))
    ]


async def get(library: ServerContext, account: int, id: int) -> Reply | MessageNotification:
    """One thing this person is told of.

    Raises:
        NotFoundError: there is none, or it is another's.
    """
    if row := await library.db.read(REPLY.one(account=account, id=id)):
        return Reply(*row)
    if row := await library.db.read(MESSAGE.one(account=account, id=id)):
        return MessageNotification(*row)
    raise NotFoundError("notification", str(id))


async def mark_viewed(library: ServerContext, account: int, ids: Sequence[int]) -> None:
    """Note that these were seen; those of others are passed over.

    Raises:
        NotFoundError: only one is named, and it is not this person's.
    """
    if not await library.db.write(_view(account, ids)) and len(ids) == 1:
        raise NotFoundError("notification", str(ids[0]))


def notify_of_comment(comment_id: int, now: int) -> Transaction[None]:
    """Tell whoever a new comment answers: the writer of the comment above it, or else the owner of the post."""
    found = yield ANSWERED.one(comment=comment_id)
    if found:
        yield from _tell(found.told, found.writer, now, comment=comment_id)


def tell_of_message(account: int, sender: int, message_id: int, now: int) -> Transaction[None]:
    """Tell somebody of a new message to them."""
    yield from _tell(account, sender, now, message=message_id)


def _tell(account: int | None, writer: int | None, now: int, **what: int) -> Transaction[None]:
    if account is None or writer is None or account == writer:
        return
    if not (yield from blocks.is_blocked(account, writer)):
        yield ADD.run(account=account, created=now, **what)


def _view(account: int, ids: Sequence[int]) -> Transaction[int]:
    return (yield VIEW.run(of=account, ids=json.dumps(list(ids)), now_viewed=1))
