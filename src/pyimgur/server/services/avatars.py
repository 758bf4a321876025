"""Draw avatars and profile covers as PNG images: a plain color with a disc on it.

They are drawn on request and not stored: a PNG of two colors is a few hundred bytes.
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
"""The avatars that people can choose."""


def avatar_name(chosen: str | None, person: str) -> str:
    """Return the name of a person's avatar: the chosen one, or the default for their user name."""
    return chosen or f"default/{person[:1].upper()}"


def avatar_png(name: str) -> bytes:
    """Return the avatar with this name as a PNG; a name outside `NAMES` gets one of the colors too."""
    color = COLORS.get(name.removeprefix("plain/"))
    return _draw(SIZE, SIZE, _color_for(name) if color is None else color)


def cover_png(person: str) -> bytes:
    """Return the cover of a person's profile page as a PNG."""
    return _draw(*COVER, _color_for(person))


def _color_for(text: str) -> int:
    return list(COLORS.values())[sum(text.encode("utf-8", "replace")) % len(COLORS)]


@lru_cache(maxsize=32)
def _draw(width: int, height: int, color: int) -> bytes:
    """Return a PNG filled with the color; a square one has a lighter disc in its middle."""
    rows = b"".join(_row(width, height, y) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)
    lighter = (color >> 1 & 0x7F7F7F) + 0x808080
    palette = color.to_bytes(3, "big") + lighter.to_bytes(3, "big")
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, *zip(*chunks, strict=True)))


def _row(width: int, height: int, y: int) -> bytes:
    """Return one row of pixels with its filter byte, one bit a pixel."""
    line = 0
    if width == height:
        radius = width * 0.3
        half = int(max(0.0, radius**2 - (y - height / 2) ** 2) ** 0.5)
        line = ((1 << 2 * half) - 1) << (width // 2 - half)
    padding = -width % 8
    return b"\0" + (line << padding).to_bytes((width + padding) // 8, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
