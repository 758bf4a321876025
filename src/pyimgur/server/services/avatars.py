"""The pictures that people can choose from, and the one of whoever chose none: plain colours with a disc on them.

They are drawn, not stored: a PNG of two colours is a few hundred bytes.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import Final

SIZE = 290
COVER = (2560, 640)
COVER_NAME = "default/1-plain"
COLORS: Final = {
    "amber": 0xB7791F,
    "coral": 0xD1495B,
    "fern": 0x3A7D44,
    "iris": 0x5A4FCF,
    "lake": 0x2B6CB0,
    "plum": 0x8E4585,
    "slate": 0x4A5568,
    "teal": 0x1D7874,
}
NAMES = tuple(f"plain/{color}" for color in COLORS)
"""What can be chosen."""


def name_of(chosen: str | None, person: str) -> str:
    """The name of a person's picture."""
    return chosen or f"default/{person[:1].upper()}"


def png(name: str) -> bytes:
    """The picture of this name, whatever it is."""
    color = COLORS.get(name.removeprefix("plain/"))
    if color is None:
        color = list(COLORS.values())[sum(name.encode("utf-8", "replace")) % len(COLORS)]
    return _draw(SIZE, SIZE, color)


def cover(person: str) -> bytes:
    """The picture across the top of a person's page."""
    return _draw(*COVER, list(COLORS.values())[sum(person.encode("utf-8", "replace")) % len(COLORS)])


@lru_cache(maxsize=32)
def _draw(width: int, height: int, color: int) -> bytes:
    """A field of a colour; on a square one stands a lighter disc."""
    rows = b"".join(_row(width, height, y) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)
    lighter = (color >> 1 & 0x7F7F7F) + 0x808080
    palette = color.to_bytes(3, "big") + lighter.to_bytes(3, "big")
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, *zip(*chunks, strict=True)))


def _row(width: int, height: int, y: int) -> bytes:
    """One line, a bit for each dot."""
    line = 0
    if width == height:
        radius = width * 0.3
        half = int(max(0.0, radius**2 - (y - height / 2) ** 2) ** 0.5)
        line = ((1 << 2 * half) - 1) << (width // 2 - half)
    padding = -width % 8
    return b"\0" + (line << padding).to_bytes((width + padding) // 8, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
