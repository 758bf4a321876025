"""Client calls for images that were linked from a subreddit."""

from __future__ import annotations

from typing import Literal

from .._core.endpoint import M, endpoint, listing
from .._core.request import Request, check_choice, get, get_page
from ..urls import IMAGE
from ._client_bound import ClientBound
from ._sort_orders import Window
from .gallery import GalleryImage, GalleryItem

SubredditSort = Literal["time", "top"]


class SubredditCalls(ClientBound[M]):
    """Client calls for images from subreddits."""

    @listing
    def get_subreddit_gallery(
        self,
        subreddit: str,
        sort: SubredditSort = "time",
        window: Window | Literal["top"] = "top",
        limit: int | None = None,
    ) -> Request[list[GalleryItem[M]]]:
        """Return images that were linked from a subreddit; Imgur rarely adds new ones.

        `window` is the age of the images, if the sort is 'top'; its value 'top', from PyImgur, means the last week.
        """
        check_choice("sort", sort, SubredditSort)
        subreddit = self._key_in(subreddit, "subreddit")
        path = "3/gallery/r/{subreddit}/{sort}/{window}/{page}"
        return get_page(path, list[GalleryItem[M]], limit=limit, subreddit=subreddit, sort=sort, window=window)

    @endpoint
    def get_subreddit_image(self, subreddit: str, image_id: str) -> Request[GalleryImage[M]]:
        """Return one image that was linked from a subreddit."""
        return get(
            "3/gallery/r/{subreddit}/{id}", GalleryImage[M], subreddit=subreddit, id=self._key_in(image_id, *IMAGE)
        )
