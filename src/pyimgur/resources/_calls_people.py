"""The people part of `Imgur`: users, what they say, and what they are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._core.endpoint import Bound, M, endpoint, listing
from .._core.request import Request, get, get_all, get_page, post
from ..urls import POST, USER
from . import Comment, Content, Conversation, Folder, Message, Notification, User
from ._base import bool_word
from ._deprecations import EARLY_API_REMOVED, REMOVED
from .comment import comment_id
from .conversation import legacy_message_call


class PeopleCalls(Bound[M]):
    """The calls about users, comments, messages and notifications."""

    # ---- users

    def user(self, name: str) -> User[M]:
        """The user of this name or link ('me': the user who authorized this client), nothing fetched yet."""
        return User({"url": self._key_in(name, *USER)}, self, has_fetched=False)

    @endpoint
    def get_user(self, username: str, *, account_id: int | None = None) -> Request[User[M]]:
        """Return the user of this name or link; 'me' is the user who authorized this client.

        With `account_id`, Imgur looks for the user of that number instead.

        Raises:
            ResourceNotFoundError: there is none.
            NotAuthorizedError: nobody has authorized this client, and 'me' is nobody.
        """
        request = get("3/account/{name}", User[M], name=self._key_in(username, *USER), account_id=account_id)
        return request.by("user") if request.params["name"] == "me" else request

    @listing
    def get_blocked_users(self, limit: int | None = None) -> Request[list[User[M]]]:
        """The users that this one blocks; no more than Imgur tells at once."""
        return get_all("3/account/me/block", list[User[M]], limit=limit).unwrap("items").by("user")

    @endpoint
    def create_account(self, username: str, password: str, email: str) -> Request[bool]:
        """Sign up, as was possible in 2012. Dropped by Imgur in 2013."""
        request = post("3/account/{username}", bool, username=username, password=password, email=email)
        return request.by("app").deprecated_since(EARLY_API_REMOVED).with_evidence("documented")

    @endpoint
    def delete_account(
        self, password: str = "", reasons: Sequence[str] = (), feedback: str | None = None
    ) -> Request[bool]:
        """Delete the account of the user who authorized this client, with all that is in it."""
        form = {"password": password, "reasons": list(reasons) or None, "feedback": feedback}
        path = "3/account/me/delete?client_id={client_id}"
        request = Request("POST", path, bool, {"client_id": self._runner.state.client_id, **form}, json=True)
        return request.by("user").with_evidence("documented")

    @endpoint
    def get_feed(self) -> Request[dict[str, Any]]:
        """What the user follows, as Imgur sends it."""
        return get("3/feed", dict[str, Any]).by("user").with_evidence("documented")

    @endpoint
    def create_folder(self, name: str, private: bool = False) -> Request[Folder[M]]:
        """Make a folder for favourites of the user who authorized this client, for everybody to see or not."""
        request = post("3/account/me/folders", Folder[M], name=name, private=bool_word(private))
        return request.by("user").with_evidence("added")

    # ---- comments

    def comment(self, id: int | str) -> Comment[M]:
        """The comment of this id or link, nothing fetched yet."""
        return Comment({"id": self._key_in(id, "comment")}, self, has_fetched=False)

    @endpoint
    def get_comment(self, comment_id: int | str) -> Request[Comment[M]]:
        """Return the comment of this id or link, with its fields.

        Raises:
            ResourceNotFoundError: there is none.
        """
        return get("3/comment/{id}", Comment[M], id=self._key_in(comment_id, "comment"))

    @endpoint
    def create_comment(
        self, post_id: Content[Any] | str, text: str, parent: Comment[Any] | int | None = None
    ) -> Request[Comment[M]]:
        """Write a comment under a post, or an answer to the comment `parent`, and give it."""
        key = post_id.id if isinstance(post_id, Content) else self._key_in(post_id, *POST)
        answered = None if parent is None else comment_id(parent)
        request = post("3/comment", Comment[M], image_id=key, comment=text, parent_id=answered)
        return request.by("user").defaults(image_id=key, comment=text, parent_id=answered)

    # ---- messages

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

    # ---- notifications

    @endpoint
    def get_notifications(self, new: bool = True) -> Request[dict[str, list[Notification[M]]]]:
        """What the user is told of: `replies` and `messages`, not seen yet or all. Dropped by Imgur in 2017-05."""
        kind = dict[str, list[Notification[M]]]
        return get("3/notification", kind, new=bool_word(new)).by("user").deprecated_since(REMOVED)

    @endpoint
    def get_notification(self, notification_id: int | str) -> Request[Notification[M]]:
        """The notification of this id. Dropped by Imgur in 2017-05."""
        return get("3/notification/{id}", Notification[M], id=notification_id).by("user").deprecated_since(REMOVED)

    @endpoint
    def mark_notifications_as_viewed(self, notifications: Sequence[Notification[Any] | int]) -> Request[bool]:
        """Tell Imgur that the user has seen these. Dropped by Imgur in 2017-05."""
        ids = [str(one.id if isinstance(one, Notification) else one) for one in notifications]
        return post("3/notification", bool, ids=",".join(ids)).by("user").idempotent().deprecated_since(REMOVED)
