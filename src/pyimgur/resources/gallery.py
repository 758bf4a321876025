"""The gallery: images and albums that were shared with everybody, to be voted on and talked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast

from .._core.endpoint import Async, M, endpoint, listing
from .._core.executor import Executor
from .._core.request import Request, check_choice, get, get_all, get_page, post
from ..exceptions import ArgumentError
from ..urls import ALBUM, IMAGE, POST
from ._base import ClientBound, bool_word, comma_separated
from ._deprecations import REMOVED, TAG_VOTES_GONE
from ._sort_orders import CommentSort, GallerySort, Section, Sort, Window
from .album import Album
from .comment import Comment, Reason, comment_id
from .content import Content
from .image import Image
from .typed_dicts import Votes

if TYPE_CHECKING:
    from .tag import Tag

SubredditSort = Literal["time", "top"]
FileType = Literal["jpg", "png", "gif", "anigif", "album"]
FileSize = Literal["small", "med", "big", "lrg", "huge"]
"""How large: 'small' up to 500 pixels square, 'med' to 2,000, 'big' to 5,000, 'lrg' to 10,000, 'huge' above."""


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


class GalleryCalls(ClientBound[M]):
    """The calls about the gallery, with what was linked from subreddits, and memes."""

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
        """The posts of the gallery.

        Args:
            section: 'hot', 'top' or 'user' (what was shared last).
            sort: by what; 'rising' goes with section 'user' only.
            window: from when, in section 'top'.
            show_viral: whether section 'user' also has what went viral.
            limit: how many at most.
            mature: whether to include what is for adults, where the user wants to see that.
            album_previews: whether albums come with their first images.
        """
        return get_page(
            "3/gallery/{section}/{sort}/{window}/{page}", list[GalleryItem[M]], limit=limit,
            section=section, sort=sort, window=window,
            showViral=bool_word(show_viral), mature=bool_word(mature), album_previews=bool_word(album_previews),
        )  # fmt: skip

    @listing
    def search_gallery(
        self,
        q: str | None = None,
        q_all: str | None = None,
        q_any: str | None = None,
        q_exactly: str | None = None,
        q_not: str | None = None,
        q_type: FileType | None = None,
        q_size_px: FileSize | None = None,
        sort: Sort = "time",
        window: Window = "all",
        limit: int | None = None,
    ) -> Request[list[GalleryItem[M]]]:
        """The posts of the gallery that match.

        Args:
            q: words, with AND, OR, NOT, and tag: user: title: ext: subreddit: album: meme: before them;
                not looked at where one of the others is given.
            q_all: all of these words.
            q_any: any of these words.
            q_exactly: these words in this order.
            q_not: none of these words.
            q_type: what kind of file.
            q_size_px: how large.
            sort: by what.
            window: from when, where the sort is 'top'.
            limit: how many at most.

        Raises:
            ArgumentError: nothing to look for is given.
        """
        words = {"q": q, "q_all": q_all, "q_any": q_any, "q_exactly": q_exactly, "q_not": q_not}
        wanted: dict[str, Any] = {**words, "q_type": q_type, "q_size_px": q_size_px}
        if not any(wanted.values()):
            raise ArgumentError(f"give something to look for: one of {', '.join(wanted)}")
        path = "3/gallery/search/{sort}/{window}/{page}"
        return get_page(path, list[GalleryItem[M]], limit=limit, sort=sort, window=window, **wanted)

    @listing
    def get_random_gallery(self, limit: int | None = None) -> Request[list[GalleryItem[M]]]:
        """Posts by chance; 50 pages of them at most. Dropped by Imgur in 2017-05."""
        return get_page("3/gallery/random/random/{page}", list[GalleryItem[M]], limit=limit).deprecated_since(REMOVED)

    @endpoint
    def get_gallery_item(self, item_id: str) -> Request[GalleryItem[M]]:
        """Return the post of this id or link, as the `GalleryImage` or `GalleryAlbum` that it is."""
        return get("3/gallery/{id}", GalleryItem[M], id=self._key_in(item_id, *POST)).with_evidence("documented")

    @endpoint
    def get_gallery_image(self, gallery_item_id: str) -> Request[GalleryImage[M]]:
        """Return the image of this id or link, as it stands in the gallery."""
        return get("3/gallery/image/{id}", GalleryImage[M], id=self._key_in(gallery_item_id, *IMAGE))

    @endpoint
    def get_gallery_album(self, gallery_album_id: str) -> Request[GalleryAlbum[M]]:
        """Return the album of this id or link, as it stands in the gallery."""
        return get("3/gallery/album/{id}", GalleryAlbum[M], id=self._key_in(gallery_album_id, *ALBUM))

    def gallery_image(self, id: str) -> GalleryImage[M]:
        """The image of this id or link in the gallery, nothing fetched yet."""
        return GalleryImage({"id": self._key_in(id, *POST)}, self, has_fetched=False)

    def gallery_album(self, id: str) -> GalleryAlbum[M]:
        """The album of this id or link in the gallery, nothing fetched yet."""
        return GalleryAlbum({"id": self._key_in(id, *ALBUM)}, self, has_fetched=False)

    # ---- subreddits and memes

    @listing
    def get_subreddit_gallery(
        self,
        subreddit: str,
        sort: SubredditSort = "time",
        window: Window | Literal["top"] = "top",
        limit: int | None = None,
    ) -> Request[list[GalleryItem[M]]]:
        """What was linked from a subreddit; Imgur adds hardly anything new to it.

        `window` says from when, where the sort is 'top'; as 'top', PyImgur's word, it says nothing: the last week.
        """
        check_choice("sort", sort, SubredditSort)
        subreddit = self._key_in(subreddit, "subreddit")
        path = "3/gallery/r/{subreddit}/{sort}/{window}/{page}"
        return get_page(path, list[GalleryItem[M]], limit=limit, subreddit=subreddit, sort=sort, window=window)

    @endpoint
    def get_subreddit_image(self, subreddit: str, image_id: str) -> Request[GalleryImage[M]]:
        """One image that was linked from a subreddit."""
        return get(
            "3/gallery/r/{subreddit}/{id}", GalleryImage[M], subreddit=subreddit, id=self._key_in(image_id, *IMAGE)
        )

    @listing
    def get_memes_gallery(
        self, sort: Sort = "viral", window: Window = "week", limit: int | None = None
    ) -> Request[list[GalleryItem[M]]]:
        """The memes in the gallery. Dropped by Imgur in 2017-05."""
        path = "3/gallery/g/memes/{sort}/{window}/{page}"
        return get_page(path, list[GalleryItem[M]], limit=limit, sort=sort, window=window).deprecated_since(REMOVED)

    @endpoint
    def get_memes_item(self, item_id: str) -> Request[GalleryItem[M]]:
        """One meme in the gallery. Dropped by Imgur in 2017-05."""
        return get("3/gallery/g/memes/{id}", GalleryItem[M], id=self._key_in(item_id, *POST)).deprecated_since(REMOVED)

    @listing
    def get_default_memes(self, limit: int | None = None) -> Request[list[Image[M]]]:
        """The pictures that memes are made of. Dropped by Imgur in 2017-05."""
        return get_all("3/memegen/defaults", list[Image[M]], limit=limit).deprecated_since(REMOVED)


Gallery_item = GalleryItem
"""PyImgur's name."""
Gallery_image = GalleryImage
"""PyImgur's name."""
Gallery_album = GalleryAlbum
"""PyImgur's name."""
AsyncGalleryItem = GalleryItem[Async]
AsyncGalleryImage = GalleryImage[Async]
AsyncGalleryAlbum = GalleryAlbum[Async]
