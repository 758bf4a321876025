"""Skip the chunks of a PNG that decoders do not need or that are damaged, as browsers do.

Browsers skip text and every ancillary chunk with a wrong checksum, however large; Pillow refuses the whole picture
because of one of them. So Pillow gets a view of the file without them. Critical chunks are passed on unchanged: damage
in them is an error. If the default image of an APNG is not part of the animation, the view has the first frame
instead, as browsers display that.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from typing import BinaryIO, NamedTuple

from pyimgur.server.media.errors import UnsupportedFormatError
from pyimgur.server.media.file_parts import Part, join_parts

SIGNATURE_SIZE = 8
END_CHUNK = b"\0\0\0\0IEND\xaeB`\x82"
CONTROL_CHUNKS = frozenset((b"acTL", b"fcTL"))
CRITICAL = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND"))
LARGEST_PROFILE = 1 << 20
"""Bytes of a color profile, compressed and uncompressed; most have a few kilobytes, and Pillow accepts no more."""
LARGEST_ANCILLARY = 1 << 16
"""Bytes of any other ancillary chunk that a decoder uses."""


class Chunk(NamedTuple):
    """The place of a chunk in the file: from `start` to `end`, with its length, name and checksum."""

    name: bytes
    start: int
    end: int

    @property
    def size(self) -> int:
        """The number of bytes of its data."""
        return self.end - self.start - 12


def _is_profile(data: bytes) -> bool:
    name, _, packed = data.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(packed[1:], LARGEST_PROFILE)
    except zlib.error:
        return False
    return bool(name) and unpacker.eof


ANCILLARY: Mapping[bytes, Callable[[bytes], bool]] = {
    b"tRNS": lambda data: len(data) > 0,
    b"iCCP": _is_profile,
    b"eXIf": lambda data: data[:2] in (b"II", b"MM"),
    b"acTL": lambda data: len(data) == 8,
    b"fcTL": lambda data: len(data) == 26,
    b"fdAT": lambda data: len(data) >= 4,
}
"""Ancillary chunks that change how a picture is displayed, and whether a decoder can use their data."""
SHORTEST_TRNS = {0: 2, 2: 6}
"""Bytes of the transparent color by color type: gray, RGB."""


def without_unused_chunks(file: BinaryIO) -> BinaryIO:
    """Return the PNG without chunks that browsers skip, or the file itself if there are none.

    Raises:
        UnsupportedFormatError: the file has a critical chunk that browsers do not know.
    """
    if frame := _first_animation_frame(file):
        return join_parts(file, [(0, SIGNATURE_SIZE), *_before_pixels(file), *frame, END_CHUNK])
    parts = [(0, SIGNATURE_SIZE)]
    for chunk in _kept_chunks(file):
        start, end = parts[-1]
        if chunk.start == end:
            parts[-1] = (start, chunk.end)
        else:
            parts.append((chunk.start, chunk.end))
    file.seek(0)
    return file if len(parts) == 1 else join_parts(file, parts)


def _before_pixels(file: BinaryIO) -> Iterator[Part]:
    """Yield the chunks before the default image, except `acTL`, which announces an animation."""
    for chunk in takewhile(lambda chunk: chunk.name != b"IDAT", _kept_chunks(file)):
        if chunk.name != b"acTL":
            yield chunk.start, chunk.end


def _first_animation_frame(file: BinaryIO) -> list[Part]:
    """Return the first frame of an animation, its data as IDAT; nothing if that is the default image."""
    names, parts = set[bytes](), list[Part]()
    for chunk in chunks(file):
        if chunk.name == b"IDAT" and (parts or b"acTL" not in names):
            return []
        if chunk.name in CONTROL_CHUNKS and _is_used(file, chunk, 0):
            if parts:
                break
            parts += [(chunk.start, chunk.end)] if chunk.name == b"fcTL" else []
        elif chunk.name == b"fdAT" and parts and chunk.size >= 4:
            parts += [(chunk.size - 4).to_bytes(4, "big") + b"IDAT", (chunk.start + 12, chunk.end)]
        names.add(chunk.name)
    return parts if b"IDAT" in names and len(parts) > 1 else []


def _kept_chunks(file: BinaryIO) -> Iterator[Chunk]:
    color, has_pixels = 0, False
    for chunk in chunks(file):
        if chunk.name == b"IHDR":
            color = (_data(file, chunk) + bytes(10))[9]
        has_pixels = has_pixels or chunk.name == b"IDAT"
        if chunk.name in CRITICAL or (chunk.name == b"fdAT" and chunk.size >= 4):
            yield chunk
        elif chunk.name[:1].isupper():
            raise UnsupportedFormatError("the PNG image has chunks of an unknown type")
        elif not (has_pixels and chunk.name == b"eXIf") and _is_used(file, chunk, color):
            yield chunk


def _is_used(file: BinaryIO, chunk: Chunk, color: int) -> bool:
    """Return whether a decoder needs the chunk and can read it."""
    is_usable = ANCILLARY.get(chunk.name)
    if is_usable is None or chunk.size > (LARGEST_PROFILE if chunk.name == b"iCCP" else LARGEST_ANCILLARY):
        return False
    data = _data(file, chunk)
    if chunk.name == b"tRNS" and len(data) < SHORTEST_TRNS.get(color, 0):
        return False
    return is_usable(data) and zlib.crc32(chunk.name + data) == int.from_bytes(file.read(4), "big")


def _data(file: BinaryIO, chunk: Chunk) -> bytes:
    file.seek(chunk.start + 8)
    return file.read(chunk.size)


def chunks(file: BinaryIO) -> Iterator[Chunk]:
    """Yield the chunks up to `IEND` or the end of the file; the last one may reach beyond the end."""
    at, name = SIGNATURE_SIZE, b""
    while name != b"IEND":
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        name, end = head[4:], at + 12 + int.from_bytes(head[:4], "big")
        yield Chunk(name, at, end)
        at = end
