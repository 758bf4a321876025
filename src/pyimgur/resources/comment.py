"""Comments on gallery posts, and the answers to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from .._core.endpoint import Async, M, endpoint, listing
from .._core.request import Request, delete, get, get_all, post
from ..urls import POST
from ._base import ClientBound, Object
from .content import Content

if TYPE_CHECKING:
    from .gallery import GalleryItem
    from .image import Image
    from .user import User

Reason = Literal[1, 2, 3, 4, 5]
"""Why: 1 does not belong on Imgur, 2 spam, 3 abusive, 4 for adults and not marked so, 5 pornography."""


class Comment(Object[M]):
    """A comment on a gallery post."""

    id: int
    text: str
    """What it says (`comment` in the API)."""
    author: User[M]
    author_id: int
    image_id: str
    """The id of the post it stands under."""
    image: Image[M]
    """The image it stands under (PyImgur's name; `post` also knows albums)."""
    post: GalleryItem[M]
    """The post it stands under, nothing fetched yet."""
    on_album: bool
    album_cover: str | None
    """The id of the album's cover, where the post is an album."""
    ups: int
    downs: int
    points: int
    datetime: int
    """When it was written, in unix seconds."""
    parent_id: int
    """The comment it answers; 0 for none."""
    is_deleted: bool
    """Whether its author deleted it (`deleted` in the API)."""
    vote: str | None
    """The user's vote."""
    platform: str
    has_admin_badge: bool
    deletehash: str | None
    """None: comments have none; PyImgur's objects all name it."""
    replies: list[Comment[M]]
    """The answers, where Imgur sent them along (`children` in the API); `get_replies` asks for them."""

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
        """The address of its page."""
        return f"{self._runner.state.site.web}/gallery/{self.image_id}/comment/{self.id}"

    @property
    def parent(self) -> Comment[M] | None:
        """The comment it answers, nothing fetched yet."""
        return Comment({"id": self.parent_id}, self, has_fetched=False) if self.parent_id else None

    @listing
    def get_replies(self, limit: int | None = None) -> Request[list[Comment[M]]]:
        """The answers to it, each with its own in `replies`."""
        return get_all("3/comment/{id}/replies", list[Comment[M]], limit=limit, id=self.id).unwrap("children")

    @endpoint
    def reply(self, text: str) -> Request[Comment[M]]:
        """Answer it, and give the answer."""
        request = post("3/comment/{id}", Comment[M], id=self.id, image_id=self.image_id, comment=text).by("user")
        return request.defaults(comment=text, image_id=self.image_id, parent_id=self.id)

    @endpoint
    def upvote(self) -> Request[bool]:
        """Vote it up."""
        return self._vote("up")

    @endpoint
    def downvote(self) -> Request[bool]:
        """Vote it down."""
        return self._vote("down")

    @endpoint
    def unvote(self) -> Request[bool]:
        """Take the vote back."""
        return self._vote("veto")

    def _vote(self, vote: str) -> Request[bool]:
        return post("3/comment/{id}/vote/{vote}", bool, id=self.id, vote=vote).by("user").idempotent()

    @endpoint
    def report(self, reason: Reason | None = None) -> Request[bool]:
        """Tell Imgur that it breaks the rules."""
        return post("3/comment/{id}/report", bool, id=self.id, reason=reason).by("user")

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete it: for its author only."""
        return delete("3/comment/{id}", id=self.id).by("user")


class CommentCalls(ClientBound[M]):
    """The calls about comments."""

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


def comment_id(comment: Comment[Any] | int | str) -> int | str:
    """The id of a comment given as an object or as its id."""
    return comment.id if isinstance(comment, Comment) else comment


AsyncComment = Comment[Async]
