"""The gallery: images and albums that were shared with everybody, with votes, comments and tags; its client calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from .._core.endpoint import Async, M, endpoint, listing
from .._core.executor import Executor
from .._core.request import Request, check_choice, get, get_all, get_page, post
from ..urls import ALBUM, IMAGE, POST
from ._client_bound import ClientBound
from ._deprecations import REMOVED, TAG_VOTES_REMOVED
from ._form_values import bool_word, comma_separated
from ._sort_orders import CommentSort, GallerySort, Section, Window
from .album import Album
from .comment import Comment, Reason, comment_id
from .content import Content
from .image import Image
from .typed_dicts import Votes

if TYPE_CHECKING:
    from .tag import Tag


class GalleryItem(Content[M]):
    """A post in the gallery: always a `GalleryImage` or a `GalleryAlbum`, depending on its fields."""

    ups: int | None
    downs: int | None
    points: int | None
    """Upvotes minus downvotes."""
    score: int | None
    """Imgur's measure of its popularity."""
    is_album: bool
    vote: str | None
    """The user's vote."""
    comment_count: int | None
    favorite_count: int | None
    topic: str | None
    """Its topic; Imgur has had none since 2017."""
    topic_id: int | None
    tags: list[Tag[M]]
    in_most_viral: bool

    @classmethod
    def from_data(cls, data: Any, executor: Executor) -> Self:
        """Create a post from Imgur's JSON, as the class it belongs to."""
        if cls is not GalleryItem or not isinstance(data, dict):
            return super().from_data(data, executor)
        kind = GalleryAlbum if cast("dict[str, Any]", data).get("is_album") else GalleryImage
        return cast("Self", kind.from_data(data, executor))

    def _source(self) -> Request[Self]:
        return get("3/gallery/{id}", type(self), id=self.id).with_evidence("documented")

    @endpoint
    def comment(self, text: str) -> Request[Comment[M]]:
        """Post a comment on the post and return the comment."""
        request = post("3/comment", Comment[M], image_id=self.id, comment=text).by("user")
        return request.defaults(comment=text, image_id=self.id)

    @endpoint
    def reply(self, comment: Comment[Any] | int, text: str) -> Request[Comment[M]]:
        """Post a reply to a comment on the post and return the reply."""
        parent_id = comment_id(comment)
        path = "3/gallery/{id}/comment/{comment_id}"
        request = post(path, Comment[M], id=self.id, comment_id=parent_id, comment=text).by("user")
        return request.defaults(comment=text, image_id=self.id, parent_id=parent_id)

    @listing
    def get_comments(self, sort: CommentSort = "new", limit: int | None = None) -> Request[list[Comment[M]]]:
        """Return the comments on the post, each with its replies in `replies`; Imgur sends them all in one response."""
        check_choice("sort", sort, CommentSort)
        return get_all("3/gallery/{id}/comments/{sort}", list[Comment[M]], limit=limit, id=self.id, sort=sort)

    @endpoint
    def get_comment(self, comment_id: int) -> Request[Comment[M]]:
        """Return one comment on the post."""
        return get("3/gallery/{id}/comment/{comment_id}", Comment[M], id=self.id, comment_id=comment_id)

    @listing
    def get_comment_ids(self, limit: int | None = None) -> Request[list[int]]:
        """Return the ids of the comments on the post. Dropped by Imgur in 2017-05."""
        return get_all("3/gallery/{id}/comments/ids", list[int], limit=limit, id=self.id).deprecated_since(REMOVED)

    @endpoint
    def get_comment_count(self) -> Request[int]:
        """Return the number of comments on the post. Dropped by Imgur in 2017-05."""
        return get("3/gallery/{id}/comments/count", int, id=self.id).deprecated_since(REMOVED)

    @endpoint
    def get_votes(self) -> Request[Votes]:
        """Return the votes of the post: `ups` and `downs`."""
        return get("3/gallery/{id}/votes", Votes, id=self.id)

    @endpoint
    def upvote(self) -> Request[bool]:
        """Upvote the post."""
        return self._vote("up")

    @endpoint
    def downvote(self) -> Request[bool]:
        """Downvote the post."""
        return self._vote("down")

    @endpoint
    def unvote(self) -> Request[bool]:
        """Remove the user's vote."""
        return self._vote("veto")

    def _vote(self, vote: str) -> Request[bool]:
        return post("3/gallery/{id}/vote/{vote}", bool, id=self.id, vote=vote).by("user").idempotent()

    @endpoint
    def report(self, reason: Reason | None = None) -> Request[bool]:
        """Report the post to Imgur for breaking the rules."""
        return post("3/gallery/image/{id}/report", bool, id=self.id, reason=reason).by("user")

    @endpoint
    def remove_from_gallery(self) -> Request[Content[M]]:
        """Remove the post from the gallery and return it as an image or album; requires its owner."""
        result: type[Content[M]] = Album[M] if isinstance(self, Album) else Image[M]
        return Request("DELETE", "3/gallery/{id}", result, {"id": self.id}).by("user").defaults(id=self.id)

    @listing
    def get_tags(self, limit: int | None = None) -> Request[list[Tag[M]]]:
        """Return the tags of the post."""
        from .tag import Tag  # here, because `tag` imports this module

        return get_all("3/gallery/{id}/tags", list[Tag[M]], limit=limit, id=self.id).unwrap("tags")

    @endpoint
    def set_tags(self, tags: Sequence[str]) -> Request[bool]:
        """Replace the tags of the post with these; requires its owner."""
        request = post("3/gallery/tags/{id}", bool, id=self.id, tags=comma_separated(tags))
        return request.by("user").idempotent().with_evidence("documented")

    @endpoint
    def upvote_tag(self, tag: str) -> Request[bool]:
        """Upvote one of its tags. Dropped by Imgur in 2017-01."""
        return self._vote_tag(tag, "up")

    @endpoint
    def downvote_tag(self, tag: str) -> Request[bool]:
        """Downvote one of its tags. Dropped by Imgur in 2017-01."""
        return self._vote_tag(tag, "down")

    def _vote_tag(self, tag: str, vote: str) -> Request[bool]:
        request = post("3/gallery/{id}/vote/tag/{tag}/{vote}", bool, id=self.id, tag=tag, vote=vote)
        return request.by("user").idempotent().deprecated_since(TAG_VOTES_REMOVED)


class GalleryImage(Image[M], GalleryItem[M]):
    """An image in the gallery."""

    _aliases: ClassVar[Mapping[str, str]] = {**Image._aliases, **GalleryItem._aliases}

    def _derived(self, name: str) -> Any:
        return False if name == "is_album" else super()._derived(name)

    def _source(self) -> Request[Self]:
        hidden = self.raw.get("in_gallery") is False  # favorites include images that are not in the gallery
        return get("3/image/{id}" if hidden else "3/gallery/image/{id}", type(self), id=self.id)


class GalleryAlbum(Album[M], GalleryItem[M]):
    """An album in the gallery."""

    _aliases: ClassVar[Mapping[str, str]] = {**Album._aliases, **GalleryItem._aliases}

    def _source(self) -> Request[Self]:
        hidden = self.raw.get("in_gallery") is False
        return get("3/album/{id}" if hidden else "3/gallery/album/{id}", type(self), id=self.id)


class GalleryCalls(ClientBound[M]):
    """Client calls for the gallery."""

    @listing
    def get_gallery(
        self,
        section: Section = "hot",
        sort: GallerySort = "viral",
        window: Window = "day",
        show_viral: bool = True,
        limit: int | None = None,
        *,
        mature: bool | None = None,
        album_previews: bool | None = None,
    ) -> Request[list[GalleryItem[M]]]:
        """Return the posts of the gallery.

        Args:
            section: 'hot', 'top' or 'user' (the newest posts).
            sort: the sort order; 'rising' is valid in section 'user' only.
            window: the age of the posts, in section 'top'.
            show_viral: whether section 'user' includes viral posts.
            limit: the maximum number of posts.
            mature: whether to include posts for adults, if the user's settings allow them.
            album_previews: whether albums include their first images.
        """
        return get_page(
            "3/gallery/{section}/{sort}/{window}/{page}", list[GalleryItem[M]], limit=limit,
            section=section, sort=sort, window=window,
            showViral=bool_word(show_viral), mature=bool_word(mature), album_previews=bool_word(album_previews),
        )  # fmt: skip

    @listing
    def get_random_gallery(self, limit: int | None = None) -> Request[list[GalleryItem[M]]]:
        """Return random posts, at most 50 pages. Dropped by Imgur in 2017-05."""
        return get_page("3/gallery/random/random/{page}", list[GalleryItem[M]], limit=limit).deprecated_since(REMOVED)

    @endpoint
    def get_gallery_item(self, item_id: str) -> Request[GalleryItem[M]]:
        """Return the post with this id or link: a `GalleryImage` or a `GalleryAlbum`."""
        return get("3/gallery/{id}", GalleryItem[M], id=self._key_in(item_id, *POST)).with_evidence("documented")

    @endpoint
    def get_gallery_image(self, gallery_item_id: str) -> Request[GalleryImage[M]]:
        """Return the gallery image with this id or link."""
        return get("3/gallery/image/{id}", GalleryImage[M], id=self._key_in(gallery_item_id, *IMAGE))

    @endpoint
    def get_gallery_album(self, gallery_album_id: str) -> Request[GalleryAlbum[M]]:
        """Return the gallery album with this id or link."""
        return get("3/gallery/album/{id}", GalleryAlbum[M], id=self._key_in(gallery_album_id, *ALBUM))

    def gallery_image(self, id: str) -> GalleryImage[M]:
        """Return the gallery image with this id or link, not fetched yet."""
        return GalleryImage({"id": self._key_in(id, *POST)}, self, has_fetched=False)

    def gallery_album(self, id: str) -> GalleryAlbum[M]:
        """Return the gallery album with this id or link, not fetched yet."""
        return GalleryAlbum({"id": self._key_in(id, *ALBUM)}, self, has_fetched=False)


Gallery_item = GalleryItem
"""PyImgur's name."""
Gallery_image = GalleryImage
"""PyImgur's name."""
Gallery_album = GalleryAlbum
"""PyImgur's name."""
AsyncGalleryItem = GalleryItem[Async]
AsyncGalleryImage = GalleryImage[Async]
AsyncGalleryAlbum = GalleryAlbum[Async]
