"""Limit how many parts a file may have: chunks, blocks, segments, boxes, directory entries, sub-blocks.

Every loop over the parts of a file counts them with `part_limit`; where the file states their number, that is compared
with `MAX_PARTS` first. Real parts have thousands of bytes; a file of
millions of empty ones would take minutes of work, or gigabytes of memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.media.errors import MediaTooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PARTS = 200_000
"""The most parts of one file. The largest animations have 10,000 frames with a few parts each, and programs that write
PNGs in pieces of 4 KB split 200 MB into 50,000 chunks."""
MAX_SUB_BLOCKS = 4_000_000
"""The most sub-blocks of a GIF. Each has up to 255 bytes, so 200 MB are 800,000 full ones."""


def part_limit(limit: int = MAX_PARTS) -> Iterator[int]:
    """Yield once for each part that a file may have.

    Raises:
        MediaTooLargeError: the file has more parts than that.
    """
    yield from range(limit)
    raise too_many_parts(limit)


def too_many_parts(limit: int = MAX_PARTS) -> MediaTooLargeError:
    """Return the error for a file with more parts than this."""
    return MediaTooLargeError(f"the file consists of more than {limit:,} parts: save it again with another program")
