"""SQL of notifications of comments and messages."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, case, func, insert, select, update

from pyimgur.server.db.expressions import list_parameter
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import row_columns
from pyimgur.server.db.schema import ROW_NUMBER, account, comment, conversation, message, notification, post

MOST = 500
"""How many notifications one list holds."""


class Reply(NamedTuple):
    """A notification of a comment."""

    id: int
    account: int
    viewed: int
    created: int
    comment: int


class MessageNotification(NamedTuple):
    """A notification of a message."""

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
    """The position of the message in its conversation, counted from one."""


class CommentParties(NamedTuple):
    """The writer of a comment, and the account to notify of it; None for a deleted account."""

    writer: int | None
    recipient: int | None


_PARENT = comment.alias("parent")
GET_WRITER_AND_RECIPIENT = Query(
    select(
        *row_columns(
            CommentParties,
            writer=comment.c.account_id,
            recipient=func.coalesce(_PARENT.c.account_id, post.c.account_id),
        )
    )
    .select_from(comment)
    .join(post, post.c.number == comment.c.post)
    .outerjoin(_PARENT, _PARENT.c.id == comment.c.parent)
    .where(comment.c.id == bindparam("comment")),
    CommentParties,
)
"""The recipient is the writer of the comment above, or else the owner of the post."""
INSERT = Query(insert(notification))

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
_REPLIES = select(*row_columns(Reply, notification)).join(comment, comment.c.id == notification.c.comment)
_MESSAGES = (
    select(
        *row_columns(
            MessageNotification,
            notification,
            message,
            written=message.c.created,
            sender_name=account.c.name,
            number=_NUMBER,
        )
    )
    .join(message, message.c.id == notification.c.message)
    .join(conversation, conversation.c.id == message.c.conversation)
    .join(account, account.c.id == message.c.sender)
    .where(message.c.id > _CLEARED)
)
_LISTED = (notification.c.account == bindparam("account"), notification.c.viewed <= bindparam("viewed"))
_ONE = (notification.c.account == bindparam("account"), notification.c.id == bindparam("id"))
LIST_REPLIES = Query(
    _REPLIES.where(*_LISTED, comment.c.deleted == bindparam("deleted")).order_by(notification.c.id.desc()).limit(MOST),
    Reply,
)
LIST_MESSAGES = Query(_MESSAGES.where(*_LISTED).order_by(notification.c.id.desc()).limit(MOST), MessageNotification)
GET_REPLY = Query(_REPLIES.where(*_ONE), Reply)
GET_MESSAGE = Query(_MESSAGES.where(*_ONE), MessageNotification)
_IDS = list_parameter("ids", ROW_NUMBER)
UPDATE_VIEWED = Query(
    update(notification)
    .where(notification.c.account == bindparam("of"), notification.c.id.in_(select(_IDS.c.value)))
    .values(viewed=bindparam("now_viewed"))
)
