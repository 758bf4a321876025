"""Remove metadata from WebP files.

A chunk is kept only if it is on the allow-list, and if decoders use it: the header announces it, and it is the first of
its kind. `data` may be a mapped file: the chunks that are kept are views of it, and only their places are remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pyimgur.server.media.errors import UnsupportedMediaError
from pyimgur.server.media.file_parts import Part, Piece, part_size
from pyimgur.server.media.metadata_exif import MAX_EXIF_BYTES, exif_content
from pyimgur.server.media.part_limit import part_limit

CODED_CHUNKS = frozenset((b"VP8 ", b"VP8L"))
USED_ONCE = frozenset((b"ICCP", b"ANIM", b"EXIF"))
IS_ANIMATED, HAS_EXIF, HAS_ALPHA, HAS_PROFILE = 0x02, 0x08, 0x10, 0x20
"""Flags of an extended header; the others are reserved, or announce XMP."""
FILE_HEADER_SIZE, CHUNK_HEADER_SIZE = 12, 8
EXTENDED_HEADER_SIZE, ANIMATION_SIZE, FRAME_HEADER_SIZE = 10, 6, 16
"""The bytes that decoders read of `VP8X`, `ANIM`, and of `ANMF` before its chunks."""
FRAME_FLAGS = 0x03
"""How a frame is blended and disposed of; the other bits of this byte, the last of its header, are reserved."""

NO_PICTURE = "the WebP image is damaged: it has no picture data"


class Chunk(NamedTuple):
    """A chunk: its name, where it starts, and where its content starts and ends, without padding."""

    name: bytes
    start: int
    content: int
    end: int
    is_whole: bool
    """Whether it is not cut off."""


def strip_webp(data: bytes) -> Iterator[Piece]:
    """Yield the pieces of the WebP to keep; its flags name only chunks that are kept.

    Raises:
        UnsupportedMediaError: it has no picture data, or a frame has none.
        MediaTooLargeError: it has too many chunks.
    """
    view = memoryview(data)
    size = len(b"WEBP") + sum(len(piece) for piece in _pieces(view))
    header = b"RIFF" + size.to_bytes(4, "little")
    if header != data[:8] and size + 8 == len(data) and _is_equal(view[FILE_HEADER_SIZE:], _pieces(view)):
        header = data[:8]  # the file is cut off, and nothing was removed
    yield header
    yield b"WEBP"
    yield from _pieces(view)


def _is_equal(data: memoryview, pieces: Iterable[Piece]) -> bool:
    """Return whether the data consists of exactly these pieces."""
    for piece in pieces:
        if data[: len(piece)] != piece:
            return False
        data = data[len(piece) :]
    return not data


def _pieces(data: memoryview) -> Iterator[Piece]:
    for part in _used_parts(data):
        yield part if isinstance(part, bytes) else data[part[0] : part[1]]


def _chunks(data: memoryview, at: int, end: int, count: Iterator[int]) -> Iterator[Chunk]:
    """Yield the chunks in a range of the file, and count them; the last may be cut off."""
    while at + CHUNK_HEADER_SIZE <= end:
        next(count)
        content = at + CHUNK_HEADER_SIZE
        stop = content + int.from_bytes(data[at + 4 : content], "little")
        yield Chunk(bytes(data[at : at + 4]), at, content, min(stop, end), stop <= end)
        at = stop + stop % 2


def _used_parts(data: memoryview) -> Iterator[Part]:
    """Yield the parts behind the header of the file that decoders use."""
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    first = next(_chunks(data, FILE_HEADER_SIZE, end, part_limit()), None)
    if first and first.name in CODED_CHUNKS:
        yield from _whole(first)
    elif first and first.name == b"VP8X" and first.end - first.content >= EXTENDED_HEADER_SIZE:
        yield from _extended_parts(data, first, end)
    else:
        raise UnsupportedMediaError(NO_PICTURE)


def _extended_parts(data: memoryview, header: Chunk, end: int) -> Iterator[Part]:
    """Yield the parts that decoders use of a file with an extended header."""
    flags, count, has_picture = data[header.content], part_limit(), False
    once, alpha = _chunks_used_once(data, header, end), None
    for chunk in _chunks(data, FILE_HEADER_SIZE, end, count):
        yield from once.get(chunk.start, ())
        if flags & IS_ANIMATED:
            if chunk.name == b"ANMF":
                yield from _frame_parts(data, chunk, count)
                has_picture = True
        elif chunk.name in CODED_CHUNKS and not has_picture:
            yield from _picture_parts(chunk, alpha)
            has_picture = True
        alpha = chunk if chunk.name == b"ALPH" and flags & HAS_ALPHA else None
    if not has_picture:
        raise UnsupportedMediaError(NO_PICTURE)


def _chunks_used_once(data: memoryview, header: Chunk, end: int) -> dict[int, list[Part]]:
    """Return what to keep of the chunks that decoders use once, by where they start."""
    first = dict[bytes, Chunk]()
    for chunk in _chunks(data, FILE_HEADER_SIZE, end, part_limit()):
        if chunk.name in USED_ONCE:
            first.setdefault(chunk.name, chunk)
    flags, once = data[header.content] & (IS_ANIMATED | HAS_ALPHA | HAS_PROFILE), dict[int, list[Part]]()
    if (profile := first.get(b"ICCP")) and flags & HAS_PROFILE:
        once[profile.start] = list(_whole(profile))
    else:
        flags &= ~HAS_PROFILE
    if (animation := first.get(b"ANIM")) and flags & IS_ANIMATED:
        content = data[animation.content : min(animation.content + ANIMATION_SIZE, animation.end)]
        once[animation.start] = [_chunk(b"ANIM", bytes(content))]
    if exif := first.get(b"EXIF"):
        kept = exif_content(bytes(data[exif.content : min(exif.content + MAX_EXIF_BYTES, exif.end)]))
        once[exif.start] = [_chunk(b"EXIF", kept)] if kept else []
        flags |= HAS_EXIF if kept else 0
    size = bytes(data[header.content + 4 : header.content + EXTENDED_HEADER_SIZE])
    return {header.start: [_chunk(b"VP8X", bytes((flags, 0, 0, 0)) + size)], **once}


def _frame_parts(data: memoryview, frame: Chunk, count: Iterator[int]) -> Iterator[Part]:
    """Yield the parts to keep of a frame of an animation."""
    start, alpha = frame.content + FRAME_HEADER_SIZE, None
    for chunk in _chunks(data, start, frame.end, count):
        if chunk.name in CODED_CHUNKS and chunk.is_whole:
            parts = list(_picture_parts(chunk, alpha))
            size = FRAME_HEADER_SIZE + sum(map(part_size, parts))
            header = bytes(data[frame.content : start - 1]) + bytes((data[start - 1] & FRAME_FLAGS,))
            yield b"ANMF" + size.to_bytes(4, "little") + header
            yield from parts
            return
        alpha = chunk if chunk.name == b"ALPH" else None
    raise UnsupportedMediaError("the WebP image is damaged: it has a frame without picture data")


def _picture_parts(picture: Chunk, alpha: Chunk | None) -> Iterator[Part]:
    """Yield a picture, after its transparency; lossless pixels have their own."""
    if alpha and picture.name == b"VP8 ":
        yield from _whole(alpha)
    yield from _whole(picture)


def _whole(chunk: Chunk) -> Iterator[Part]:
    yield chunk.start, chunk.end
    if chunk.is_whole and chunk.end % 2:
        yield b"\x00"


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)
