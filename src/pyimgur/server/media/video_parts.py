"""Count the parts of a video before ffmpeg reads it: it needs time or memory for each, even if it is empty.

There are two limits: one for all parts, which ffmpeg reads one after another, and a smaller one for *slow* parts, for
each of which it searches all earlier ones, or decodes frames again. The names of slow parts are in tables below.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, TypeAlias, cast

from pyimgur.server.media.file_parts import map_file
from pyimgur.server.media.iso_boxes import Box, boxes
from pyimgur.server.media.part_limit import part_limit, too_many_parts
from pyimgur.server.media.sniff import MKV, MOV, MP4, WEBM, FileType

MAX_VIDEO_PARTS = 1_000_000
"""The most boxes or elements. Live streams may have a fragment of a few for each frame: an hour has 650,000."""
MAX_SLOW_PARTS = 5_000
"""The most slow parts of all kinds together: tags, edits, items. Real videos have tens; 40,000 take a decoder 10 s."""
MAX_HEADER = 1 << 24
"""The most bytes of a compressed header (`cmov`)."""
ISO_CONTAINERS = frozenset(
    b"moov trak mdia minf stbl udta moof traf mvex edts dinf meta ilst iref wave sinf schi tref iprp ipro ipco".split()
)
"""Boxes that ffmpeg reads as boxes, wherever they are."""
TAG_LISTS = frozenset((b"udta", b"ilst", b"iref"))
"""Boxes of which each inner box is a slow part."""
TAG_COUNTS: Mapping[bytes, int] = {b"elst": 4, b"keys": 4}
"""Tables of slow parts: the offset of the number of entries, in four bytes."""
HIDDEN_IN_ENTRIES = (b"udta", b"ilst", b"meta", b"keys", b"elst", b"iloc", b"iref", b"cmov")
"""Boxes that ffmpeg also reads inside sample descriptions (`stsd`)."""
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
SLOW_ELEMENTS: Mapping[int, int] = {0x67C8: 1, 0x7373: 20}
"""Elements that are slow parts, and as how many each counts: for each Tag, ffmpeg converts all earlier tags again."""
Part: TypeAlias = tuple[bytes, int, int]
"""Data, and the start and end of a range of it."""


@dataclass(slots=True)
class Counter:
    """How many parts a file may still have."""

    parts: Iterator[int] = field(default_factory=lambda: part_limit(MAX_VIDEO_PARTS))
    slow: int = 0

    def add_slow(self, number: int) -> None:
        """Count slow parts.

        Raises:
            MediaTooLargeError: there are more than `MAX_SLOW_PARTS`.
        """
        self.slow += number
        if self.slow > MAX_SLOW_PARTS:
            raise too_many_parts(MAX_SLOW_PARTS)


def check_part_count(file: BinaryIO, kind: FileType) -> None:
    """Count the boxes of an ISO file or the elements of a Matroska file; leave the file at position 0.

    Raises:
        MediaTooLargeError: it has more than `MAX_VIDEO_PARTS`, or more slow ones than `MAX_SLOW_PARTS`.
    """
    if content := CONTENTS.get(kind):
        with map_file(file) as mapped:
            data, counter = cast("bytes", mapped), Counter()
            ranges: list[Part] = [(data, 0, len(data))]
            while ranges:
                ranges.extend(content(*ranges.pop(), counter))
        file.seek(0)


def _iso_contents(data: bytes, at: int, end: int, counter: Counter) -> Iterator[Part]:
    """Count the boxes in a range of the file, and yield the ranges in which there are more."""
    for box in boxes(data, at, end, counter.parts):
        if box.name in TAG_LISTS:
            inner = (box.start + 4 if box.name == b"iref" else box.start, box.end)
            counter.add_slow(sum(1 for _ in boxes(data, *inner, counter.parts)))
        if box.name in TAG_COUNTS:
            counter.add_slow(_number(data, box, TAG_COUNTS[box.name], 4))
        elif box.name == b"iloc":
            counter.add_slow(_number(data, box, 6, 4 if data[box.start : box.start + 1] > b"\1" else 2))
        elif box.name == b"stsd":
            yield from _boxes_in_entries(data, box)
        elif box.name == b"cmov":
            yield _decompressed(data, box)
        elif box.name in ISO_CONTAINERS:
            yield data, INNER_START.get(box.name, _start)(data, box), box.end


def _start(data: bytes, box: Box) -> int:
    return box.start


def _meta_start(data: bytes, box: Box) -> int:
    """Return where the boxes of a `meta` box begin, as ffmpeg finds it: at its `hdlr`, behind a version or not."""
    at = data.find(b"hdlr", box.start, box.end)
    while at >= 0 and (at - box.start) % 4:
        at = data.find(b"hdlr", at + 1, box.end)
    return box.end if at < 0 else at - 4


INNER_START: Mapping[bytes, Callable[[bytes, Box], int]] = {
    b"meta": _meta_start,
    b"iref": lambda data, box: box.start + 4,
}
"""Where the boxes in a box begin, if not at its start."""


def _number(data: bytes, box: Box, offset: int, size: int) -> int:
    """Return the number at this offset of the box; ffmpeg reads no entries beyond the end of the file."""
    at = box.start + offset
    return min(int.from_bytes(data[at : min(at + size, box.end)], "big"), len(data))


def _boxes_in_entries(data: bytes, box: Box) -> Iterator[Part]:
    """Yield where boxes begin that hold slow parts; the fields before them depend on the kind of track."""
    for name in HIDDEN_IN_ENTRIES:
        if (at := data.find(name, box.start + 4, box.end)) >= 0:
            yield data, at - 4, box.end


def _decompressed(data: bytes, box: Box) -> Part:
    """Return the content of a compressed header.

    Raises:
        MediaTooLargeError: it has more than `MAX_HEADER` bytes.
    """
    packed = next((inner for inner in boxes(data, box.start, box.end) if inner.name == b"cmvd"), None)
    if packed is None:
        return data, box.end, box.end
    decompressor = zlib.decompressobj()
    try:
        header = decompressor.decompress(data[packed.start + 4 : packed.end], MAX_HEADER)
    except zlib.error:
        return data, box.end, box.end
    if decompressor.unconsumed_tail:
        raise too_many_parts(MAX_VIDEO_PARTS)
    return header, 0, len(header)


def _matroska_contents(data: bytes, at: int, end: int, counter: Counter) -> Iterator[Part]:
    """Count the elements in a range of the file, and yield the ranges in which there are more.

    An element of unknown size ends where its parent does: its children are counted here.
    """
    while at < end and data[at]:
        next(counter.parts)
        size_start = at + _length(data[at])
        if size_start >= end or not data[size_start]:
            return
        start = size_start + _length(data[size_start])
        bits = 7 * (start - size_start)
        unknown = (1 << bits) - 1
        size = int.from_bytes(data[size_start:start], "big") & unknown
        stop = min(start + size, end)
        id = int.from_bytes(data[at:size_start], "big")
        counter.add_slow(SLOW_ELEMENTS.get(id, 0))
        if size == unknown:
            stop = start
        elif id in MATROSKA_CONTAINERS:
            yield data, start, stop
        at = stop


def _length(first: int) -> int:
    """Return the bytes of an ID or size by its first byte."""
    return 9 - first.bit_length()


CONTENTS: Mapping[FileType, Callable[[bytes, int, int, Counter], Iterator[Part]]] = {
    MP4: _iso_contents,
    MOV: _iso_contents,
    MKV: _matroska_contents,
    WEBM: _matroska_contents,
}
"""How to count the parts of a range of a file, by format."""
