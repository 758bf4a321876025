"""Folders of a user's favorites, and the client call that creates one.

Imgur's site has folders, but only its call that lists the favorites in a folder is known; the other calls exist only on
servers of this package.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self

from .._core.endpoint import Async, M, endpoint, listing
from .._core.request import Request, delete, get, get_page, post, put
from ..urls import POST
from ._base import Object
from ._client_bound import ClientBound
from ._form_values import bool_word
from .content import Content
from .gallery import GalleryItem

FavoriteSort = Literal["newest", "oldest"]


class Folder(Object[M]):
    """A folder of favorites; a private one is visible to its owner only."""

    id: int
    """0 for the folder of all favorites, which cannot be changed."""
    name: str
    is_private: bool
    account_url: str
    """The name of its owner."""

    _extra_keys: ClassVar[frozenset[str]] = frozenset({"account_url"})

    def _source(self) -> Request[Self]:
        path = "3/account/{account_url}/folders/{id}"
        return get(path, type(self), account_url=self.account_url, id=self.id).with_evidence("added")

    @listing
    def get_favorites(self, sort: FavoriteSort = "newest", limit: int | None = None) -> Request[list[GalleryItem[M]]]:
        """Return the gallery posts in the folder."""
        path = "3/account/{account_url}/folders/{id}/favorites"
        request = get_page(path, list[GalleryItem[M]], limit=limit, account_url=self.account_url, id=self.id, sort=sort)
        return request.with_evidence("seen")

    @endpoint
    def update(self, name: str | None = None, private: bool | None = None) -> Request[bool]:
        """Change what is given; None leaves it unchanged."""
        request = put("3/account/me/folders/{id}", bool, id=self.id, name=name, private=bool_word(private))
        changes = {key: value for key, value in (("name", name), ("is_private", private)) if value is not None}
        return request.by("user").with_evidence("added").on_success(lambda _: self._merge_fields(changes))

    @endpoint
    def add_favorites(self, items: Sequence[Content[Any] | str]) -> Request[bool]:
        """Move images and albums into the folder from any other; those that are not favorites yet become favorites."""
        path = "3/account/me/folders/{id}/favorites"
        return put(path, bool, id=self.id, **{"ids[]": self._ids(items)}).by("user").with_evidence("added")

    @endpoint
    def remove_favorites(self, items: Sequence[Content[Any] | str]) -> Request[bool]:
        """Remove images and albums from the folder; they stay favorites."""
        path = "3/account/me/folders/{id}/favorites"
        return delete(path, id=self.id, **{"ids[]": self._ids(items)}).by("user").with_evidence("added")

    @endpoint
    def delete(self) -> Request[bool]:
        """Delete the folder; its favorites stay favorites."""
        return delete("3/account/me/folders/{id}", id=self.id).by("user").with_evidence("added")

    def _ids(self, items: Sequence[Content[Any] | str]) -> list[str]:
        return [item.id if isinstance(item, Content) else self._key_in(item, *POST) for item in items]


class FolderCalls(ClientBound[M]):
    """Client calls for folders."""

    @endpoint
    def create_folder(self, name: str, private: bool = False) -> Request[Folder[M]]:
        """Create a folder for favorites of the user, public or private."""
        request = post("3/account/me/folders", Folder[M], name=name, private=bool_word(private))
        return request.by("user").with_evidence("added")


AsyncFolder = Folder[Async]
