"""One file into another: what moves into MP4, and the same file without sound or without notes. Runs in a worker.

An MP4 from here plays in every browser while it loads: H.264, 4:2:0, even sides, AAC, index at the front.
Streams that are so already are copied, not encoded again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import BinaryIO, NamedTuple, TypeAlias, TypeVar

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pyimgur.server.media import films
from pyimgur.server.media.errors import NotMedia, TooLarge
from pyimgur.server.media.kinds import FLV, GIF, JPEG, MKV, MOV, MP4, WEBM, By, Kind
from pyimgur.server.media.look import identify
from pyimgur.server.media.metadata_junk import without_junk
from pyimgur.server.media.metadata_packets import clean_header, packet_cleaner
from pyimgur.server.media.metadata_removal import remove_metadata
from pyimgur.server.media.sizes import MOST_WORK, even
from pyimgur.server.media.writing import Output, Pictures, Sounds, created, supported_codecs

CLOCK = Fraction(1, 90_000)
X264 = {"crf": "23", "preset": "veryfast", "threads": "1"}
SOUND_RATE = 48_000
MOVABLE = frozenset((MP4, MOV, MKV, FLV))
"""Containers that store H.264 as MP4 does."""
MUXERS = {"mpegvideo": "mpeg1video", "mpeg": "vob"}
"""ffmpeg's writers, where they are not named as its readers are."""

ALPHA, ADDITION = "alpha_mode", "matroska_block_additional"
"""WebM keeps transparency beside the pictures, and says so in its track; beside opaque ones may be anything."""


class Writer(NamedTuple):
    """One of ffmpeg's writers, and the brand that its file shall claim if not the writer's own."""

    muxer: str
    brand: str = ""


WRITERS: Mapping[Kind, tuple[Writer, ...]] = {
    MP4: (Writer("mp4"), Writer("3gp"), Writer("mov", "isom")),
    WEBM: (Writer("webm"), Writer("matroska")),
}
"""Kinds whose files hold codecs that the first of their writers does not take: the next one does."""

Piece = TypeVar("Piece", VideoFrame, AudioFrame)
Lane: TypeAlias = "Callable[[Packet[Stream] | None], Iterator[Packet[Stream]]]"
"""Takes the packets of one stream in, None at the end, and gives those that go out."""


def to_mp4(source: BinaryIO, target: BinaryIO, pixels: int, *, sound: bool = True) -> None:
    """Write a GIF or a video as MP4."""
    kind = identify(source)
    if kind.by is not By.AV and kind is not GIF:
        raise NotMedia(f"a {kind.ext} picture cannot become a video")
    noted = films.rotation(source, kind, pixels) if kind is not GIF else 0
    with films.opened(source, "gif" if kind is GIF else kind.name, pixels) as film, created(target, "mp4") as out:
        copied = kind in MOVABLE and _plays_everywhere(film.video)
        if not copied and films.length(film)[0] * film.video.width * film.video.height > MOST_WORK:
            raise TooLarge("the video is too long for its size to be encoded again")
        lanes = {film.video.index: _copy(film.video, out) if copied else _picture(film.video, noted, out)}
        if film.audio and sound:
            lanes[film.audio.index] = _sound(film.audio, out)
        _run(film, lanes, out)


def remux(source: BinaryIO, target: BinaryIO, pixels: int, *, sound: bool) -> None:
    """Write the same video in a new container of the same kind: nothing is encoded again, no metadata is copied."""
    kind = identify(source)
    if kind.by is not By.AV:
        raise NotMedia(f"a {kind.ext} picture has no sound")
    with films.opened(source, kind.name, pixels) as film:
        streams = [film.video, *([film.audio] if film.audio and sound else [])]
        writer = _writer(kind, streams)
        with created(target, writer.muxer, writer.brand) as out:
            _run(film, {stream.index: _copy(stream, out, clean=True) for stream in streams}, out)


def _writer(kind: Kind, streams: list[VideoStream | AudioStream]) -> Writer:
    """Return the first of the writers of this kind that takes these streams."""
    writers = WRITERS.get(kind, (Writer(MUXERS.get(kind.name, kind.name)),))
    codecs = {stream.codec_context.codec.name for stream in streams}
    return next((writer for writer in writers if codecs <= supported_codecs(writer.muxer)), writers[0])


def strip(source: BinaryIO, target: BinaryIO, pixels: int) -> None:
    """Write the same file without metadata: pictures and sound are copied as they are."""
    kind = identify(source)
    if kind.by is By.AV:
        remux(source, target, pixels, sound=True)
    else:
        source.seek(0)
        made = remove_metadata(kind, source.read())
        target.write(without_junk(made, pixels) if kind is JPEG else made)


def _run(film: films.Film, lanes: dict[int, Lane], out: Output) -> None:
    streams = [stream for stream in film.container.streams if stream.index in lanes]
    for packet in film.container.demux(*streams):
        out.mux(list(lanes[packet.stream.index](packet)))
    for lane in lanes.values():
        out.mux(list(lane(None)))


def _copy(stream: VideoStream | AudioStream, out: Output, *, clean: bool = False) -> Lane:
    """Copy the packets of a stream, `clean` without the metadata in them."""
    copy = out.add_stream_from_template(stream, opaque=True)
    codec, header = stream.codec_context.codec.name, stream.codec_context.extradata or b""
    cleaned = packet_cleaner(codec if clean else "", header)
    transparent = ALPHA in {name.lower() for name, value in stream.metadata.items() if value == "1"}
    if clean:
        copy.codec_context.extradata = clean_header(codec, header) or None
        copy.metadata.update({ALPHA: "1"} if transparent else {})

    early: list[Packet[Stream]] = []

    def lane(packet: Packet[Stream] | None) -> Iterator[Packet[Stream]]:
        if packet is not None and packet.size:  # the last packet of a stream is empty
            if clean and not transparent and packet.has_sidedata(ADDITION):
                packet = alone(packet)
            packet.stream = copy
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
    if last.dts is None:
        last.dts = last.pts
    turn = last.dts or 0
    for packet in reversed(early):
        turn -= packet.duration or 1
        packet.dts = turn


def _plays_everywhere(video: VideoStream) -> bool:
    return video.codec_context.codec.name == "h264" and video.pix_fmt in ("yuv420p", "yuvj420p")


def _picture(video: VideoStream, rotation: int, out: Output) -> Lane:
    encoder = out.add_stream("libx264", video.average_rate or 25, X264, time_base=CLOCK)
    encoder.width, encoder.height = even((video.width, video.height))
    encoder.pix_fmt = "yuv420p"
    encoder.set_display_rotation(rotation)
    encoder.codec_context.flags |= Flags.frame_duration  # else the last picture of a GIF gets a guessed one
    return _encode_pictures(encoder, (encoder.width, encoder.height))


def _encode_pictures(encoder: Pictures, size: tuple[int, int]) -> Lane:
    last = -1

    def lane(packet: Packet[Stream] | None) -> Iterator[Packet[Stream]]:
        nonlocal last
        for picture in decoded(packet, VideoFrame):
            ticks = (picture.time_base or CLOCK) / CLOCK
            now, lasts = round((picture.pts or 0) * ticks), round(picture.duration * ticks)
            if now > last:  # the encoder insists on time going forward
                last = now
                fitting = picture.reformat(*size, "yuv420p")
                fitting.pts, fitting.duration, fitting.time_base = now, lasts, CLOCK
                yield from encoder.encode(fitting)
        if packet is None:
            yield from encoder.encode(None)

    return lane


def _sound(audio: AudioStream, out: Output) -> Lane:
    if audio.codec_context.codec.name in ("aac", "mp3", "mp3float"):
        return _copy(audio, out)
    return _encode_sounds(out.add_stream("aac", SOUND_RATE))


def _encode_sounds(encoder: Sounds) -> Lane:
    def lane(packet: Packet[Stream] | None) -> Iterator[Packet[Stream]]:
        for sound in decoded(packet, AudioFrame):
            yield from encoder.encode(sound)
        if packet is None:
            yield from encoder.encode(None)

    return lane


def decoded(packet: Packet[Stream] | None, sort: type[Piece]) -> Iterator[Piece]:
    """The pictures or sounds in a packet."""
    for piece in packet.decode() if packet is not None else ():
        if isinstance(piece, sort):
            yield piece
