"""Transcode videos and GIFs to MP4. Runs in a worker.

The MP4 plays in every browser while it loads: H.264, 4:2:0, 8 bits, SDR, square pixels, upright, even sides, AAC or
MP3, index at the front. H.264 of this kind is copied, not encoded again, and keeps its pixels and orientation.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from io import SEEK_END
from typing import BinaryIO, TypeAlias, TypeVar

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pyimgur.server.media import frame_timing, pyav, video_frames
from pyimgur.server.media.errors import MediaTooLargeError, UnsupportedMediaError
from pyimgur.server.media.file_parts import join_parts
from pyimgur.server.media.mp4_size import MAX_ENCODED_PIXELS, mp4_dimensions
from pyimgur.server.media.pillow import oriented_size
from pyimgur.server.media.pillow_open import open_image
from pyimgur.server.media.probe import identify
from pyimgur.server.media.pyav_output import AudioEncoder, Output, VideoEncoder, create_output
from pyimgur.server.media.remux import copy_lane, run_lanes
from pyimgur.server.media.sniff import AVI, FLV, GIF, MKV, MOV, MP4, MPEG, MPEG_STREAM, WMV, Decoder
from pyimgur.server.media.trimming import Lane, hide_ends

TIME_BASE = Fraction(1, 90_000)
BT709 = 1, 1, 1
"""The code points of its primaries, transfer function and matrix."""
LIMITED_COLOR_RANGE = 1
"""The code point of the limited range of values, 16 to 235."""
X264_OPTIONS = {"crf": "23", "preset": "veryfast", "threads": "1"}
AUDIO_RATE = 48_000
H264_CONTAINERS = frozenset((MP4, MOV, MKV, FLV))
"""Containers that store H.264 as MP4 does."""
OFFSET_CONTAINERS = frozenset((AVI, FLV, MPEG, MPEG_STREAM, WMV))
"""Containers whose first timestamp is arbitrary and whose duration counts from it; their MP4 starts at zero."""
FrameTicks: TypeAlias = tuple[int, int]
"""Start and duration of a frame in ticks of `TIME_BASE`."""
FrameT = TypeVar("FrameT", VideoFrame, AudioFrame)


def to_mp4(source: BinaryIO, target: BinaryIO, max_pixels: int, *, keep_audio: bool = True) -> None:
    """Write a GIF or a video as MP4.

    Raises:
        UnsupportedMediaError: it is neither, or is damaged.
        MediaTooLargeError: a frame has more than `max_pixels` pixels, or all frames together have too many.
    """
    kind = identify(source)
    if kind.decoder is not Decoder.AV and kind is not GIF:
        raise UnsupportedMediaError(f"a {kind.label} image cannot become a video")
    demuxer = "gif" if kind is GIF else kind.name
    times = _gif_times(source) if kind is GIF else None
    source = _with_browser_canvas(source, max_pixels) if kind is GIF else source
    display = pyav.read_display(source, demuxer, max_pixels)
    with pyav.open_video(source, demuxer, max_pixels) as video:
        stream = video.stream
        is_copied = kind in H264_CONTAINERS and pyav.is_browser_video(stream)
        if not is_copied and pyav.stated_length(video, kind)[0] * stream.width * stream.height > MAX_ENCODED_PIXELS:
            raise MediaTooLargeError("the video is too long to be encoded again at its size")
        with create_output(target, "mp4") as out:
            lanes = {stream.index: copy_lane(stream, out) if is_copied else _video_lane(stream, display, times, out)}
            if video.audio and keep_audio:
                lanes[video.audio.index] = _audio_lane(video.audio, out)
            run_lanes(video, lanes, out, video.container.start_time or 0 if kind in OFFSET_CONTAINERS else 0)
        hide_ends(target, lanes.values())


def _with_browser_canvas(source: BinaryIO, max_pixels: int) -> BinaryIO:
    """Return the GIF with the canvas size that browsers use, which is not smaller than its first frame."""
    with open_image(source, GIF, max_pixels) as image:
        canvas = struct.pack("<HH", *image.size)
    return join_parts(source, [(0, 6), canvas, (10, source.seek(0, SEEK_END))])


def _gif_times(source: BinaryIO) -> Iterator[FrameTicks]:
    """Yield start and duration of each frame of a GIF as browsers display them; ffmpeg uses delays they replace."""
    now = Fraction(0)
    for seconds in frame_timing.frame_durations(GIF, source):
        duration = Fraction(round(seconds * 1000), 1000)
        yield round(now / TIME_BASE), round(duration / TIME_BASE)
        now += duration


def _container_times(frame: VideoFrame) -> FrameTicks:
    """Return start and duration of a frame as its container states them."""
    ticks = (frame.time_base or TIME_BASE) / TIME_BASE
    return round((frame.pts or 0) * ticks), round(frame.duration * ticks)


def _video_lane(stream: VideoStream, display: pyav.Display, times: Iterator[FrameTicks] | None, out: Output) -> Lane:
    encoder = out.add_stream("libx264", stream.average_rate or 25, X264_OPTIONS, time_base=TIME_BASE)
    encoder.width, encoder.height = mp4_dimensions(display.upright_size)
    encoder.pix_fmt = "yuv420p"
    context = encoder.codec_context
    context.color_primaries, context.color_trc, context.colorspace = BT709
    context.color_range = LIMITED_COLOR_RANGE
    context.flags |= Flags.frame_duration  # else the duration of the last frame of a GIF is guessed
    size = oriented_size((encoder.width, encoder.height), display.orientation)
    convert = video_frames.converter(size, "yuv420p", display.orientation, display.colors)
    return _encode_video(encoder, convert, times)


def _encode_video(
    encoder: VideoEncoder, convert: Callable[[VideoFrame], VideoFrame], times: Iterator[FrameTicks] | None
) -> Lane:
    last_start = -1

    def lane(packet: Packet[Stream] | None) -> Iterator[Packet[Stream]]:
        nonlocal last_start
        for frame in decode_packet(packet, VideoFrame):
            start, duration = next(times, (last_start, 0)) if times else _container_times(frame)
            if start > last_start:  # the encoder requires increasing timestamps
                last_start = start
                converted = convert(frame)
                converted.pts, converted.duration, converted.time_base = start, duration, TIME_BASE
                yield from encoder.encode(converted)
        if packet is None:
            yield from encoder.encode(None)

    return lane


def _audio_lane(audio: AudioStream, out: Output) -> Lane:
    if pyav.is_browser_audio(audio):
        return copy_lane(audio, out)
    return _encode_audio(out.add_stream("aac", AUDIO_RATE))


def _encode_audio(encoder: AudioEncoder) -> Lane:
    def lane(packet: Packet[Stream] | None) -> Iterator[Packet[Stream]]:
        for frame in decode_packet(packet, AudioFrame):
            yield from encoder.encode(frame)
        if packet is None:
            yield from encoder.encode(None)

    return lane


def decode_packet(packet: Packet[Stream] | None, frame_type: type[FrameT]) -> Iterator[FrameT]:
    """Yield the frames of this type in a packet."""
    for frame in packet.decode() if packet is not None else ():
        if isinstance(frame, frame_type):
            yield frame
