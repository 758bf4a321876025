"""Read the segments of a JPEG before its first scan: coding process, metadata, and where a truncated file is cut.

Browsers display JPEGs with 8 bits per color and a DCT, and no others.
"""

from __future__ import annotations

import re
from collections import Counter
from io import SEEK_END
from typing import TYPE_CHECKING, BinaryIO

from pyimgur.server.media.errors import UnsupportedFormatError
from pyimgur.server.media.file_parts import without_ranges
from pyimgur.server.media.part_limit import part_limit

if TYPE_CHECKING:
    from collections.abc import Iterator

SUPPORTED_FRAMES = frozenset((0xC0, 0xC1, 0xC2, 0xC9, 0xCA))
"""Start-of-frame markers: baseline, extended and progressive, with Huffman or arithmetic coding."""
UNSUPPORTED_FRAMES = frozenset((0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF))
"""Lossless and hierarchical ones."""
START_OF_IMAGE = 0xD8
END_OF_HEADER = frozenset((0xD9, 0xDA))
MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]")
"""The start of a segment: neither a stuffed byte nor a marker without a length."""
METADATA = frozenset((*range(0xE0, 0xF0), 0xFE))
"""Application segments and comments."""
DISPLAY_SEGMENTS = {
    0xE0: ((b"JFIF", b"AVI1"), 1),
    0xE1: ((b"Exif\0",), 1),
    0xE2: ((b"ICC_PROFILE\0",), 255),
    0xEE: ((b"Adobe",), 1),
}
"""Names of application segments that decide how the picture is displayed, and how many of each decoders use."""
LONGEST_NAME = 12
BITS = 8
LARGEST_SEGMENT = 2 + 0xFFFF
SEGMENT = re.compile(rb"\xff[\xc4\xda\xdb\xdd\xe0-\xef\xfe]")
"""The start of a segment between scans; coded data contains no such bytes."""


def check_supported(file: BinaryIO) -> None:
    """Raise `UnsupportedFormatError` for a JPEG that browsers do not display; leave the file at position 0."""
    for marker, _, start, _ in _segments(file):
        file.seek(start)
        if marker in UNSUPPORTED_FRAMES or (
            marker in SUPPORTED_FRAMES and file.read(1)[:1] not in (b"", bytes([BITS]))
        ):
            raise UnsupportedFormatError(
                "JPEG files that are lossless or have more than 8 bits per color are not supported"
            )
        if marker in SUPPORTED_FRAMES:
            break
    file.seek(0)


def without_metadata(file: BinaryIO) -> BinaryIO:
    """Return the JPEG without long metadata before its first scan: Pillow would keep all of it in memory."""
    return without_ranges(file, _metadata(file))


def _metadata(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Yield start and end of each metadata segment that does not decide how the picture is displayed.

    Bytes between segments, which decoders skip, are yielded too.
    """
    counts, last_end = Counter[int](), 2
    for marker, start, content, end in _segments(file):
        yield last_end, start
        last_end = end
        if marker in METADATA:
            file.seek(content)
            names, most = DISPLAY_SEGMENTS.get(marker, ((), 0))
            counts[marker] += (is_display := file.read(LONGEST_NAME).startswith(names))
            if not is_display or counts[marker] > most:
                yield start, end


def end_of_whole_segments(file: BinaryIO) -> int:
    """Return where to cut a truncated JPEG: before a segment that is incomplete, or at the end of the file."""
    size = file.seek(0, SEEK_END)
    tail_start = max(0, size - LARGEST_SEGMENT)
    file.seek(tail_start)
    tail = file.read()
    for marker in SEGMENT.finditer(tail):
        if marker.end() + 2 > len(tail) or marker.end() + int.from_bytes(tail[marker.end() :][:2], "big") > len(tail):
            return tail_start + marker.start()
    return size


def _segments(file: BinaryIO) -> Iterator[tuple[int, int, int, int]]:
    """Yield marker, start, start of content, and end of each segment up to the first scan; skip bytes between them."""
    at, marker = 2, 0
    for _ in part_limit():
        if marker in END_OF_HEADER or (found := _find_marker(file, at)) is None:
            return
        start, marker, size = found
        at = start + 2 + (0 if marker == START_OF_IMAGE else max(2, size))
        yield marker, start, start + 4, at


def _find_marker(file: BinaryIO, at: int) -> tuple[int, int, int] | None:
    """Return start, marker and size of the next segment; None if there is none."""
    while True:
        file.seek(at)
        head = file.read(1 << 12)
        if match := MARKER.search(head):
            at += match.start()
            file.seek(at)
            head = file.read(4)
            return (at, head[1], int.from_bytes(head[2:], "big")) if len(head) == 4 else None
        if len(head) < 2:
            return None
        at += len(head) - 1
