"""EXIF reduced to the orientation of the picture: the one entry that decides how the picture is displayed."""

from __future__ import annotations

from typing import Literal

ORIENTATION = 0x0112
INTEGERS = {3: 2, 4: 4}
"""Bytes of one value of the two types that an orientation has: SHORT as the standard says, LONG as some write."""
ORDERS: dict[bytes, Literal["little", "big"]] = {b"II*\x00": "little", b"MM\x00*": "big"}
UPRIGHT = 1


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
    """Return an EXIF block with nothing but the orientation of this one; empty if the picture is upright without it."""
    noted = orientation(block)
    if noted == UPRIGHT:
        return b""
    same = exif_block(noted, "little")
    return same if block == same else exif_block(noted, "big")


def exif_block(noted: int, order: Literal["little", "big"]) -> bytes:
    """Return a TIFF header and a directory with one entry: the orientation, as SHORT."""
    header = {"little": b"II*\x00", "big": b"MM\x00*"}[order]
    numbers = ((8, 4), (1, 2), (ORIENTATION, 2), (3, 2), (1, 4), (noted, 2), (0, 2), (0, 4))
    return header + b"".join(value.to_bytes(size, order) for value, size in numbers)
