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

if TYPE_CHECKING:
    from collections.abc import Iterator

SUPPORTED_FRAMES = frozenset((0xC0, 0xC1, 0xC2, 0xC9, 0xCA))
"""Start-of-frame markers: baseline, extended and progressive, with Huffman or arithmetic coding."""
UNSUPPORTED_FRAMES = frozenset((0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF))
"""Lossless and hierarchical ones."""
WITHOUT_LENGTH = frozenset((0x00, 0x01, 0xFF, *range(0xD0, 0xD9)))
"""Markers without a length field, and bytes behind 0xFF that are not markers."""
END_OF_HEADER = frozenset((0xD9, 0xDA))
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
    for marker, start in _segments(file):
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
    """Yield start and end of each metadata segment that does not decide how the picture is displayed."""
    counts = Counter[int]()
    for marker, start in _segments(file):
        if marker in METADATA:
            file.seek(start - 2)
            head = file.read(2 + LONGEST_NAME)
            names, most = DISPLAY_SEGMENTS.get(marker, ((), 0))
            counts[marker] += (is_display := head[2:].startswith(names))
            if not is_display or counts[marker] > most:
                yield start - 4, start - 2 + max(2, int.from_bytes(head[:2], "big"))


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


def _segments(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Yield the marker of each segment before the first scan, and where its content starts; skip bytes between them."""
    at = 2
    while True:
        file.seek(at)
        head = file.read(1 << 12)
        offset = head.find(b"\xff")
        if offset < 0 or len(head) < offset + 4:
            at += max(1, len(head) - 1) if offset < 0 else offset
            if len(head) < 4:
                return
            continue
        at, marker = at + offset, head[offset + 1]
        if marker in WITHOUT_LENGTH:
            at += 1
            continue
        if marker in END_OF_HEADER:
            return
        yield marker, at + 4
        at += 2 + max(2, int.from_bytes(head[offset + 2 : offset + 4], "big"))
