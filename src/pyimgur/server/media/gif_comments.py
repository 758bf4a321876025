"""Skip long comments before the first frame of a GIF: Pillow would keep all of them in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from pyimgur.server.media.file_parts import without_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER_SIZE = 13
EXTENSION, COMMENT = b"!", b"\xfe"
END_OF_EXTENSIONS = (b"", b",", b";")
"""The end of the file, the start of a frame, the trailer."""


def without_comments(file: BinaryIO) -> BinaryIO:
    """Return the GIF without comments before its first frame, or the file itself if they are short."""
    return without_ranges(file, _comments(file))


def _comments(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Yield start and end of each comment before the first frame."""
    file.seek(0)
    flags = (file.read(HEADER_SIZE) + bytes(HEADER_SIZE))[10]
    start = HEADER_SIZE + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    file.seek(start)
    while (block := file.read(1)) not in END_OF_EXTENSIONS:
        end = start + 1  # unknown bytes between blocks are skipped, as decoders do
        if block == EXTENSION:
            label = file.read(1)
            end = _skip_sub_blocks(file, start + 2)
            if label == COMMENT:
                yield start, end
        start = end


def _skip_sub_blocks(file: BinaryIO, at: int) -> int:
    """Read a chain of length-prefixed sub-blocks up to the empty one that ends it; return the offset behind it."""
    while size := file.read(1):
        at += 1 + len(file.read(size[0]))
        if size == b"\0":
            break
    return at
