"""Read the blocks of a GIF: extensions and images, which consist of length-prefixed sub-blocks.

Bytes between blocks are skipped, and everything behind the trailer is ignored.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.media.part_limit import MAX_SUB_BLOCKS, part_limit

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator

IMAGE, EXTENSION, TRAILER = 0x2C, 0x21, 0x3B
GRAPHIC_CONTROL, COMMENT, APPLICATION = 0xF9, 0xFE, 0xFF
"""Labels of extensions."""
BLOCK_START = re.compile(b"[\x21\x2c\x3b]")
HEADER_SIZE = 13
IMAGE_HEADER_SIZE = 10


class Block(NamedTuple):
    """A block: its first byte, and where it starts and ends."""

    code: int
    start: int
    end: int


def gif_blocks(data: bytes | mmap.mmap) -> Iterator[Block]:
    """Yield the blocks of a GIF, up to its trailer; the last one may be cut off.

    Raises:
        MediaTooLargeError: it has too many blocks or sub-blocks.
    """
    at, end, blocks, sub_blocks = header_end(data), len(data), part_limit(), part_limit(MAX_SUB_BLOCKS)
    while match := BLOCK_START.search(data, at):
        next(blocks)
        start = match.start()
        code, content = data[start], start + 2
        if code == TRAILER:
            yield Block(code, start, start + 1)
            return
        if code == IMAGE:
            if start + IMAGE_HEADER_SIZE > end:
                return
            content = start + IMAGE_HEADER_SIZE + palette_size(data[start + 9]) + 1
        at = _skip_sub_blocks(data, content, end, sub_blocks)
        yield Block(code, start, at)


def header_end(data: bytes | mmap.mmap) -> int:
    """Return the end of the header and the global palette."""
    return HEADER_SIZE + palette_size(data[10] if len(data) > 10 else 0)


def palette_size(flags: int) -> int:
    """Return the bytes of the palette that follows a header or an image header with these flags."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _skip_sub_blocks(data: bytes | mmap.mmap, at: int, end: int, sub_blocks: Iterator[int]) -> int:
    """Return the end of a chain of sub-blocks, which an empty one ends."""
    for _ in sub_blocks:
        if at >= end:
            return end
        size = data[at]
        at += size + 1
        if not size:
            break
    return min(at, end)
