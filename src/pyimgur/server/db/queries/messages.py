"""SQL of conversations and the messages in them."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, case, func, insert, select, update

from pyimgur.server.db.expressions import insert_or_ignore
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import RowNumber, row_columns
from pyimgur.server.db.schema import account, conversation, message

MOST = 500
"""How many conversations one list holds."""


class Conversation(NamedTuple):
    """A conversation as one of the two accounts sees it; `with_id` and `with_name` are the other one."""

    id: int
    with_id: int
    with_name: str
    last_body: str
    last_created: int
    message_count: int


class Message(NamedTuple):
    """A message in a conversation."""

    id: int
    sender: int
    sender_name: str
    body: str
    conversation: int
    created: int


class Recipient(NamedTuple):
    """An account that a message is sent to."""

    id: int
    messaging_enabled: int


_ACCOUNT: BindParameter[int] = bindparam("account")
_IS_OWN = (conversation.c.first == _ACCOUNT) | (conversation.c.second == _ACCOUNT)
_CLEARED = case((conversation.c.first == _ACCOUNT, conversation.c.first_cleared), else_=conversation.c.second_cleared)
"""The newest message that the account has deleted for itself, with all older ones."""
_VISIBLE = (message.c.conversation == conversation.c.id, message.c.id > _CLEARED)
_LAST_ID = select(func.max(message.c.id)).where(*_VISIBLE).scalar_subquery()
_MESSAGE_COUNT = select(func.count()).where(*_VISIBLE).scalar_subquery()
_LAST = message.alias("last")
_CONVERSATIONS = (
    select(
        *row_columns(
            Conversation,
            conversation,
            with_id=account.c.id,
            with_name=account.c.name,
            last_body=_LAST.c.body,
            last_created=_LAST.c.created,
            message_count=_MESSAGE_COUNT,
        )
    )
    .select_from(conversation)
    .join(account, account.c.id == conversation.c.first + conversation.c.second - _ACCOUNT)
    .join(_LAST, _LAST.c.id == _LAST_ID)
    .where(_IS_OWN)
)
LIST_CONVERSATIONS = Query(_CONVERSATIONS.order_by(_LAST.c.id.desc()).limit(MOST), Conversation)
GET_CONVERSATION = Query(_CONVERSATIONS.where(conversation.c.id == bindparam("id")), Conversation)
LIST_MESSAGES = Query(
    select(*row_columns(Message, message, sender_name=account.c.name))
    .select_from(message)
    .join(conversation, conversation.c.id == message.c.conversation)
    .join(account, account.c.id == message.c.sender)
    .where(_IS_OWN, conversation.c.id == bindparam("id"), message.c.id > _CLEARED)
    .order_by(message.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset")),
    Message,
)
GET_CONVERSATION_BETWEEN = Query(
    select(conversation.c.id).where(
        conversation.c.first == bindparam("first"), conversation.c.second == bindparam("second")
    ),
    RowNumber,
)
INSERT_CONVERSATION = Query(insert_or_ignore(conversation))
INSERT_MESSAGE = Query(insert(message).returning(message.c.id), RowNumber)
GET_NEWEST_MESSAGE = Query(
    select(func.max(message.c.id).label("id")).where(message.c.conversation == bindparam("of")), RowNumber
)
GET_RECIPIENT = Query(select(*row_columns(Recipient, account)).where(account.c.id == bindparam("id")), Recipient)
CLEAR_FOR_FIRST = Query(
    update(conversation)
    .where(conversation.c.id == bindparam("of"), conversation.c.first == bindparam("account"))
    .values(first_cleared=bindparam("up_to"))
)
CLEAR_FOR_SECOND = Query(
    update(conversation)
    .where(conversation.c.id == bindparam("of"), conversation.c.second == bindparam("account"))
    .values(second_cleared=bindparam("up_to"))
)
