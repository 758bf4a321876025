"""The gallery part of `Imgur`: what everybody shared, found by section, word, tag, topic or subreddit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from .._core.endpoint import Bound, M, endpoint, listing
from .._core.request import Request, check_choice, get, get_all, get_page, post
from ..exceptions import ArgumentError
from ..urls import ALBUM, IMAGE, POST
from . import (
    CustomGallery,
    DefaultTags,
    GalleryAlbum,
    GalleryImage,
    GalleryItem,
    GallerySort,
    Image,
    Section,
    Sort,
    Tag,
    Topic,
    Window,
)
from ._base import bool_word, comma_separated
from ._deprecations import REMOVED, SEVERAL_GONE

SubredditSort = Literal["time", "top"]
FileType = Literal["jpg", "png", "gif", "anigif", "album"]
FileSize = Literal["small", "med", "big", "lrg", "huge"]
"""How large: 'small' up to 500 pixels square, 'med' to 2,000, 'big' to 5,000, 'lrg' to 10,000, 'huge' above."""


class GalleryCalls(Bound[M]):
    """The calls about the gallery."""

    # ---- posts

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

    # ---- tags and topics

    def tag(self, name: str) -> Tag[M]:
        """The tag of this name or link, nothing fetched yet: `im.tag("cats").get_items()`."""
        return Tag({"name": self._key_in(name, "tag")}, self, has_fetched=False)

    @endpoint
    def get_tag(self, name: str) -> Request[Tag[M]]:
        """Return the tag of this name or link, with its fields."""
        return get("3/gallery/tag_info/{name}", Tag[M], name=self._key_in(name, "tag"))

    @endpoint
    def get_default_tags(self) -> Request[DefaultTags[M]]:
        """The tags and galleries that imgur.com offers to everybody."""
        return get("3/tags", DefaultTags[M])

    @endpoint
    def block_tag(self, tag: str) -> Request[bool]:
        """Keep posts with this tag out of the user's gallery. Dropped by Imgur in 2017-05."""
        return post("3/g/block_tag", bool, tag=tag).by("user").idempotent().deprecated_since(REMOVED)

    @endpoint
    def unblock_tag(self, tag: str) -> Request[bool]:
        """Take that back. Dropped by Imgur in 2017-05."""
        return post("3/g/unblock_tag", bool, tag=tag).by("user").idempotent().deprecated_since(REMOVED)

    def topic(self, id: int | str) -> Topic[M]:
        """The topic of this number or name, nothing fetched yet; Imgur has none any more."""
        return Topic({"id": id}, self, has_fetched=False)

    @listing
    def get_default_topics(self, limit: int | None = None) -> Request[list[Topic[M]]]:
        """The topics that Imgur had. Dropped by Imgur in 2017-05."""
        return get_all("3/topics/defaults", list[Topic[M]], limit=limit).deprecated_since(REMOVED)

    # ---- custom galleries

    def custom_gallery(self, id: str = "custom") -> CustomGallery[M]:
        """The user's own gallery, or 'filtered': what they do not want to see; nothing fetched yet."""
        return CustomGallery({"id": id}, self, has_fetched=False)

    @listing
    def get_custom_galleries(self, limit: int | None = None) -> Request[list[CustomGallery[M]]]:
        """The user's galleries, from the time when there could be several. Dropped by Imgur in 2015."""
        return (
            get_all("3/g", list[CustomGallery[M]], limit=limit)
            .by("user")
            .deprecated_since(SEVERAL_GONE)
            .with_evidence("documented")
        )

    @endpoint
    def create_custom_gallery(self, name: str, tags: Sequence[str] = ()) -> Request[CustomGallery[M]]:
        """Make a gallery of certain tags, from the time when there could be several. Dropped by Imgur in 2015."""
        request = post("3/g", CustomGallery[M], name=name, tags=comma_separated(tags) or None)
        return request.by("user").deprecated_since(SEVERAL_GONE).with_evidence("documented")
