"""Comments on gallery posts, their replies, and the client calls that return and create them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from .._core.endpoint import Async, M, endpoint, listing
from .._core.request import Request, delete, get, get_all, post
from ..urls import POST
from ._base import Object
from ._client_bound import ClientBound
from .content import Content

if TYPE_CHECKING:
    from .gallery import GalleryItem
    from .image import Image
    from .user import User

Reason = Literal[1, 2, 3, 4, 5]
"""Reason of a report: 1 does not belong on Imgur, 2 spam, 3 abusive, 4 mature and not marked so, 5 pornography."""


class Comment(Object[M]):
    """A comment on a gallery post."""

    id: int
    text: str
    """The text of the comment (`comment` in the API)."""
    author: User[M]
    author_id: int
    image_id: str
    """The id of the post it belongs to."""
    image: Image[M]
    """The image it belongs to (PyImgur's name; use `post`, which may also be an album)."""
    post: GalleryItem[M]
    """The post it belongs to, not fetched yet."""
    on_album: bool
    album_cover: str | None
    """The id of the album's cover, if the post is an album."""
    ups: int
    downs: int
    points: int
    datetime: int
    """Unix time at which it was written."""
    parent_id: int
    """The id of the comment it replies to; 0 for none."""
    is_deleted: bool
    """Whether its author deleted it (`deleted` in the API)."""
    vote: str | None
    """The user's vote."""
    platform: str
    has_admin_badge: bool
    deletehash: str | None
    """Always None; it exists because all objects of PyImgur have this field."""
    replies: list[Comment[M]]
    """The replies that Imgur sent with it (`children` in the API); `get_replies` fetches them."""

    _aliases: ClassVar[Mapping[str, str]] = {
        "text": "comment",
        "post": "image_id",
        "image": "image_id",
        "is_deleted": "deleted",
        "replies": "children",
    }

    def _source(self) -> Request[Self]:
        return get("3/comment/{id}", type(self), id=self.id)

    @property
    def permalink(self) -> str:
        """The URL of its page."""
        return f"{self._executor.state.site.web}/gallery/{self.image_id}/comment/{self.id}"

    @property
    def parent(self) -> Comment[M] | None:
        """The comment it replies to, not fetched yet; None for a comment on the post itself."""
        return Comment({"id": self.parent_id}, self, has_fetched=False) if self.parent_id else None

    @listing
    def get_replies(self, limit: int | None = None) -> Request[list[Comment[M]]]:
        """Return the replies to the comment, each with its own replies in `replies`."""
        return get_all("3/comment/{id}/replies", list[Comment[M]], limit=limit, id=self.id).unwrap("children")

    @endpoint
    def reply(self, text: str) -> Request[Comment[M]]:
        """Post a reply to the comment and return the reply."""
        request = post("3/comment/{id}", Comment[M], id=self.id, image_id=self.image_id, comment=text).by("user")
        return request.defaults(comment=text, image_id=self.image_id, parent_id=self.id)

    @endpoint
    def upvote(self) -> Request[bool]:
        """Upvote the comment."""
        return self._vote("up")

    @endpoint
    def downvote(self) -> Request[bool]:
        """Downvote the comment."""
        return self._vote("down")

    @endpoint
    def unvote(self) -> Request[bool]:
        """Remove the user's vote."""
        return self._vote("veto")

    def _vote(self, vote: str) -> Request[bool]:
        return post("3/comment/{id}/vote/{vote}", bool, id=self.id, vote=vote).by("user").idempotent()

    @endpoint
    def report(self, reason: Reason | None = None) -> Request[bool]:
        """Report the comment to Imgur for breaking the rules."""
        return post("3/comment/{id}/report", bool, id=self.id, reason=reason).by("user")

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete the comment; requires its author."""
        return delete("3/comment/{id}", id=self.id).by("user")


class CommentCalls(ClientBound[M]):
    """Client calls for comments."""

    def comment(self, id: int | str) -> Comment[M]:
        """Return the comment with this id or link, not fetched yet."""
        return Comment({"id": self._key_in(id, "comment")}, self, has_fetched=False)

    @endpoint
    def get_comment(self, comment_id: int | str) -> Request[Comment[M]]:
        """Return the comment with this id or link, with its fields.

        Raises:
            ResourceNotFoundError: there is no such comment.
        """
        return get("3/comment/{id}", Comment[M], id=self._key_in(comment_id, "comment"))

    @endpoint
    def create_comment(
        self, post_id: Content[Any] | str, text: str, parent: Comment[Any] | int | None = None
    ) -> Request[Comment[M]]:
        """Post a comment on a post, or a reply to the comment `parent`, and return it."""
        key = post_id.id if isinstance(post_id, Content) else self._key_in(post_id, *POST)
        parent_id = None if parent is None else comment_id(parent)
        request = post("3/comment", Comment[M], image_id=key, comment=text, parent_id=parent_id)
        return request.by("user").defaults(image_id=key, comment=text, parent_id=parent_id)


def comment_id(comment: Comment[Any] | int | str) -> int | str:
    """Return the id of a comment given as an object or by its id."""
    return comment.id if isinstance(comment, Comment) else comment


AsyncComment = Comment[Async]
