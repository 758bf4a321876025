"""Pillow, bounded: one decoder a file, bombs refused before a pixel is made, any failure raised as a `MediaError`.

What browsers show is decoded, also where Pillow alone is stricter: a PNG with optional chunks that are too large or
damaged, a JPEG, PNG, GIF or BMP that breaks off, a BMP with any bit masks. What broke off is read leniently only
after it failed to be read exactly: what is missing is transparent, and a file of which nothing can be seen is refused.
Runs in a worker only.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from io import BytesIO
from typing import BinaryIO, NamedTuple, Protocol, TypeVar

from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError
from PIL.Image import Resampling, Transpose

from pyimgur.server.media import bmp_masks, gif_comments, jpeg_header, png_chunks, visible, webp_chunks
from pyimgur.server.media.errors import Damaged, MediaError, MediaTooLargeError, NoDecoder
from pyimgur.server.media.file_parts import joined
from pyimgur.server.media.sniff import AVIF, BMP, GIF, HEIC, JPEG, PNG, WEBP, FileType

PLUGINS = {HEIC: "pi_heif.HeifImagePlugin"}
"""What reads the kinds that Pillow itself does not; an extra, under a licence of its own."""
QUALITY = 82
PROFILE_BYTES = 16_384
"""A bigger colour profile weighs more than the small picture it would correct."""
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
"""What makes a picture upright, by the orientation that the camera noted; from 5 on it swaps the sides."""

ORIENTED = frozenset((JPEG, PNG, AVIF, HEIC))
"""Kinds whose EXIF orientation browsers follow. They ignore that of a WebP, and Pillow turns a TIFF by itself."""
PARTIAL = frozenset((JPEG, PNG, GIF, BMP))
"""Kinds of which browsers show as much as is there."""
LONGEST_SIDE = {"jpg": 65_500, "webp": 16_383}
"""The most pixels a side may have in a format; a PNG has no limit that we reach."""
VISIBLE = "visible"
"""The note in `info` of which pixels of a picture that breaks off are there."""
FILLED_UP = frozenset((GIF, BMP))
"""Kinds of which Pillow itself may fill up what is missing: with transparency, or the first color."""
READABLE: Mapping[FileType, Callable[[BinaryIO], BinaryIO]] = {
    BMP: bmp_masks.readable,
    GIF: gif_comments.readable,
    PNG: png_chunks.readable,
    WEBP: webp_chunks.readable,
}
"""Views of files without parts at which Pillow fails, or which it would keep in memory."""
END_OF_JPEG = b"\xff\xd9" * 1000
"""End markers for a JPEG that breaks off, as libjpeg itself makes them up: each scan of a progressive one takes one."""

OTHER_END = bytes(89 * each % 251 for each in range(1000)) + END_OF_JPEG
"""Another end, behind coded data that changes every pixel that is missing."""

T = TypeVar("T")
Size = tuple[int, int]
Fit = Callable[[Size], Size]


@contextmanager
def open_image(
    file: BinaryIO, kind: FileType, pixels: int, *, partial: bool = False, tail: bytes = END_OF_JPEG
) -> Generator[ImageFile.ImageFile]:
    """Open the picture, not yet decoded. Whatever fails inside is the file's fault and is raised so.

    `partial` lets as much be decoded as there is of a picture that breaks off; a JPEG is then ended by `tail`.
    """
    if kind is JPEG:
        jpeg_header.check(file)
        file = jpeg_header.readable(file)
        if partial:
            file = joined(file, [(0, jpeg_header.end_of_whole_segments(file)), tail])
    elif kind in READABLE:
        file = READABLE[kind](file)
    _enable(kind)
    Image.MAX_IMAGE_PIXELS = pixels
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        # A worker reads one file at a time, so this holds for this file alone.
        ImageFile.LOAD_TRUNCATED_IMAGES = partial and kind is not JPEG
        try:
            with Image.open(file, formats=[kind.name.upper()]) as image:
                yield image
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise MediaTooLargeError(f"the picture has more than {pixels} pixels") from None
        except MemoryError:
            raise MediaTooLargeError("the picture needs more memory than one file may take") from None
        except MediaError:
            raise
        except UnidentifiedImageError as error:
            raise Damaged(f"the {kind.label} picture is damaged or of a kind that is not supported") from error
        except Exception as error:  # decoders raise nearly anything on a damaged file
            raise Damaged(f"the {kind.label} picture is damaged or cut off") from error
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False


def _enable(kind: FileType) -> None:
    """Import what reads this kind; else Pillow would import every plugin it has to find it."""
    try:
        import_module(PLUGINS.get(kind, f"PIL.{kind.name}ImagePlugin"))
    except ImportError:
        raise NoDecoder(
            f"This server reads no {kind.label}. Send a JPEG, or let who runs it install pyimgur[{kind.ext}]."
        ) from None


def read(file: BinaryIO, kind: FileType, pixels: int, use: Callable[[ImageFile.ImageFile], T]) -> T:
    """Return what `use` makes of the picture, which it decodes; of one that breaks off, of as much as browsers show.

    Raises:
        Damaged: nothing of it can be shown.
        MediaTooLargeError: it has more than `pixels` pixels, or needs more memory than one file may take.
    """
    try:
        with open_image(file, kind, pixels) as image:
            return use(image)
    except Damaged:
        if kind not in PARTIAL:
            raise
    seen = _visible(file, kind, pixels)
    file.seek(0)
    with open_image(file, kind, pixels, partial=True) as image:
        image.info[VISIBLE] = seen
        return use(image)


def _visible(file: BinaryIO, kind: FileType, pixels: int) -> visible.Visible:
    """Return which pixels of a picture that breaks off are there. Raises: Damaged if none is."""
    black, white = _partial(file, kind, pixels), _partial(file, kind, pixels, white=True)
    compare = visible.filled_rows if kind is JPEG else visible.filled
    seen = visible.Visible(compare(black.picture, white.picture), black.interlaced)
    if seen.mask.getbbox() is None or (kind in FILLED_UP and black.picture.getextrema() == (black.empty, black.empty)):
        raise Damaged(f"the {kind.label} picture is damaged or cut off")
    return seen


class _Partial(NamedTuple):
    """What there is of a picture that breaks off."""

    picture: Image.Image
    interlaced: bool
    empty: object
    """The number of the color that Pillow fills it up with, if its colors have numbers."""


def _partial(file: BinaryIO, kind: FileType, pixels: int, *, white: bool = False) -> _Partial:
    """Return what there is of the picture, decoded over black or white, or with one of two ends."""
    file.seek(0)
    with open_image(file, kind, pixels, partial=True, tail=OTHER_END if white else END_OF_JPEG) as image:
        interlaced = visible.is_interlaced(image, kind)
        if kind is not JPEG:
            visible.fill(image, white=white)
        image.load()
        picture = image if kind is JPEG else eight_bit(image)
        if image.mode == "P":
            picture = Image.frombytes("L", image.size, image.tobytes())
        return _Partial(picture, interlaced, image.info.get("transparency", 0))


def _extrema(band: Image.Image) -> tuple[float, float]:
    match band.getextrema():
        case (float() | int() as low, float() | int() as high):
            return low, high
        case _:
            return 0, 255


def check_renderable(image: Image.Image) -> None:
    """Raise unless what renditions do with a picture of this mode can be done: tried with one pixel."""
    eight_bit(image.crop((0, 0, 1, 1)))


def orientation(image: ImageFile.ImageFile, kind: FileType) -> int:
    """Return the orientation that browsers follow, 1 to 8: the one in the EXIF block; a damaged block counts as none.

    An orientation that only XMP or a PNG's text tells is ignored, as browsers do.
    """
    block: object = image.info.get("exif")
    noted: object = None
    if kind in ORIENTED and isinstance(block, bytes):
        exif = Image.Exif()
        with suppress(Exception):  # decoders raise nearly anything on a damaged block
            exif.load(block)
            noted = exif.get(ExifTags.Base.Orientation)
    return noted if isinstance(noted, int) and noted in TURNS else 1


def swapped(size: Size, noted: int) -> Size:
    """The size as seen, from the size as stored; and back."""
    return (size[1], size[0]) if noted >= 5 else size


def frame(file: BinaryIO, kind: FileType, pixels: int, fit: Fit) -> Image.Image:
    """Return the first frame, upright, as L, RGB or RGBA, of the size that `fit` makes of its own (never bigger)."""
    return read(file, kind, pixels, lambda image: _frame(image, kind, fit))


def _frame(image: ImageFile.ImageFile, kind: FileType, fit: Fit) -> Image.Image:
    noted = orientation(image, kind)
    seen: object = image.info.get(VISIBLE)
    goal = swapped(fit(swapped(image.size, noted)), noted)
    image.draft("RGB", goal)
    frame = visible.frame(image, kind)
    image.load()
    profile: object = image.info.get("icc_profile") if image.mode == "RGB" else None
    picture = eight_bit(image)
    if frame:
        picture = visible.only(picture, visible.Visible(frame))
    if isinstance(seen, visible.Visible):
        picture = visible.only(picture, seen)
    picture = picture.copy() if picture.size == goal else resized(picture, goal)
    if noted != 1:
        picture = picture.transpose(TURNS[noted])
    picture.info = {"icc_profile": profile} if isinstance(profile, bytes) and len(profile) <= PROFILE_BYTES else {}
    return picture


def eight_bit(image: Image.Image) -> Image.Image:
    """Any mode as L, RGB or RGBA. Pillow would clip deep greys to white: they are scaled here."""
    if image.mode.startswith("I;16"):
        image = _scaled(image.convert("I"), 1 / 257)  # Pillow computes with no other order of bytes
    elif image.mode in ("I", "F"):
        low, high = _extrema(image)
        image = _scaled(image, 255 / ((high - low) or 1), low)
    mode = "L" if image.mode in ("1", "L", "I", "F") or image.mode.startswith("I;16") else "RGB"
    if image.has_transparency_data:
        mode = "RGBA"
    return image if image.mode == mode else image.convert(mode)


class _Resizes(Protocol):
    """Pillow's own annotation of this names numpy, which need not be there; so does that of `point`."""

    def resize(self, size: Size, resample: int, *, reducing_gap: float) -> Image.Image: ...


class _Maps(Protocol):
    def point(self, lut: Callable[[int], float]) -> Image.Image: ...


def resized(picture: _Resizes, goal: Size) -> Image.Image:
    """The picture in exactly this size, well filtered."""
    return picture.resize(goal, Resampling.LANCZOS, reducing_gap=2.0)


def _scaled(image: _Maps, factor: float, low: float = 0) -> Image.Image:
    return image.point(lambda value: value * factor - low * factor)


def square(picture: Image.Image, side: int) -> Image.Image:
    """The middle of the picture, `side` by `side` or as much as there is."""
    side = min(side, *picture.size)
    return ImageOps.fit(picture, (side, side), Resampling.LANCZOS)


def fit_inside(picture: Image.Image, side: int) -> Image.Image:
    """The whole picture, no side longer than `side`."""
    small = picture.copy()
    small.thumbnail((side, side), Resampling.LANCZOS)
    return small


def flatten(picture: Image.Image) -> Image.Image:
    """Without transparency, for formats that have none."""
    if picture.mode != "RGBA":
        return picture
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    white.info = picture.info
    return white


def save(picture: Image.Image, target: BinaryIO, ext: str, quality: int = QUALITY) -> None:
    """Write as jpg, png or webp, without any note about where or when it was taken."""
    if ext == "jpg":
        picture = flatten(picture)
    profile: object = picture.info.get("icc_profile")
    made = BytesIO()  # given a file, Pillow takes a write cut short by a full disk for a whole one
    picture.save(made, {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[ext], quality=quality, icc_profile=profile)
    target.write(made.getbuffer())
