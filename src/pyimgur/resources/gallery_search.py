"""Search the gallery."""

from __future__ import annotations

from typing import Any, Literal

from .._core.endpoint import M, listing
from .._core.request import Request, get_page
from ..exceptions import ArgumentError
from ._client_bound import ClientBound
from ._sort_orders import Sort, Window
from .gallery import GalleryItem

FileType = Literal["jpg", "png", "gif", "anigif", "album"]
FileSize = Literal["small", "med", "big", "lrg", "huge"]
"""Size: 'small' up to 500 pixels square, 'med' to 2,000, 'big' to 5,000, 'lrg' to 10,000, 'huge' above."""


class GallerySearchCalls(ClientBound[M]):
    """The client call that searches the gallery."""

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
        """Return the posts of the gallery that match a search.

        Args:
            q: words, with AND, OR, NOT, and the prefixes tag: user: title: ext: subreddit: album: meme:;
                ignored if one of the other search arguments is given.
            q_all: all of these words.
            q_any: any of these words.
            q_exactly: these words in this order.
            q_not: none of these words.
            q_type: the type of file.
            q_size_px: the size of the image.
            sort: the sort order.
            window: the age of the posts, if the sort is 'top'.
            limit: the maximum number of posts.

        Raises:
            ArgumentError: no search argument is given; nothing was sent.
        """
        words = {"q": q, "q_all": q_all, "q_any": q_any, "q_exactly": q_exactly, "q_not": q_not}
        query: dict[str, Any] = {**words, "q_type": q_type, "q_size_px": q_size_px}
        if not any(query.values()):
            raise ArgumentError(f"give something to search for: one of {', '.join(query)}")
        path = "3/gallery/search/{sort}/{window}/{page}"
        return get_page(path, list[GalleryItem[M]], limit=limit, sort=sort, window=window, **query)
