"""Remove metadata from PNG and APNG files, and from PNGs that are frames of a video.

A chunk is kept only if it is on the allow-list, without data after its compressed pixels. `data` may be a mapped
file: no piece is much longer than `PIECE_SIZE`, so that memory does not grow with the file.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from zlib import crc32, decompressobj

from pyimgur.server.media.file_parts import pieces
from pyimgur.server.media.metadata_exif import MAX_EXIF_BYTES, exif_content

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
EXACT_SIZES = frozenset((b"cHRM", b"mDCV", b"mDCv"))
"""Chunks that decoders ignore if they are shorter than that."""
TRANSPARENCY_SIZES, PALETTE_SIZES = {0: 2, 2: 6, 3: 256}, {3: 768}
"""The most bytes of transparency and palette by color type, where they affect the display."""
ANIMATION_CHUNKS = frozenset((b"fcTL", b"fdAT"))
"""Chunks that have no effect without `acTL`; there may be many."""
DATA_CHUNKS = frozenset((b"IDAT", b"fdAT"))
HARMLESS_PROFILE_NAMES = frozenset((b"ICC Profile", b"ICC profile", b"icc", b"sRGB", b"Photoshop ICC profile"))
"""Names of color profiles that do not identify a device."""
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Channels by color type."""
MAX_INFLATED, MAX_FED = 1 << 20, 1 << 16
"""The most bytes that are decompressed at once, and that are passed to the decompressor at once."""
MAX_REWRITTEN_BYTES = MAX_EXIF_BYTES
"""The most bytes of an EXIF block or a compressed color profile: libpng ignores larger ones."""


def strip_png(data: bytes) -> Iterator[bytes]:
    """Yield the chunks of the PNG or APNG to keep, up to `IEND`, without data behind their compressed pixels."""
    yield data[:8]
    stream: _PixelStream | None = None
    for name, start, end in _kept_chunks(data):
        if name in REWRITTEN_CHUNKS:
            yield _rewritten_chunk(data[start:end])
        elif name in DATA_CHUNKS:
            stream = stream or _PixelStream(_unpacked_size(data))
            yield from _data_chunk(data, start, end, stream)
        else:
            stream = None if name == b"fcTL" else stream  # the next frame starts
            yield from pieces(data, start, min(end, len(data)))


def _data_chunk(data: bytes, start: int, end: int, stream: _PixelStream) -> Iterator[bytes]:
    content = start + (8 if data[start + 4 : start + 8] == b"IDAT" else 12)
    content_end = min(end - 4, len(data))
    used_end = content + stream.used_bytes(memoryview(data)[content:content_end])
    if used_end >= content_end:
        yield from pieces(data, start, min(end, len(data)))
    elif used_end > content or content == start + 12:  # `fdAT` chunks are numbered, so none may be dropped
        yield (used_end - start - 8).to_bytes(4, "big")
        checksum = 0
        for piece in pieces(data, start + 4, used_end):
            checksum = crc32(piece, checksum)
            yield piece
        yield checksum.to_bytes(4, "big")


def _chunk(named: bytes) -> bytes:
    """Return a chunk with this name and content."""
    return (len(named) - 4).to_bytes(4, "big") + named + crc32(named).to_bytes(4, "big")


def _unpacked_size(data: bytes) -> int:
    """Return an upper bound of the bytes of all rows with their filter types, also of an interlaced picture."""
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    return ((width * data[24] * CHANNELS.get(data[25], 4) + 7) // 8 + 16) * (height + 16) * 2


class _PixelStream:
    """Find the end of the compressed pixels of one picture, chunk by chunk."""

    def __init__(self, max_size: int) -> None:
        self._decompressor, self._left, self._is_known = decompressobj(), max_size, True

    def used_bytes(self, data: memoryview) -> int:
        """Return how many of these bytes belong to the pixels; all of them if they are damaged or too many."""
        for start in range(0, len(data), MAX_FED):
            if not self._is_known:
                break
            if self._decompressor.eof:
                return start
            self._feed(data[start : start + MAX_FED])
            if self._decompressor.eof:
                return min(start + MAX_FED, len(data)) - len(self._decompressor.unused_data)
        return len(data)

    def _feed(self, data: memoryview | bytes) -> None:
        try:
            while data and self._left > 0:
                self._left -= len(self._decompressor.decompress(data, MAX_INFLATED))
                data = self._decompressor.unconsumed_tail
        except zlib.error:
            self._left = 0
        self._is_known = self._left > 0


def _kept_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of each chunk to keep or to rewrite; the last one may be cut off."""
    at, name, names = 8, b"", set[bytes]()
    color = data[25] if len(data) > 25 else 0
    max_sizes = {**MAX_SIZES, b"tRNS": TRANSPARENCY_SIZES.get(color, -1), b"PLTE": PALETTE_SIZES.get(color, -1)}
    while at + 8 <= len(data) and name != b"IEND":
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if name in ANIMATION_CHUNKS:
            is_kept = b"acTL" in names and size <= max_sizes.get(name, size)
        elif name in REWRITTEN_CHUNKS:
            is_kept = name not in names and size <= MAX_REWRITTEN_BYTES
        else:
            fits = size == max_sizes[name] if name in EXACT_SIZES else size <= max_sizes.get(name, -1)
            is_kept = name in DATA_CHUNKS or (fits and name not in names)
        if is_kept:
            yield name, at, at + 12 + size
        names.add(name)
        at += 12 + size


def png_patches(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield patches for the metadata of a PNG that is a frame of a video: chunks of zeros."""
    at = 8
    while at + 12 <= len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if name not in DATA_CHUNKS and size > MAX_SIZES.get(name, -1) and at + 12 + size <= len(data):
            zeros = b"skIp" + bytes(size)
            yield at + 4, zeros + crc32(zeros).to_bytes(4, "big")
        at += 12 + size


def _rewritten_chunk(chunk: bytes) -> bytes:
    """Return the chunk with the content to keep; nothing if it is damaged, as decoders ignore it then."""
    named, checksum = chunk[4:-4], chunk[-4:]
    if len(chunk) != 12 + int.from_bytes(chunk[:4], "big") or crc32(named) != int.from_bytes(checksum, "big"):
        return b""
    content = REWRITTEN_CHUNKS[named[:4]](named[4:])
    if not content:
        return b""
    return _chunk(named[:4] + content)


def _profile_content(content: bytes) -> bytes:
    name, end, profile = content.partition(b"\x00")
    return (name if name in HARMLESS_PROFILE_NAMES else b"ICC Profile") + end + profile if end else b""


REWRITTEN_CHUNKS: Mapping[bytes, Callable[[bytes], bytes]] = {b"eXIf": exif_content, b"iCCP": _profile_content}
