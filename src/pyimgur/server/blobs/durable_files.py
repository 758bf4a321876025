"""File operations that durability depends on, in one small class that tests can replace.

A file is durable once its bytes are synced, then its name is linked, then the folder of the name is synced, in this
order. Only then may a database row refer to it.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pyimgur.server.errors import DISK_FULL, StorageFullError

try:
    import fcntl
except ImportError:  # as on Windows
    fcntl = None  # pyright: ignore[reportAssignmentType]

_FULL_SYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)
"""On macOS, fsync alone leaves the bytes in the drive's cache."""


class DurableFiles:
    """File operations with fsync; `durable=False` skips every fsync, for data that may be lost."""

    def __init__(self, *, durable: bool = True) -> None:
        self._durable = durable

    def create(self, path: Path) -> BinaryIO:
        """Create a file and open it for writing, unbuffered.

        Raises:
            FileExistsError: the path exists.
        """
        return path.open("xb", buffering=0)

    def write(self, file: BinaryIO, data: bytes | bytearray) -> None:
        """Write all of `data`, also where the system writes only part of it at once."""
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]

    def sync(self, path: Path) -> None:
        """Flush a file's bytes, or a folder's entries, to the disk; blocks."""
        if not self._durable:
            return
        handle = os.open(path, os.O_RDONLY)
        try:
            if fcntl is None or _FULL_SYNC is None:
                os.fsync(handle)
            else:
                fcntl.fcntl(handle, _FULL_SYNC)
        finally:
            os.close(handle)

    def link(self, source: Path, target: Path) -> None:
        """Add `target` as another name of the file `source`; never overwrites a file.

        Raises:
            FileExistsError: `target` exists.
        """
        os.link(source, target)

    def remove(self, path: Path) -> None:
        """Remove the file; a missing file is not an error."""
        path.unlink(missing_ok=True)


@contextmanager
def translate_disk_full() -> Generator[None]:
    """Raise `StorageFullError` instead of an `OSError` of `DISK_FULL`."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise StorageFullError("the disk is full") from error
        raise
