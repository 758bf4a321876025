"""Make Imgur's six thumbnails and resized images, never larger than the original.

One decoding serves any number of thumbnails: the picture is first reduced to the smallest size from which all of them
can be made. Everything except the table runs in a worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO

from pyimgur.server.media.probe import identify
from pyimgur.server.media.sniff import Decoder

if TYPE_CHECKING:
    from PIL.Image import Image

Size = tuple[int, int]

MAX_SCALED_PIXELS = 4096 * 4096
"""The most pixels of a resized image: seconds of work in any format."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """The box that a thumbnail fits in; a square one fills it and is cropped."""

    side: int
    square: bool = False

    def scale_factor(self, size: Size) -> float:
        """Return the factor that scales a picture of this size down to the box, at most 1."""
        return min(1.0, self.side / (min(size) if self.square else max(size)))


THUMBNAILS: Mapping[str, Thumbnail] = MappingProxyType(
    {
        "s": Thumbnail(90, square=True),
        "b": Thumbnail(160, square=True),
        "t": Thumbnail(160),
        "m": Thumbnail(320),
        "l": Thumbnail(640),
        "h": Thumbnail(1024),
    }
)
"""Imgur's thumbnails by the letter after the image ID; each is a JPEG, whatever the format of the original."""


def scale_size(size: Size, factor: float) -> Size:
    """Return the size times `factor`, in whole pixels and at least one."""
    width, height = size
    return max(1, round(width * factor)), max(1, round(height * factor))


def smallest_common_size(size: Size, thumbnails: Iterable[Thumbnail]) -> Size:
    """Return the smallest size from which each of these thumbnails can be made by reducing."""
    return scale_size(size, max(thumbnail.scale_factor(size) for thumbnail in thumbnails))


def write_thumbnails(source: BinaryIO, targets: Mapping[str, BinaryIO], max_pixels: int) -> None:
    """Write the thumbnails with these letters, each into its empty file."""
    from pyimgur.server.media import pillow, pillow_modes

    thumbnails = {letter: THUMBNAILS[letter] for letter in targets}
    picture = _first_frame(source, max_pixels, lambda size: smallest_common_size(size, thumbnails.values()))
    picture = pillow_modes.flatten(picture)
    for letter, thumbnail in thumbnails.items():
        reduce = pillow.crop_square if thumbnail.square else pillow.fit_inside
        pillow.save(reduce(picture, thumbnail.side), targets[letter], "jpg")


def write_resized(source: BinaryIO, target: BinaryIO, ext: str, maxwidth: int | None, max_pixels: int) -> None:
    """Write the first frame as jpg, png or webp, no wider than `maxwidth` and no larger than the format allows."""
    from pyimgur.server.media import pillow

    def fit(size: Size) -> Size:
        factor = min(1.0, (maxwidth or size[0]) / size[0], pillow.LONGEST_SIDE.get(ext, max(size)) / max(size))
        return scale_size(size, min(factor, sqrt(MAX_SCALED_PIXELS / (size[0] * size[1]))))

    pillow.save(_first_frame(source, max_pixels, fit), target, ext)


def _first_frame(file: BinaryIO, max_pixels: int, fit: Callable[[Size], Size]) -> Image:
    kind = identify(file)
    if kind.decoder is Decoder.PILLOW:
        from pyimgur.server.media import pillow

        return pillow.frame(file, kind, max_pixels, fit)
    from pyimgur.server.media import pyav

    return pyav.frame(file, kind, max_pixels, fit)
