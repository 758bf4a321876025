"""Store blobs in memory: for tests, and as the shortest example of a store."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pyimgur.server.blobs.store import StoredObject, image_id_of

PIECE = 1 << 18
"""Bytes that are yielded at a time."""
Content: TypeAlias = "tuple[bytes, int]"
"""The bytes of an object, and when it was stored, in Unix seconds."""


@dataclass(frozen=True, slots=True)
class MemoryBlob:
    """An open object."""

    name: str
    data: bytes
    modified: int

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)

    async def chunks(self, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Yield the bytes from `start` up to `end`, in pieces."""
        for first in range(start, min(end, self.size), PIECE):
            yield self.data[first : min(first + PIECE, end)]

    async def close(self) -> None:
        """Do nothing."""


class MemoryBlobStore:
    """Objects that last as long as the process."""

    def __init__(self) -> None:
        self._objects: dict[str, Content] = {}
        self._quarantined: dict[str, Content] = {}

    async def put(self, file: Path, name: str) -> None:
        """Store the content of a local file."""
        data = await asyncio.to_thread(file.read_bytes)
        if name in self._objects:
            raise FileExistsError(name)
        self._objects[name] = data, int(time.time())

    async def open(self, name: str) -> MemoryBlob:
        """Open an object for reading."""
        return MemoryBlob(name, *self._get(name))

    @asynccontextmanager
    async def materialize(self, name: str) -> AsyncGenerator[int]:
        """Provide the object as a temporary file without a name."""
        with tempfile.TemporaryFile() as file:
            file.write(self._get(name)[0])
            file.seek(0)
            yield file.fileno()

    async def export(self, name: str, target: Path) -> None:
        """Write the object to a new local file."""
        data, _ = self._get(name)
        with target.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    async def remove(self, image_id: str) -> None:
        """Remove the file of an image and all its renditions."""
        for name in [name for name in self._objects if image_id_of(name) == image_id]:
            del self._objects[name]

    async def objects(self) -> AsyncIterator[Sequence[StoredObject]]:
        """Yield all objects at once."""
        yield [StoredObject(name, len(data)) for name, (data, _) in self._objects.items()]

    async def quarantine(self, names: Iterable[str]) -> str:
        """Move objects to another dict."""
        self._quarantined |= {name: self._objects.pop(name) for name in names}
        return "memory"

    def location(self, name: str) -> str:
        """Return the name."""
        return name

    def _get(self, name: str) -> Content:
        try:
            return self._objects[name]
        except KeyError:
            raise FileNotFoundError(name) from None
