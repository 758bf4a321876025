"""Skip comments before the first frame of a GIF: Pillow would keep all of them in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from pyimgur.server.media.file_parts import map_file, without_ranges
from pyimgur.server.media.gif_blocks import COMMENT, EXTENSION, gif_blocks, header_end

if TYPE_CHECKING:
    from collections.abc import Iterator


def without_comments(file: BinaryIO) -> BinaryIO:
    """Return the GIF without comments before its first frame, or the file itself if they are short."""
    return without_ranges(file, _comments(file))


def _comments(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Yield start and end of each comment before the first frame, and of bytes between blocks, which decoders skip."""
    with map_file(file) as data:
        end = header_end(data)
        for block in gif_blocks(data):
            yield end, block.start
            end = block.end
            if block.code != EXTENSION:
                return
            if data[block.start + 1] == COMMENT:
                yield block.start, block.end
