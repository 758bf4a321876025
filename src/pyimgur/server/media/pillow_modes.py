"""Convert images between Pillow's color modes, scale values included. Runs in a worker only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PIL import Image


class _Point(Protocol):
    """`Image.point`, whose own annotation in Pillow names numpy, which need not be installed."""

    def point(self, lut: Callable[[int], float]) -> Image.Image: ...


def eight_bit(image: Image.Image) -> Image.Image:
    """Return an image of any mode as L, RGB or RGBA; 16-bit grays, which Pillow would clip, are scaled."""
    if image.mode.startswith("I;16"):
        image = _scale_values(image.convert("I"), 1 / 257)  # Pillow computes in no other byte order
    elif image.mode in ("I", "F"):
        low, high = _extrema(image)
        image = _scale_values(image, 255 / ((high - low) or 1), low)
    mode = "L" if image.mode in ("1", "L", "I", "F") or image.mode.startswith("I;16") else "RGB"
    if image.has_transparency_data:
        mode = "RGBA"
    return image if image.mode == mode else image.convert(mode)


def check_convertible(image: Image.Image) -> None:
    """Raise unless `eight_bit` supports the mode of this image; one pixel is converted."""
    eight_bit(image.crop((0, 0, 1, 1)))


def flatten(picture: Image.Image) -> Image.Image:
    """Return the picture on white, for formats without transparency."""
    if picture.mode != "RGBA":
        return picture
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    white.info = picture.info
    return white


def _extrema(band: Image.Image) -> tuple[float, float]:
    match band.getextrema():
        case (float() | int() as low, float() | int() as high):
            return low, high
        case _:
            return 0, 255


def _scale_values(image: _Point, factor: float, low: float = 0) -> Image.Image:
    return image.point(lambda value: value * factor - low * factor)
