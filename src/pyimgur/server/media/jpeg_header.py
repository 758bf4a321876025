"""The segments of a JPEG: which coding process its frame header names, its notes, and where it breaks off.

Browsers show JPEGs with 8 bits a color and a DCT, and no others.
"""

from __future__ import annotations

import re
from collections import Counter
from io import SEEK_END
from typing import TYPE_CHECKING, BinaryIO

from pyimgur.server.media.errors import Unsupported
from pyimgur.server.media.file_parts import without

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN = frozenset((0xC0, 0xC1, 0xC2, 0xC9, 0xCA))
"""Start-of-frame markers: baseline, extended and progressive, with Huffman or arithmetic coding."""
OTHERS = frozenset((0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF))
"""Lossless and hierarchical ones."""
WITHOUT_LENGTH = frozenset((0x00, 0x01, 0xFF, *range(0xD0, 0xD9)))
"""Markers that no length follows; and what is none."""
END = frozenset((0xD9, 0xDA))
NOTES = frozenset((*range(0xE0, 0xF0), 0xFE))
"""Application segments and comments."""
DISPLAYED = {
    0xE0: ((b"JFIF", b"AVI1"), 1),
    0xE1: ((b"Exif\0",), 1),
    0xE2: ((b"ICC_PROFILE\0",), 255),
    0xEE: ((b"Adobe",), 1),
}
"""What those notes begin with that decide how the picture is displayed, and how many of each do."""
LONGEST_NAME = 12
BITS = 8
LARGEST_SEGMENT = 2 + 0xFFFF
SEGMENT = re.compile(rb"\xff[\xc4\xda\xdb\xdd\xe0-\xef\xfe]")
"""The start of a segment between scans; scans themselves hold no such bytes."""


def check(file: BinaryIO) -> None:
    """Raise `Unsupported` for a JPEG of a kind that browsers do not show; leave the file at its beginning."""
    for marker, start in _segments(file):
        file.seek(start)
        if marker in OTHERS or (marker in SHOWN and file.read(1)[:1] not in (b"", bytes([BITS]))):
            raise Unsupported("JPEG pictures that are lossless or have more than 8 bits a color are not supported")
        if marker in SHOWN:
            break
    file.seek(0)


def readable(file: BinaryIO) -> BinaryIO:
    """Return the JPEG without long notes before its first scan: Pillow would keep them all."""
    return without(file, _notes(file))


def _notes(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Yield where each segment begins and ends that does not decide how the picture is displayed."""
    seen = Counter[int]()
    for marker, start in _segments(file):
        if marker in NOTES:
            file.seek(start - 2)
            head = file.read(2 + LONGEST_NAME)
            name, most = DISPLAYED.get(marker, ((), 0))
            seen[marker] += (is_displayed := head[2:].startswith(name))
            if not is_displayed or seen[marker] > most:
                yield start - 4, start - 2 + max(2, int.from_bytes(head[:2], "big"))


def end_of_whole_segments(file: BinaryIO) -> int:
    """Return where a JPEG that breaks off is to be cut: before a segment of which only the beginning is there."""
    size = file.seek(0, SEEK_END)
    first = max(0, size - LARGEST_SEGMENT)
    file.seek(first)
    tail = file.read()
    for found in SEGMENT.finditer(tail):
        if found.end() + 2 > len(tail) or found.end() + int.from_bytes(tail[found.end() :][:2], "big") > len(tail):
            return first + found.start()
    return size


def _segments(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Yield the marker of each segment before the first scan, and where its data begins; skip junk between them."""
    at = 2
    while True:
        file.seek(at)
        head = file.read(1 << 12)
        found = head.find(b"\xff")
        if found < 0 or len(head) < found + 4:
            at += max(1, len(head) - 1) if found < 0 else found
            if len(head) < 4:
                return
            continue
        at, marker = at + found, head[found + 1]
        if marker in WITHOUT_LENGTH:
            at += 1
            continue
        if marker in END:
            return
        yield marker, at + 4
        at += 2 + max(2, int.from_bytes(head[found + 2 : found + 4], "big"))
