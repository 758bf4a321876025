"""The favorites of a user, and the folders that hold them: the base of `User` for these."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from .._core.endpoint import M, endpoint, listing
from .._core.request import Request, check_choice, get, get_all, get_page
from ._base import Object
from ._deprecations import EARLY_API_REMOVED
from .folder import FavoriteSort, Folder
from .gallery import GalleryItem


class UserFavoriteMethods(Object[M]):
    """The methods of `User` that return favorites and folders."""

    _key: ClassVar[str] = "url"
    if TYPE_CHECKING:
        url: str

    @listing
    def get_favorites(
        self, limit: int | None = None, *, sort: FavoriteSort | None = None
    ) -> Request[list[GalleryItem[M]]]:
        """Return the user's favorites, including those outside the gallery; requires the user's login."""
        path = "3/account/{name}/favorites/{page}/{sort}"
        return get_page(path, list[GalleryItem[M]], limit=limit, name=self.url, sort=sort).by("user")

    @listing
    def get_gallery_favorites(
        self, sort: FavoriteSort | None = None, limit: int | None = None
    ) -> Request[list[GalleryItem[M]]]:
        """Return the gallery posts among the user's favorites."""
        check_choice("sort", sort, FavoriteSort)
        path = "3/account/{name}/gallery_favorites/{page}/{sort}"
        return get_page(path, list[GalleryItem[M]], limit=limit, name=self.url, sort=sort)

    @listing
    def get_folders(self, limit: int | None = None) -> Request[list[Folder[M]]]:
        """Return the user's folders, that of all favorites first; private ones only with the user's login."""
        return get_all("3/account/{name}/folders", list[Folder[M]], limit=limit, name=self.url).with_evidence("added")

    @endpoint
    def get_folder(self, folder_id: int) -> Request[Folder[M]]:
        """Return one of the user's folders.

        Raises:
            ResourceNotFoundError: there is no such folder, or it is another user's and private.
        """
        return get("3/account/{name}/folders/{id}", Folder[M], name=self.url, id=folder_id).with_evidence("added")

    @listing
    def get_folder_favorites(
        self, folder_id: int, sort: FavoriteSort = "newest", limit: int | None = None
    ) -> Request[list[GalleryItem[M]]]:
        """Return the favorites in one of the user's folders."""
        path = "3/account/{name}/folders/{folder_id}/favorites"
        request = get_page(path, list[GalleryItem[M]], limit=limit, name=self.url, folder_id=folder_id, sort=sort)
        return request.with_evidence("seen")

    @listing
    def get_likes(self, limit: int | None = None) -> Request[list[GalleryItem[M]]]:
        """Return the user's favorites, which Imgur first called likes. Dropped by Imgur in 2013."""
        request = get_all("3/account/{name}/likes", list[GalleryItem[M]], limit=limit, name=self.url)
        return request.by("user").deprecated_since(EARLY_API_REMOVED).with_evidence("documented")
