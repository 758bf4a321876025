"""Decode, resize, crop and save images with Pillow, upright and in 8 bits per color. Runs in a worker only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO, Protocol

from PIL import ExifTags, Image, ImageFile, ImageOps
from PIL.Image import Resampling, Transpose

from pyimgur.server.media import visible
from pyimgur.server.media.pillow_modes import eight_bit, flatten
from pyimgur.server.media.pillow_partial import VISIBLE, decode
from pyimgur.server.media.sniff import AVIF, HEIC, JPEG, PNG, FileType

QUALITY = 82
MAX_PROFILE_BYTES = 16_384
"""A larger color profile is not copied: it outweighs the small picture that it would correct."""
TRANSPOSITIONS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
"""How to make a picture upright, by its EXIF orientation; from 5 on the sides are swapped."""
ORIENTED_TYPES = frozenset((JPEG, PNG, AVIF, HEIC))
"""Formats whose EXIF orientation browsers follow. They ignore that of a WebP, and Pillow rotates a TIFF by itself."""
LONGEST_SIDE = {"jpg": 65_500, "webp": 16_383}
"""The most pixels of a side by format; the limit of PNG is never reached here."""

Size = tuple[int, int]
Fit = Callable[[Size], Size]


def orientation(image: ImageFile.ImageFile, kind: FileType) -> int:
    """Return the EXIF orientation that browsers follow, 1 to 8; 1 if the EXIF block is missing or damaged.

    An orientation in XMP or in the text of a PNG is ignored, as browsers do.
    """
    block: object = image.info.get("exif")
    value: object = None
    if kind in ORIENTED_TYPES and isinstance(block, bytes):
        exif = Image.Exif()
        with suppress(Exception):  # decoders raise nearly anything on a damaged block
            exif.load(block)
            value = exif.get(ExifTags.Base.Orientation)
    return value if isinstance(value, int) and value in TRANSPOSITIONS else 1


def oriented_size(size: Size, orientation: int) -> Size:
    """Return the displayed size for a stored size, or the stored one for a displayed one."""
    return (size[1], size[0]) if orientation >= 5 else size


def frame(file: BinaryIO, kind: FileType, max_pixels: int, fit: Fit) -> Image.Image:
    """Return the first frame, upright, as L, RGB or RGBA, sized by `fit`, which never enlarges."""
    return decode(file, kind, max_pixels, lambda image: _frame(image, kind, fit))


def _frame(image: ImageFile.ImageFile, kind: FileType, fit: Fit) -> Image.Image:
    exif_orientation = orientation(image, kind)
    visible_pixels: object = image.info.get(VISIBLE)
    size = oriented_size(fit(oriented_size(image.size, exif_orientation)), exif_orientation)
    image.draft("RGB", size)
    frame_mask = visible.frame_mask(image, kind)
    image.load()
    profile: object = image.info.get("icc_profile") if image.mode == "RGB" else None
    picture = eight_bit(image)
    if frame_mask:
        picture = visible.hide_missing(picture, visible.Visible(frame_mask))
    if isinstance(visible_pixels, visible.Visible):
        picture = visible.hide_missing(picture, visible_pixels)
    picture = picture.copy() if picture.size == size else resize(picture, size)
    if exif_orientation != 1:
        picture = picture.transpose(TRANSPOSITIONS[exif_orientation])
    picture.info = {"icc_profile": profile} if isinstance(profile, bytes) and len(profile) <= MAX_PROFILE_BYTES else {}
    return picture


class _Resize(Protocol):
    """`Image.resize`, whose own annotation in Pillow names numpy, which need not be installed."""

    def resize(self, size: Size, resample: int, *, reducing_gap: float) -> Image.Image: ...


def resize(picture: _Resize, size: Size) -> Image.Image:
    """Return the picture in exactly this size."""
    return picture.resize(size, Resampling.LANCZOS, reducing_gap=2.0)


def crop_square(picture: Image.Image, side: int) -> Image.Image:
    """Return the middle of the picture as a square of `side` pixels, or of its shorter side if that is less."""
    side = min(side, *picture.size)
    return ImageOps.fit(picture, (side, side), Resampling.LANCZOS)


def fit_inside(picture: Image.Image, side: int) -> Image.Image:
    """Return the whole picture with no side longer than `side`."""
    copy = picture.copy()
    copy.thumbnail((side, side), Resampling.LANCZOS)
    return copy


def save(picture: Image.Image, target: BinaryIO, ext: str, quality: int = QUALITY) -> None:
    """Write the picture as jpg, png or webp, without metadata except its color profile."""
    if ext == "jpg":
        picture = flatten(picture)
    profile: object = picture.info.get("icc_profile")
    encoded = BytesIO()  # Pillow ignores short writes to a file, as on a full disk
    picture.save(encoded, {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[ext], quality=quality, icc_profile=profile)
    target.write(encoded.getbuffer())
