"""A GIF without long comments before its first frame, all of which Pillow would keep in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from pyimgur.server.media.file_parts import without

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = 13
EXTENSION, COMMENT = b"!", b"\xfe"
NO_MORE = (b"", b",", b";")
"""The end of the file, a frame, the end of the animation."""


def readable(file: BinaryIO) -> BinaryIO:
    """Return the GIF without comments before its first frame, or the file itself where they are short."""
    return without(file, _comments(file))


def _comments(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Yield where each comment begins and ends, up to the first frame."""
    file.seek(0)
    flags = (file.read(HEADER) + bytes(HEADER))[10]
    start = HEADER + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    file.seek(start)
    while (block := file.read(1)) not in NO_MORE:
        end = start + 1  # what is no block is skipped, as decoders do
        if block == EXTENSION:
            label = file.read(1)
            end = _skip_chain(file, start + 2)
            if label == COMMENT:
                yield start, end
        start = end


def _skip_chain(file: BinaryIO, at: int) -> int:
    """Read a chain of length-prefixed pieces, ended by an empty one; return where it is over."""
    while size := file.read(1):
        at += 1 + len(file.read(size[0]))
        if size == b"\0":
            break
    return at
