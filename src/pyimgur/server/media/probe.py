"""Find out format, size, frames and duration of a media file from its content, by decoding its first frame.

Sizes are displayed sizes: the sides are swapped if the EXIF orientation says so. Everything except `MediaInfo` runs in
a worker.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from pyimgur.server.media import frame_timing
from pyimgur.server.media.errors import UnsupportedFormatError, UnsupportedMediaError
from pyimgur.server.media.mp4_size import mp4_dimensions
from pyimgur.server.media.sniff import (
    AVIF,
    FLV,
    HEAD_SIZE,
    MP4,
    MPEG,
    MPEG_STREAM,
    WMV,
    Decoder,
    FileType,
    sniff,
    unsupported_format,
)
from pyimgur.server.media.video_parts import check_part_count

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

SAMPLE_SIZE = (16, 16)
COUNTED_TYPES = frozenset((MPEG, MPEG_STREAM, FLV, WMV))
"""Containers whose duration is measured by reading all packets, as it is where a container states none.

They have no index, so that ffmpeg estimates the duration from their size, or count it from zero although their
timestamps start elsewhere.
"""


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """Format, size and duration of a file that was probed."""

    type: str
    ext: str
    width: int
    height: int
    animated: bool
    frames: int
    has_sound: bool
    duration: float | None
    """Seconds of one run of an animation or video; None if the file does not state it."""
    plays: bool = False
    """Whether the file is an MP4 that every browser plays unchanged.

    Any other MP4 is converted, and has the size of its conversion, which is served under the same link.
    """


def identify(file: BinaryIO) -> FileType:
    """Return the format of the file by its first bytes; the position is 0 before and after.

    Raises:
        UnsupportedFormatError: the format is known, and not accepted.
        UnsupportedMediaError: the format is unknown, or the file is empty.
    """
    head = file.read(HEAD_SIZE)
    kind = sniff(head)
    if kind is None and (name := unsupported_format(head)):
        raise UnsupportedFormatError(f"{name} files are not supported")
    if kind is None:
        raise UnsupportedMediaError("the file is empty" if not head else "the file is not an image or video")
    file.seek(0)
    return kind


def probe(file: BinaryIO, max_pixels: int) -> MediaInfo:
    """Return the description of the file.

    Raises:
        UnsupportedMediaError: it cannot be displayed.
        MediaTooLargeError: it has more than `max_pixels` pixels or too many frames.
    """
    kind = identify(file)
    return (_probe_image if kind.decoder is Decoder.PILLOW else _probe_video)(file, kind, max_pixels)


def _probe_image(file: BinaryIO, kind: FileType, max_pixels: int) -> MediaInfo:
    from pyimgur.server.media import pillow, pillow_modes, pillow_partial  # decoders are imported when first needed

    def measure(image: ImageFile) -> tuple[int, int, int]:
        size = pillow.oriented_size(image.size, pillow.orientation(image, kind))
        image.draft("L", (1, 1))  # a JPEG is read to its end, with an eighth of the work
        image.load()
        pillow_modes.check_convertible(image)
        return (*size, getattr(image, "n_frames", 1) if kind is AVIF else 1)

    width, height, images = pillow_partial.decode(file, kind, max_pixels, measure)
    frames, seconds = frame_timing.frame_timing(kind, file)
    frames = max(images, frames)
    return MediaInfo(kind.type, kind.ext, width, height, frames > 1, frames, False, seconds)


def _probe_video(file: BinaryIO, kind: FileType, max_pixels: int) -> MediaInfo:
    from pyimgur.server.media import pyav  # importing av alone takes 60 ms

    check_part_count(file, kind)
    with pyav.open_video(file, kind.name, max_pixels) as video:
        first = video.first_frame()
        display = pyav.display_of(video, first, max_pixels)
        pyav.to_image(first, replace(display, size=SAMPLE_SIZE))  # raises if thumbnails could not be made later
        frames, seconds = pyav.stated_length(video, kind)
        has_sound, plays = video.audio is not None, pyav.plays_unchanged(video, kind)
    if seconds is None or kind in COUNTED_TYPES:
        frames, seconds = pyav.count_frames(file, kind, max_pixels)
    width, height = mp4_dimensions(display.upright_size) if kind is MP4 and not plays else display.upright_size
    return MediaInfo(kind.type, kind.ext, width, height, True, frames, has_sound, seconds, plays)
