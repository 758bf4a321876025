"""Blocking a user, writing messages to them, and the notifications of an account: the base of `User` for these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from .._core.endpoint import M, endpoint, listing
from .._core.request import Request, delete, get, get_all, post
from ._base import Object
from ._deprecations import READ_ONLY, REMOVED
from ._form_values import bool_word
from .conversation import Message, legacy_message_call
from .notification import Notification


class UserContactMethods(Object[M]):
    """The methods of `User` that block users, write to them, and read notifications."""

    _key: ClassVar[str] = "url"
    if TYPE_CHECKING:
        url: str

    # ---- other users

    @endpoint
    def get_block_status(self) -> Request[bool]:
        """Return whether the user of this client blocks this user."""
        return get("account/v1/{name}/block", bool, name=self.url).unwrap("blocked").by("user")

    @endpoint
    def block(self) -> Request[bool]:
        """Block this user, who can then send you no messages; return whether they are blocked now."""
        return post("account/v1/{name}/block", bool, name=self.url).unwrap("blocked").by("user").idempotent()

    @endpoint
    def unblock(self) -> Request[bool]:
        """Unblock this user; return whether they are blocked now."""
        return delete("account/v1/{name}/block", name=self.url).unwrap("blocked").by("user")

    @endpoint
    def start_conversation(self, body: str) -> Request[bool]:
        """Send this user a message. Dropped by Imgur in 2016-12."""
        return post("3/conversations/{name}", bool, name=self.url, body=body).by("user").deprecated_since(READ_ONLY)

    @endpoint
    def send_message(
        self, body: str, subject: str | None = None, reply_to: Message[Any] | int | None = None
    ) -> Request[bool]:
        """Send this user a message, as before there were conversations; see `start_conversation`.

        Dropped by Imgur in 2013.
        """
        parent_id = reply_to.id if isinstance(reply_to, Message) else reply_to
        return legacy_message_call(
            post("3/message", bool, recipient=self.url, subject=subject, body=body, parent_id=parent_id)
        )

    @endpoint
    def leave_message(self, body: str, subject: str | None = None) -> Request[bool]:
        """Send this user a message, in the oldest way; see `start_conversation`. Dropped by Imgur in 2013."""
        return legacy_message_call(post("3/account/{name}/message", bool, name=self.url, subject=subject, body=body))

    # ---- notifications

    @endpoint
    def get_notifications(self, new: bool = True) -> Request[dict[str, list[Notification[M]]]]:
        """Return the user's notifications, new or all, by `replies` and `messages`. Dropped by Imgur in 2017-05."""
        kind = dict[str, list[Notification[M]]]
        return (
            get("3/account/{name}/notifications", kind, name=self.url, new=bool_word(new))
            .by("user")
            .deprecated_since(REMOVED)
        )

    @listing
    def get_replies(self, new: bool = True, limit: int | None = None) -> Request[list[Notification[M]]]:
        """Return the notifications of replies to the user's comments, new or all."""
        path = "3/account/{name}/notifications/replies"
        request = get_all(path, list[Notification[M]], limit=limit, name=self.url, new=bool_word(new))
        return request.unwrap("replies").by("user")

    @listing
    def get_messages(self, new: bool = True, limit: int | None = None) -> Request[list[Notification[M]]]:
        """Return the notifications of messages to the user, new or all. Dropped by Imgur in 2014."""
        path = "3/account/{name}/notifications/messages"
        request = get_all(path, list[Notification[M]], limit=limit, name=self.url, new=bool_word(new))
        return request.by("user").deprecated_since("2014")
