"""What a file is, found out from its content by decoding its first frame.

A file is as big as it is seen: sides are swapped where a camera noted that it was held upright.
Runs in a worker; only `MediaInfo` is for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from pyimgur.server.media import frame_timing
from pyimgur.server.media.errors import Unsupported, UnsupportedMediaError
from pyimgur.server.media.mp4_size import mp4_dimensions
from pyimgur.server.media.sniff import AVIF, FLV, HEAD, MP4, MPEG, MPEG_STREAM, WMV, Decoder, FileType, name_of, sniff

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

SMALL = (16, 16)
COUNTED = frozenset((MPEG, MPEG_STREAM, FLV, WMV))
"""Containers whose length is counted, as where none is told.

They are without an index, so that ffmpeg guesses it from their size, or tell it from zero while time begins anywhere.
"""


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What can be said of a picture or video that has been looked at."""

    type: str
    ext: str
    width: int
    height: int
    animated: bool
    frames: int
    has_sound: bool
    duration: float | None
    """Seconds of one run, for what moves; None where the file does not tell."""
    plays: bool = False
    """Whether the file is an MP4 that every browser plays as it is.

    One that is not is converted, and has the size of its conversion, which is shown under the same link.
    """


def identify(file: BinaryIO) -> FileType:
    """Return the kind of the file by its first bytes; the file is at its beginning before and after."""
    head = file.read(HEAD)
    kind = sniff(head)
    if kind is None and (name := name_of(head)):
        raise Unsupported(f"{name} files are not supported")
    if kind is None:
        raise UnsupportedMediaError(
            "the file is empty" if not head else "the file is not a picture or video of a known kind"
        )
    file.seek(0)
    return kind


def probe(file: BinaryIO, pixels: int) -> MediaInfo:
    """Everything about the file; `UnsupportedMediaError` or `MediaTooLargeError` if it cannot be shown."""
    kind = identify(file)
    return (_still if kind.by is Decoder.PILLOW else _film)(file, kind, pixels)


def _still(file: BinaryIO, kind: FileType, pixels: int) -> MediaInfo:
    from pyimgur.server.media import pillow  # decoders are imported when first needed: av alone costs 60 ms

    def probe(image: ImageFile) -> tuple[int, int, int]:
        size = pillow.swapped(image.size, pillow.orientation(image, kind))
        image.draft("L", (1, 1))  # a JPEG is read to its end, at an eighth of the work
        image.load()
        pillow.check_renderable(image)
        return (*size, getattr(image, "n_frames", 1) if kind is AVIF else 1)

    width, height, images = pillow.read(file, kind, pixels, probe)
    frames, seconds = frame_timing.frame_timing(kind, file)
    frames = max(images, frames)
    return MediaInfo(kind.type, kind.ext, width, height, frames > 1, frames, False, seconds)


def _film(file: BinaryIO, kind: FileType, pixels: int) -> MediaInfo:
    from pyimgur.server.media import pyav

    with pyav.open_video(file, kind.name, pixels) as film:
        first = film.first()
        how = pyav.shown(film, first, pixels)
        pyav.as_image(first, replace(how, size=SMALL))  # so that it can be rendered later
        frames, seconds = pyav.length(film, kind)
        sound, plays = film.audio is not None, pyav.plays(film, kind)
    if seconds is None or kind in COUNTED:
        frames, seconds = pyav.count_frames(file, kind, pixels)
    width, height = mp4_dimensions(how.upright) if kind is MP4 and not plays else how.upright
    return MediaInfo(kind.type, kind.ext, width, height, True, frames, sound, seconds, plays)
