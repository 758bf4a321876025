"""Open and decode videos with PyAV, bounded: one demuxer, few decoders, no protocols.

Every failure is raised as a `MediaError`. ffmpeg gets an open file and may open nothing else: playlists, references to
other files and URLs inside a video have no effect. Runs in a worker only.
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
from pyimgur.server.media.errors import (
    DamagedMediaError,
    MediaError,
    MediaTooLargeError,
    UnsupportedFormatError,
    UnsupportedMediaError,
)
from pyimgur.server.media.pillow import Fit, oriented_size
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
"""Codecs of cameras, phones, screen recorders and old websites; ffmpeg has hundreds more, rare and often buggy."""
OPTIONS = {
    "protocol_whitelist": "none",
    "codec_whitelist": ",".join(sorted(VIDEO_DECODERS | AUDIO_DECODERS)),
    "max_streams": "16",
}
LENIENT: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}
"""Titles that are not UTF-8 are ignored; PyAV 19 and later, which need Python 3.12, do that by default."""
BROWSER_AUDIO_DECODERS = frozenset(("aac", "mp3", "mp3float"))
"""Decoders of the audio that every browser plays in an MP4."""
DAMAGED = "the video is damaged or cut off"
MICROSECONDS = 1_000_000
DISK_ERRORS = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
"""Errors that ffmpeg reports for a disk only; it reports EIO, EPERM and others for a damaged file too."""


@dataclass(frozen=True, slots=True)
class Video:
    """An open video: its container, its video stream, and its audio stream if it has one."""

    container: InputContainer
    stream: VideoStream
    audio: AudioStream | None
    colors: video_frames.DeclaredColors

    def first_frame(self) -> VideoFrame:
        """Return the first frame that can be decoded.

        Raises:
            Damaged: there is none.
        """
        for frame in self.container.decode(self.stream):
            return frame
        raise DamagedMediaError("the video has no frame that can be decoded")


@contextmanager
def open_video(file: BinaryIO, demuxer: str, max_pixels: int) -> Generator[Video]:
    """Open a video; any ffmpeg error inside the block is blamed on the file.

    Raises:
        UnsupportedMediaError: it cannot be decoded.
        MediaTooLargeError: a frame has more than `max_pixels` pixels, or it needs more memory than one file may.
        OSError: the system failed, for example because the disk is full.
    """
    file.seek(0)
    try:
        with av.open(file, "r", format=demuxer, container_options=OPTIONS, **LENIENT) as container:
            yield _select_streams(container, max_pixels)
    except MediaError:
        raise
    except MemoryError:
        raise MediaTooLargeError("the video needs more memory than one file may use") from None
    except (FFmpegError, OSError, ValueError, IndexError) as error:
        if system_error := _find_system_error(error):
            raise OSError(system_error.errno, system_error.strerror) from None
        raise DamagedMediaError(DAMAGED) from error


def _find_system_error(error: BaseException | None) -> OSError | None:
    """Return the system's error that caused this one; ffmpeg may fail again when it closes the file after it."""
    while error:
        if isinstance(error, OSError) and _is_system_error(error):
            return error
        error = error.__context__
    return None


def _is_system_error(error: OSError) -> bool:
    """Return whether the system failed, not the file: a seek beyond the file's bounds is reported as EINVAL."""
    return error.errno in DISK_ERRORS if isinstance(error, FFmpegError) else error.errno != errno.EINVAL


def _select_streams(container: InputContainer, max_pixels: int) -> Video:
    videos = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not videos or _decoder_name(videos[0]) not in VIDEO_DECODERS:
        raise _no_video(container)
    stream = videos[0]
    if not stream.width * stream.height:
        raise DamagedMediaError("the video has frames without a size")
    if stream.width * stream.height > max_pixels:
        raise MediaTooLargeError(f"the video has more than {max_pixels} pixels per frame")
    stream.thread_count = 1
    audio_streams = [audio for audio in container.streams.audio if _decoder_name(audio) in AUDIO_DECODERS]
    audio = audio_streams[0] if audio_streams else None
    return Video(container, stream, audio, video_frames.declared_colors(stream))


def _decoder_name(stream: VideoStream | AudioStream) -> str:
    codec: Codec | None = getattr(stream.codec_context, "codec", None)  # there is no context without a decoder
    return codec.name if codec else ""


def _no_video(container: InputContainer) -> UnsupportedMediaError:
    """Return the error for a container without a video stream that can be displayed."""
    if container.streams.video:
        return UnsupportedFormatError("the codec of the video is not supported")
    return (
        UnsupportedFormatError("the file has sound but no video")
        if container.streams.audio
        else DamagedMediaError(DAMAGED)
    )


@dataclass(frozen=True, slots=True)
class Display:
    """How the frames of a video are displayed."""

    size: Size
    """Width and height in square pixels, before rotation."""
    orientation: int
    """The EXIF orientation."""
    colors: video_frames.DeclaredColors

    @property
    def upright_size(self) -> Size:
        """Width and height as displayed."""
        return oriented_size(self.size, self.orientation)


def display_of(video: Video, first: VideoFrame, max_pixels: int) -> Display:
    """Return how the video is displayed, by its first frame.

    Raises:
        MediaTooLargeError: stretched to square pixels, a frame has more than `max_pixels` of them.
    """
    size = video_frames.square_pixel_size(video.stream, first)
    if size[0] * size[1] > max_pixels:
        raise MediaTooLargeError(f"the video has more than {max_pixels} pixels per frame")
    return Display(size, video_frames.orientation(first), video.colors)


def read_display(file: BinaryIO, demuxer: str, max_pixels: int) -> Display:
    """Open the video in this file, and return how it is displayed."""
    with open_video(file, demuxer, max_pixels) as video:
        return display_of(video, video.first_frame(), max_pixels)


def is_browser_video(stream: VideoStream) -> bool:
    """Return whether every browser displays this stream in an MP4: H.264 with 8 bits, 4:2:0, SDR."""
    is_h264 = stream.codec_context.codec.name == "h264" and stream.pix_fmt in ("yuv420p", "yuvj420p")
    return is_h264 and not video_frames.is_hdr(stream.color_trc)


def is_browser_audio(audio: AudioStream | None) -> bool:
    """Return whether every browser plays this stream in an MP4; true without audio."""
    return audio is None or audio.codec_context.codec.name in BROWSER_AUDIO_DECODERS


def plays_unchanged(video: Video, kind: FileType) -> bool:
    """Return whether the file is an MP4 that every browser plays unchanged."""
    return kind is MP4 and is_browser_video(video.stream) and is_browser_audio(video.audio)


def stated_length(video: Video, kind: FileType) -> tuple[int, float | None]:
    """Return the number of frames and the seconds, as the container states them."""
    seconds = video.container.duration / MICROSECONDS if video.container.duration else None
    rate = video.stream.average_rate
    count = video.stream.frames or (round(seconds * rate) if seconds and rate else 0)
    if seconds and kind in (MP4, MOV):  # players count from zero, ffmpeg from the first frame of these
        seconds += max(0, video.container.start_time or 0) / MICROSECONDS
    return max(1, count), round(seconds, 3) if seconds else None


def count_frames(file: BinaryIO, kind: FileType, max_pixels: int) -> tuple[int, float | None]:
    """Return the number of frames and the seconds by reading all packets; nothing is decoded."""
    count, start, end = 0, inf, -inf
    with open_video(file, kind.name, max_pixels) as video:
        rate = video.stream.average_rate
        streams = [video.stream, *([video.audio] if video.audio else [])]
        for packet in video.container.demux(*streams):
            is_frame = packet.size > 0 and packet.stream.index == video.stream.index
            count += is_frame
            if packet.pts is not None:
                seconds = (packet.duration or 0) * packet.time_base
                start = min(start, packet.pts * packet.time_base)
                end = max(end, packet.pts * packet.time_base + (seconds or (1 / rate if is_frame and rate else 0)))
    seconds = end - start if end > start else count / rate if rate else 0
    return max(1, count), round(float(seconds), 3) or None


def frame(file: BinaryIO, kind: FileType, max_pixels: int, fit: Fit) -> Image.Image:
    """Return the first frame, upright, as RGB, in the size that `fit` returns for its displayed size."""
    with open_video(file, kind.name, max_pixels) as video:
        first = video.first_frame()
        display = display_of(video, first, max_pixels)
        size = oriented_size(fit(display.upright_size), display.orientation)
        return to_image(first, replace(display, size=size))


def to_image(frame: VideoFrame, display: Display) -> Image.Image:
    """Return a decoded frame as a Pillow image, displayed like this."""
    converted = video_frames.converter(display.size, "rgb24", display.orientation, display.colors)(frame)
    plane = converted.planes[0]
    return Image.frombytes("RGB", (converted.width, converted.height), bytes(plane), "raw", "RGB", plane.line_size, 1)
