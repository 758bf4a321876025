"""Private messages, and the conversations they form; read-only at Imgur since 2016-12, and gone since 2017."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self

from typing_extensions import TypeVar

from .._core.endpoint import Async, M, endpoint, listing
from .._core.request import Request, delete, get, get_all, get_page, post
from ._base import ClientBound, Object
from ._deprecations import EARLY_API_REMOVED, READ_ONLY, REMOVED

if TYPE_CHECKING:
    from .user import User

T = TypeVar("T")


def legacy_message_call(request: Request[T]) -> Request[T]:
    """As one of the calls for single messages, of which nothing but the documentation is left."""
    return request.by("user").deprecated_since(EARLY_API_REMOVED).with_evidence("documented")


class Conversation(Object[M]):
    """What the user and another one wrote to each other."""

    id: int
    with_account: str
    """The other one's name."""
    with_account_id: int
    user: User[M]
    """The other one, nothing fetched yet."""
    last_message_preview: str
    message_count: int
    datetime: int
    """When the last message was written, in unix seconds."""
    messages: list[Message[M]]
    """The newest of them; `get_messages` gives all."""
    done: bool
    page: int

    _aliases: ClassVar[Mapping[str, str]] = {"user": "with_account"}

    def _source(self) -> Request[Self]:
        return get("3/conversations/{id}", type(self), id=self.id).by("user").deprecated_since(REMOVED)

    @listing
    def get_messages(self, limit: int | None = None) -> Request[list[Message[M]]]:
        """The messages, page by page. Dropped by Imgur in 2017-05."""
        path = "3/conversations/{id}/{page}/{offset}"
        request = get_page(path, list[Message[M]], limit=limit, first=1, id=self.id, offset=0)
        return request.unwrap("messages").by("user").deprecated_since(REMOVED)

    @endpoint
    def reply(self, body: str) -> Request[bool]:
        """Write to the other one. Dropped by Imgur in 2016-12."""
        path = "3/conversations/{name}"
        return post(path, bool, name=self.with_account, body=body).by("user").deprecated_since(READ_ONLY)

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete it, for the user. Dropped by Imgur in 2016-12."""
        return delete("3/conversations/{id}", id=self.id).by("user").deprecated_since(READ_ONLY)

    @endpoint
    def report(self) -> Request[bool]:
        """Tell Imgur that the other one's messages break the rules. Dropped by Imgur in 2016-12."""
        return (
            post("3/conversations/report/{name}", bool, name=self.with_account).by("user").deprecated_since(READ_ONLY)
        )

    @endpoint
    def block(self) -> Request[bool]:
        """Get no more messages from the other one. Dropped by Imgur in 2016-12."""
        request = post("3/conversations/block/{name}", bool, name=self.with_account).by("user")
        return request.idempotent().deprecated_since(READ_ONLY)


class Message(Object[M]):
    """One private message."""

    id: int
    author: User[M]
    """Who wrote it (`from` in the API)."""
    account_id: int
    sender_id: int
    recipient_account_id: int
    subject: str | None
    body: str
    conversation_id: int
    parent_id: int
    datetime: int
    """When it was written, in unix seconds."""
    timestamp: str | None

    _aliases: ClassVar[Mapping[str, str]] = {"author": "from"}

    def _source(self) -> Request[Self]:
        return legacy_message_call(get("3/message/{id}", type(self), id=self.id))

    @property
    def first_message(self) -> Message[M] | None:
        """The message that began the thread, nothing fetched yet."""
        return Message({"id": self.parent_id}, self, has_fetched=False) if self.parent_id else None

    @listing
    def get_thread(self, limit: int | None = None) -> Request[list[Message[M]]]:
        """The messages of its thread. Dropped by Imgur in 2013."""
        return legacy_message_call(
            get_all("3/message/{id}/thread", list[Message[M]], limit=limit, id=self.parent_id or self.id)
        )

    @endpoint
    def reply(self, body: str) -> Request[bool]:
        """Answer it. Dropped by Imgur in 2013."""
        form = {"recipient": self.author.name, "body": body, "parent_id": self.id}
        return legacy_message_call(post("3/message", bool, **form))

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete it. Dropped by Imgur in 2013."""
        return legacy_message_call(delete("3/message/{id}", id=self.id))

    @endpoint
    def report_sender(self) -> Request[bool]:
        """Tell Imgur that its author's messages break the rules. Dropped by Imgur in 2013."""
        return legacy_message_call(post("3/message/report/{name}", bool, name=self.author.name))

    @endpoint
    def block_sender(self) -> Request[bool]:
        """Get no more messages from its author. Dropped by Imgur in 2013."""
        return legacy_message_call(post("3/message/block/{name}", bool, name=self.author.name)).idempotent()


class ConversationCalls(ClientBound[M]):
    """The calls about conversations and messages."""

    def conversation(self, id: int) -> Conversation[M]:
        """The conversation of this id, nothing fetched yet."""
        return Conversation({"id": id}, self, has_fetched=False)

    @listing
    def get_conversations(self, limit: int | None = None) -> Request[list[Conversation[M]]]:
        """The user's conversations. Dropped by Imgur in 2017-05."""
        return get_all("3/conversations", list[Conversation[M]], limit=limit).by("user").deprecated_since(REMOVED)

    @endpoint
    def get_conversation(self, conversation_id: int) -> Request[Conversation[M]]:
        """The conversation of this id, with its newest messages. Dropped by Imgur in 2017-05."""
        return get("3/conversations/{id}", Conversation[M], id=conversation_id).by("user").deprecated_since(REMOVED)

    @listing
    def get_messages(self, limit: int | None = None) -> Request[list[Message[M]]]:
        """The user's messages, from before there were conversations. Dropped by Imgur in 2013."""
        return legacy_message_call(get_all("3/messages", list[Message[M]], limit=limit))

    @listing
    def get_message_ids(self, limit: int | None = None) -> Request[list[int]]:
        """The ids of the user's messages, from before there were conversations. Dropped by Imgur in 2013."""
        return legacy_message_call(get_page("3/messages/ids/{page}", list[int], limit=limit))

    @endpoint
    def get_message_count(self) -> Request[int]:
        """How many messages the user has, from before there were conversations. Dropped by Imgur in 2013."""
        return legacy_message_call(get("3/messages/count", int))

    @endpoint
    def get_message(self, message_id: int | str) -> Request[Message[M]]:
        """The message of this id, from before there were conversations. Dropped by Imgur in 2013."""
        return legacy_message_call(get("3/message/{id}", Message[M], id=message_id))


AsyncConversation = Conversation[Async]
AsyncMessage = Message[Async]
