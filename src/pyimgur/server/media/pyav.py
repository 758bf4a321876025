"""PyAV, bounded: one demuxer, a short list of decoders, no protocol; any failure is raised as a `MediaError`.

ffmpeg gets an open file and may open nothing else: playlists, references to other files and addresses inside a video
lead nowhere. Runs in a worker only.
"""

from __future__ import annotations

import errno
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import inf
from typing import Any, BinaryIO

import av
from av.audio.stream import AudioStream
from av.codec import Codec
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from pyimgur.server.media import video_frames
from pyimgur.server.media.errors import Damaged, MediaError, MediaTooLargeError, Unsupported, UnsupportedMediaError
from pyimgur.server.media.pillow import Fit, swapped
from pyimgur.server.media.sniff import MOV, MP4, FileType
from pyimgur.server.media.video_frames import Size

VIDEO_DECODERS = frozenset(
    " ".join(
        [
            "cinepak dvvideo flashsv flashsv2 flv gif h263 h264 hevc libdav1d mjpeg mpeg1video mpeg2video mpeg4",
            "msmpeg4 msmpeg4v1 msmpeg4v2 msvideo1 png prores qtrle rawvideo svq1 svq3 theora vc1 vp6 vp6a vp6f",
            "vp8 vp9 wmv1 wmv2 wmv3",
        ]
    ).split()
)
AUDIO_DECODERS = frozenset(
    " ".join(
        [
            "aac ac3 adpcm_ima_qt adpcm_ima_wav adpcm_ms adpcm_swf alac amrnb amrwb eac3 flac mp2 mp2float mp3",
            "mp3float nellymoser opus pcm_alaw pcm_mulaw pcm_s16be pcm_s16le pcm_s24be pcm_s24le pcm_u8 speex",
            "vorbis wmapro wmav1 wmav2",
        ]
    ).split()
)
"""What cameras, phones, screen recorders and old sites wrote; ffmpeg has hundreds more, seldom used, often at fault."""
OPTIONS = {
    "protocol_whitelist": "none",
    "codec_whitelist": ",".join(sorted(VIDEO_DECODERS | AUDIO_DECODERS)),
    "max_streams": "16",
}
LENIENT: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}
"""Titles that are no UTF-8 do not matter; PyAV 19 and later, which need Python 3.12, think so too."""
PLAYED_SOUND = frozenset(("aac", "mp3", "mp3float"))
"""Decoders of the sound that every browser plays in an MP4."""
DAMAGED = "the video is damaged or cut off"
MICROSECONDS = 1_000_000
DISK = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
"""What ffmpeg says of a disk only; EIO, EPERM and others it also says of a damaged file."""


@dataclass(frozen=True, slots=True)
class Video:
    """An open video: its container, its picture, and its sound if it has one."""

    container: InputContainer
    video: VideoStream
    audio: AudioStream | None
    colors: video_frames.Declared

    def first(self) -> VideoFrame:
        """The first picture that can be decoded."""
        for picture in self.container.decode(self.video):
            return picture
        raise Damaged("the video has no picture that can be decoded")


@contextmanager
def open_video(file: BinaryIO, demuxer: str, pixels: int) -> Generator[Video]:
    """The video. Whatever ffmpeg says against it inside is the file's fault and is told so."""
    file.seek(0)
    try:
        with av.open(file, "r", format=demuxer, container_options=OPTIONS, **LENIENT) as container:
            yield _film(container, pixels)
    except MediaError:
        raise
    except MemoryError:
        raise MediaTooLargeError("the video needs more memory than one file may take") from None
    except (FFmpegError, OSError, ValueError, IndexError) as error:
        if ours := _system_error(error):
            raise OSError(ours.errno, ours.strerror) from None
        raise Damaged(DAMAGED) from error


def _system_error(error: BaseException | None) -> OSError | None:
    """Return what the system did not do for us, also where ffmpeg failed once more as it closed the file after that."""
    while error:
        if isinstance(error, OSError) and _is_ours(error):
            return error
        error = error.__context__
    return None


def _is_ours(error: OSError) -> bool:
    """Whether the system failed us, and not the file: a seek to nowhere in it comes back as our own EINVAL."""
    return error.errno in DISK if isinstance(error, FFmpegError) else error.errno != errno.EINVAL


def _film(container: InputContainer, pixels: int) -> Video:
    videos = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not videos or _decoder(videos[0]) not in VIDEO_DECODERS:
        raise _no_video(container)
    video = videos[0]
    if not video.width * video.height:
        raise Damaged("the video has pictures without a size")
    if video.width * video.height > pixels:
        raise MediaTooLargeError(f"the video has more than {pixels} pixels a picture")
    video.thread_count = 1
    sounds = [stream for stream in container.streams.audio if _decoder(stream) in AUDIO_DECODERS]
    return Video(container, video, sounds[0] if sounds else None, video_frames.declared(video))


def _decoder(stream: VideoStream | AudioStream) -> str:
    codec: Codec | None = getattr(stream.codec_context, "codec", None)  # no context where ffmpeg has no decoder
    return codec.name if codec else ""


def _no_video(container: InputContainer) -> UnsupportedMediaError:
    """Return why nothing in the container can be shown."""
    if container.streams.video:
        return Unsupported("the video is in a codec of an unknown kind")
    return Unsupported("the file has sound and no video") if container.streams.audio else Damaged(DAMAGED)


@dataclass(frozen=True, slots=True)
class Shown:
    """How a video is shown."""

    size: Size
    """Width and height of its frames in square pixels, before they are turned."""
    orientation: int
    """How they must be turned, as EXIF numbers it."""
    colors: video_frames.Declared
    """What the container says of their colors."""

    @property
    def upright(self) -> Size:
        """Width and height as seen."""
        return swapped(self.size, self.orientation)


def shown(film: Video, first: VideoFrame, pixels: int) -> Shown:
    """Return how the video is shown.

    Raises:
        MediaTooLargeError: stretched to square pixels, its frames have more than `pixels` of them.
    """
    size = video_frames.square_size(film.video, first)
    if size[0] * size[1] > pixels:
        raise MediaTooLargeError(f"the video has more than {pixels} pixels a picture")
    return Shown(size, video_frames.orientation(first), film.colors)


def shown_in(file: BinaryIO, demuxer: str, pixels: int) -> Shown:
    """Return how the video in this file is shown."""
    with open_video(file, demuxer, pixels) as film:
        return shown(film, film.first(), pixels)


def picture_plays(video: VideoStream) -> bool:
    """Tell whether every browser shows this stream in an MP4: H.264 with 8 bits, 4:2:0, in SDR."""
    is_h264 = video.codec_context.codec.name == "h264" and video.pix_fmt in ("yuv420p", "yuvj420p")
    return is_h264 and not video_frames.is_hdr(video.color_trc)


def sound_plays(audio: AudioStream | None) -> bool:
    """Tell whether every browser plays this stream in an MP4; no sound is fine."""
    return audio is None or audio.codec_context.codec.name in PLAYED_SOUND


def plays(film: Video, kind: FileType) -> bool:
    """Tell whether the file is an MP4 that every browser plays as it is."""
    return kind is MP4 and picture_plays(film.video) and sound_plays(film.audio)


def length(film: Video, kind: FileType) -> tuple[int, float | None]:
    """Pictures and seconds, as far as the container tells."""
    seconds = film.container.duration / MICROSECONDS if film.container.duration else None
    rate = film.video.average_rate
    count = film.video.frames or (round(seconds * rate) if seconds and rate else 0)
    if seconds and kind in (MP4, MOV):  # players count from zero, ffmpeg from the first picture of these
        seconds += max(0, film.container.start_time or 0) / MICROSECONDS
    return max(1, count), round(seconds, 3) if seconds else None


def count_frames(file: BinaryIO, kind: FileType, pixels: int) -> tuple[int, float | None]:
    """Pictures and seconds found by reading all of the file; nothing is decoded."""
    count, start, end = 0, inf, -inf
    with open_video(file, kind.name, pixels) as film:
        rate = film.video.average_rate
        streams = [film.video, *([film.audio] if film.audio else [])]
        for packet in film.container.demux(*streams):
            is_picture = packet.size > 0 and packet.stream.index == film.video.index
            count += is_picture
            if packet.pts is not None:
                seconds = (packet.duration or 0) * packet.time_base
                start = min(start, packet.pts * packet.time_base)
                end = max(end, packet.pts * packet.time_base + (seconds or (1 / rate if is_picture and rate else 0)))
    seconds = end - start if end > start else count / rate if rate else 0
    return max(1, count), round(float(seconds), 3) or None


def frame(file: BinaryIO, kind: FileType, pixels: int, fit: Fit) -> Image.Image:
    """Return the first frame, upright, as RGB, of the size that `fit` makes of its own."""
    with open_video(file, kind.name, pixels) as film:
        first = film.first()
        how = shown(film, first, pixels)
        return as_image(first, replace(how, size=swapped(fit(how.upright), how.orientation)))


def as_image(picture: VideoFrame, how: Shown) -> Image.Image:
    """Return a decoded frame as Pillow's, shown like this."""
    made = video_frames.converter(how.size, "rgb24", how.orientation, how.colors)(picture)
    plane = made.planes[0]
    return Image.frombytes("RGB", (made.width, made.height), bytes(plane), "raw", "RGB", plane.line_size, 1)
