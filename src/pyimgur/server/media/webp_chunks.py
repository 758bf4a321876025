"""A long WebP reduced to its first picture: Pillow reads all of a file into memory, and shows that one only here."""

from __future__ import annotations

from io import SEEK_END
from typing import TYPE_CHECKING, BinaryIO

from pyimgur.server.media.file_parts import MANY, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = 12
BESIDE = frozenset((b"VP8X", b"ICCP", b"ANIM", b"ALPH"))
"""Chunks that decide how the picture behind them is displayed."""
PICTURES = frozenset((b"VP8 ", b"VP8L", b"ANMF"))


def readable(file: BinaryIO) -> BinaryIO:
    """Return the first picture of the WebP as a WebP; the file itself if it is short, cut off or has no picture."""
    end = file.seek(0, SEEK_END)
    parts, has_picture = list[tuple[int, int]](), False
    for name, start, stop in _chunks(file, end) if end > MANY else ():
        if stop > end:
            has_picture = False
            break
        if not has_picture and name in BESIDE | PICTURES:
            parts.append((start, stop))
            has_picture = name in PICTURES
    file.seek(0)
    if not has_picture:
        return file
    size = len(b"WEBP") + sum(stop - start for start, stop in parts)
    return joined(file, [b"RIFF" + size.to_bytes(4, "little") + b"WEBP", *parts])


def _chunks(file: BinaryIO, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of each chunk; the last may reach beyond the end of the file."""
    file.seek(4)
    end, at = min(end, 8 + int.from_bytes(file.read(4), "little")), HEADER
    while at + 8 <= end:
        file.seek(at)
        head = file.read(8)
        size = int.from_bytes(head[4:], "little")
        stop = at + 8 + size + size % 2
        yield head[:4], at, stop
        at = stop
