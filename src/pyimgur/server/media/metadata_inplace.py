"""Remove metadata from formats whose parts are found by offset: BMP and TIFF.

Nothing moves. What the picture is made of is listed as ranges of bytes, everything else in the file is set to zero:
values of other tags, their directories, gaps, and what follows the picture. A file without metadata comes out byte for
byte. Where the structure does not say which bytes are picture data, the file is refused.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyimgur.server.media.errors import UnsupportedMediaError

Range = tuple[int, int]


def zero_outside(data: bytes, ranges: Iterable[Range]) -> tuple[bytearray, int]:
    """Return the data with zeros outside of these ranges, and where the last of them ends."""
    kept, source, last = bytearray(len(data)), memoryview(data), 0
    for start, end in sorted(ranges):
        start, end = max(start, last), min(end, len(data))
        if start < end:
            kept[start:end] = source[start:end]
            last = end
    return kept, last


def keep_ranges(data: bytes, ranges: Iterable[Range]) -> bytearray:
    """Return the data with zeros outside of these ranges, cut off behind the last if more than zeros followed there."""
    kept, last = zero_outside(data, ranges)
    if any(memoryview(data)[last:]):
        del kept[last:]
    return kept


# ---- BMP

FILE_HEADER, CORE_HEADER, V5_HEADER = 14, 12, 124
RLE = {1: 8, 2: 4}
"""Bits a pixel by the number of a run-length compression."""
BITFIELDS = {3: 12, 6: 16}
"""Bytes of color masks behind an old header, by compression."""
EMBEDDED, LINKED, SRGB = b"DEBM", b"KNIL", b"BGRs"


def bmp(data: bytes) -> bytes:
    """Return the BMP without gaps and trailing bytes; an embedded color profile stays, a linked one's path goes."""
    size = _little(data, 14, 4)
    end = FILE_HEADER + size
    width, height, bits, compression, colors = _bmp_header(data, size)
    if size == 40:
        end += BITFIELDS.get(compression, 0)
    if bits <= 8:
        end += min(colors or 1 << bits, 1 << bits) * (3 if size == CORE_HEADER else 4)
    start = _little(data, 10, 4) or end
    if start > len(data):
        raise UnsupportedMediaError("the BMP picture is damaged: it has no picture data")
    ranges = [(0, 6), (10, min(end, start)), (start, _bmp_end(data, start, width, height, bits, compression))]
    profile, space = _bmp_profile(data) if size >= V5_HEADER else ((0, 0), b"")
    made = keep_ranges(data, [*ranges, profile])
    if space == LINKED:
        made[70:74], made[126:134] = SRGB, bytes(8)
    if len(made) != len(data):
        made[2:6] = len(made).to_bytes(4, "little")
    return bytes(made)


def _little(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _bmp_header(data: bytes, size: int) -> tuple[int, int, int, int, int]:
    """Return width, height, bits a pixel, compression and the number of colors."""
    if size == CORE_HEADER:
        return _little(data, 18, 2), _little(data, 20, 2), _little(data, 24, 2), 0, 0
    height = abs(int.from_bytes(data[22:26], "little", signed=True))
    return _little(data, 18, 4), height, _little(data, 28, 2), _little(data, 30, 4), _little(data, 46, 4)


def _bmp_end(data: bytes, start: int, width: int, height: int, bits: int, compression: int) -> int:
    if compression in RLE:
        return _rle_end(data, start, RLE[compression])
    if compression in (0, *BITFIELDS):
        return start + (width * bits + 31) // 32 * 4 * height
    raise UnsupportedMediaError("the BMP picture has a compression that this server does not know")


def _rle_end(data: bytes, at: int, bits: int) -> int:
    """Return where run-length encoded pixels end."""
    end = len(data)
    while at + 1 < end:
        count, code = data[at], data[at + 1]
        at += 2
        if count == 0 and code == 1:
            return at
        if count == 0 and code == 2:
            at += 2
        elif count == 0 and code > 2:
            at += (code * bits + 15) // 16 * 2
    return end


def _bmp_profile(data: bytes) -> tuple[Range, bytes]:
    """Return where the embedded color profile is, and what the color space is called."""
    space, start, size = data[70:74], FILE_HEADER + _little(data, 126, 4), _little(data, 130, 4)
    return ((start, start + size) if space == EMBEDDED else (0, 0)), space
