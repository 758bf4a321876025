"""Check the first directory of a TIFF before Pillow reads it: Pillow needs a hundred bytes for each strip or tile."""

from __future__ import annotations

import struct
from typing import BinaryIO

from pyimgur.server.media.metadata_tiff import KEPT_TAGS, NUMBERS
from pyimgur.server.media.part_limit import MAX_PARTS, too_many_parts

BYTES = 1
"""The type of a value of bytes, such as a color profile."""


def check_directory(file: BinaryIO) -> BinaryIO:
    """Return the TIFF itself, at position 0.

    Raises:
        MediaTooLargeError: its picture consists of too many strips or tiles, or is described by too many numbers.
    """
    file.seek(0)
    head = file.read(8).ljust(8, b"\0")
    order = "<" if head[:2] == b"II" else ">"
    file.seek(*struct.unpack_from(order + "I", head, 4))
    (count,) = struct.unpack(order + "H", file.read(2).ljust(2, b"\0"))
    entries = file.read(12 * count)
    for tag, type, values, _ in struct.iter_unpack(order + "HHI4s", entries[: len(entries) // 12 * 12]):
        if tag in KEPT_TAGS and type in NUMBERS and type != BYTES and values > MAX_PARTS:
            raise too_many_parts()
    file.seek(0)
    return file
