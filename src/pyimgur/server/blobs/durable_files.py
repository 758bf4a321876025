"""The few operations on files that durability hangs on, in one small class that a test can watch.

A file is safe once its bytes are synced, then its name is placed, then the folder of the name is
synced, in this order; only then may a row speak of it.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import BinaryIO

_FULL_SYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)
"""On macOS, fsync alone leaves the bytes in the drive's cache."""


class DurableFiles:
    """Real files; `durable=False` leaves the syncing out, for data that may be lost."""

    def __init__(self, *, durable: bool = True) -> None:
        self._durable = durable

    def create(self, path: Path) -> BinaryIO:
        """A new file to write to."""
        return path.open("xb", buffering=0)

    def write(self, file: BinaryIO, data: bytes | bytearray) -> None:
        """Put all of `data` at the file's end."""
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]

    def sync(self, path: Path) -> None:
        """Return when the file's bytes, or the folder's names, are on the disk."""
        if not self._durable:
            return
        handle = os.open(path, os.O_RDONLY)
        try:
            if _FULL_SYNC is None:
                os.fsync(handle)
            else:
                fcntl.fcntl(handle, _FULL_SYNC)
        finally:
            os.close(handle)

    def link(self, source: Path, target: Path) -> None:
        """Give the file this name as well, never over another file.

        Raises:
            FileExistsError: the name is taken.
        """
        os.link(source, target)

    def remove(self, path: Path) -> None:
        """Remove the file; one that is not there is no error."""
        path.unlink(missing_ok=True)
