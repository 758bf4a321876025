"""One file into another: what moves into MP4, and the same file without sound or without notes. Runs in a worker.

An MP4 from here plays in every browser while it loads: H.264, 4:2:0, 8 bits, SDR, square pixels, upright, even sides,
AAC or MP3, index at the front. H.264 of this kind is copied, not encoded again, and keeps its pixels and orientation.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from io import SEEK_END
from typing import BinaryIO, NamedTuple, TypeAlias, TypeVar, cast

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pyimgur.server.media import container_aspect, frame_timing, pillow, pyav, video_frames
from pyimgur.server.media.errors import MediaTooLargeError, UnsupportedMediaError
from pyimgur.server.media.file_parts import MANY, joined, let_go, mapped
from pyimgur.server.media.metadata_junk import without_junk
from pyimgur.server.media.metadata_packets import clean_header, packet_cleaner
from pyimgur.server.media.metadata_removal import pieces_without_metadata, remove_metadata
from pyimgur.server.media.mp4_size import MOST_WORK, mp4_dimensions
from pyimgur.server.media.probe import identify
from pyimgur.server.media.pyav_output import AudioEncoder, Output, VideoEncoder, create_output, supported_codecs
from pyimgur.server.media.sniff import (
    AVI,
    FLV,
    GIF,
    JPEG,
    MKV,
    MOV,
    MP4,
    MPEG,
    MPEG_STREAM,
    WEBM,
    WMV,
    Decoder,
    FileType,
)

CLOCK = Fraction(1, 90_000)
BT709 = 1, 1, 1
"""The numbers of its primaries, transfer function and matrix."""
LIMITED = 1
"""The number of the range of values that video has: 16 to 235."""
X264 = {"crf": "23", "preset": "veryfast", "threads": "1"}
SOUND_RATE = 48_000
MOVABLE = frozenset((MP4, MOV, MKV, FLV))
"""Containers that store H.264 as MP4 does."""
LATE = frozenset((AVI, FLV, MPEG, MPEG_STREAM, WMV))
"""Containers whose time begins anywhere and whose length is told from there; their MP4 begins at once."""
MUXERS = {"mpegvideo": "mpeg1video", "mpeg": "vob"}
"""ffmpeg's writers, where they are not named as its readers are."""

ALPHA, ADDITION = "alpha_mode", "matroska_block_additional"
"""WebM keeps transparency beside the pictures, and says so in its track; beside opaque ones may be anything."""


class Writer(NamedTuple):
    """One of ffmpeg's writers, and the brand that its file shall claim if not the writer's own."""

    muxer: str
    brand: str = ""


WRITERS: Mapping[FileType, tuple[Writer, ...]] = {
    MP4: (Writer("mp4"), Writer("3gp"), Writer("mov", "isom")),
    WEBM: (Writer("webm"), Writer("matroska")),
}
"""Kinds whose files hold codecs that the first of their writers does not take: the next one does."""
WEBM_STEREO = frozenset(("mono", "left_right", "right_left", "bottom_top", "top_bottom"))
"""How the pictures for two eyes may lie in a frame for the writer of WebM."""
Times: TypeAlias = tuple[int, int]
"""When a frame begins and how long it lasts, in ticks of `CLOCK`."""
Piece = TypeVar("Piece", VideoFrame, AudioFrame)
Lane: TypeAlias = "Callable[[Packet[Stream] | None], Iterator[Packet[Stream]]]"
"""Takes the packets of one stream in, None at the end, and gives those that go out."""


def to_mp4(source: BinaryIO, target: BinaryIO, pixels: int, *, sound: bool = True) -> None:
    """Write a GIF or a video as MP4."""
    kind = identify(source)
    if kind.by is not Decoder.AV and kind is not GIF:
        raise UnsupportedMediaError(f"a {kind.ext} picture cannot become a video")
    demuxer = "gif" if kind is GIF else kind.name
    times = _gif_times(source) if kind is GIF else None
    source = _gif(source, pixels) if kind is GIF else source
    how = pyav.shown_in(source, demuxer, pixels)
    with pyav.open_video(source, demuxer, pixels) as film, create_output(target, "mp4") as out:
        copied = kind in MOVABLE and pyav.picture_plays(film.video)
        if not copied and pyav.length(film, kind)[0] * film.video.width * film.video.height > MOST_WORK:
            raise MediaTooLargeError("the video is too long for its size to be encoded again")
        lanes = {film.video.index: _copy(film.video, out) if copied else _video_lane(film.video, how, times, out)}
        if film.audio and sound:
            lanes[film.audio.index] = _audio_lane(film.audio, out)
        _run(film, lanes, out, film.container.start_time or 0 if kind in LATE else 0)


def remux(source: BinaryIO, target: BinaryIO, pixels: int, *, sound: bool) -> None:
    """Write the same video in a new container of the same kind: nothing is encoded again, no metadata is copied."""
    kind = identify(source)
    if kind.by is not Decoder.AV:
        raise UnsupportedMediaError(f"a {kind.ext} picture has no sound")
    with pyav.open_video(source, kind.name, pixels) as film:
        streams = [film.video, *([film.audio] if film.audio and sound else [])]
        writer = _writer(kind, streams)
        with create_output(target, writer.muxer, writer.brand) as out:
            room = container_aspect.room(kind)
            _run(film, {each.index: _copy(each, out, clean=True, room=room) for each in streams}, out)
        coded = film.video.codec_context.width, film.video.codec_context.height
        container_aspect.write_aspect(target, kind, coded, film.video.sample_aspect_ratio)


def _writer(kind: FileType, streams: list[VideoStream | AudioStream]) -> Writer:
    """Return the first of the writers of this kind that takes these streams."""
    writers = WRITERS.get(kind, (Writer(MUXERS.get(kind.name, kind.name)),))
    codecs = {stream.codec_context.codec.name for stream in streams}
    if kind is WEBM and streams[0].metadata.get("stereo_mode", "mono") not in WEBM_STEREO:
        return writers[-1]
    return next((writer for writer in writers if codecs <= supported_codecs(writer.muxer)), writers[0])


def strip(source: BinaryIO, target: BinaryIO, pixels: int) -> None:
    """Write the same file without metadata: pictures and sound are copied as they are."""
    kind = identify(source)
    if kind.by is Decoder.AV:
        remux(source, target, pixels, sound=True)
    elif kind is JPEG:
        source.seek(0)
        target.write(without_junk(remove_metadata(kind, source.read()), pixels))
    else:
        data, written = mapped(source), 0  # closed with its last view
        for piece in pieces_without_metadata(kind, cast("bytes", data)):
            written += target.write(piece)
            if written >= MANY:
                let_go(data)
                written = 0


def _run(film: pyav.Video, lanes: dict[int, Lane], out: Output, start: int = 0) -> None:
    """Pass each stream's packets through its lane; `start` is where the source's time begins, in microseconds."""
    streams = [stream for stream in film.container.streams if stream.index in lanes]
    for packet in film.container.demux(*streams):
        _shift(packet, start)
        out.mux(list(lanes[packet.stream.index](packet)))
    for lane in lanes.values():
        out.mux(list(lane(None)))


def _shift(packet: Packet[Stream], start: int) -> None:
    ticks = round(Fraction(start, pyav.MICROSECONDS) / packet.time_base) if start else 0
    packet.pts = None if packet.pts is None else packet.pts - ticks
    packet.dts = None if packet.dts is None else packet.dts - ticks


def _copy(
    stream: VideoStream | AudioStream, out: Output, *, clean: bool = False, room: Mapping[str, str] | None = None
) -> Lane:
    """Copy the packets of a stream, `clean` without the metadata in them; `room` is what a video's track is to hold."""
    copy = out.add_stream_from_template(stream, opaque=True)
    codec, header = stream.codec_context.codec.name, stream.codec_context.extradata or b""
    cleaned = packet_cleaner(codec if clean else "", header)
    transparent = ALPHA in {name.lower() for name, value in stream.metadata.items() if value == "1"}
    if clean:
        copy.codec_context.extradata = clean_header(codec, header) or None
        copy.metadata.update({ALPHA: "1"} if transparent else {})
    if isinstance(stream, VideoStream) and isinstance(copy, VideoStream):
        copy.metadata.update(room or {})
        if stream.sample_aspect_ratio:
            copy.codec_context.sample_aspect_ratio = stream.sample_aspect_ratio  # the container alone may tell it

    rate = stream.average_rate if isinstance(stream, VideoStream) else None
    lasts = round(1 / (rate * stream.time_base)) if rate and stream.time_base else 0  # else the last one is not counted
    early: list[Packet[Stream]] = []

    def lane(packet: Packet[Stream] | None) -> Iterator[Packet[Stream]]:
        if packet is not None and packet.size:  # the last packet of a stream is empty
            if clean and not transparent and packet.has_sidedata(ADDITION):
                packet = alone(packet)
            packet.stream = copy
            packet.duration = packet.duration or lasts
            if content := cleaned(bytes(packet)):
                packet.update(content)
            early.append(packet)
        if early and (packet is None or packet.dts is not None):
            timed(early)
            yield from early
            early.clear()

    return lane


def alone(packet: Packet[Stream]) -> Packet[Stream]:
    """Return the packet without what its container added to it."""
    made: Packet[Stream] = Packet(bytes(packet))
    made.pts, made.dts, made.duration, made.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    made.is_keyframe = packet.is_keyframe
    return made


def timed(packets: list[Packet[Stream]]) -> None:
    """Give those before the last a time to be decoded, which Matroska leaves out: each in its turn before the next."""
    *early, last = packets
    if last.dts is None:  # of none is it known, as in a video of fewer frames than may be out of order
        _timed_by_order(packets)
        return
    turn = last.dts
    for packet in reversed(early):
        turn -= packet.duration or 1
        packet.dts = turn


def _timed_by_order(packets: list[Packet[Stream]]) -> None:
    """Let packets be decoded in their order: at the times of their frames, so much earlier that none is late."""
    shown = [packet.pts or 0 for packet in packets]
    ahead = max(turn - time for turn, time in zip(sorted(shown), shown, strict=True))
    for packet, turn in zip(packets, sorted(shown), strict=True):
        packet.dts = turn - ahead


def _gif(source: BinaryIO, pixels: int) -> BinaryIO:
    """Return the GIF with the canvas that browsers give it: no smaller than its first frame."""
    with pillow.open_image(source, GIF, pixels) as image:
        canvas = struct.pack("<HH", *image.size)
    return joined(source, [(0, 6), canvas, (10, source.seek(0, SEEK_END))])


def _gif_times(source: BinaryIO) -> Iterator[Times]:
    """Yield when each frame of a GIF is shown and for how long, as browsers do; ffmpeg believes any delay."""
    now = Fraction(0)
    for delay in frame_timing.of_frames(GIF, source):
        lasts = Fraction(round(delay * 1000), 1000)
        yield round(now / CLOCK), round(lasts / CLOCK)
        now += lasts


def _own_times(picture: VideoFrame) -> Times:
    """Return when a frame is shown and for how long, as its container says."""
    ticks = (picture.time_base or CLOCK) / CLOCK
    return round((picture.pts or 0) * ticks), round(picture.duration * ticks)


def _video_lane(video: VideoStream, how: pyav.Shown, times: Iterator[Times] | None, out: Output) -> Lane:
    encoder = out.add_stream("libx264", video.average_rate or 25, X264, time_base=CLOCK)
    encoder.width, encoder.height = mp4_dimensions(how.upright)
    encoder.pix_fmt = "yuv420p"
    context = encoder.codec_context
    context.color_primaries, context.color_trc, context.colorspace = BT709
    context.color_range = LIMITED
    context.flags |= Flags.frame_duration  # else the last picture of a GIF gets a guessed one
    size = pillow.swapped((encoder.width, encoder.height), how.orientation)
    return _encode_pictures(encoder, video_frames.converter(size, "yuv420p", how.orientation, how.colors), times)


def _encode_pictures(
    encoder: VideoEncoder, convert: Callable[[VideoFrame], VideoFrame], times: Iterator[Times] | None
) -> Lane:
    last = -1

    def lane(packet: Packet[Stream] | None) -> Iterator[Packet[Stream]]:
        nonlocal last
        for picture in decode_packet(packet, VideoFrame):
            now, lasts = next(times, (last, 0)) if times else _own_times(picture)
            if now > last:  # the encoder insists on time going forward
                last = now
                fitting = convert(picture)
                fitting.pts, fitting.duration, fitting.time_base = now, lasts, CLOCK
                yield from encoder.encode(fitting)
        if packet is None:
            yield from encoder.encode(None)

    return lane


def _audio_lane(audio: AudioStream, out: Output) -> Lane:
    if pyav.sound_plays(audio):
        return _copy(audio, out)
    return _encode_sounds(out.add_stream("aac", SOUND_RATE))


def _encode_sounds(encoder: AudioEncoder) -> Lane:
    def lane(packet: Packet[Stream] | None) -> Iterator[Packet[Stream]]:
        for sound in decode_packet(packet, AudioFrame):
            yield from encoder.encode(sound)
        if packet is None:
            yield from encoder.encode(None)

    return lane


def decode_packet(packet: Packet[Stream] | None, sort: type[Piece]) -> Iterator[Piece]:
    """The pictures or sounds in a packet."""
    for piece in packet.decode() if packet is not None else ():
        if isinstance(piece, sort):
            yield piece
