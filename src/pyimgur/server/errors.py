"""What every layer below the library may refuse; the library adds its own in `library.errors`.

    LibraryError
    ├── Busy      too much at once, or the database is locked or away: nothing was done
    ├── Full      the disk is full: nothing was stored
    ├── Unfetchable  nothing could be had from a URL
    ├── NoSandbox the settings require a sandbox that this system does not give
    └── Unusable  the data folder cannot be served at all

Each text says what happened to what, and is fit to be shown.
"""

from __future__ import annotations


class LibraryError(Exception):
    """Base of everything that is refused on purpose."""


class Busy(LibraryError):
    """Too much at once, or the database is locked or away: nothing was done, try again."""


class Full(LibraryError):
    """The disk is full: nothing was stored."""


class Unfetchable(LibraryError):
    """Nothing could be had from a URL, in Imgur's words; why is for those alone who may know what stands there."""

    def __init__(self, url: str, why: str, *, public: bool = False) -> None:
        super().__init__(f"Invalid URL ({url}){f': {why}' if public else ''}")
        self.why = why


class NoSandbox(LibraryError):
    """The settings require a sandbox for media workers, and this system does not give one."""


class Unusable(LibraryError):
    """The database is broken, or of another program, or of a newer one: a person has to see to it."""
