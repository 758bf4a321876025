"""Cut off junk behind the coded data of a JPEG scan: text before the next marker that belongs to no segment.

Only a decoder knows where the coded data of a scan ends. So a scan is checked if its end looks like text, or if the
file ends with it and not with an end marker. It is then cut as short as possible without changing a pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from PIL import ImageChops
from PIL.Image import Image

from pyimgur.server.media.errors import MediaTooLargeError, UnsupportedMediaError
from pyimgur.server.media.metadata_jpeg import END_MARKER, jpeg_scans
from pyimgur.server.media.pillow_open import open_image
from pyimgur.server.media.sniff import JPEG

TEXT_SIZE = 8
"""Shorter junk is not metadata: by chance, a decoder may need none of the last bytes."""
PRINTABLE = frozenset((*range(32, 127), *b"\t\n\r\x00"))
"""By chance, one scan in 3,000 ends with these only; that costs a decoding and changes nothing."""
MAX_DECODES = 100
"""The most decodings per picture: a search takes some 20, and more than one scan with junk is rare."""


def without_junk(data: bytes, max_pixels: int) -> bytes:
    """Return the JPEG, whose metadata segments were removed, without junk behind its scans.

    Raises:
        MediaTooLargeError: too many scans look like they have junk, so that the search would take too long.
    """
    suspects = [scan for scan in jpeg_scans(data) if _is_suspect(data, *scan)]
    if not suspects:
        return data
    picture, decodes = _decode(data, max_pixels), 0
    for start, end in reversed(suspects):
        rest = data[end:] or END_MARKER

        def is_same(cut: int, data: bytes = data, rest: bytes = rest) -> bool:
            nonlocal decodes
            decodes += 1
            if decodes > MAX_DECODES:
                raise MediaTooLargeError("the JPEG image has text between too many of its parts: save it again")
            try:
                candidate = _decode(data[:cut] + rest, max_pixels)
            except UnsupportedMediaError:
                return False
            return ImageChops.difference(candidate, picture).getbbox() is None

        if is_same(end - TEXT_SIZE):
            data = data[: _smallest(start, end - TEXT_SIZE, is_same)] + rest
    return data


def _is_suspect(data: bytes, start: int, end: int) -> bool:
    tail = data[end - TEXT_SIZE : end]
    return end - start >= TEXT_SIZE and (end == len(data) or PRINTABLE.issuperset(tail))


def _smallest(low: int, high: int, is_valid: Callable[[int], bool]) -> int:
    """Return the smallest valid number, by binary search; `high` is valid, and so is every number above a valid one."""
    while low < high:
        middle = (low + high) // 2
        if is_valid(middle):
            high = middle
        else:
            low = middle + 1
    return high


def _decode(data: bytes, max_pixels: int) -> Image:
    with open_image(BytesIO(data if data.endswith(END_MARKER) else data + END_MARKER), JPEG, max_pixels) as image:
        image.load()
        return image
