"""Folders: a user's favourites sorted into heaps.

Imgur's site has them, but of its calls only the one that lists a folder's favourites is known; the others are those of
servers of this package.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self

from .._core.endpoint import Async, M, endpoint, listing
from .._core.request import Request, delete, get, get_page, post, put
from ..urls import POST
from ._base import ClientBound, Object, bool_word
from .content import Content
from .gallery import GalleryItem

FavoriteSort = Literal["newest", "oldest"]


class Folder(Object[M]):
    """A folder of favourites; a private one is there for its owner only."""

    id: int
    """0 for the folder of all favourites, which cannot be changed."""
    name: str
    is_private: bool
    account_url: str
    """Whose it is."""

    _also: ClassVar[frozenset[str]] = frozenset({"account_url"})

    def _source(self) -> Request[Self]:
        path = "3/account/{account_url}/folders/{id}"
        return get(path, type(self), account_url=self.account_url, id=self.id).with_evidence("added")

    @listing
    def get_favorites(self, sort: FavoriteSort = "newest", limit: int | None = None) -> Request[list[GalleryItem[M]]]:
        """The posts of the gallery in it."""
        path = "3/account/{account_url}/folders/{id}/favorites"
        request = get_page(path, list[GalleryItem[M]], limit=limit, account_url=self.account_url, id=self.id, sort=sort)
        return request.with_evidence("seen")

    @endpoint
    def update(self, name: str | None = None, private: bool | None = None) -> Request[bool]:
        """Change what is given; None leaves it as it is."""
        request = put("3/account/me/folders/{id}", bool, id=self.id, name=name, private=bool_word(private))
        given = {key: value for key, value in (("name", name), ("is_private", private)) if value is not None}
        return request.by("user").with_evidence("added").on_success(lambda _: self._merge_fields(given))

    @endpoint
    def add_favorites(self, items: Sequence[Content[Any] | str]) -> Request[bool]:
        """Lay images and albums into it, out of any other folder; what is no favourite yet becomes one."""
        path = "3/account/me/folders/{id}/favorites"
        return put(path, bool, id=self.id, **{"ids[]": self._ids(items)}).by("user").with_evidence("added")

    @endpoint
    def remove_favorites(self, items: Sequence[Content[Any] | str]) -> Request[bool]:
        """Take images and albums out of it; they stay favourites."""
        path = "3/account/me/folders/{id}/favorites"
        return delete(path, id=self.id, **{"ids[]": self._ids(items)}).by("user").with_evidence("added")

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete it; the favourites in it stay favourites."""
        return delete("3/account/me/folders/{id}", id=self.id).by("user").with_evidence("added")

    def _ids(self, items: Sequence[Content[Any] | str]) -> list[str]:
        return [item.id if isinstance(item, Content) else self._key_in(item, *POST) for item in items]


class FolderCalls(ClientBound[M]):
    """The calls about folders."""

    @endpoint
    def create_folder(self, name: str, private: bool = False) -> Request[Folder[M]]:
        """Make a folder for favourites of the user who authorized this client, for everybody to see or not."""
        request = post("3/account/me/folders", Folder[M], name=name, private=bool_word(private))
        return request.by("user").with_evidence("added")


AsyncFolder = Folder[Async]
