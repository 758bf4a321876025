"""Parts of a file, one behind the other, as a file; and a file as bytes: nothing is copied."""

from __future__ import annotations

import mmap
import sys
from bisect import bisect_right
from io import SEEK_CUR, SEEK_END, BufferedReader, RawIOBase
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from _typeshed import WriteableBuffer


Part: TypeAlias = "tuple[int, int] | bytes"
"""From where to where in the file; or bytes that stand there instead."""
MANY = 1 << 20
"""Bytes that a decoder may keep without need."""


def joined(file: BinaryIO, parts: Sequence[Part]) -> BufferedReader:
    """Return the parts, one behind the other, as one file to read."""
    return BufferedReader(_Parts(file, parts))


def without(file: BinaryIO, ranges: Iterable[tuple[int, int]]) -> BinaryIO:
    """Return the file without these ranges, which are in order; at its beginning.

    It is the file itself where that is less than `MANY` bytes shorter.
    """
    ranges = list(ranges)
    end = file.seek(0, SEEK_END)
    file.seek(0)
    if sum(stop - start for start, stop in ranges) < MANY:
        return file
    starts, ends = (0, *(stop for _, stop in ranges)), (*(start for start, _ in ranges), end)
    return joined(file, [(start, stop) for start, stop in zip(starts, ends, strict=True) if start < stop])


def mapped(file: BinaryIO) -> mmap.mmap:
    """Return the bytes of the file, which are read when they are used."""
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def let_go(data: mmap.mmap) -> None:
    """Give back the memory of what was read of a mapped file; what is used once more is read once more."""
    if sys.platform == "linux":
        data.madvise(mmap.MADV_DONTNEED)


class _Parts(RawIOBase):
    def __init__(self, file: BinaryIO, parts: Sequence[Part]) -> None:
        super().__init__()
        self._file, self._parts, self._begins = file, parts, [0]
        for part in parts:
            size = len(part) if isinstance(part, bytes) else part[1] - part[0]
            self._begins.append(self._begins[-1] + size)
        self._at = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to this position, and return it."""
        self._at = max(0, offset + {SEEK_CUR: self._at, SEEK_END: self._begins[-1]}.get(whence, 0))
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read from the part that the position is in; return how many bytes."""
        view = memoryview(buffer).cast("B")
        data = self._next(len(view))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _next(self, most: int) -> bytes:
        number = bisect_right(self._begins, self._at) - 1
        if number == len(self._parts):
            return b""
        part, at = self._parts[number], self._at - self._begins[number]
        if isinstance(part, bytes):
            return part[at : at + most]
        start, end = part
        self._file.seek(start + at)
        return self._file.read(min(most, end - start - at))
