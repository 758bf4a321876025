"""Messages between two accounts, and the conversation they form.

Each of the two sees the conversation, and deletes it for itself only. A deleted conversation comes back with the next
message, without the old ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.db.queries import messages as queries
from pyimgur.server.db.queries.messages import Conversation, Message, Recipient
from pyimgur.server.db.query import IntegrityConflict, Steps, transaction
from pyimgur.server.db.rows import RowNumber
from pyimgur.server.errors import ForbiddenError, NotFoundError, ValidationError
from pyimgur.server.services import blocks, notifications
from pyimgur.server.services._lookup import get_or_not_found

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

PAGE = 25
"""Messages on one page."""
LENGTH = 10_000
"""Characters that a message may have."""


class ConversationPage(NamedTuple):
    """A page of a conversation, its messages oldest first; `done` if there are no older ones."""

    conversation: Conversation
    messages: list[Message]
    done: bool


async def conversations(context: ServerContext, account: int) -> list[Conversation]:
    """Return the conversations of an account, those with the newest messages first, at most 500."""
    return await context.db.scan(queries.LIST_CONVERSATIONS.all(account=account))


async def conversation_page(
    context: ServerContext, account: int, id: int, *, page: int = 1, offset: int = 0
) -> ConversationPage:
    """Return a page of 25 messages of a conversation; page 1 holds the newest ones, less the `offset` newest.

    Raises:
        NotFoundError: there is no such conversation, or it is between other accounts.
    """
    row = await context.db.scan(queries.GET_CONVERSATION.one(account=account, id=id))
    conversation = get_or_not_found(row, "conversation", id)
    skipped = (max(page, 1) - 1) * PAGE + max(offset, 0)
    query = queries.LIST_MESSAGES.all(account=account, id=id, limit=PAGE + 1, offset=skipped)
    messages = await context.db.scan(query)
    return ConversationPage(conversation, messages[:PAGE][::-1], len(messages) <= PAGE)


async def send(context: ServerContext, account: int, to: int, body: str) -> None:
    """Send a message from one account to another.

    Raises:
        ValidationError: the body is empty or too long, or both accounts are the same.
        NotFoundError: there is no such account.
        ForbiddenError: the recipient accepts no messages, or blocks the sender.
    """
    if not body.strip():
        raise ValidationError("A message needs a body")
    if len(body) > LENGTH:
        raise ValidationError(f"A message has at most {LENGTH:,} characters")
    if account == to:
        raise ValidationError("You cannot send a message to yourself")
    await context.db.write(_send(account, to, body, context.now))


async def delete(context: ServerContext, account: int, id: int) -> None:
    """Delete a conversation for this account; the other one keeps it.

    Raises:
        NotFoundError: there is no such conversation, or it is between other accounts.
    """
    await context.db.write(_delete(account, id))


@transaction
def _send(sender: int, to: int, body: str, now: int) -> Steps[None]:
    row: Recipient | None = yield queries.GET_RECIPIENT.one(id=to)
    recipient = get_or_not_found(row, "account", to)
    if not recipient.messaging_enabled or (yield from blocks.is_blocked(to, sender)):
        raise ForbiddenError("This person does not accept messages from you")
    conversation = yield from _get_or_create_conversation(min(sender, to), max(sender, to))
    new: RowNumber = yield queries.INSERT_MESSAGE.exactly_one(
        conversation=conversation, sender=sender, body=body, created=now
    )
    yield from notifications.notify_of_message(to, sender, new.id, now)


@transaction
def _get_or_create_conversation(first: int, second: int) -> Steps[int]:
    """Return the id of the conversation of these two accounts."""
    try:
        yield queries.INSERT_CONVERSATION.run(first=first, second=second)
    except IntegrityConflict:  # one of the two was deleted just now
        raise NotFoundError("account", f"{first} or {second}") from None
    row: RowNumber = yield queries.GET_CONVERSATION_BETWEEN.exactly_one(first=first, second=second)
    return row.id


@transaction
def _delete(account: int, id: int) -> Steps[None]:
    get_or_not_found((yield queries.GET_CONVERSATION.one(account=account, id=id)), "conversation", id)
    newest: RowNumber = yield queries.GET_NEWEST_MESSAGE.exactly_one(of=id)
    yield queries.CLEAR_FOR_FIRST.run(of=id, account=account, up_to=newest.id)
    yield queries.CLEAR_FOR_SECOND.run(of=id, account=account, up_to=newest.id)
