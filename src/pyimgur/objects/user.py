"""Users: what Imgur's API calls accounts."""

from __future__ import annotations

from typing import ClassVar, Self

from .._endpoint import Async, M, listing
from .._request import Request, get, paged
from ._base import Object
from .album import Album
from .image import Image


class User(Object[M]):
    """One user; `me` is the user whose token the client has."""

    _key: ClassVar[str] = "url"

    id: int
    url: str
    """The user's name, as it stands in addresses."""
    bio: str | None
    avatar: str | None
    cover: str | None
    reputation: int
    reputation_name: str
    created: int
    """When the account was made, in unix seconds."""
    is_blocked: bool

    def _source(self) -> Request[Self]:
        return get("3/account/{name}", type(self), name=self.url)

    @property
    def name(self) -> str:
        """The user's name."""
        return self.url

    @listing
    def get_albums(self, limit: int | None = None) -> Request[list[Album[M]]]:
        """The user's albums, newest first; hidden and secret ones only for themselves."""
        return paged("3/account/{name}/albums/{page}", list[Album[M]], limit=limit, name=self.url)

    @listing
    def get_images(self, limit: int | None = None) -> Request[list[Image[M]]]:
        """The images the user uploaded, newest first; for the user alone."""
        return paged("3/account/{name}/images/{page}", list[Image[M]], limit=limit, name=self.url)


AsyncUser = User[Async]
