"""Spool an upload to disk: one file that counts its bytes and digests them as they arrive."""

from __future__ import annotations

import asyncio
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO

from pyimgur.server.blobs.durable_files import DurableFiles, translate_disk_full

BUFFER_SIZE = 256 * 1024
"""Bytes that are buffered before they are written."""


class SpooledFile:
    """An upload in progress: its bytes on disk, their size and SHA-256 digest. `close` removes the file unless stored.

    Attributes:
        path: where the file is; it exists only after the first `flush`.
        size: the number of bytes received.
    """

    def __init__(self, path: Path, files: DurableFiles) -> None:
        self.path = path
        self.size = 0
        self._files = files
        self._digest = sha256()
        self._replacement_digest = ""
        self._buffer = bytearray()
        self._file: BinaryIO | None = None

    @property
    def sha256(self) -> str:
        """The digest of all bytes so far, in hex."""
        return self._replacement_digest or self._digest.hexdigest()

    async def write(self, data: bytes) -> None:
        """Append bytes.

        Raises:
            StorageFullError: the disk is full.
        """
        self.size += len(data)
        self._digest.update(data)
        self._buffer += data
        if len(self._buffer) >= BUFFER_SIZE:
            self.flush()

    def flush(self) -> None:
        """Write all buffered bytes to the file, so that others can read it by its path.

        Raises:
            StorageFullError: the disk is full.
        """
        with translate_disk_full():
            if self._file is None:
                self._file = self._files.create(self.path)
            if self._buffer:
                self._files.write(self._file, self._buffer)
        self._buffer = bytearray()

    def rename(self, path: Path) -> None:
        """Rename the file."""
        self.path = self.path.rename(path)

    async def replace_with(self, path: Path) -> None:
        """Replace the content with another file, which was made from it: take over its path, size and digest."""
        self.flush()
        self._replacement_digest, self.size = await asyncio.to_thread(_digest, path)
        old_path, self.path = self.path, path
        if self._file is not None:
            self._file.close()
        self._file = path.open("ab", buffering=0)
        self._files.remove(old_path)

    def close(self) -> None:
        """Close the file and remove its path; a file that was stored has another name by now."""
        if self._file is not None:
            self._file.close()
        self._files.remove(self.path)


def _digest(path: Path) -> tuple[str, int]:
    """Return the SHA-256 digest and the size of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest(), file.tell()
