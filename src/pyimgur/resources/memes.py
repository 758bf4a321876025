"""Client calls for memes, all of which Imgur dropped in 2017."""

from __future__ import annotations

from .._core.endpoint import M, endpoint, listing
from .._core.request import Request, get, get_all, get_page
from ..urls import POST
from ._client_bound import ClientBound
from ._deprecations import REMOVED
from ._sort_orders import Sort, Window
from .gallery import GalleryItem
from .image import Image


class MemeCalls(ClientBound[M]):
    """Client calls for memes."""

    @listing
    def get_memes_gallery(
        self, sort: Sort = "viral", window: Window = "week", limit: int | None = None
    ) -> Request[list[GalleryItem[M]]]:
        """Return the memes in the gallery. Dropped by Imgur in 2017-05."""
        path = "3/gallery/g/memes/{sort}/{window}/{page}"
        return get_page(path, list[GalleryItem[M]], limit=limit, sort=sort, window=window).deprecated_since(REMOVED)

    @endpoint
    def get_memes_item(self, item_id: str) -> Request[GalleryItem[M]]:
        """Return one meme in the gallery. Dropped by Imgur in 2017-05."""
        return get("3/gallery/g/memes/{id}", GalleryItem[M], id=self._key_in(item_id, *POST)).deprecated_since(REMOVED)

    @listing
    def get_default_memes(self, limit: int | None = None) -> Request[list[Image[M]]]:
        """Return the background images for memes. Dropped by Imgur in 2017-05."""
        return get_all("3/memegen/defaults", list[Image[M]], limit=limit).deprecated_since(REMOVED)
