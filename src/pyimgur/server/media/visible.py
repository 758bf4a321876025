"""Find the visible pixels of a truncated image, or of a first frame that is smaller than its canvas.

Browsers leave the other pixels transparent. Decoders do not report them, so an image is decoded twice, once over black
and once over white (or, if it is a JPEG, with two different ends): pixels that differ are not in the file.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from PIL import Image, ImageChops, ImageFile
from PIL.Image import Resampling

from pyimgur.server.media.sniff import GIF, JPEG, PNG, FileType

FRAMED_TYPES = frozenset((PNG, GIF))
"""Formats whose first frame may be smaller than the canvas."""
MISSING_GRAY = 128
"""The gray that libjpeg produces for missing data."""
LARGEST_BLOCK = 32
"""The most rows that a JPEG encodes together."""
INTERLACE_STEPS = ((1, 0), (2, 0), (4, 0), (0, 1), (0, 2), (0, 4))
"""The offsets to which browsers extend the pixels of a pass of an interlaced picture, in blocks of 8 by 8."""
MAX_VALUE = 255


class Visible(NamedTuple):
    """A mask of the visible pixels; in an interlaced picture they also cover missing pixels around them."""

    mask: Image.Image
    is_interlaced: bool = False


class _Mask(Protocol):
    """Methods whose own annotation in Pillow names numpy, which need not be installed."""

    def point(self, lut: list[int]) -> Image.Image: ...

    def resize(self, size: tuple[int, int], resample: int) -> Image.Image: ...


def _map_values(mask: _Mask, values: list[int]) -> Image.Image:
    return mask.point(values)


def _resize_mask(mask: _Mask, size: tuple[int, int]) -> Image.Image:
    return mask.resize(size, Resampling.NEAREST)


def fill(image: ImageFile.ImageFile, *, white: bool) -> None:
    """Fill an image that is not yet decoded with black or white, over which it will be decoded."""
    most = 0xFFFF if image.mode.startswith("I") else MAX_VALUE
    bands = len(image.getbands())
    image.im = Image.new(image.mode, image.size, (most * white if bands == 1 else (MAX_VALUE * white,) * bands)).im


def equal_pixels(black: Image.Image, white: Image.Image) -> Image.Image:
    """Return the mask of the pixels that are equal in the image decoded over black and over white."""
    return _map_values(ImageChops.difference(black, white).getchannel(0), [MAX_VALUE] + [0] * MAX_VALUE)


def equal_rows(one: Image.Image, other: Image.Image) -> Image.Image:
    """Return the mask of the rows of a JPEG above those that are gray and differ when decoded with another end."""
    mask = Image.new("L", one.size, MAX_VALUE)
    difference = ImageChops.difference(one, other).getbbox()
    if difference:
        end = _rows_above_gray(one)
        if difference[1] > 0 and end < one.height and end - difference[1] <= LARGEST_BLOCK:
            end = difference[1]  # browsers also hide the row of blocks in which the file ends
        mask.paste(0, (0, max(difference[1], end), *one.size))
    return mask


def _rows_above_gray(picture: Image.Image) -> int:
    """Return the number of rows above the area that is nothing but the gray of missing data."""
    bands = len(picture.getbands())
    gray = Image.new(picture.mode, picture.size, (MISSING_GRAY,) * bands if bands > 1 else MISSING_GRAY)
    box = _map_values(ImageChops.difference(picture, gray), [0, 0, *[MAX_VALUE] * 254] * bands).getbbox()
    return box[3] if box else 0


def frame_mask(image: ImageFile.ImageFile, kind: FileType) -> Image.Image | None:
    """Return the mask of the first frame if it is smaller than the image, which is not yet decoded; else None."""
    box = image.tile[0].extents if kind in FRAMED_TYPES and image.tile else None
    if box is None or box == (0, 0, *image.size):
        return None
    mask = Image.new("L", image.size)
    mask.paste(MAX_VALUE, box)
    return mask


def is_interlaced(image: ImageFile.ImageFile, kind: FileType) -> bool:
    """Return whether an image that is not yet decoded is interlaced."""
    if kind is GIF:
        arguments = image.tile[0].args if image.tile else None
        return isinstance(arguments, tuple) and bool(arguments[1])
    return kind is not JPEG and bool(image.info.get("interlace"))


def hide_missing(picture: Image.Image, visible: Visible) -> Image.Image:
    """Return the picture with every pixel transparent that is not visible."""
    if visible.mask.getextrema() == (MAX_VALUE, MAX_VALUE):
        return picture
    mask = _resize_mask(visible.mask, picture.size)
    picture = picture.convert("RGBA")
    if visible.is_interlaced:
        picture, mask = _expand(picture, mask)
    picture.putalpha(ImageChops.multiply(picture.getchannel("A"), mask))
    return picture


def _expand(picture: Image.Image, mask: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Return both with the missing pixels of later passes covered by those of earlier ones, as browsers do."""
    for step in INTERLACE_STEPS:
        near, near_mask = _offset(picture, step), _offset(mask, step)
        picture.paste(near, mask=ImageChops.subtract(near_mask, mask))
        mask = ImageChops.lighter(mask, near_mask)
    return picture, mask


def _offset(picture: Image.Image, by: tuple[int, int]) -> Image.Image:
    moved = Image.new(picture.mode, picture.size)
    moved.paste(picture, by)
    return moved
