"""Notifications of replies and messages, and their client calls; Imgur still has those of replies only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self, cast

from .._core.endpoint import Async, M, endpoint
from .._core.executor import Executor
from .._core.request import Request, get, post
from ._base import Object
from ._client_bound import ClientBound
from ._deprecations import REMOVED
from ._form_values import bool_word
from .comment import Comment


class Notification(Object[M]):
    """A notification of a reply or a message."""

    id: int
    account_id: int
    is_viewed: bool
    """Whether the user has seen it (`viewed` in the API)."""
    content: dict[str, Any]
    """What it is about, as Imgur sends it: a comment, or the newest part of a conversation."""

    _aliases: ClassVar[Mapping[str, str]] = {"is_viewed": "viewed"}

    @classmethod
    def from_data(cls, data: Any, executor: Executor) -> Self:
        """Create a notification; since about 2020 Imgur sends replies flat, without a notification around them."""
        flat = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
        if isinstance(flat.get("content"), str):
            reply = {**flat, "comment": flat["content"], "id": flat.get("comment_id", flat.get("id"))}
            data = {"id": flat.get("id"), "content": reply}
        return super().from_data(data, executor)

    def _source(self) -> Request[Self]:
        return get("3/notification/{id}", type(self), id=self.id).by("user").deprecated_since(REMOVED)

    @property
    def comment(self) -> Comment[M] | None:
        """The reply that this is about, not fetched yet; None if it is not about a comment."""
        return Comment(self.content, self, has_fetched=False) if "comment" in self.content else None

    @endpoint
    def mark_as_viewed(self) -> Request[bool]:
        """Mark the notification as seen. Dropped by Imgur in 2017-05."""
        return post("3/notification/{id}", bool, id=self.id).by("user").idempotent().deprecated_since(REMOVED)


class NotificationCalls(ClientBound[M]):
    """Client calls for notifications."""

    @endpoint
    def get_notifications(self, new: bool = True) -> Request[dict[str, list[Notification[M]]]]:
        """Return the user's notifications, new or all, by `replies` and `messages`. Dropped by Imgur in 2017-05."""
        kind = dict[str, list[Notification[M]]]
        return get("3/notification", kind, new=bool_word(new)).by("user").deprecated_since(REMOVED)

    @endpoint
    def get_notification(self, notification_id: int | str) -> Request[Notification[M]]:
        """Return the notification with this id. Dropped by Imgur in 2017-05."""
        return get("3/notification/{id}", Notification[M], id=notification_id).by("user").deprecated_since(REMOVED)

    @endpoint
    def mark_notifications_as_viewed(self, notifications: Sequence[Notification[Any] | int]) -> Request[bool]:
        """Mark these notifications as seen. Dropped by Imgur in 2017-05."""
        ids = [str(item.id if isinstance(item, Notification) else item) for item in notifications]
        return post("3/notification", bool, ids=",".join(ids)).by("user").idempotent().deprecated_since(REMOVED)


AsyncNotification = Notification[Async]
