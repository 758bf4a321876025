"""The same picture with its notes overwritten in place, for formats whose parts are found by offset: TIFF, AVIF, HEIC.

Nothing moves and nothing is recompressed. Camera, place, time, author, XMP and IPTC are gone; what tells how to show
the picture, its orientation too, stays. Works on bytes; offsets that lead out of the file are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from pyimgur.server.media.kinds import AVIF, HEIC, TIFF, Kind

TIFF_TYPES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)
"""Bytes of one value by the number of its type."""
DIRECTORIES = frozenset((0x8769, 0x8825, 0xA005))
"""EXIF, GPS, interoperability: directories of their own."""
NOTES = frozenset(
    (
        0x010D,
        0x010E,
        0x010F,
        0x0110,
        0x0131,
        0x0132,
        0x013B,
        0x013C,
        0x02BC,
        0x8298,
        0x83BB,
        0x8649,
        0x9C9B,
        0x9C9C,
        0x9C9D,
    )
)
"""Names, description, maker, model, software, date, artist, computer, XMP, copyright, IPTC, Photoshop, Windows' own."""
MOST_DIRECTORIES = 1000
EMPTY_EXIF = b"\x00\x00\x00\x00MM\x00*\x00\x00\x00\x08" + bytes(6)
"""Where the block begins, and a directory without entries."""


Order = Literal["little", "big"]


def tiff(data: bytes) -> bytes:
    """The TIFF with the values of its notes set to zero."""
    made = bytearray(data)
    for start, size in _noted(data, "little" if data[:2] == b"II" else "big"):
        size = max(0, min(size, len(made) - start))
        made[start : start + size] = bytes(size)
    return bytes(made)


def _noted(data: bytes, order: Order) -> Iterator[tuple[int, int]]:
    """Place and size of each value that is a note, and of directories that hold nothing else."""
    seen: set[int] = {0}
    todo = [(int.from_bytes(data[4:8], order), False)]
    while todo and len(seen) < MOST_DIRECTORIES:
        start, private = todo.pop()
        if start in seen:
            continue
        seen.add(start)
        end = start + 2 + 12 * int.from_bytes(data[start : start + 2], order)
        for tag, value, at, size in _entries(data, start + 2, end, order):
            if tag in DIRECTORIES:
                todo.append((value, True))
            elif private or tag in NOTES:
                yield at, size
        if private:
            yield start, end - start
        else:
            todo.append((int.from_bytes(data[end : end + 4], order), False))


def _entries(data: bytes, start: int, end: int, order: Order) -> Iterator[tuple[int, int, int, int]]:
    """Tag, value (as a number), place and size of each entry: four bytes have room in the entry itself."""
    for entry in range(start, min(end, len(data) - 11), 12):
        tag, type = (int.from_bytes(data[at : at + 2], order) for at in (entry, entry + 2))
        count, value = (int.from_bytes(data[at : at + 4], order) for at in (entry + 4, entry + 8))
        size = count * (TIFF_TYPES[type] if type < len(TIFF_TYPES) else 0)
        yield tag, value, entry + 8 if size <= 4 else value, size


def heif(data: bytes) -> bytes:
    """The AVIF or HEIC with an empty EXIF block and blank XMP."""
    made = bytearray(data)
    for kind, start, size in _notes(data + bytes(8)):  # so that a box cut off at the end can be read
        filling = EMPTY_EXIF if kind == b"Exif" and size >= len(EMPTY_EXIF) else b""
        if start + size <= len(made):
            made[start : start + size] = filling.ljust(size, b"\x00" if kind == b"Exif" else b" ")
    return bytes(made)


def boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte and end of the content of each box in this stretch of an ISO file."""
    while at + 8 <= end:
        size, name, header = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        stop = min(at + size, end) if size else end
        if stop < at + header:
            return
        yield name, at + header, stop
        at = stop


def _notes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place and size of every piece of an item that is EXIF or XMP."""
    for name, at, end in boxes(data, 0, len(data)):
        if name == b"meta":
            parts = {name: (start, stop) for name, start, stop in boxes(data, at + 4, end)}
            if b"iinf" in parts and b"iloc" in parts:
                kinds = dict(_items(data, *parts[b"iinf"]))
                inside = parts.get(b"idat", (0, 0))[0]
                for item, start, size in _places(data, parts[b"iloc"][0], inside):
                    if kinds.get(item) in (b"Exif", b"mime"):
                        yield kinds[item], start, size


def _items(data: bytes, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Number and type of each item that `iinf` lists."""
    first = at + (6 if data[at] == 0 else 8)
    for name, start, _ in boxes(data, first, end):
        if name == b"infe" and data[start] >= 2:
            width = 2 if data[start] == 2 else 4
            number = int.from_bytes(data[start + 4 : start + 4 + width], "big")
            yield number, data[start + 6 + width : start + 10 + width]


def _places(data: bytes, at: int, inside: int) -> Iterator[tuple[int, int, int]]:
    """Item, place and size of each piece that `iloc` lists; `inside` is where `idat` begins."""
    version, at = data[at], at + 4

    def number(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(data[at - size : at], "big")

    sizes = number(2)
    offset_size, length_size, base_size, index_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15
    for _ in range(number(2 if version < 2 else 4)):
        if at >= len(data):
            return
        item = number(2 if version < 2 else 4)
        method = number(2) & 15 if version else 0
        number(2)
        base = number(base_size) + (inside if method == 1 else 0)
        for _ in range(number(2)):
            number(index_size if version else 0)
            yield item, base + number(offset_size), number(length_size)


BLANKERS: Mapping[Kind, Callable[[bytes], bytes]] = {TIFF: tiff, AVIF: heif, HEIC: heif}
