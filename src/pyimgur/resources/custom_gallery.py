"""Custom galleries: the gallery filtered by tags that the user chose or blocked; removed by Imgur in 2017."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from .._core.endpoint import Async, M, endpoint, listing
from .._core.request import Request, delete, get, get_all, get_page, post, put
from ..urls import POST
from ._base import Object
from ._client_bound import ClientBound
from ._deprecations import MULTIPLE_REMOVED, REMOVED
from ._form_values import comma_separated
from ._sort_orders import Sort, Window
from .gallery import GalleryItem


class CustomGallery(Object[M]):
    """A gallery of chosen tags: 'custom' is the user's own, 'filtered' has the tags that the user blocked."""

    id: str
    name: str
    datetime: int | None
    account_url: str
    link: str
    tags: list[str]
    item_count: int
    items: list[GalleryItem[M]]
    """Its first page; `get_items` returns all."""

    def _source(self) -> Request[Self]:
        return get("3/g/{id}", type(self), id=self.id).by("user").defaults(id=self.id).deprecated_since(REMOVED)

    @listing
    def get_items(
        self, sort: Sort = "viral", window: Window = "week", limit: int | None = None
    ) -> Request[list[GalleryItem[M]]]:
        """Return the posts in the gallery. Dropped by Imgur in 2017-05."""
        path = "3/g/{id}/{sort}/{window}/{page}"
        request = get_page(path, list[GalleryItem[M]], limit=limit, id=self.id, sort=sort, window=window)
        return request.unwrap("items").by("user").deprecated_since(REMOVED)

    @endpoint
    def get_item(self, item_id: str) -> Request[GalleryItem[M]]:
        """Return one post in the gallery. Dropped by Imgur in 2017-05."""
        return (
            get("3/g/{id}/{item_id}", GalleryItem[M], id=self.id, item_id=self._key_in(item_id, *POST))
            .by("user")
            .deprecated_since(REMOVED)
        )

    @endpoint
    def add_tags(self, tags: Sequence[str]) -> Request[bool]:
        """Add these tags. Dropped by Imgur in 2017-05."""
        return (
            put("3/g/{id}/add_tags", bool, id=self.id, tags=comma_separated(tags)).by("user").deprecated_since(REMOVED)
        )

    @endpoint
    def remove_tags(self, tags: Sequence[str]) -> Request[bool]:
        """Remove these tags. Dropped by Imgur in 2017-05."""
        return (
            delete("3/g/{id}/remove_tags", id=self.id, tags=comma_separated(tags)).by("user").deprecated_since(REMOVED)
        )

    @endpoint
    def update(self, name: str) -> Request[CustomGallery[M]]:
        """Rename the gallery. Dropped by Imgur in 2015."""
        request = post("3/g/{id}", CustomGallery[M], id=self.id, name=name).defaults(id=self.id, name=name)
        return request.by("user").deprecated_since(MULTIPLE_REMOVED).with_evidence("documented")

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete the gallery. Dropped by Imgur in 2015."""
        return delete("3/g/{id}", id=self.id).by("user").deprecated_since(MULTIPLE_REMOVED).with_evidence("documented")


class CustomGalleryCalls(ClientBound[M]):
    """Client calls for custom galleries."""

    def custom_gallery(self, id: str = "custom") -> CustomGallery[M]:
        """Return the user's own gallery, or with 'filtered' that of blocked tags, not fetched yet."""
        return CustomGallery({"id": id}, self, has_fetched=False)

    @listing
    def get_custom_galleries(self, limit: int | None = None) -> Request[list[CustomGallery[M]]]:
        """Return the user's galleries, of which there could be several. Dropped by Imgur in 2015."""
        return (
            get_all("3/g", list[CustomGallery[M]], limit=limit)
            .by("user")
            .deprecated_since(MULTIPLE_REMOVED)
            .with_evidence("documented")
        )

    @endpoint
    def create_custom_gallery(self, name: str, tags: Sequence[str] = ()) -> Request[CustomGallery[M]]:
        """Create a gallery of these tags, when a user could have several. Dropped by Imgur in 2015."""
        request = post("3/g", CustomGallery[M], name=name, tags=comma_separated(tags) or None)
        return request.by("user").deprecated_since(MULTIPLE_REMOVED).with_evidence("documented")


AsyncCustomGallery = CustomGallery[Async]
