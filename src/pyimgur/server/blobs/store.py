"""The protocol of blob stores: objects by name, stored once, read in ranges and removed.

Files go in and out by their local paths; only the store knows where it keeps them.

The name of an image's file is the image's id. The name of a rendition is the id, a dot and what it is, such as
`abCDeFg.m.jpg`. An object never changes, and the store knows nothing of the database: whoever stores or removes objects
records an intent in the database first (see `services.blob_intents`), so that a crash leaves nothing behind.

To add a store, write a class with these methods, and add it to `STORES` in `tests/server/test_blob_store.py`, whose
tests say what each method must do.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import NamedTuple, Protocol


class StoredObject(NamedTuple):
    """The name and the size of an object."""

    name: str
    size: int

    @property
    def image_id(self) -> str:
        """The id of the image that the object belongs to."""
        return image_id_of(self.name)


class Blob(Protocol):
    """An object that is open for reading. It can be read to its end even if it is removed meanwhile; close it."""

    name: str
    size: int
    """Bytes."""
    modified: int
    """When it was stored, in Unix seconds."""

    def chunks(self, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Yield the bytes from `start` up to `end`, in pieces; fewer bytes if the object is damaged and too short."""
        ...

    async def close(self) -> None:
        """Release the resources of the open object."""
        ...


class BlobStore(Protocol):
    """A store of objects.

    Every method may raise `OSError`, for example if a disk or a service fails. `server.errors` has `StorageFullError`.
    """

    async def put(self, file: Path, name: str) -> None:
        """Store the content of a local file, which stays where it is; the object is durable when this returns.

        If several calls store one name at the same time, one succeeds, and the others raise `FileExistsError`.

        Raises:
            FileExistsError: there is an object of this name; it is unchanged.
            StorageFullError: there is no space; nothing is stored.
        """
        ...

    async def open(self, name: str) -> Blob:
        """Open an object for reading.

        Raises:
            FileNotFoundError: there is no object of this name.
        """
        ...

    def materialize(self, name: str) -> AbstractAsyncContextManager[int]:
        """Return a context manager that provides the object as a local file: a descriptor that is open for reading.

        Entering it raises `FileNotFoundError` if there is no object of this name.
        """
        ...

    async def export(self, name: str, target: Path) -> None:
        """Copy an object to a new local file, durably; a store on the same disk may add a hard link instead.

        Raises:
            FileNotFoundError: there is no object of this name; no file is created.
        """
        ...

    async def remove(self, image_id: str) -> None:
        """Remove the file of an image and all its renditions; missing ones are not an error."""
        ...

    def objects(self) -> AsyncIterator[Sequence[StoredObject]]:
        """Yield all objects, in batches; those that are stored or removed meanwhile may be among them or not."""
        ...

    async def quarantine(self, names: Iterable[str]) -> str:
        """Move existing objects out of the store without deleting them; return where a person finds them now."""
        ...

    def location(self, name: str) -> str:
        """Return where a person finds the object: a path or a URL."""
        ...


def image_id_of(name: str) -> str:
    """Return the id of the image that an object's name belongs to."""
    return name.partition(".")[0]
