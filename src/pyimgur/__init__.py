"""Imgur from Python: `Imgur` and `AsyncImgur`, the things they give, and what can go wrong.

Everything is loaded when it is first used: importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._version import __version__
    from .budget import Budget, Policy
    from .client import AsyncImgur, Imgur
    from .exceptions import (
        AnswerError,
        AuthenticationError,
        DeadlineError,
        EmptyFileError,
        FileError,
        FileOverwriteError,
        FileTooLargeError,
        ImgurError,
        ImgurIsDownException,
        InsecureSiteError,
        InvalidParameterError,
        MissingFileError,
        NoAnswerError,
        NotAuthorizedError,
        NotLoaded,
        PyImgurError,
        RateLimitError,
        RemovedError,
        ResourceNotFoundError,
        TooLargeError,
        UnexpectedImgurException,
        UnsupportedFileError,
        UploadUncertain,
    )
    from .login import login, login_async
    from .oauth import Token, Tokens, parse_redirect
    from .objects import Album, AsyncAlbum, AsyncImage, AsyncUser, Image, User
    from .sites import IMGUR, Site
    from .tokens import FileStore, KeyringStore, MemoryStore, StoredToken, TokenStore

_HOMES = {
    "_version": ("__version__",),
    "budget": ("Budget", "Policy"),
    "client": ("AsyncImgur", "Imgur"),
    "exceptions": (
        "AnswerError", "AuthenticationError", "DeadlineError", "EmptyFileError", "FileError", "FileOverwriteError",
        "FileTooLargeError", "ImgurError", "ImgurIsDownException", "InsecureSiteError", "InvalidParameterError",
        "MissingFileError", "NoAnswerError", "NotAuthorizedError", "NotLoaded", "PyImgurError", "RateLimitError",
        "RemovedError", "ResourceNotFoundError", "TooLargeError", "UnexpectedImgurException", "UnsupportedFileError",
        "UploadUncertain",
    ),
    "login": ("login", "login_async"),
    "oauth": ("Token", "Tokens", "parse_redirect"),
    "objects": ("Album", "AsyncAlbum", "AsyncImage", "AsyncUser", "Image", "User"),
    "sites": ("IMGUR", "Site"),
    "tokens": ("FileStore", "KeyringStore", "MemoryStore", "StoredToken", "TokenStore"),
}  # fmt: skip
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "IMGUR",
    "Album",
    "AnswerError",
    "AsyncAlbum",
    "AsyncImage",
    "AsyncImgur",
    "AsyncUser",
    "AuthenticationError",
    "Budget",
    "DeadlineError",
    "EmptyFileError",
    "FileError",
    "FileOverwriteError",
    "FileStore",
    "FileTooLargeError",
    "Image",
    "Imgur",
    "ImgurError",
    "ImgurIsDownException",
    "InsecureSiteError",
    "InvalidParameterError",
    "KeyringStore",
    "MemoryStore",
    "MissingFileError",
    "NoAnswerError",
    "NotAuthorizedError",
    "NotLoaded",
    "Policy",
    "PyImgurError",
    "RateLimitError",
    "RemovedError",
    "ResourceNotFoundError",
    "Site",
    "StoredToken",
    "Token",
    "TokenStore",
    "Tokens",
    "TooLargeError",
    "UnexpectedImgurException",
    "UnsupportedFileError",
    "UploadUncertain",
    "User",
    "__version__",
    "login",
    "login_async",
    "parse_redirect",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'pyimgur' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_HOME[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
