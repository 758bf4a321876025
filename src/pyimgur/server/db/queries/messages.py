"""SQL of conversations and the messages in them."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, case, func, insert, select, update

from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import account, conversation, message

MOST = 500
"""How many conversations one list holds."""

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
        conversation.c.id,
        account.c.id.label("with_id"),
        account.c.name.label("with_name"),
        _LAST.c.body.label("last_body"),
        _LAST.c.created.label("last_created"),
        _MESSAGE_COUNT.label("message_count"),
    )
    .select_from(conversation)
    .join(account, account.c.id == conversation.c.first + conversation.c.second - _ACCOUNT)
    .join(_LAST, _LAST.c.id == _LAST_ID)
    .where(_IS_OWN)
)
LIST_CONVERSATIONS = Query(_CONVERSATIONS.order_by(_LAST.c.id.desc()).limit(MOST))
GET_CONVERSATION = Query(_CONVERSATIONS.where(conversation.c.id == bindparam("id")))
LIST_MESSAGES = Query(
    select(
        message.c.id,
        message.c.sender,
        account.c.name.label("sender_name"),
        message.c.body,
        message.c.conversation,
        message.c.created,
    )
    .select_from(message)
    .join(conversation, conversation.c.id == message.c.conversation)
    .join(account, account.c.id == message.c.sender)
    .where(_IS_OWN, conversation.c.id == bindparam("id"), message.c.id > _CLEARED)
    .order_by(message.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
GET_CONVERSATION_BETWEEN = Query(
    select(conversation.c.id).where(
        conversation.c.first == bindparam("first"), conversation.c.second == bindparam("second")
    )
)
INSERT_CONVERSATION = Query(insert(conversation))
INSERT_MESSAGE = Query(insert(message))
GET_NEWEST_MESSAGE = Query(select(func.max(message.c.id).label("id")).where(message.c.conversation == bindparam("of")))
GET_RECIPIENT = Query(select(account.c.id, account.c.messaging_enabled).where(account.c.id == bindparam("id")))
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
