"""Remove metadata from PNG and APNG files, and from PNGs that are frames of a video.

A chunk is kept only if it is on the allow-list and where decoders use it; `png_pixels` reduces the compressed pixels to
what a decoder needs. `data` may be a mapped file: no piece is much longer than `PIECE_SIZE`, so that memory does not
grow with the file.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from itertools import groupby
from zlib import crc32

from pyimgur.server.media.file_parts import pieces
from pyimgur.server.media.metadata_exif import exif_content
from pyimgur.server.media.part_limit import part_limit
from pyimgur.server.media.png_chunks import (
    DATA_CHUNKS,
    END_CHUNK,
    FRAME_CHUNKS,
    HEADER_END,
    MAX_SIZES,
    NUMBER_SIZE,
    Chunk,
    check_header,
    used_chunks,
)
from pyimgur.server.media.png_pixels import MAX_FED, compressed_again, row_bytes, used_bytes

HARMLESS_PROFILE_NAMES = frozenset((b"ICC Profile", b"ICC profile", b"icc", b"sRGB", b"Photoshop ICC profile"))
"""Names of color profiles that do not identify a device."""


def strip_png(data: bytes) -> Iterator[bytes]:
    """Yield the pieces of the PNG or APNG to keep, up to `IEND`.

    Raises:
        DamagedMediaError: its first chunk is not its header, or it has no palette although it needs one.
    """
    check_header(data[:HEADER_END])
    yield data[:HEADER_END]
    header, size, number = data[16:29], (data[16:20], data[20:24]), 0
    frames = sum(chunk.name == b"fcTL" for chunk in used_chunks(data))
    for name, chunks in groupby(used_chunks(data), lambda chunk: chunk.name):
        if name in DATA_CHUNKS:
            width, height = (int.from_bytes(side, "big") for side in size)
            number = yield from _pixel_chunks(data, list(chunks), row_bytes(header, width, height), number)
        elif name != b"acTL" or frames:
            for chunk in chunks:
                content = data[chunk.start + 8 : chunk.end - 4]
                if name == b"acTL":
                    content = min(frames, int.from_bytes(content[:4], "big")).to_bytes(4, "big") + content[4:]
                elif name == b"fcTL":
                    content, size = number.to_bytes(NUMBER_SIZE, "big") + content[4:], (content[4:8], content[8:12])
                    number += 1
                yield _small_chunk(data, chunk, content)


def _small_chunk(data: bytes, chunk: Chunk, content: bytes) -> bytes:
    """Return a chunk that does not hold pixels, without metadata."""
    if chunk.name == b"IEND":
        return END_CHUNK[: len(data) - chunk.start]
    if chunk.name in REWRITTEN_CHUNKS:
        content = REWRITTEN_CHUNKS[chunk.name](content)
        return _chunk(chunk.name + content) if content else b""
    return _chunk(chunk.name + content)


def _chunk(name_and_content: bytes) -> bytes:
    """Return a chunk with this name and content."""
    size, checksum = len(name_and_content) - 4, crc32(name_and_content)
    return size.to_bytes(4, "big") + name_and_content + checksum.to_bytes(4, "big")


# ---- pixels


def _pixel_chunks(data: bytes, chunks: list[Chunk], size: int, number: int) -> Generator[bytes, None, int]:
    """Yield the pieces of the chunks with the pixels of one picture, and return the number of the next frame chunk.

    Args:
        data: the file.
        chunks: the chunks with the compressed pixels.
        size: the bytes of all rows of the picture.
        number: the number of the next frame chunk.
    """
    name = chunks[0].name
    step = int(name in FRAME_CHUNKS)
    used = used_bytes(_stream(data, chunks), size)
    if used is None:
        for piece in compressed_again(_stream(data, chunks), size):
            yield _chunk(name + _number(name, number) + piece)
            number += step
        return number
    for chunk in chunks:
        start, end = chunk.pixels
        end = min(end, start + used, len(data))
        if start < end:
            yield from _data_chunk(data, chunk, end, _number(name, number))
            used, number = used - (end - start), number + step
    return number


def _number(name: bytes, number: int) -> bytes:
    return number.to_bytes(NUMBER_SIZE, "big") if name in FRAME_CHUNKS else b""


def _stream(data: bytes, chunks: Iterable[Chunk]) -> Iterator[bytes]:
    """Yield the compressed pixels in these chunks, piece by piece."""
    for chunk in chunks:
        start, end = chunk.pixels
        for at in range(start, min(end, len(data)), MAX_FED):
            yield data[at : min(at + MAX_FED, end)]


def _data_chunk(data: bytes, chunk: Chunk, used_end: int, number: bytes) -> Iterator[bytes]:
    """Yield the pieces of a chunk up to the end of its used pixels.

    A wrong checksum of a whole chunk stays wrong, so that decoders stop there as before, but becomes a fixed value.
    """
    start, end = chunk.pixels
    is_whole = used_end == min(end, len(data))
    size = chunk.size if is_whole else used_end - chunk.start - 8
    yield size.to_bytes(4, "big") + chunk.name + number
    checksum = crc32(chunk.name + number)
    for piece in pieces(data, start, used_end):
        checksum = crc32(piece, checksum)
        yield piece
    right, given = checksum.to_bytes(4, "big"), data[end : chunk.end]
    if is_whole:
        wrong = bytes(byte ^ 0xFF for byte in right)
        right = (right if right.startswith(given) else wrong)[: len(given)]
    yield right


def png_patches(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield patches for the metadata of a PNG that is a frame of a video: chunks of zeros."""
    at, parts = 8, part_limit()
    while at + 12 <= len(data):
        next(parts)
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if name not in DATA_CHUNKS and size > MAX_SIZES.get(name, -1) and at + 12 + size <= len(data):
            zeros = b"skIp" + bytes(size)
            yield at + 4, zeros + crc32(zeros).to_bytes(4, "big")
        at += 12 + size


def _profile_content(content: bytes) -> bytes:
    name, end, profile = content.partition(b"\x00")
    return (name if name in HARMLESS_PROFILE_NAMES else b"ICC Profile") + end + profile if end else b""


REWRITTEN_CHUNKS: Mapping[bytes, Callable[[bytes], bytes]] = {b"eXIf": exif_content, b"iCCP": _profile_content}
"""Chunks of which a part is kept."""
