"""Decode images as browsers do, also truncated ones: missing pixels are transparent.

A file is decoded strictly first, and leniently only if that fails. A file without any visible pixel is refused. Runs
in a worker only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, NamedTuple, TypeVar

from PIL import Image, ImageFile

from pyimgur.server.media import visible
from pyimgur.server.media.errors import DamagedMediaError
from pyimgur.server.media.pillow_modes import eight_bit
from pyimgur.server.media.pillow_open import END_OF_JPEG, open_image
from pyimgur.server.media.sniff import BMP, GIF, JPEG, PNG, FileType

PARTIAL_TYPES = frozenset((JPEG, PNG, GIF, BMP))
"""Formats of which browsers display truncated files."""
FILLED_TYPES = frozenset((GIF, BMP))
"""Formats whose missing pixels Pillow itself may fill: with transparency, or with the first color."""
VISIBLE = "visible"
"""The key in `Image.info` of the `Visible` pixels of a truncated image."""
OTHER_END = bytes(89 * number % 251 for number in range(1000)) + END_OF_JPEG
"""An alternative to `END_OF_JPEG`, with coded data before it that changes every missing pixel."""

T = TypeVar("T")


def decode(file: BinaryIO, kind: FileType, max_pixels: int, use: Callable[[ImageFile.ImageFile], T]) -> T:
    """Open the image and return the result of `use`, which decodes it.

    If the image is truncated, `use` is called again with as much of it as browsers display, and `Image.info` tells
    which pixels are missing.

    Raises:
        DamagedMediaError: no pixel can be displayed.
        MediaTooLargeError: the image has more than `max_pixels` pixels, or needs more memory than one file may.
    """
    try:
        with open_image(file, kind, max_pixels) as image:
            return use(image)
    except DamagedMediaError:
        if kind not in PARTIAL_TYPES:
            raise
    visible_pixels = _visible_pixels(file, kind, max_pixels)
    file.seek(0)
    with open_image(file, kind, max_pixels, partial=True) as image:
        image.info[VISIBLE] = visible_pixels
        return use(image)


def _visible_pixels(file: BinaryIO, kind: FileType, max_pixels: int) -> visible.Visible:
    """Return which pixels of a truncated image are in the file. Raises: DamagedMediaError if none is."""
    black, white = _decode_partial(file, kind, max_pixels), _decode_partial(file, kind, max_pixels, white=True)
    compare = visible.equal_rows if kind is JPEG else visible.equal_pixels
    pixels_seen = visible.Visible(compare(black.picture, white.picture), black.is_interlaced)
    is_empty = kind in FILLED_TYPES and black.picture.getextrema() == (black.fill, black.fill)
    if is_empty or pixels_seen.mask.getbbox() is None:
        raise DamagedMediaError(f"the {kind.label} image is damaged or cut off")
    return pixels_seen


class _Partial(NamedTuple):
    """A truncated image, decoded as far as it goes."""

    picture: Image.Image
    is_interlaced: bool
    fill: object
    """The palette index with which Pillow fills missing pixels, if the picture has a palette."""


def _decode_partial(file: BinaryIO, kind: FileType, max_pixels: int, *, white: bool = False) -> _Partial:
    """Decode a truncated image over black or over white, or, if it is a JPEG, with one of two ends."""
    file.seek(0)
    with open_image(file, kind, max_pixels, partial=True, tail=OTHER_END if white else END_OF_JPEG) as image:
        is_interlaced = visible.is_interlaced(image, kind)
        if kind is not JPEG:
            visible.fill(image, white=white)
        image.load()
        picture = image if kind is JPEG else eight_bit(image)
        if image.mode == "P":
            picture = Image.frombytes("L", image.size, image.tobytes())
        return _Partial(picture, is_interlaced, image.info.get("transparency", 0))
