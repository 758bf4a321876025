"""Cut off what follows the coded data of a JPEG scan and is no segment: text between a scan and the next marker.

Only a decoder knows where the coded data of a scan ends. So a scan is looked at if its end reads like text, or if the
file ends with it and not with an end marker, and is cut as short as the picture stays the same in every pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from PIL import ImageChops
from PIL.Image import Image

from pyimgur.server.media import pillow
from pyimgur.server.media.errors import MediaTooLargeError, UnsupportedMediaError
from pyimgur.server.media.metadata_segments import END_MARKER, jpeg_scans
from pyimgur.server.media.sniff import JPEG

TEXT_SIZE = 8
"""Less than that is no metadata: a decoder may need none of the last bytes, by chance."""
PRINTABLE = frozenset((*range(32, 127), *b"\t\n\r\x00"))
"""The end of one scan in 3,000 is made of these by chance; that costs a decode and changes nothing."""
MOST_DECODES = 100
"""Of one picture: a search takes some 20, and two scans that need one are already odd."""


def without_junk(data: bytes, pixels: int) -> bytes:
    """Return the JPEG, whose metadata is removed, without junk behind its scans.

    Raises: MediaTooLargeError if so many scans look like it that the search would take too long.
    """
    suspects = [scan for scan in jpeg_scans(data) if _is_suspect(data, *scan)]
    if not suspects:
        return data
    picture, decodes = _decoded(data, pixels), 0
    for start, end in reversed(suspects):
        rest = data[end:] or END_MARKER

        def is_same(cut: int, data: bytes = data, rest: bytes = rest) -> bool:
            nonlocal decodes
            decodes += 1
            if decodes > MOST_DECODES:
                raise MediaTooLargeError("the JPEG picture has text between too many of its parts: save it anew")
            try:
                made = _decoded(data[:cut] + rest, pixels)
            except UnsupportedMediaError:
                return False
            return ImageChops.difference(made, picture).getbbox() is None

        if is_same(end - TEXT_SIZE):
            data = data[: _first(start, end - TEXT_SIZE, is_same)] + rest
    return data


def _is_suspect(data: bytes, start: int, end: int) -> bool:
    tail = data[end - TEXT_SIZE : end]
    return end - start >= TEXT_SIZE and (end == len(data) or PRINTABLE.issuperset(tail))


def _first(low: int, high: int, is_good: Callable[[int], bool]) -> int:
    """Return the smallest number from which on all are good; the highest is."""
    while low < high:
        middle = (low + high) // 2
        if is_good(middle):
            high = middle
        else:
            low = middle + 1
    return high


def _decoded(data: bytes, pixels: int) -> Image:
    with pillow.open_image(BytesIO(data if data.endswith(END_MARKER) else data + END_MARKER), JPEG, pixels) as image:
        image.load()
        return image
