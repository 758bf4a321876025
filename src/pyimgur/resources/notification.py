"""Notifications: what happened to the user's posts, comments and conversations; of Imgur, replies alone still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self, cast

from .._core.endpoint import Async, M, endpoint
from .._core.executor import Executor
from .._core.request import Request, get, post
from ._base import ClientBound, Object, bool_word
from ._deprecations import REMOVED
from .comment import Comment


class Notification(Object[M]):
    """One thing the user is told of."""

    id: int
    account_id: int
    is_viewed: bool
    """Whether the user has seen it (`viewed` in the API)."""
    content: dict[str, Any]
    """What happened, as Imgur has it; a comment, or the end of a conversation."""

    _aliases: ClassVar[Mapping[str, str]] = {"is_viewed": "viewed"}

    @classmethod
    def from_data(cls, data: Any, runner: Executor) -> Self:
        """A notification; since about 2020 Imgur sends replies flat, without one around them."""
        flat = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
        if isinstance(flat.get("content"), str):
            reply = {**flat, "comment": flat["content"], "id": flat.get("comment_id", flat.get("id"))}
            data = {"id": flat.get("id"), "content": reply}
        return super().from_data(data, runner)

    def _source(self) -> Request[Self]:
        return get("3/notification/{id}", type(self), id=self.id).by("user").deprecated_since(REMOVED)

    @property
    def comment(self) -> Comment[M] | None:
        """The comment that answers the user, where this is about one."""
        return Comment(self.content, self, has_fetched=False) if "comment" in self.content else None

    @endpoint
    def mark_as_viewed(self) -> Request[bool]:
        """Tell Imgur that the user has seen it. Dropped by Imgur in 2017-05."""
        return post("3/notification/{id}", bool, id=self.id).by("user").idempotent().deprecated_since(REMOVED)


class NotificationCalls(ClientBound[M]):
    """The calls about notifications."""

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


AsyncNotification = Notification[Async]
