"""The things of the API, one module per page of its reference; their methods are endpoints."""

from __future__ import annotations

from .._endpoint import Async, M, Sync
from ._base import Object
from .album import Album, AsyncAlbum, Layout, Privacy
from .image import AsyncImage, Image, Size
from .user import AsyncUser, User

__all__ = [
    "Album",
    "Async",
    "AsyncAlbum",
    "AsyncImage",
    "AsyncUser",
    "Image",
    "Layout",
    "M",
    "Object",
    "Privacy",
    "Size",
    "Sync",
    "User",
]
