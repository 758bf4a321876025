"""Reduce EXIF to the orientation, the one entry that affects how the picture is displayed."""

from __future__ import annotations

from typing import Literal

ORIENTATION = 0x0112
INTEGERS = {3: 2, 4: 4}
"""Bytes of a value by type: the standard requires SHORT for the orientation, some programs write LONG."""
ORDERS: dict[bytes, Literal["little", "big"]] = {b"II*\x00": "little", b"MM\x00*": "big"}
UPRIGHT = 1
MAX_EXIF_BYTES = 8_000_000
"""The most bytes of an EXIF block: libpng ignores larger ones."""


def orientation(block: bytes) -> int:
    """Return the orientation, 1 to 8, of an EXIF block that begins with its TIFF header; 1 if it has none."""
    order = ORDERS.get(block[:4])
    if order is None:
        return UPRIGHT
    start = int.from_bytes(block[4:8], order)
    entries = int.from_bytes(block[start : start + 2], order)
    for at in range(start + 2, min(start + 2 + 12 * entries, len(block) - 11), 12):
        if int.from_bytes(block[at : at + 2], order) == ORIENTATION:
            width = INTEGERS.get(int.from_bytes(block[at + 2 : at + 4], order), 0)
            count = int.from_bytes(block[at + 4 : at + 8], order)
            value = int.from_bytes(block[at + 8 : at + 8 + width], order)
            return value if count == 1 and 1 <= value <= 8 else UPRIGHT
    return UPRIGHT


def orientation_only(block: bytes) -> bytes:
    """Return an EXIF block with the orientation of this one only; nothing if the picture is upright anyway."""
    value = orientation(block)
    if value == UPRIGHT:
        return b""
    little_endian = exif_block(value, "little")
    return little_endian if block == little_endian else exif_block(value, "big")


def exif_content(content: bytes) -> bytes:
    """Return the content of an EXIF chunk of a PNG or WebP with its orientation only; nothing if it is upright."""
    prefix = content[:6] if content.startswith(b"Exif\x00") else b""
    block = orientation_only(content[len(prefix) :])
    return block and prefix + block


def exif_block(orientation: int, order: Literal["little", "big"]) -> bytes:
    """Return a TIFF header and a directory with one entry: the orientation, as SHORT."""
    header = {"little": b"II*\x00", "big": b"MM\x00*"}[order]
    numbers = ((8, 4), (1, 2), (ORIENTATION, 2), (3, 2), (1, 4), (orientation, 2), (0, 2), (0, 4))
    return header + b"".join(value.to_bytes(size, order) for value, size in numbers)
