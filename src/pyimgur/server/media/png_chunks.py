"""Choose the chunks of a PNG or APNG that decoders use: an allow-list of names, sizes and places.

Decoders use each chunk before the pixels once, and none whose checksum is wrong; then one run of `IDAT`, and as many
frames as `acTL` states.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from zlib import crc32

from pyimgur.server.media.errors import DamagedMediaError
from pyimgur.server.media.metadata_exif import MAX_EXIF_BYTES
from pyimgur.server.media.part_limit import part_limit

SIGNATURE_SIZE, HEADER_END = 8, 33
HEADER_START = b"\0\0\0\rIHDR"
"""The first chunk: 13 bytes of `IHDR`."""
END_CHUNK = b"\0\0\0\0IEND\xaeB`\x82"
MAX_SIZES = {
    b"IHDR": 13,
    b"PLTE": 768,
    b"tRNS": 256,
    b"gAMA": 4,
    b"cHRM": 32,
    b"sRGB": 1,
    b"cICP": 4,
    b"mDCV": 24,
    b"mDCv": 24,
    b"cLLI": 8,
    b"cLLi": 8,
    b"sBIT": 4,
    b"bKGD": 6,
    b"pHYs": 9,
    b"acTL": 8,
    b"fcTL": 26,
    b"IEND": 0,
}
"""Chunks to keep, and the most bytes that each may have."""
REWRITTEN_SIZES = {b"eXIf": MAX_EXIF_BYTES, b"iCCP": MAX_EXIF_BYTES}
"""Chunks of which a part is kept, and the most bytes of them: libpng ignores larger ones."""
NEVER_SHORTER = frozenset((b"cHRM", b"mDCV", b"mDCv", b"acTL", b"fcTL"))
"""Chunks that decoders ignore if they are shorter than that."""
TRANSPARENCY_SIZES, PALETTE_SIZES = {0: 2, 2: 6, 3: 256}, {3: 768}
"""The most bytes of transparency and palette by color type, where they affect the display."""
DATA_CHUNKS = frozenset((b"IDAT", b"fdAT"))
FRAME_CHUNKS = frozenset((b"fcTL", b"fdAT"))
"""Chunks of the frames of an animation; each begins with its number in the order of all of them."""
NUMBER_SIZE = 4


class Chunk(NamedTuple):
    """A chunk: its name, and where it starts and ends; the end may be beyond the end of the file."""

    name: bytes
    start: int
    end: int

    @property
    def size(self) -> int:
        """The number of bytes of its content."""
        return self.end - self.start - 12

    @property
    def pixels(self) -> tuple[int, int]:
        """Where its compressed pixels start and end."""
        return self.start + 8 + (NUMBER_SIZE if self.name in FRAME_CHUNKS else 0), self.end - 4


def check_header(start: bytes) -> None:
    """Raise `DamagedMediaError` unless this is the start of a PNG up to `HEADER_END`: its header comes first."""
    header, checksum = start[SIGNATURE_SIZE : HEADER_END - 4], start[HEADER_END - 4 :]
    if not header.startswith(HEADER_START) or crc32(header[4:]).to_bytes(4, "big") != checksum:
        raise DamagedMediaError("the PNG image is damaged: it does not begin with its header")


def all_chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks behind the header, up to `IEND`; the last one may be cut off.

    Raises:
        MediaTooLargeError: there are too many.
    """
    at, name, parts = HEADER_END, b"", part_limit()
    while at + 8 <= len(data) and name != b"IEND":
        next(parts)
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        yield Chunk(name, at, at + 12 + size)
        at += 12 + size


def used_chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks behind the header that decoders use; those with pixels may be damaged or cut off.

    Raises:
        DamagedMediaError: there is a second header, or no palette although the picture needs one.
    """
    color, seen, last, frames = data[25], set[bytes](), b"", _Frames(data)
    max_sizes = {**MAX_SIZES, **REWRITTEN_SIZES, b"tRNS": TRANSPARENCY_SIZES.get(color, -1)}
    max_sizes[b"PLTE"] = PALETTE_SIZES.get(color, -1)
    for chunk in all_chunks(data):
        name = chunk.name
        if name == b"IDAT":
            is_used = name not in seen or last == name
        elif name in FRAME_CHUNKS:
            is_used = frames.uses(chunk, last, is_behind_pixels=b"IDAT" in seen)
        else:
            is_used = name not in seen and _is_in_place(name, seen) and _fits(chunk, max_sizes)
            is_used = is_used and (name == b"IEND" or _is_intact(data, chunk))
        if name == b"IHDR" or (name == b"IDAT" and color in PALETTE_SIZES and b"PLTE" not in seen):
            raise DamagedMediaError("the PNG image is damaged: it has two headers, or no palette")
        if is_used:
            yield chunk
            last = name
            seen.add(name)
        if is_used and name == b"acTL":
            frames.left = int.from_bytes(data[chunk.start + 8 : chunk.start + 12], "big")


def _is_in_place(name: bytes, seen: set[bytes]) -> bool:
    """Return whether decoders use a chunk with this name behind these."""
    return b"IDAT" not in seen or name == b"IEND" or (name == b"eXIf" and b"acTL" not in seen)


def _fits(chunk: Chunk, max_sizes: Mapping[bytes, int]) -> bool:
    max_size = max_sizes.get(chunk.name, -1)
    return chunk.size == max_size or (chunk.size < max_size and chunk.name not in NEVER_SHORTER)


def _is_intact(data: bytes, chunk: Chunk) -> bool:
    """Return whether the chunk is complete and its checksum is right."""
    checksum = data[chunk.end - 4 : chunk.end]
    return crc32(data[chunk.start + 4 : chunk.end - 4]) == int.from_bytes(checksum, "big") and len(checksum) == 4


class _Frames:
    """The frame chunks of an animation, which are numbered in one order; it ends before the first damage."""

    def __init__(self, data: bytes) -> None:
        self._data, self._number, self._is_over = data, 0, False
        self._canvas = data[16:20], data[20:24]
        self.left = 0
        """How many frames are still to come."""

    def uses(self, chunk: Chunk, last: bytes, *, is_behind_pixels: bool) -> bool:
        """Return whether decoders use this frame chunk.

        Args:
            chunk: the frame chunk.
            last: the name of the last chunk that was used.
            is_behind_pixels: whether `IDAT` comes before it.
        """
        start = chunk.start + 8
        if not (self.left or self._number):  # there is no animation, or it begins later
            return False
        if chunk.name == b"fcTL":
            is_valid = self.left > 0 and self._is_frame_header(chunk)
            self.left -= 1
        else:
            is_valid = is_behind_pixels and last in FRAME_CHUNKS and start + NUMBER_SIZE <= len(self._data)
        number = int.from_bytes(self._data[start : start + NUMBER_SIZE], "big")
        self._is_over = self._is_over or not is_valid or number != self._number
        self._number += not self._is_over
        return not self._is_over

    def _is_frame_header(self, chunk: Chunk) -> bool:
        """Return whether the chunk is intact, and its frame is inside the canvas."""
        if chunk.size != MAX_SIZES[chunk.name] or not _is_intact(self._data, chunk):
            return False
        start = chunk.start + 8 + NUMBER_SIZE
        numbers = [int.from_bytes(self._data[at : at + 4], "big") for at in range(start, start + 16, 4)]
        sizes, offsets, canvas = numbers[:2], numbers[2:], [int.from_bytes(side, "big") for side in self._canvas]
        return all(size and offset + size <= side for size, offset, side in zip(sizes, offsets, canvas, strict=True))
