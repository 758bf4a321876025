"""Tags of posts, and the client calls for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

from .._core.endpoint import Async, M, endpoint, listing
from .._core.request import Request, delete, get, get_page, post
from ..urls import POST
from ._base import Object
from ._client_bound import ClientBound
from ._deprecations import REMOVED
from ._sort_orders import Sort, Window
from .gallery import GalleryItem
from .post_v1 import PostV1, SortV1, posts_v1


class Tag(Object[M], Mapping[str, Any]):
    """A tag, with the posts that have it."""

    _key = "name"

    name: str
    """Its name in URLs, in lower case, with underscores."""
    display_name: str
    followers: int
    total_items: int
    following: bool
    """Whether the user follows it."""
    is_whitelisted: bool
    background_hash: str | None
    """The id of the background image of its page."""
    thumbnail_hash: str | None
    accent: str | None
    """Its color, as RRGGBB."""
    background_is_animated: bool
    thumbnail_is_animated: bool
    is_promoted: bool
    description: str | None
    logo_hash: str | None
    logo_destination_url: str | None
    description_annotations: dict[str, Any]
    ups: int
    """Votes for this tag on a post, until 2017."""
    downs: int
    author: str | None
    """The user who added it to a post, until 2017."""

    def __getitem__(self, field: str) -> Any:
        """Return a field as Imgur sent it, because PyImgur returns tags as dictionaries.

        Raises:
            KeyError: Imgur sent no field of this name.
        """
        return self.raw[field]

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return self.raw == other if isinstance(other, dict) else super().__eq__(other)

    def __hash__(self) -> int:
        return super().__hash__()

    def _source(self) -> Request[Self]:
        return get("3/gallery/tag_info/{name}", type(self), name=self.name)

    @listing
    def get_items(
        self, sort: Sort = "viral", window: Window = "week", limit: int | None = None
    ) -> Request[list[GalleryItem[M]]]:
        """Return the posts with this tag."""
        path = "3/gallery/t/{name}/{sort}/{window}/{page}"
        request = get_page(path, list[GalleryItem[M]], limit=limit, name=self.name, sort=sort, window=window)
        return request.unwrap("items")

    @endpoint
    def get_item(self, item_id: str) -> Request[GalleryItem[M]]:
        """Return one post with this tag. Dropped by Imgur in 2017-05."""
        return get(
            "3/gallery/t/{name}/{id}", GalleryItem[M], name=self.name, id=self._key_in(item_id, *POST)
        ).deprecated_since(REMOVED)

    @endpoint
    def follow(self) -> Request[bool]:
        """Follow the tag.

        Raises:
            ResourceNotFoundError: there is no such tag.
        """
        return follow_tag(self.name)

    @endpoint
    def unfollow(self) -> Request[bool]:
        """Unfollow the tag.

        Raises:
            InvalidParameterError: the user does not follow it.
        """
        return unfollow_tag(self.name)

    @listing
    def get_posts(
        self, sort: SortV1 = "-viral", window: Window = "week", limit: int | None = None
    ) -> Request[list[PostV1[M]]]:
        """Return the posts with this tag, as Imgur's web site reads them."""
        path, filters = "post/v1/posts/t/{name}", {"filter[window]": window}
        return posts_v1(path, list[PostV1[M]], limit=limit, name=self.name, sort=sort, **filters).unwrap("posts")


def follow_tag(name: str) -> Request[bool]:
    """Return the request that makes the user follow a tag."""
    return post("3/account/me/follow/tag/{name}", bool, name=name).unwrap("status").by("user").idempotent()


def unfollow_tag(name: str) -> Request[bool]:
    """Return the request that makes the user unfollow a tag."""
    return delete("3/account/me/follow/tag/{name}", name=name).unwrap("status").by("user")


class DefaultTags(Object[M]):
    """The tags and galleries that imgur.com suggests."""

    _key = "featured"

    featured: str
    """The name of a tag."""
    tags: list[Tag[M]]
    galleries: list[dict[str, Any]]
    """The galleries, each with `id`, `name`, `description` and `topPost`."""

    def _source(self) -> Request[Self]:
        return get("3/tags", type(self))


class TagCalls(ClientBound[M]):
    """Client calls for tags."""

    def tag(self, name: str) -> Tag[M]:
        """Return the tag with this name or link, not fetched yet: `im.tag("cats").get_items()`."""
        return Tag({"name": self._key_in(name, "tag")}, self, has_fetched=False)

    @endpoint
    def get_tag(self, name: str) -> Request[Tag[M]]:
        """Return the tag with this name or link, with its fields."""
        return get("3/gallery/tag_info/{name}", Tag[M], name=self._key_in(name, "tag"))

    @endpoint
    def get_default_tags(self) -> Request[DefaultTags[M]]:
        """Return the tags and galleries that imgur.com suggests to everybody."""
        return get("3/tags", DefaultTags[M])

    @endpoint
    def block_tag(self, tag: str) -> Request[bool]:
        """Hide posts with this tag from the user's gallery. Dropped by Imgur in 2017-05."""
        return post("3/g/block_tag", bool, tag=tag).by("user").idempotent().deprecated_since(REMOVED)

    @endpoint
    def unblock_tag(self, tag: str) -> Request[bool]:
        """Show posts with this tag in the user's gallery again. Dropped by Imgur in 2017-05."""
        return post("3/g/unblock_tag", bool, tag=tag).by("user").idempotent().deprecated_since(REMOVED)


AsyncTag = Tag[Async]
AsyncDefaultTags = DefaultTags[Async]
