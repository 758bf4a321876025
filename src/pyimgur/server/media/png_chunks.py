"""A PNG without the chunks that its decoder does not need or that are damaged, as browsers read it.

Browsers skip text, notes and every optional ("ancillary") chunk with a wrong checksum, however large; Pillow refuses
the whole picture for one of them. So Pillow gets a view of the file without them. Chunks that a picture cannot do
without ("critical") are passed on as they are: damage in them stays damage. Of an APNG whose default image is not
part of the animation, the view has the first frame, which is what browsers show.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from typing import BinaryIO, NamedTuple

from pyimgur.server.media.errors import Unsupported
from pyimgur.server.media.file_parts import Part, joined

SIGNATURE = 8
END = b"\0\0\0\0IEND\xaeB`\x82"
CONTROLS = frozenset((b"acTL", b"fcTL"))
CRITICAL = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND"))
LARGEST_PROFILE = 1 << 20
"""Bytes of a color profile, packed and unpacked; real ones have a few kilobytes, and Pillow takes no more."""
LARGEST_NOTE = 1 << 16
"""Bytes of any other optional chunk that matters to a decoder."""


class Chunk(NamedTuple):
    """Where a chunk is: `start` and `end` enclose its length, name and checksum too."""

    name: bytes
    start: int
    end: int

    @property
    def size(self) -> int:
        """Bytes of its data."""
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
"""Optional chunks that change how a picture is shown, and the data with which a decoder can use them."""
SHORTEST_TRNS = {0: 2, 2: 6}
"""Bytes of the one transparent color, by the color type: gray, RGB."""


def readable(file: BinaryIO) -> BinaryIO:
    """Return the PNG without what browsers skip: the file itself where nothing is skipped.

    Raises:
        Unsupported: it has a critical chunk that no browser knows.
    """
    if frame := _frame_behind_default(file):
        return joined(file, [(0, SIGNATURE), *_before_pixels(file), *frame, END])
    parts = [(0, SIGNATURE)]
    for chunk in _kept(file):
        start, end = parts[-1]
        if chunk.start == end:
            parts[-1] = (start, chunk.end)
        else:
            parts.append((chunk.start, chunk.end))
    whole = len(parts) == 1
    file.seek(0)
    return file if whole else joined(file, parts)


def _before_pixels(file: BinaryIO) -> Iterator[Part]:
    """Yield the chunks before the default image, without the one that announces an animation."""
    for chunk in takewhile(lambda chunk: chunk.name != b"IDAT", _kept(file)):
        if chunk.name != b"acTL":
            yield chunk.start, chunk.end


def _frame_behind_default(file: BinaryIO) -> list[Part]:
    """Return the first frame of an animation that the default image is no part of, its data as IDAT; else nothing."""
    names, parts = set[bytes](), list[Part]()
    for chunk in chunks(file):
        if chunk.name == b"IDAT" and (parts or b"acTL" not in names):
            return []
        if chunk.name in CONTROLS and _is_usable(file, chunk, 0):
            if parts:
                break
            parts += [(chunk.start, chunk.end)] if chunk.name == b"fcTL" else []
        elif chunk.name == b"fdAT" and parts and chunk.size >= 4:
            parts += [(chunk.size - 4).to_bytes(4, "big") + b"IDAT", (chunk.start + 12, chunk.end)]
        names.add(chunk.name)
    return parts if b"IDAT" in names and len(parts) > 1 else []


def _kept(file: BinaryIO) -> Iterator[Chunk]:
    color, pixels = 0, False
    for chunk in chunks(file):
        if chunk.name == b"IHDR":
            color = (_data(file, chunk) + bytes(10))[9]
        pixels = pixels or chunk.name == b"IDAT"
        if chunk.name in CRITICAL or (chunk.name == b"fdAT" and chunk.size >= 4):
            yield chunk
        elif chunk.name[:1].isupper():
            raise Unsupported("the PNG picture has parts of an unknown kind")
        elif not (pixels and chunk.name == b"eXIf") and _is_usable(file, chunk, color):
            yield chunk


def _is_usable(file: BinaryIO, chunk: Chunk, color: int) -> bool:
    """Tell whether a decoder needs the chunk and can read it."""
    usable = ANCILLARY.get(chunk.name)
    if usable is None or chunk.size > (LARGEST_PROFILE if chunk.name == b"iCCP" else LARGEST_NOTE):
        return False
    data = _data(file, chunk)
    if chunk.name == b"tRNS" and len(data) < SHORTEST_TRNS.get(color, 0):
        return False
    return usable(data) and zlib.crc32(chunk.name + data) == int.from_bytes(file.read(4), "big")


def _data(file: BinaryIO, chunk: Chunk) -> bytes:
    file.seek(chunk.start + 8)
    return file.read(chunk.size)


def chunks(file: BinaryIO) -> Iterator[Chunk]:
    """Yield the chunks up to the end of the picture or of the file; the last one may reach beyond it."""
    at, name = SIGNATURE, b""
    while name != b"IEND":
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        name, end = head[4:], at + 12 + int.from_bytes(head[:4], "big")
        yield Chunk(name, at, end)
        at = end
