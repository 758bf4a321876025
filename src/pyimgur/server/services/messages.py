"""Messages between two people, and the conversation they form: each of the two sees it, and deletes it for themselves.

A conversation that one has deleted comes back with the next message, without the old ones.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import BindParameter, bindparam, case, func, insert, select, update

from pyimgur.server.db.query import IntegrityConflict, Query, Transaction
from pyimgur.server.db.schema import account, conversation, message
from pyimgur.server.errors import ForbiddenError, NotFoundError, ValidationError
from pyimgur.server.services import blocks, notifications

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

PAGE = 25
MOST = 500
"""How many conversations are shown at once."""
LENGTH = 10_000

_ME: BindParameter[int] = bindparam("me")
_CLEARED = case((conversation.c.first == _ME, conversation.c.first_cleared), else_=conversation.c.second_cleared)
_MINE = (conversation.c.first == _ME) | (conversation.c.second == _ME)
_VISIBLE = (message.c.conversation == conversation.c.id, message.c.id > _CLEARED)
_LATEST = select(func.max(message.c.id)).where(*_VISIBLE).scalar_subquery()
_COUNT = select(func.count()).where(*_VISIBLE).scalar_subquery()
_LAST = message.alias("last")
_FROM = (
    select(
        conversation.c.id,
        account.c.id.label("with_id"),
        account.c.name.label("with_name"),
        _LAST.c.body.label("last_body"),
        _LAST.c.created.label("last_created"),
        _COUNT.label("message_count"),
    )
    .select_from(conversation)
    .join(account, account.c.id == conversation.c.first + conversation.c.second - _ME)
    .join(_LAST, _LAST.c.id == _LATEST)
    .where(_MINE)
)
LIST = Query(_FROM.order_by(_LAST.c.id.desc()).limit(MOST))
ONE = Query(_FROM.where(conversation.c.id == bindparam("id")))
PAGE_OF = Query(
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
    .where(_MINE, conversation.c.id == bindparam("id"), message.c.id > _CLEARED)
    .order_by(message.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
BETWEEN = Query(
    select(conversation.c.id).where(
        conversation.c.first == bindparam("first"), conversation.c.second == bindparam("second")
    )
)
BEGIN = Query(insert(conversation))
WRITE = Query(insert(message))
NEWEST = Query(select(func.max(message.c.id).label("id")).where(message.c.conversation == bindparam("of")))
WRITABLE = Query(select(account.c.id, account.c.messaging_enabled).where(account.c.id == bindparam("id")))
CLEAR_FIRST = Query(
    update(conversation)
    .where(conversation.c.id == bindparam("of"), conversation.c.first == bindparam("who"))
    .values(first_cleared=bindparam("up_to"))
)
CLEAR_SECOND = Query(
    update(conversation)
    .where(conversation.c.id == bindparam("of"), conversation.c.second == bindparam("who"))
    .values(second_cleared=bindparam("up_to"))
)


class Conversation(NamedTuple):
    """A conversation as one of the two sees it."""

    id: int
    with_id: int
    with_name: str
    last_body: str
    last_created: int
    message_count: int


class Message(NamedTuple):
    """One message."""

    id: int
    sender: int
    sender_name: str
    body: str
    conversation: int
    created: int


class ConversationPage(NamedTuple):
    """A page of a conversation: its messages in the order they were written, and whether there are older ones."""

    conversation: Conversation
    messages: list[Message]
    done: bool


async def conversations(library: ServerContext, me: int) -> list[Conversation]:
    """One's conversations, the latest first."""
    return [Conversation(*row) for row in await library.db.scan(LIST.all(me=me))]


async def thread(library: ServerContext, me: int, id: int, *, page: int = 1, offset: int = 0) -> ConversationPage:
    """A page of 25 messages of a conversation: page 1 holds the newest, and `offset` leaves out so many of them.

    Raises:
        NotFoundError: there is no such conversation, or it is between others.
    """
    found = await library.db.scan(ONE.one(me=me, id=id))
    if found is None:
        raise NotFoundError("conversation", str(id))
    skipped = (max(page, 1) - 1) * PAGE + max(offset, 0)
    rows = await library.db.scan(PAGE_OF.all(me=me, id=id, limit=PAGE + 1, offset=skipped))
    return ConversationPage(Conversation(*found), [Message(*row) for row in reversed(rows[:PAGE])], len(rows) <= PAGE)


async def send(library: ServerContext, me: int, to: int, body: str) -> None:
    """Write to somebody.

    Raises:
        ValidationError: there is nothing to say, or too much, or it is to oneself.
        ForbiddenError: they want no messages, or none from this one.
    """
    if not body.strip():
        raise ValidationError("A message needs a body")
    if len(body) > LENGTH:
        raise ValidationError(f"A message has at most {LENGTH:,} characters")
    if me == to:
        raise ValidationError("You cannot send a message to yourself")
    await library.db.write(_send(me, to, body, library.now))


async def delete(library: ServerContext, me: int, id: int) -> None:
    """Delete a conversation for oneself; the other one keeps it.

    Raises:
        NotFoundError: there is no such conversation, or it is between others.
    """
    await library.db.write(_delete(me, id))


def _send(me: int, to: int, body: str, now: int) -> Transaction[None]:
    found = yield WRITABLE.one(id=to)
    if found is None:
        raise NotFoundError("account", str(to))
    if not found.messaging_enabled or (yield from blocks.is_blocked(to, me)):
        raise ForbiddenError("This person does not accept messages from you")
    between = yield from _get_or_create(min(me, to), max(me, to))
    yield WRITE.run(conversation=between, sender=me, body=body, created=now)
    newest = yield NEWEST.one(of=between)
    yield from notifications.tell_of_message(to, me, newest.id, now)


def _get_or_create(first: int, second: int) -> Transaction[int]:
    """The conversation of these two, begun if there is none yet."""
    with suppress(IntegrityConflict):
        yield BEGIN.run(first=first, second=second)
    found = yield BETWEEN.one(first=first, second=second)
    if found is None:  # one of the two has just gone
        raise NotFoundError("account", f"{first} or {second}")
    return found.id


def _delete(me: int, id: int) -> Transaction[None]:
    if (yield ONE.one(me=me, id=id)) is None:
        raise NotFoundError("conversation", str(id))
    up_to = (yield NEWEST.one(of=id)).id
    yield CLEAR_FIRST.run(of=id, who=me, up_to=up_to)
    yield CLEAR_SECOND.run(of=id, who=me, up_to=up_to)
