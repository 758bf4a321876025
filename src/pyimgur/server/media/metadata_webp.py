"""Remove metadata from WebP files.

A chunk is kept only if it is on the allow-list. `data` may be a mapped file: the chunks that are kept are views of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyimgur.server.media.errors import UnsupportedMediaError
from pyimgur.server.media.file_parts import Piece
from pyimgur.server.media.metadata_exif import MAX_EXIF_BYTES, exif_content

CODED_CHUNKS = frozenset((b"VP8 ", b"VP8L"))
PICTURE_CHUNKS = CODED_CHUNKS | {b"ALPH", b"ICCP"}
HAS_XMP, HAS_EXIF = 0x04, 0x08
FRAME_HEADER = 16


def strip_webp(data: bytes) -> Iterator[Piece]:
    """Yield the pieces of the WebP to keep; its flags name only chunks that are kept.

    Raises:
        UnsupportedMediaError: it has no picture data.
    """
    view = memoryview(data)
    chunks = list(_riff_chunks(view, 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))))
    if not any(name in CODED_CHUNKS or name == b"ANMF" for name, _ in chunks):
        raise UnsupportedMediaError("the WebP image is damaged: it has no picture data")
    is_extended = bool(chunks) and chunks[0][0] == b"VP8X"
    exif = next((chunk for name, chunk in chunks if name == b"EXIF"), view[:0]) if is_extended else view[:0]
    kept_exif = exif_content(bytes(exif[8 : 8 + MAX_EXIF_BYTES]))
    used_chunks = _without_unused_alpha(chunks)
    body = [piece for name, chunk in used_chunks for piece in _webp_chunk(name, chunk, chunk is exif, kept_exif)]
    size = len(b"WEBP") + sum(map(len, body))
    header = b"RIFF" + size.to_bytes(4, "little")
    if header != data[:8] and size + 8 == len(data) and _is_equal(view[12:], body):
        header = data[:8]  # the file is cut off, and nothing was removed
    yield header
    yield b"WEBP"
    yield from body


def _is_equal(data: memoryview, pieces: Iterable[Piece]) -> bool:
    """Return whether the data consists of exactly these pieces."""
    for piece in pieces:
        if data[: len(piece)] != piece:
            return False
        data = data[len(piece) :]
    return not data


def _riff_chunks(data: memoryview, at: int, end: int) -> Iterator[tuple[bytes, memoryview]]:
    """Yield name and bytes of each chunk, with header and padding; the last may be cut off."""
    while at + 8 <= end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        after = min(at + 8 + size + size % 2, end)
        yield bytes(data[at : at + 4]), data[at:after]
        at = after


def _webp_chunk(name: bytes, chunk: memoryview, is_first_exif: bool, exif: bytes) -> Iterator[Piece]:
    """Yield the pieces of a chunk to keep; `exif` is the EXIF block to keep."""
    if name in PICTURE_CHUNKS:
        yield chunk
    elif name == b"VP8X" and len(chunk) >= 18:
        flags = chunk[8] & ~HAS_XMP & (0xFF if exif else ~HAS_EXIF)
        yield _riff_chunk(name, bytes([flags]) + bytes(chunk[9:18]))
    elif name == b"ANIM":
        yield _riff_chunk(name, bytes(chunk[8:14]))
    elif name == b"ANMF":
        yield from _webp_frame(chunk)
    elif is_first_exif and exif:
        yield _riff_chunk(name, exif)


def _webp_frame(chunk: memoryview) -> Iterator[Piece]:
    header = 8 + FRAME_HEADER
    chunks = list(_riff_chunks(chunk, header, len(chunk)))
    if not any(name in CODED_CHUNKS for name, _ in chunks) or any(map(_is_cut_off, chunks)):
        raise UnsupportedMediaError("the WebP image is damaged: it has a frame without picture data")
    kept = [inner for name, inner in _without_unused_alpha(chunks) if name in PICTURE_CHUNKS]
    size = FRAME_HEADER + sum(map(len, kept))
    yield b"ANMF" + size.to_bytes(4, "little") + bytes(chunk[8:header])
    yield from kept
    yield bytes(size % 2)


def _without_unused_alpha(chunks: list[tuple[bytes, memoryview]]) -> list[tuple[bytes, memoryview]]:
    """Return the chunks without `ALPH` in a lossless picture, where decoders ignore it."""
    is_lossy = any(name == b"VP8 " for name, _ in chunks)
    return [(name, chunk) for name, chunk in chunks if name != b"ALPH" or is_lossy]


def _is_cut_off(named_chunk: tuple[bytes, memoryview]) -> bool:
    """Return whether the chunk states more bytes than it has."""
    _, chunk = named_chunk
    return len(chunk) < 8 + int.from_bytes(chunk[4:8], "little")


def _riff_chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)
