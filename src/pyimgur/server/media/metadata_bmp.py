"""Remove metadata from BMP files: gaps, trailing data and the path of a linked color profile are set to zero.

An embedded color profile stays.
"""

from __future__ import annotations

from pyimgur.server.media.errors import UnsupportedMediaError
from pyimgur.server.media.metadata_inplace import Range, keep_ranges

FILE_HEADER_SIZE, CORE_HEADER_SIZE, V5_HEADER_SIZE = 14, 12, 124
RLE_BITS = {1: 8, 2: 4}
"""Bits per pixel by run-length compression."""
MASK_SIZES = {3: 12, 6: 16}
"""Bytes of the color masks behind a header of 40 bytes, by compression."""
EMBEDDED, LINKED, SRGB = b"DEBM", b"KNIL", b"BGRs"


def wipe_bmp(data: bytes) -> bytes:
    """Return the BMP without metadata.

    Raises:
        UnsupportedMediaError: it has no picture data, or an unknown compression.
    """
    size = _little_endian(data, 14, 4)
    end = FILE_HEADER_SIZE + size
    width, height, bits, compression, colors = _bmp_header(data, size)
    if size == 40:
        end += MASK_SIZES.get(compression, 0)
    if bits <= 8:
        end += min(colors or 1 << bits, 1 << bits) * (3 if size == CORE_HEADER_SIZE else 4)
    start = _little_endian(data, 10, 4) or end
    if start > len(data):
        raise UnsupportedMediaError("the BMP image is damaged: it has no picture data")
    ranges = [(0, 6), (10, min(end, start)), (start, _bmp_end(data, start, width, height, bits, compression))]
    profile, color_space = _bmp_profile(data) if size >= V5_HEADER_SIZE else ((0, 0), b"")
    wiped = keep_ranges(data, [*ranges, profile])
    if color_space == LINKED:
        wiped[70:74], wiped[126:134] = SRGB, bytes(8)
    if len(wiped) != len(data):
        wiped[2:6] = len(wiped).to_bytes(4, "little")
    return bytes(wiped)


def _little_endian(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _bmp_header(data: bytes, size: int) -> tuple[int, int, int, int, int]:
    """Return width, height, bits per pixel, compression and number of colors."""
    if size == CORE_HEADER_SIZE:
        return _little_endian(data, 18, 2), _little_endian(data, 20, 2), _little_endian(data, 24, 2), 0, 0
    height = abs(int.from_bytes(data[22:26], "little", signed=True))
    return (
        _little_endian(data, 18, 4),
        height,
        _little_endian(data, 28, 2),
        _little_endian(data, 30, 4),
        _little_endian(data, 46, 4),
    )


def _bmp_end(data: bytes, start: int, width: int, height: int, bits: int, compression: int) -> int:
    if compression in RLE_BITS:
        return _rle_end(data, start, RLE_BITS[compression])
    if compression in (0, *MASK_SIZES):
        return start + (width * bits + 31) // 32 * 4 * height
    raise UnsupportedMediaError("the compression of the BMP image is not supported")


def _rle_end(data: bytes, at: int, bits: int) -> int:
    """Return the end of run-length encoded pixels."""
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
    """Return the range of the embedded color profile, and the name of the color space."""
    color_space, start, size = (
        data[70:74],
        FILE_HEADER_SIZE + _little_endian(data, 126, 4),
        _little_endian(data, 130, 4),
    )
    return ((start, start + size) if color_space == EMBEDDED else (0, 0)), color_space
