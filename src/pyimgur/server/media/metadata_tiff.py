"""Remove metadata from TIFF files: every page keeps only the tags that describe how to decode and display it.

Nothing moves. Other tags are removed from their directory; their values and sub-directories (EXIF, GPS, SubIFD,
private ones) are set to zero, like everything that no remaining tag refers to. Pages that are reduced copies of another
one are removed, unless they come first. Supports classic TIFF and BigTIFF, in both byte orders.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pyimgur.server.media.errors import UnsupportedMediaError
from pyimgur.server.media.metadata_inplace import Range, keep_ranges
from pyimgur.server.media.metadata_jpeg import embedded_jpeg_patches
from pyimgur.server.media.part_limit import MAX_PARTS, part_limit, too_many_parts

NEW_SUBFILE_TYPE, SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION = 254, 255, 256, 257, 258, 259
STRIP_OFFSETS, SAMPLES, ROWS_PER_STRIP, STRIP_SIZES, PLANAR = 273, 277, 278, 279, 284
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_SIZES, JPEG_TABLES = 322, 323, 324, 325, 347
OLD_JPEG, OLD_JPEG_SIZE, OLD_JPEG_TABLES = 513, 514, {519: 64, 520: 16, 521: 16}
"""Old-style JPEG: tags of tables at offsets, and their sizes: 64 numbers, or 16 counts and as many values."""
KEPT_TAGS = frozenset(
    (
        *(NEW_SUBFILE_TYPE, SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION),
        *(262, 263, 264, 265, 266),  # photometric interpretation, halftoning, order of bits
        *(STRIP_OFFSETS, 274, SAMPLES, ROWS_PER_STRIP, STRIP_SIZES),  # 274 is the orientation
        *(280, 281, 282, 283, PLANAR, 290, 291, 292, 293, 296, 297),  # range, resolution, gray response, fax, page
        *(301, 317, 318, 319, 320, 321),  # transfer function, predictor, white point, primaries, color map, halftone
        *(TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_SIZES, 326, 327, 328),
        *(332, 334, 336, 338, 339, 340, 341, JPEG_TABLES),  # inks, extra samples, format and range of samples
        *(512, OLD_JPEG, OLD_JPEG_SIZE, 515, 517, 518, *OLD_JPEG_TABLES),
        *(529, 530, 531, 532),  # YCbCr
        *(32995, 32996, 32997, 34675, 37439, 50674),  # SGI's data type and depth, ICC profile, LogLuv, LERC
    )
)
TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}
UNCOMPRESSED, JPEGS = 1, frozenset((6, 7))
REDUCED = 1
MAX_SAMPLES = 64
UNKNOWN_SIZE = "the TIFF image does not state the size of its data, so its metadata cannot be removed: save it again"
DAMAGED = "the TIFF image is damaged"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a TIFF file stores numbers: its byte order, and the bytes of an entry count and of an offset."""

    order: Literal["little", "big"]
    count_size: int
    offset_size: int

    @property
    def entry_size(self) -> int:
        """The bytes of one entry: tag, type, count, and the value or its offset."""
        return 4 + 2 * self.offset_size

    def number(self, data: bytes, at: int, size: int) -> int:
        """Return the unsigned number at this offset.

        Raises:
            UnsupportedMediaError: the file ends before the number does.
        """
        if at + size > len(data):
            raise UnsupportedMediaError(DAMAGED)
        return int.from_bytes(data[at : at + size], self.order)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a directory."""

    raw: bytes
    type: int
    count: int
    start: int
    """The offset of its value, which is in the entry itself if it fits there."""

    @property
    def end(self) -> int:
        """The end of its value."""
        return self.start + self.count * TYPE_SIZES.get(self.type, 0)


Directory = dict[int, Entry]


def wipe_tiff(data: bytes) -> bytes:
    """Return the TIFF with its pages and nothing else.

    Raises:
        UnsupportedMediaError: its structure is damaged or incomplete.
    """
    big = data[2:4] in (b"+\x00", b"\x00+")
    layout = Layout("little" if data[:2] == b"II" else "big", 8 if big else 2, 8 if big else 4)
    link = 8 if big else 4
    ranges: list[Range] = [(0, link + layout.offset_size)]
    patches: list[tuple[int, bytes]] = []
    parts = part_limit()
    for start, entries in _directories(data, layout, link):
        page = {tag: entry for tag, entry in entries if tag in KEPT_TAGS}
        if len(page) != sum(tag in KEPT_TAGS for tag, _ in entries):
            raise UnsupportedMediaError(DAMAGED)
        if len(patches) and _is_reduced(data, layout, page):
            continue
        patches.append((link, start.to_bytes(layout.offset_size, layout.order)))
        body = len(page).to_bytes(layout.count_size, layout.order) + b"".join(entry.raw for entry in page.values())
        patches.append((start, body))
        link = start + len(body)
        ranges.append((start, link + layout.offset_size))
        ranges.extend((at.start, at.end) for at in page.values() if at.end - at.start > layout.offset_size)
        data_ranges = [part for part, _ in zip(_picture_data(data, layout, page), parts, strict=False)]
        ranges.extend(data_ranges)
        if _value(data, layout, page, COMPRESSION, UNCOMPRESSED) in JPEGS:
            tables = [(page[JPEG_TABLES].start, page[JPEG_TABLES].end)] if JPEG_TABLES in page else []
            patches.extend(embedded_jpeg_patches(data, [*data_ranges, *tables]))
    patches.append((link, bytes(layout.offset_size)))
    wiped = keep_ranges(data, ranges)
    for at, piece in patches:
        wiped[at : at + len(piece)] = piece
    return bytes(wiped)


def _directories(data: bytes, layout: Layout, link: int) -> Iterator[tuple[int, list[tuple[int, Entry]]]]:
    """Yield the offset of each page's directory, and its tags with their entries."""
    start, seen_starts, parts = layout.number(data, link, layout.offset_size), set[int](), part_limit()
    if start == 0:
        raise UnsupportedMediaError(DAMAGED)
    while start and start not in seen_starts:
        seen_starts.add(start)
        count = layout.number(data, start, layout.count_size)
        next(parts)
        first = start + layout.count_size
        end = first + count * layout.entry_size
        next_start = layout.number(data, end, layout.offset_size)
        entries = zip(range(first, end, layout.entry_size), parts, strict=False)
        yield start, [_entry(data, layout, at) for at, _ in entries]
        start = next_start if next_start < len(data) else 0


def _entry(data: bytes, layout: Layout, at: int) -> tuple[int, Entry]:
    tag, type = layout.number(data, at, 2), layout.number(data, at + 2, 2)
    count, value = layout.number(data, at + 4, layout.offset_size), at + 4 + layout.offset_size
    if count * TYPE_SIZES.get(type, 0) > layout.offset_size:
        value = layout.number(data, value, layout.offset_size)
    return tag, Entry(data[at : at + layout.entry_size], type, count, value)


def _numbers(data: bytes, layout: Layout, page: Directory, tag: int, limit: int = 1 << 32) -> tuple[int, ...]:
    """Return at most `limit` integers of a tag; none if the page does not have it."""
    entry = page.get(tag)
    if entry is None:
        return ()
    code = NUMBERS.get(entry.type)
    if code is None or entry.end > len(data):
        raise UnsupportedMediaError(DAMAGED)
    byte_order = "<" if layout.order == "little" else ">"
    count = min(entry.count, limit)
    if count > MAX_PARTS:
        raise too_many_parts()
    return struct.unpack_from(f"{byte_order}{count}{code}", data, entry.start)


def _value(data: bytes, layout: Layout, page: Directory, tag: int, default: int) -> int:
    return next(iter(_numbers(data, layout, page, tag, 1)), default)


def _is_reduced(data: bytes, layout: Layout, page: Directory) -> bool:
    """Return whether the page is a smaller copy of another one."""
    kind = _value(data, layout, page, NEW_SUBFILE_TYPE, 0)
    return bool(kind & REDUCED) or _value(data, layout, page, SUBFILE_TYPE, 0) == 2


def _picture_data(data: bytes, layout: Layout, page: Directory) -> Iterator[Range]:
    """Yield the ranges of the strips, tiles or old-style JPEG data of a page."""
    tiled = TILE_OFFSETS in page
    offsets = _numbers(data, layout, page, TILE_OFFSETS if tiled else STRIP_OFFSETS)
    sizes = _numbers(data, layout, page, TILE_SIZES if tiled else STRIP_SIZES)
    stream = _numbers(data, layout, page, OLD_JPEG), _numbers(data, layout, page, OLD_JPEG_SIZE)
    if not (offsets or all(stream)):
        raise UnsupportedMediaError("the TIFF image has no picture data")
    if _value(data, layout, page, COMPRESSION, UNCOMPRESSED) == UNCOMPRESSED:
        expected_sizes = _uncompressed_sizes(data, layout, page, len(offsets), tiled)
        sizes = tuple(map(max, sizes, expected_sizes)) if len(sizes) >= len(offsets) else expected_sizes
    elif len(sizes) < len(offsets) or any(start and not size for start, size in zip(offsets, sizes, strict=False)):
        raise UnsupportedMediaError(UNKNOWN_SIZE)
    yield from ((start, start + size) for start, size in zip(offsets, sizes, strict=False))
    yield from ((start, start + size) for start, size in zip(*stream, strict=False))
    for tag, min_size in OLD_JPEG_TABLES.items():
        for start in _numbers(data, layout, page, tag, MAX_SAMPLES):
            yield start, start + min_size + (sum(data[start : start + min_size]) if min_size == 16 else 0)


def _uncompressed_sizes(data: bytes, layout: Layout, page: Directory, count: int, tiled: bool) -> tuple[int, ...]:
    """Return the bytes of each uncompressed strip or tile, computed from the size of the picture."""
    width, height, samples = (
        _value(data, layout, page, tag, default) for tag, default in ((WIDTH, 0), (HEIGHT, 0), (SAMPLES, 1))
    )
    if _value(data, layout, page, PLANAR, 1) == 2:
        samples = 1
    bits = samples * max(_numbers(data, layout, page, BITS, MAX_SAMPLES), default=1)
    if tiled:
        width, rows = (_value(data, layout, page, tag, 0) for tag in (TILE_WIDTH, TILE_HEIGHT))
        return ((width * bits + 7) // 8 * rows,) * count
    rows = max(1, min(_value(data, layout, page, ROWS_PER_STRIP, height), height))
    strips = max(1, -(-height // rows))  # of one plane
    row_size = (width * bits + 7) // 8
    return tuple(row_size * min(rows, height - number % strips * rows) for number in range(count))
