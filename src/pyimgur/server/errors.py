"""Errors that the services and the layers below them raise on purpose. No HTTP here.

    LibraryError
    ├── NotFoundError      the object does not exist, or the caller may not see it
    ├── ForbiddenError       the caller may see the object, but not do this
    ├── ValidationError      a value is not valid
    ├── LockedError         another server uses the data folder
    ├── BusyError         too much at once, or the database is locked or away: nothing was done
    ├── StorageFullError         the disk is full: nothing was stored
    ├── FetchError  a URL could not be fetched
    ├── NoSandbox    the settings require a sandbox that this system does not provide
    └── DatabaseUnusableError     the data folder cannot be served at all

Each message says what happened to what, and may be shown to the client.
"""

from __future__ import annotations


class ServerError(Exception):
    """Base of everything that is refused on purpose."""


class BusyError(ServerError):
    """Too much at once, or the database is locked or away: nothing was done, try again."""


class StorageFullError(ServerError):
    """The disk is full: nothing was stored."""


class FetchError(ServerError):
    """Nothing could be had from a URL, in Imgur's words; why is for those alone who may know what stands there."""

    def __init__(self, url: str, why: str, *, public: bool = False) -> None:
        super().__init__(f"Invalid URL ({url}){f': {why}' if public else ''}")
        self.why = why


class NoSandbox(ServerError):
    """The settings require a sandbox for media workers, and this system does not give one."""


class DatabaseUnusableError(ServerError):
    """The database is broken, or of another program, or of a newer one: a person has to see to it."""


class NotFoundError(ServerError):
    """There is no such thing, or it is not for the one who asks."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"Unable to find {'an' if kind[:1] in 'aeiou' else 'a'} {kind} with the id, {key}")
        self.kind = kind
        self.key = key


class ForbiddenError(ServerError):
    """It is there, but not this one's to do."""


class ValidationError(ServerError):
    """What was asked makes no sense."""


class LockedError(ServerError):
    """Another server uses this data folder."""
