"""Small versions of a picture: Imgur's six thumbnails, and scaling to a width. Never larger than the original.

One decoding serves any number of thumbnails: the picture is reduced once, to the least size that all of them can be
made from. Runs in a worker; only the table is for everybody.
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


LARGEST = 4096 * 4096
"""Pixels of a picture that is made on demand: seconds of work in any format."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """The box that a thumbnail fits in; a square one fills it and is cropped."""

    side: int
    square: bool = False

    def scale_factor(self, size: Size) -> float:
        """The factor that brings a picture of this size down to the box, at most 1."""
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
"""Imgur's thumbnails by the letter after the id; each is a JPEG, whatever the original is."""


def reduced(size: Size, share: float) -> Size:
    """`size` times `scale_factor` in whole pixels; a thin picture keeps one."""
    width, height = size
    return max(1, round(width * share)), max(1, round(height * share))


def smallest_common_size(size: Size, wanted: Iterable[Thumbnail]) -> Size:
    """The least size from which every wanted thumbnail can be made by reducing."""
    return reduced(size, max(thumbnail.scale_factor(size) for thumbnail in wanted))


def thumbnails(source: BinaryIO, targets: Mapping[str, BinaryIO], pixels: int) -> None:
    """Write the thumbnails that `targets` names, each into its empty file."""
    from pyimgur.server.media import pillow

    wanted = {letter: THUMBNAILS[letter] for letter in targets}
    picture = pillow.flatten(_first_frame(source, pixels, lambda size: smallest_common_size(size, wanted.values())))
    for letter, thumbnail in wanted.items():
        small = (
            pillow.square(picture, thumbnail.side) if thumbnail.square else pillow.fit_inside(picture, thumbnail.side)
        )
        pillow.save(small, targets[letter], "jpg")


def scaled(source: BinaryIO, target: BinaryIO, ext: str, maxwidth: int | None, pixels: int) -> None:
    """Write the first frame as jpg, png or webp, no wider than `maxwidth` and no larger than the format allows."""
    from pyimgur.server.media import pillow

    def fit(size: Size) -> Size:
        share = min(1.0, (maxwidth or size[0]) / size[0], pillow.LONGEST_SIDE.get(ext, max(size)) / max(size))
        return reduced(size, min(share, sqrt(LARGEST / (size[0] * size[1]))))

    pillow.save(_first_frame(source, pixels, fit), target, ext)


def _first_frame(file: BinaryIO, pixels: int, fit: Callable[[Size], Size]) -> Image:
    kind = identify(file)
    if kind.by is Decoder.PILLOW:
        from pyimgur.server.media import pillow

        return pillow.frame(file, kind, pixels, fit)
    from pyimgur.server.media import pyav

    return pyav.frame(file, kind, pixels, fit)
