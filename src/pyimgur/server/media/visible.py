"""Which pixels of a picture are there: of a file that breaks off, and of a first frame smaller than its picture.

Browsers leave the others transparent. Decoders do not say which they are: a picture is decoded twice, once over black
and once over white (or, as a JPEG, with two different ends), and what differs is not in the file.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from PIL import Image, ImageChops, ImageFile
from PIL.Image import Resampling

from pyimgur.server.media.sniff import GIF, JPEG, PNG, FileType

FRAMED = frozenset((PNG, GIF))
"""Kinds whose first frame may be smaller than the picture."""
UNDECODED = 128
"""The gray that libjpeg makes of what is missing."""
LARGEST_BLOCK = 32
"""Most rows that a JPEG encodes together."""
STEPS = ((1, 0), (2, 0), (4, 0), (0, 1), (0, 2), (0, 4))
"""How far pixels of a pass of an interlaced picture reach, in blocks of 8 by 8."""
ALL = 255


class Visible(NamedTuple):
    """A mask of the pixels that are there; those of an interlaced picture also stand for others around them."""

    mask: Image.Image
    interlaced: bool = False


class _Mask(Protocol):
    """Pillow's own annotation of these names numpy, which need not be there."""

    def point(self, lut: list[int]) -> Image.Image: ...

    def resize(self, size: tuple[int, int], resample: int) -> Image.Image: ...


def _mapped(mask: _Mask, values: list[int]) -> Image.Image:
    return mask.point(values)


def _resized(mask: _Mask, size: tuple[int, int]) -> Image.Image:
    return mask.resize(size, Resampling.NEAREST)


def fill(image: ImageFile.ImageFile, *, white: bool) -> None:
    """Give a picture that is not yet decoded these pixels to be decoded over."""
    most = 0xFFFF if image.mode.startswith("I") else ALL
    bands = len(image.getbands())
    image.im = Image.new(image.mode, image.size, (most * white if bands == 1 else (ALL * white,) * bands)).im


def filled(black: Image.Image, white: Image.Image) -> Image.Image:
    """Return the mask of what is the same in the picture decoded over black and over white."""
    return _mapped(ImageChops.difference(black, white).getchannel(0), [ALL] + [0] * ALL)


def filled_rows(one: Image.Image, other: Image.Image) -> Image.Image:
    """Return the mask of the rows above what is gray in a JPEG and, decoded with another end, is something else."""
    mask = Image.new("L", one.size, ALL)
    difference = ImageChops.difference(one, other).getbbox()
    if difference:
        end = _end_above_gray(one)
        if difference[1] > 0 and end < one.height and end - difference[1] <= LARGEST_BLOCK:
            end = difference[1]  # the row of blocks that the file breaks off in, as in browsers
        mask.paste(0, (0, max(difference[1], end), *one.size))
    return mask


def _end_above_gray(picture: Image.Image) -> int:
    """Return how many rows there are above what is nothing but the gray of missing data."""
    bands = len(picture.getbands())
    gray = Image.new(picture.mode, picture.size, (UNDECODED,) * bands if bands > 1 else UNDECODED)
    box = _mapped(ImageChops.difference(picture, gray), [0, 0, *[ALL] * 254] * bands).getbbox()
    return box[3] if box else 0


def frame(image: ImageFile.ImageFile, kind: FileType) -> Image.Image | None:
    """Return the mask of the first frame if it is smaller than the picture, which is not yet decoded."""
    box = image.tile[0].extents if kind in FRAMED and image.tile else None
    if box is None or box == (0, 0, *image.size):
        return None
    mask = Image.new("L", image.size)
    mask.paste(ALL, box)
    return mask


def is_interlaced(image: ImageFile.ImageFile, kind: FileType) -> bool:
    """Tell whether a picture that is not yet decoded is interlaced."""
    if kind is GIF:
        arguments = image.tile[0].args if image.tile else None
        return isinstance(arguments, tuple) and bool(arguments[1])
    return kind is not JPEG and bool(image.info.get("interlace"))


def only(picture: Image.Image, visible: Visible) -> Image.Image:
    """Return the picture with nothing where nothing is there."""
    if visible.mask.getextrema() == (ALL, ALL):
        return picture
    mask = _resized(visible.mask, picture.size)
    picture = picture.convert("RGBA")
    if visible.interlaced:
        picture, mask = _spread(picture, mask)
    picture.putalpha(ImageChops.multiply(picture.getchannel("A"), mask))
    return picture


def _spread(picture: Image.Image, mask: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Return both with the pixels of complete passes in place of those of later passes, as browsers show them."""
    for step in STEPS:
        near, near_mask = _moved(picture, step), _moved(mask, step)
        picture.paste(near, mask=ImageChops.subtract(near_mask, mask))
        mask = ImageChops.lighter(mask, near_mask)
    return picture, mask


def _moved(picture: Image.Image, by: tuple[int, int]) -> Image.Image:
    moved = Image.new(picture.mode, picture.size)
    moved.paste(picture, by)
    return moved
