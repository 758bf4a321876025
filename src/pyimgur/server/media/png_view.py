"""Give Pillow a view of a PNG without the chunks that decoders do not need or that are damaged, as browsers skip them.

Browsers skip text and every ancillary chunk with a wrong checksum, however large; Pillow refuses the whole picture
because of one of them. Chunks with pixels are passed on unchanged: damage in them is an error. If the default image of
an APNG is not part of the animation, the view has the first frame instead, as browsers display that.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from typing import BinaryIO, cast

from pyimgur.server.media.errors import UnsupportedFormatError
from pyimgur.server.media.file_parts import Part, join_parts, map_file
from pyimgur.server.media.png_chunks import END_CHUNK, HEADER_END, Chunk, all_chunks, check_header, used_chunks

CRITICAL = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND"))
LARGEST_PROFILE = 1 << 20
"""Bytes of a color profile, compressed and uncompressed; most have a few kilobytes, and Pillow accepts no more."""
LARGEST_EXIF = 1 << 16
SHORTEST_TRNS = {0: 2, 2: 6}
"""Bytes of the transparent color by color type: gray, RGB."""


def without_unused_chunks(file: BinaryIO) -> BinaryIO:
    """Return the PNG without chunks that browsers skip, or the file itself if there are none.

    Raises:
        DamagedMediaError: the file does not begin with its header, or has no palette although it needs one.
        UnsupportedFormatError: the file has a critical chunk that browsers do not know.
    """
    with map_file(file) as mapped:
        data = cast("bytes", mapped)
        check_header(data[:HEADER_END])
        if any(chunk.name[:1].isupper() and chunk.name not in CRITICAL for chunk in all_chunks(data)):
            raise UnsupportedFormatError("the PNG image has chunks of an unknown type")
        if frame := _first_animation_frame(data):
            return join_parts(file, [(0, HEADER_END), *_before_pixels(data), *frame, END_CHUNK])
        parts = [(0, HEADER_END)]
        for chunk in _usable_chunks(data):
            start, end = parts[-1]
            if chunk.start == end:
                parts[-1] = (start, chunk.end)
            else:
                parts.append((chunk.start, chunk.end))
        is_whole = len(parts) == 1 and parts[0][1] >= len(data)
    file.seek(0)
    return file if is_whole else join_parts(file, parts)


def _before_pixels(data: bytes) -> Iterator[Part]:
    """Yield the chunks before the default image, except `acTL`, which announces an animation."""
    for chunk in takewhile(lambda chunk: chunk.name != b"IDAT", _usable_chunks(data)):
        if chunk.name != b"acTL":
            yield chunk.start, chunk.end


def _first_animation_frame(data: bytes) -> list[Part]:
    """Return the first frame of an animation, its data as IDAT; nothing if that is the default image."""
    parts, has_pixels = list[Part](), False
    for chunk in used_chunks(data):
        has_pixels = has_pixels or chunk.name == b"IDAT"
        if chunk.name == b"fcTL":
            if parts or not has_pixels:
                break
            parts.append((chunk.start, chunk.end))
        elif chunk.name == b"fdAT" and parts:
            parts += [(chunk.size - 4).to_bytes(4, "big") + b"IDAT", (chunk.start + 12, chunk.end)]
    return parts if len(parts) > 1 else []


def _usable_chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks that decoders need and can read."""
    for chunk in used_chunks(data):
        is_usable = USABLE.get(chunk.name)
        if is_usable is None or is_usable(data[chunk.start + 8 : chunk.end - 4], data[25]):
            yield chunk


def _is_profile(content: bytes, _: int) -> bool:
    name, _separator, packed = content.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(packed[1:], LARGEST_PROFILE)
    except zlib.error:
        return False
    return bool(name) and len(content) <= LARGEST_PROFILE and unpacker.eof


USABLE: Mapping[bytes, Callable[[bytes, int], bool]] = {
    b"tRNS": lambda content, color: len(content) >= SHORTEST_TRNS.get(color, 1),
    b"iCCP": _is_profile,
    b"eXIf": lambda content, _: content[:2] in (b"II", b"MM") and len(content) <= LARGEST_EXIF,
}
"""Whether a decoder can use the content of a chunk, by the color type of the picture."""
