"""Reduce a long WebP to its first picture: Pillow reads a whole WebP into memory, and only that picture is used."""

from __future__ import annotations

from io import SEEK_END
from typing import TYPE_CHECKING, BinaryIO

from pyimgur.server.media.file_parts import MEMORY_SLACK, join_parts
from pyimgur.server.media.part_limit import part_limit

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER_SIZE = 12
DISPLAY_CHUNKS = frozenset((b"VP8X", b"ICCP", b"ANIM", b"ALPH"))
"""Chunks that decide how the picture that follows them is displayed."""
PICTURE_CHUNKS = frozenset((b"VP8 ", b"VP8L", b"ANMF"))


def first_picture(file: BinaryIO) -> BinaryIO:
    """Return a WebP with the first picture only; the file itself if it is short or cut off, or has no picture."""
    end = file.seek(0, SEEK_END)
    parts, has_picture = list[tuple[int, int]](), False
    for name, start, stop in _chunks(file, end) if end > MEMORY_SLACK else ():
        if stop > end:
            has_picture = False
            break
        if not has_picture and name in DISPLAY_CHUNKS | PICTURE_CHUNKS:
            parts.append((start, stop))
            has_picture = name in PICTURE_CHUNKS
    file.seek(0)
    if not has_picture:
        return file
    size = len(b"WEBP") + sum(stop - start for start, stop in parts)
    return join_parts(file, [b"RIFF" + size.to_bytes(4, "little") + b"WEBP", *parts])


def _chunks(file: BinaryIO, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of each chunk; the last may reach beyond the end of the file."""
    file.seek(4)
    end, at = min(end, 8 + int.from_bytes(file.read(4), "little")), HEADER_SIZE
    parts = part_limit()
    while at + 8 <= end:
        next(parts)
        file.seek(at)
        head = file.read(8)
        size = int.from_bytes(head[4:], "little")
        stop = at + 8 + size + size % 2
        yield head[:4], at, stop
        at = stop
