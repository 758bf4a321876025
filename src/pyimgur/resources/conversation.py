"""Conversations and private messages, with their client calls; read-only at Imgur since 2016-12, removed in 2017."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self

from typing_extensions import TypeVar

from .._core.endpoint import Async, M, endpoint, listing
from .._core.request import Request, delete, get, get_all, get_page, post
from ._base import Object
from ._client_bound import ClientBound
from ._deprecations import EARLY_API_REMOVED, READ_ONLY, REMOVED

if TYPE_CHECKING:
    from .user import User

T = TypeVar("T")


def legacy_message_call(request: Request[T]) -> Request[T]:
    """Return the request marked as a call for single messages, known only from old documentation."""
    return request.by("user").deprecated_since(EARLY_API_REMOVED).with_evidence("documented")


class Conversation(Object[M]):
    """The messages between the user and another user."""

    id: int
    with_account: str
    """The other user's name."""
    with_account_id: int
    user: User[M]
    """The other user, not fetched yet."""
    last_message_preview: str
    message_count: int
    datetime: int
    """Unix time of the last message."""
    messages: list[Message[M]]
    """The newest messages; `get_messages` returns all."""
    done: bool
    page: int

    _aliases: ClassVar[Mapping[str, str]] = {"user": "with_account"}

    def _source(self) -> Request[Self]:
        return get("3/conversations/{id}", type(self), id=self.id).by("user").deprecated_since(REMOVED)

    @listing
    def get_messages(self, limit: int | None = None) -> Request[list[Message[M]]]:
        """Return the messages of the conversation. Dropped by Imgur in 2017-05."""
        path = "3/conversations/{id}/{page}/{offset}"
        request = get_page(path, list[Message[M]], limit=limit, first=1, id=self.id, offset=0)
        return request.unwrap("messages").by("user").deprecated_since(REMOVED)

    @endpoint
    def reply(self, body: str) -> Request[bool]:
        """Send a message to the other user. Dropped by Imgur in 2016-12."""
        path = "3/conversations/{name}"
        return post(path, bool, name=self.with_account, body=body).by("user").deprecated_since(READ_ONLY)

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete the conversation for this user. Dropped by Imgur in 2016-12."""
        return delete("3/conversations/{id}", id=self.id).by("user").deprecated_since(READ_ONLY)

    @endpoint
    def report(self) -> Request[bool]:
        """Report the other user to Imgur for messages that break the rules. Dropped by Imgur in 2016-12."""
        return (
            post("3/conversations/report/{name}", bool, name=self.with_account).by("user").deprecated_since(READ_ONLY)
        )

    @endpoint
    def block(self) -> Request[bool]:
        """Block messages from the other user. Dropped by Imgur in 2016-12."""
        request = post("3/conversations/block/{name}", bool, name=self.with_account).by("user")
        return request.idempotent().deprecated_since(READ_ONLY)


class Message(Object[M]):
    """A private message."""

    id: int
    author: User[M]
    """The sender (`from` in the API)."""
    account_id: int
    sender_id: int
    recipient_account_id: int
    subject: str | None
    body: str
    conversation_id: int
    parent_id: int
    datetime: int
    """Unix time at which it was sent."""
    timestamp: str | None

    _aliases: ClassVar[Mapping[str, str]] = {"author": "from"}

    def _source(self) -> Request[Self]:
        return legacy_message_call(get("3/message/{id}", type(self), id=self.id))

    @property
    def first_message(self) -> Message[M] | None:
        """The first message of the thread, not fetched yet; None if this is the first."""
        return Message({"id": self.parent_id}, self, has_fetched=False) if self.parent_id else None

    @listing
    def get_thread(self, limit: int | None = None) -> Request[list[Message[M]]]:
        """Return the messages of its thread. Dropped by Imgur in 2013."""
        return legacy_message_call(
            get_all("3/message/{id}/thread", list[Message[M]], limit=limit, id=self.parent_id or self.id)
        )

    @endpoint
    def reply(self, body: str) -> Request[bool]:
        """Send a reply to its sender. Dropped by Imgur in 2013."""
        fields = {"recipient": self.author.name, "body": body, "parent_id": self.id}
        return legacy_message_call(post("3/message", bool, **fields))

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete the message. Dropped by Imgur in 2013."""
        return legacy_message_call(delete("3/message/{id}", id=self.id))

    @endpoint
    def report_sender(self) -> Request[bool]:
        """Report its sender to Imgur for messages that break the rules. Dropped by Imgur in 2013."""
        return legacy_message_call(post("3/message/report/{name}", bool, name=self.author.name))

    @endpoint
    def block_sender(self) -> Request[bool]:
        """Block messages from its sender. Dropped by Imgur in 2013."""
        return legacy_message_call(post("3/message/block/{name}", bool, name=self.author.name)).idempotent()


class ConversationCalls(ClientBound[M]):
    """Client calls for conversations and messages."""

    def conversation(self, id: int) -> Conversation[M]:
        """Return the conversation with this id, not fetched yet."""
        return Conversation({"id": id}, self, has_fetched=False)

    @listing
    def get_conversations(self, limit: int | None = None) -> Request[list[Conversation[M]]]:
        """Return the user's conversations. Dropped by Imgur in 2017-05."""
        return get_all("3/conversations", list[Conversation[M]], limit=limit).by("user").deprecated_since(REMOVED)

    @endpoint
    def get_conversation(self, conversation_id: int) -> Request[Conversation[M]]:
        """Return the conversation with this id, with its newest messages. Dropped by Imgur in 2017-05."""
        return get("3/conversations/{id}", Conversation[M], id=conversation_id).by("user").deprecated_since(REMOVED)

    @listing
    def get_messages(self, limit: int | None = None) -> Request[list[Message[M]]]:
        """Return the user's messages of the time before conversations. Dropped by Imgur in 2013."""
        return legacy_message_call(get_all("3/messages", list[Message[M]], limit=limit))

    @listing
    def get_message_ids(self, limit: int | None = None) -> Request[list[int]]:
        """Return the ids of the user's messages of the time before conversations. Dropped by Imgur in 2013."""
        return legacy_message_call(get_page("3/messages/ids/{page}", list[int], limit=limit))

    @endpoint
    def get_message_count(self) -> Request[int]:
        """Return the number of the user's messages of the time before conversations. Dropped by Imgur in 2013."""
        return legacy_message_call(get("3/messages/count", int))

    @endpoint
    def get_message(self, message_id: int | str) -> Request[Message[M]]:
        """Return the message with this id, of the time before conversations. Dropped by Imgur in 2013."""
        return legacy_message_call(get("3/message/{id}", Message[M], id=message_id))


AsyncConversation = Conversation[Async]
AsyncMessage = Message[Async]
