"""Errors that the services and the layers below them raise on purpose. No HTTP here.

    ServerError
    ├── NotFoundError           the object does not exist, or the caller may not see it
    ├── ForbiddenError          the caller may see the object, but not do this
    ├── ValidationError         a value is not valid
    ├── LockedError             another server uses the data folder
    ├── BusyError               too many requests at once, or the database is locked or unreachable: nothing was done
    ├── StorageFullError        the disk is full: nothing was stored
    │   └── CopyIncompleteError the disk of a backup is full: a part of it is there
    ├── FetchError              a URL could not be fetched
    ├── NoSandbox               the settings require a sandbox that this system does not provide
    └── DatabaseUnusableError   the data folder cannot be served at all

Each message says what happened to what, and may be shown to the client.
"""

from __future__ import annotations

from errno import EDQUOT, EFBIG, ENOSPC

DISK_FULL = (ENOSPC, EDQUOT, EFBIG)
"""Errors of the system: the disk, the user's quota or the maximum file size is exhausted."""


class ServerError(Exception):
    """Base of all errors that the server raises on purpose."""


class BusyError(ServerError):
    """Too many requests at once, or the database is locked or unreachable: nothing was done, try again."""


class StorageFullError(ServerError):
    """The disk is full: nothing was stored."""


class CopyIncompleteError(StorageFullError):
    """The disk of a backup is full: a part of the copy is there, and cannot be used."""


class FetchError(ServerError):
    """A URL could not be fetched.

    The message has Imgur's words. It includes the reason only with `public`, because a reason can reveal what is at the
    URL; `why` always has it.
    """

    def __init__(self, url: str, why: str, *, public: bool = False) -> None:
        super().__init__(f"Invalid URL ({url}){f': {why}' if public else ''}")
        self.why = why


class NoSandbox(ServerError):
    """The settings require a sandbox for media workers, and this system does not provide one."""


class DatabaseUnusableError(ServerError):
    """The database is missing, damaged, or from another program or a newer version: a person has to repair it."""


class NotFoundError(ServerError):
    """The object does not exist, or the caller may not see it."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"Unable to find {'an' if kind[:1] in 'aeiou' else 'a'} {kind} with the id, {key}")
        self.kind = kind
        self.key = key


class ForbiddenError(ServerError):
    """The caller may see the object, but not do this."""


class ValidationError(ServerError):
    """A value is not valid."""


class LockedError(ServerError):
    """Another server uses this data folder."""
