"""Read parts of a file as if they were one file, and map a file into memory, without copying it."""

from __future__ import annotations

import mmap
import sys
from bisect import bisect_right
from io import SEEK_CUR, SEEK_END, BufferedReader, RawIOBase
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from _typeshed import WriteableBuffer


Part: TypeAlias = "tuple[int, int] | bytes"
"""Start and end of a range of the file, or bytes that replace one."""
Piece: TypeAlias = bytes | memoryview
PIECE_SIZE = 1 << 20
"""The most bytes that are copied at once."""
MEMORY_SLACK = 1 << 20
"""Bytes that may stay in memory although they are not needed."""


def part_size(part: Part) -> int:
    """Return the number of bytes of a part."""
    return len(part) if isinstance(part, bytes) else part[1] - part[0]


def join_parts(file: BinaryIO, parts: Sequence[Part]) -> BufferedReader:
    """Return a readable file that consists of these parts, in this order."""
    return BufferedReader(_Parts(file, parts))


def without_ranges(file: BinaryIO, ranges: Iterable[tuple[int, int]]) -> BinaryIO:
    """Return the file without these ranges, which are in order; its position is 0.

    If that saves less than `MEMORY_SLACK` bytes, return the file itself.
    """
    kept, at = list[tuple[int, int]](), 0
    for start, stop in ranges:
        if at < start:
            kept.append((at, start))
        at = max(at, stop)
    end = file.seek(0, SEEK_END)
    file.seek(0)
    if at < end:
        kept.append((at, end))
    if end - sum(stop - start for start, stop in kept) < MEMORY_SLACK:
        return file
    return join_parts(file, kept)


def pieces(data: bytes, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes from `start` to `end`, at most `PIECE_SIZE` at a time."""
    for at in range(start, end, PIECE_SIZE):
        yield data[at : min(at + PIECE_SIZE, end)]


def map_file(file: BinaryIO) -> mmap.mmap:
    """Map the file into memory, read-only: its bytes are read from disk when they are accessed."""
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def release_pages(data: mmap.mmap) -> None:
    """Release the memory of a mapped file; bytes that are accessed again are read again."""
    if sys.platform == "linux":
        data.madvise(mmap.MADV_DONTNEED)


class _Parts(RawIOBase):
    def __init__(self, file: BinaryIO, parts: Sequence[Part]) -> None:
        super().__init__()
        self._file, self._parts, self._starts = file, parts, [0]
        for part in parts:
            self._starts.append(self._starts[-1] + part_size(part))
        self._position = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Change the position, and return it."""
        self._position = max(0, offset + {SEEK_CUR: self._position, SEEK_END: self._starts[-1]}.get(whence, 0))
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read from the part at the current position; return the number of bytes."""
        view = memoryview(buffer).cast("B")
        data = self._read_part(len(view))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _read_part(self, size: int) -> bytes:
        number = bisect_right(self._starts, self._position) - 1
        if number == len(self._parts):
            return b""
        part, offset = self._parts[number], self._position - self._starts[number]
        if isinstance(part, bytes):
            return part[offset : offset + size]
        start, end = part
        self._file.seek(start + offset)
        return self._file.read(min(size, end - start - offset))
