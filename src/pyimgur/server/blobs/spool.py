"""Spool uploads to a local folder: files that count their bytes and digest them as they arrive.

The folder also holds the renditions that media workers write. What a crash leaves in it is removed at the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hashlib import file_digest, sha256
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from pyimgur.server.blobs.durable_files import DurableFiles, translate_disk_full

BUFFER_SIZE = 256 * 1024
"""Bytes that are buffered before they are written."""


class SpoolFolder:
    """The folder of uploads and renditions in progress; on the disk of the blob store, if that is a folder."""

    def __init__(self, folder: Path, files: DurableFiles, *, read_only: bool = False) -> None:
        self._folder = folder
        self._files = files
        if not read_only:
            folder.mkdir(parents=True, exist_ok=True)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[SpooledFile]:
        """Open a spool file for an upload; it is removed after the block."""
        spooled = SpooledFile(self.temporary_path(), self._files)
        try:
            yield spooled
        finally:
            spooled.close()

    def temporary_path(self) -> Path:
        """Return an unused path for a temporary file."""
        return self._folder / token_hex(8)

    def clear(self) -> list[str]:
        """Remove all files, which a server that crashed has left, and return their names; blocks."""
        files = [path for path in self._folder.iterdir() if not path.is_dir()]
        for file in files:
            self._files.remove(file)
        return [file.name for file in files]


class SpooledFile:
    """An upload in progress: its bytes on disk, their size and SHA-256 digest. `close` removes the file.

    Attributes:
        path: where the file is; it exists only after the first `flush`.
        size: the number of bytes received.
    """

    def __init__(self, path: Path, files: DurableFiles) -> None:
        self.path: Path = path
        self.size: int = 0
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
        """Close and remove the file; if it was stored, the store has a link to it or a copy of it."""
        if self._file is not None:
            self._file.close()
        self._files.remove(self.path)


def _digest(path: Path) -> tuple[str, int]:
    """Return the SHA-256 digest and the size of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest(), file.tell()
