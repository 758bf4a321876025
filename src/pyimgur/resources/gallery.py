"""The gallery: images and albums that were shared with everybody, to be voted on and talked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast

from .._core.endpoint import Async, M, endpoint, listing
from .._core.executor import Executor
from .._core.request import Request, check_choice, get, get_all, post
from ._base import comma_separated
from ._deprecations import REMOVED, TAG_VOTES_GONE
from .album import Album
from .comment import Comment, Reason, comment_id
from .content import Content
from .image import Image
from .typed_dicts import Votes

if TYPE_CHECKING:
    from .tag import Tag

Section = Literal["hot", "top", "user"]
Sort = Literal["viral", "top", "time"]
GallerySort = Literal["viral", "top", "time", "rising"]
"""How the gallery is sorted; 'rising' goes with section 'user' only."""
Window = Literal["day", "week", "month", "year", "all"]
"""From when, where the sort is 'top'."""
CommentSort = Literal["best", "top", "new"]


class GalleryItem(Content[M]):
    """A post in the gallery: in truth always a `GalleryImage` or a `GalleryAlbum`, which its fields decide."""

    ups: int | None
    downs: int | None
    points: int | None
    """Votes up less votes down."""
    score: int | None
    """How popular it is."""
    is_album: bool
    vote: str | None
    """The user's vote."""
    comment_count: int | None
    favorite_count: int | None
    topic: str | None
    """Of the time when Imgur had topics."""
    topic_id: int | None
    tags: list[Tag[M]]
    in_most_viral: bool

    @classmethod
    def from_data(cls, data: Any, runner: Executor) -> Self:
        """A post from Imgur's JSON, as what it is."""
        if cls is not GalleryItem or not isinstance(data, dict):
            return super().from_data(data, runner)
        kind = GalleryAlbum if cast("dict[str, Any]", data).get("is_album") else GalleryImage
        return cast("Self", kind.from_data(data, runner))

    def _source(self) -> Request[Self]:
        return get("3/gallery/{id}", type(self), id=self.id).with_evidence("documented")

    @endpoint
    def comment(self, text: str) -> Request[Comment[M]]:
        """Write a comment under it, and give the comment."""
        request = post("3/comment", Comment[M], image_id=self.id, comment=text).by("user")
        return request.defaults(comment=text, image_id=self.id)

    @endpoint
    def reply(self, comment: Comment[Any] | int, text: str) -> Request[Comment[M]]:
        """Answer a comment under it, and give the answer."""
        number = comment_id(comment)
        path = "3/gallery/{id}/comment/{comment_id}"
        request = post(path, Comment[M], id=self.id, comment_id=number, comment=text).by("user")
        return request.defaults(comment=text, image_id=self.id, parent_id=number)

    @listing
    def get_comments(self, sort: CommentSort = "new", limit: int | None = None) -> Request[list[Comment[M]]]:
        """The comments under it, each with its answers in `replies`; Imgur sends them all at once."""
        check_choice("sort", sort, CommentSort)
        return get_all("3/gallery/{id}/comments/{sort}", list[Comment[M]], limit=limit, id=self.id, sort=sort)

    @endpoint
    def get_comment(self, comment_id: int) -> Request[Comment[M]]:
        """One comment under it."""
        return get("3/gallery/{id}/comment/{comment_id}", Comment[M], id=self.id, comment_id=comment_id)

    @listing
    def get_comment_ids(self, limit: int | None = None) -> Request[list[int]]:
        """The ids of the comments under it. Dropped by Imgur in 2017-05."""
        return get_all("3/gallery/{id}/comments/ids", list[int], limit=limit, id=self.id).deprecated_since(REMOVED)

    @endpoint
    def get_comment_count(self) -> Request[int]:
        """How many comments are under it. Dropped by Imgur in 2017-05."""
        return get("3/gallery/{id}/comments/count", int, id=self.id).deprecated_since(REMOVED)

    @endpoint
    def get_votes(self) -> Request[Votes]:
        """How it was voted on: `ups` and `downs`."""
        return get("3/gallery/{id}/votes", Votes, id=self.id)

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
        return post("3/gallery/{id}/vote/{vote}", bool, id=self.id, vote=vote).by("user").idempotent()

    @endpoint
    def report(self, reason: Reason | None = None) -> Request[bool]:
        """Tell Imgur that it breaks the rules."""
        return post("3/gallery/image/{id}/report", bool, id=self.id, reason=reason).by("user")

    @endpoint
    def remove_from_gallery(self) -> Request[Content[M]]:
        """Take it out of the gallery, and give the image or album that it then is; for its owner only."""
        into: type[Content[M]] = Album[M] if isinstance(self, Album) else Image[M]
        return Request("DELETE", "3/gallery/{id}", into, {"id": self.id}).by("user").defaults(id=self.id)

    @listing
    def get_tags(self, limit: int | None = None) -> Request[list[Tag[M]]]:
        """Its tags."""
        from .tag import Tag  # here, because a tag holds posts

        return get_all("3/gallery/{id}/tags", list[Tag[M]], limit=limit, id=self.id).unwrap("tags")

    @endpoint
    def set_tags(self, tags: Sequence[str]) -> Request[bool]:
        """Make these its tags, instead of those it has; for its owner only."""
        request = post("3/gallery/tags/{id}", bool, id=self.id, tags=comma_separated(tags))
        return request.by("user").idempotent().with_evidence("documented")

    @endpoint
    def upvote_tag(self, tag: str) -> Request[bool]:
        """Vote one of its tags up. Dropped by Imgur in 2017-01."""
        return self._vote_tag(tag, "up")

    @endpoint
    def downvote_tag(self, tag: str) -> Request[bool]:
        """Vote one of its tags down. Dropped by Imgur in 2017-01."""
        return self._vote_tag(tag, "down")

    def _vote_tag(self, tag: str, vote: str) -> Request[bool]:
        request = post("3/gallery/{id}/vote/tag/{tag}/{vote}", bool, id=self.id, tag=tag, vote=vote)
        return request.by("user").idempotent().deprecated_since(TAG_VOTES_GONE)


class GalleryImage(Image[M], GalleryItem[M]):
    """An image in the gallery."""

    _aliases: ClassVar[Mapping[str, str]] = {**Image._aliases, **GalleryItem._aliases}

    def _derived(self, name: str) -> Any:
        return False if name == "is_album" else super()._derived(name)

    def _source(self) -> Request[Self]:
        hidden = self.raw.get("in_gallery") is False  # a favorite that is in the gallery no more, or never was
        return get("3/image/{id}" if hidden else "3/gallery/image/{id}", type(self), id=self.id)


class GalleryAlbum(Album[M], GalleryItem[M]):
    """An album in the gallery."""

    _aliases: ClassVar[Mapping[str, str]] = {**Album._aliases, **GalleryItem._aliases}

    def _source(self) -> Request[Self]:
        hidden = self.raw.get("in_gallery") is False
        return get("3/album/{id}" if hidden else "3/gallery/album/{id}", type(self), id=self.id)


Gallery_item = GalleryItem
"""PyImgur's name."""
Gallery_image = GalleryImage
"""PyImgur's name."""
Gallery_album = GalleryAlbum
"""PyImgur's name."""
AsyncGalleryItem = GalleryItem[Async]
AsyncGalleryImage = GalleryImage[Async]
AsyncGalleryAlbum = GalleryAlbum[Async]
