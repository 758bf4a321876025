"""Count the parts of a video before ffmpeg reads it: it needs time or memory for each, even if it is empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, cast

from pyimgur.server.media.file_parts import map_file
from pyimgur.server.media.iso_boxes import boxes
from pyimgur.server.media.metadata_inplace import Range
from pyimgur.server.media.part_limit import part_limit
from pyimgur.server.media.sniff import MKV, MOV, MP4, WEBM, FileType

MAX_VIDEO_PARTS = 1_000_000
"""The most boxes or elements. Live streams may have a fragment of a few for each frame: an hour has 650,000."""
ISO_CONTAINERS = frozenset(b"moov trak mdia minf stbl udta moof traf mvex edts dinf".split())
MATROSKA_CONTAINERS = frozenset(
    (
        0x18538067,  # Segment
        *(0x1254C367, 0x7373, 0x67C8),  # Tags, Tag, SimpleTag
        *(0x1941A469, 0x61A7),  # Attachments, AttachedFile
        *(0x1043A770, 0x45B9, 0xB6, 0x80),  # Chapters, EditionEntry, ChapterAtom, ChapterDisplay
        *(0x114D9B74, 0x1654AE6B),  # SeekHead, Tracks
    )
)
"""Elements that consist of elements for each of which ffmpeg needs memory."""


def check_part_count(file: BinaryIO, kind: FileType) -> None:
    """Count the boxes of an ISO file or the elements of a Matroska file; leave the file at position 0.

    Raises:
        MediaTooLargeError: it has more than `MAX_VIDEO_PARTS`.
    """
    if content := CONTENTS.get(kind):
        with map_file(file) as mapped:
            data, parts = cast("bytes", mapped), part_limit(MAX_VIDEO_PARTS)
            ranges = [(0, len(data))]
            while ranges:
                ranges.extend(content(data, *ranges.pop(), parts))
        file.seek(0)


def _iso_contents(data: bytes, at: int, end: int, parts: Iterator[int]) -> Iterator[Range]:
    """Count the boxes in a range of the file, and yield the ranges in which there are more."""
    for box in boxes(data, at, end, parts):
        if box.name in ISO_CONTAINERS:
            yield box.start, box.end


def _matroska_contents(data: bytes, at: int, end: int, parts: Iterator[int]) -> Iterator[Range]:
    """Count the elements in a range of the file, and yield the ranges in which there are more.

    An element of unknown size ends where its parent does: its children are counted here.
    """
    while at < end and data[at]:
        next(parts)
        size_start = at + _length(data[at])
        if size_start >= end or not data[size_start]:
            return
        start = size_start + _length(data[size_start])
        bits = 7 * (start - size_start)
        unknown = (1 << bits) - 1
        size = int.from_bytes(data[size_start:start], "big") & unknown
        stop = min(start + size, end)
        if size == unknown:
            stop = start
        elif int.from_bytes(data[at:size_start], "big") in MATROSKA_CONTAINERS:
            yield start, stop
        at = stop


def _length(first: int) -> int:
    """Return the bytes of an ID or size by its first byte."""
    return 9 - first.bit_length()


CONTENTS: Mapping[FileType, Callable[[bytes, int, int, Iterator[int]], Iterator[Range]]] = {
    MP4: _iso_contents,
    MOV: _iso_contents,
    MKV: _matroska_contents,
    WEBM: _matroska_contents,
}
"""How to count the parts of a range of a file, by format."""
