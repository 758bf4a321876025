"""Pillow, under guard: one decoder a file, bombs refused before a pixel is made, any damage told as `NotMedia`.

Runs in a worker only.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from typing import BinaryIO, Protocol

from PIL import ExifTags, Image, ImageOps
from PIL.Image import Resampling, Transpose
from PIL.ImageFile import ImageFile

from pyimgur.server.media.errors import MediaError, NoDecoder, NotMedia, TooLarge
from pyimgur.server.media.kinds import HEIC, TIFF, Kind

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

Size = tuple[int, int]
Fit = Callable[[Size], Size]


@contextmanager
def opened(file: BinaryIO, kind: Kind, pixels: int) -> Generator[ImageFile]:
    """The picture, not yet decoded. Whatever fails inside is the file's fault and is told so."""
    _enable(kind)
    Image.MAX_IMAGE_PIXELS = pixels
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(file, formats=[kind.name.upper()]) as image:
                yield image
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise TooLarge(f"the picture has more than {pixels} pixels") from None
        except MemoryError:
            raise TooLarge("the picture needs more memory than one file may take") from None
        except MediaError:
            raise
        except Exception as error:  # decoders raise nearly anything on a damaged file
            raise NotMedia(f"the {kind.name.upper()} picture is damaged or cut off") from error


def _enable(kind: Kind) -> None:
    """Import what reads this kind; else Pillow would import every plugin it has to find it."""
    try:
        import_module(PLUGINS.get(kind, f"PIL.{kind.name}ImagePlugin"))
    except ImportError:
        raise NoDecoder(
            f"This server reads no {kind.ext.upper()}. Send a JPEG, or let who runs it install pyimgur[{kind.ext}]."
        ) from None


def orientation(image: ImageFile, kind: Kind) -> int:
    """The noted orientation, 1 to 8. Pillow turns a TIFF by itself; a damaged note counts as none."""
    if kind is TIFF:
        return 1
    try:
        noted: object = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:
        return 1
    return noted if isinstance(noted, int) and noted in TURNS else 1


def swapped(size: Size, noted: int) -> Size:
    """The size as seen, from the size as stored; and back."""
    return (size[1], size[0]) if noted >= 5 else size


def frame(file: BinaryIO, kind: Kind, pixels: int, fit: Fit) -> Image.Image:
    """The first frame, upright, as L, RGB or RGBA, of the size that `fit` makes of its own (never a bigger one)."""
    with opened(file, kind, pixels) as image:
        noted = orientation(image, kind)
        goal = swapped(fit(swapped(image.size, noted)), noted)
        image.draft("RGB", goal)
        image.load()
        profile: object = image.info.get("icc_profile") if image.mode == "RGB" else None
        picture = eight_bit(image)
        picture = picture.copy() if picture.size == goal else resized(picture, goal)
        if noted != 1:
            picture = picture.transpose(TURNS[noted])
    picture.info = {"icc_profile": profile} if isinstance(profile, bytes) and len(profile) <= PROFILE_BYTES else {}
    return picture


def eight_bit(image: Image.Image) -> Image.Image:
    """Any mode as L, RGB or RGBA. Pillow would clip deep greys to white: they are scaled here."""
    if image.mode.startswith("I;16"):
        image = _scaled(image, 1 / 257)
    elif image.mode in ("I", "F"):
        low, high = _extrema(image)
        image = _scaled(image, 255 / ((high - low) or 1), low)
    mode = "L" if image.mode in ("1", "L", "I", "F") or image.mode.startswith("I;16") else "RGB"
    if image.has_transparency_data:
        mode = "RGBA"
    return image if image.mode == mode else image.convert(mode)


def _extrema(image: Image.Image) -> tuple[float, float]:
    match image.getextrema():
        case (float() | int() as low, float() | int() as high):
            return low, high
        case _:
            return 0, 255


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


def within(picture: Image.Image, side: int) -> Image.Image:
    """The whole picture, no side longer than `side`."""
    small = picture.copy()
    small.thumbnail((side, side), Resampling.LANCZOS)
    return small


def on_white(picture: Image.Image) -> Image.Image:
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
        picture = on_white(picture)
    profile: object = picture.info.get("icc_profile")
    made = BytesIO()  # given a file, Pillow takes a write cut short by a full disk for a whole one
    picture.save(made, {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[ext], quality=quality, icc_profile=profile)
    target.write(made.getbuffer())
