"""Copy the packets of a video into a new container without encoding them again. Runs in a worker.

A `Lane` takes the packets of one input stream and returns the packets to write. `remux` copies all lanes; `transcode`
combines copied and encoded ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import BinaryIO, NamedTuple

from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from pyimgur.server.media import container_aspect, pyav
from pyimgur.server.media.errors import UnsupportedMediaError
from pyimgur.server.media.metadata_packets import clean_header, packet_cleaner
from pyimgur.server.media.probe import identify
from pyimgur.server.media.pyav_output import Output, create_output, supported_codecs
from pyimgur.server.media.sniff import MP4, WEBM, Decoder, FileType
from pyimgur.server.media.trimming import Lane, TrimmedLane, hide_ends
from pyimgur.server.media.video_parts import check_part_count

MUXERS = {"mpegvideo": "mpeg1video", "mpeg": "vob"}
"""ffmpeg's muxers by demuxer, where their names differ."""
ALPHA, ADDITION = "alpha_mode", "matroska_block_additional"
"""WebM stores transparency as additional data of packets, and a flag in the track; without the flag it is metadata."""


class Muxer(NamedTuple):
    """One of ffmpeg's muxers, and the brand that its file declares if not the muxer's own."""

    name: str
    brand: str = ""


FALLBACK_MUXERS: Mapping[FileType, tuple[Muxer, ...]] = {
    MP4: (Muxer("mp4"), Muxer("3gp"), Muxer("mov", "isom")),
    WEBM: (Muxer("webm"), Muxer("matroska")),
}
"""Formats whose files may contain codecs that their own muxer does not support: the next one may."""
WEBM_STEREO_MODES = frozenset(("mono", "left_right", "right_left", "bottom_top", "top_bottom"))
"""The stereo modes that the WebM muxer supports."""


def remux(source: BinaryIO, target: BinaryIO, max_pixels: int, *, keep_audio: bool) -> None:
    """Write the same video in a new container of the same format, without metadata; nothing is encoded again.

    Raises:
        UnsupportedMediaError: it is not a video, is damaged, or has an edit list that joins several parts.
        MediaTooLargeError: a frame has more than `max_pixels` pixels.
    """
    kind = identify(source)
    if kind.decoder is not Decoder.AV:
        raise UnsupportedMediaError(f"a {kind.label} image has no audio")
    check_part_count(source, kind)
    with pyav.open_video(source, kind.name, max_pixels) as video:
        streams = [video.stream, *([video.audio] if video.audio and keep_audio else [])]
        muxer = _choose_muxer(kind, streams)
        with create_output(target, muxer.name, muxer.brand) as out:
            reserved = container_aspect.reserve_metadata(kind)
            lanes = {stream.index: copy_lane(stream, out, clean=True, reserved=reserved) for stream in streams}
            run_lanes(video, lanes, out)
        hide_ends(target, lanes.values())
        coded = video.stream.codec_context.width, video.stream.codec_context.height
        container_aspect.write_aspect(target, kind, coded, video.stream.sample_aspect_ratio)


def _choose_muxer(kind: FileType, streams: list[VideoStream | AudioStream]) -> Muxer:
    """Return the first muxer of this format that supports these streams."""
    muxers = FALLBACK_MUXERS.get(kind, (Muxer(MUXERS.get(kind.name, kind.name)),))
    codecs = {stream.codec_context.codec.name for stream in streams}
    if kind is WEBM and streams[0].metadata.get("stereo_mode", "mono") not in WEBM_STEREO_MODES:
        return muxers[-1]
    return next((muxer for muxer in muxers if codecs <= supported_codecs(muxer.name)), muxers[0])


def run_lanes(video: pyav.Video, lanes: dict[int, Lane], out: Output, start: int = 0) -> None:
    """Pass the packets of each stream through its lane; `start` is the first timestamp of the input in microseconds."""
    streams = [stream for stream in video.container.streams if stream.index in lanes]
    for packet in video.container.demux(*streams):
        _shift(packet, start)
        out.mux(list(lanes[packet.stream.index](packet)))
    for lane in lanes.values():
        out.mux(list(lane(None)))


def _shift(packet: Packet[Stream], start: int) -> None:
    ticks = round(Fraction(start, pyav.MICROSECONDS) / packet.time_base) if start else 0
    packet.pts = None if packet.pts is None else packet.pts - ticks
    packet.dts = None if packet.dts is None else packet.dts - ticks


def copy_lane(
    stream: VideoStream | AudioStream, out: Output, *, clean: bool = False, reserved: Mapping[str, str] | None = None
) -> Lane:
    """Return a lane that copies packets; `hide_ends` completes the file.

    Args:
        stream: the input stream.
        out: the output container, to which a stream is added.
        clean: remove the metadata in packets and header.
        reserved: metadata of the output stream if it is a video.
    """
    copy = out.add_stream_from_template(stream, opaque=True)
    codec, header = stream.codec_context.codec.name, stream.codec_context.extradata or b""
    clean_packet = packet_cleaner(codec if clean else "", header)
    is_transparent = ALPHA in {name.lower() for name, value in stream.metadata.items() if value == "1"}
    if clean:
        copy.codec_context.extradata = clean_header(codec, header) or None
        copy.metadata.update({ALPHA: "1"} if is_transparent else {})
    if isinstance(stream, VideoStream) and isinstance(copy, VideoStream):
        copy.metadata.update(reserved or {})
        if stream.sample_aspect_ratio:
            copy.codec_context.sample_aspect_ratio = stream.sample_aspect_ratio  # some containers alone state it

    rate = stream.average_rate if isinstance(stream, VideoStream) else None
    duration = round(1 / (rate * stream.time_base)) if rate and stream.time_base else 0  # else the last one has none
    undecided: list[Packet[Stream]] = []

    def copied(packet: Packet[Stream] | None) -> Iterator[Packet[Stream]]:
        if packet is not None and packet.size:  # the last packet of a stream is empty
            if clean and not is_transparent and packet.has_sidedata(ADDITION):
                packet = _without_side_data(packet)
            packet.stream = copy
            packet.duration = packet.duration or duration
            if content := clean_packet(bytes(packet)):
                packet.update(content)
            undecided.append(packet)
        if undecided and (packet is None or packet.dts is not None):
            fill_dts(undecided)
            yield from undecided
            undecided.clear()

    return TrimmedLane(copied, duration)


def _without_side_data(packet: Packet[Stream]) -> Packet[Stream]:
    """Return a copy of the packet without side data."""
    copy: Packet[Stream] = Packet(bytes(packet))
    copy.pts, copy.dts, copy.duration, copy.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    copy.is_keyframe = packet.is_keyframe
    return copy


def fill_dts(packets: list[Packet[Stream]]) -> None:
    """Set the decoding timestamps that Matroska omits, of all packets before the last, each before the next one's."""
    *earlier, last = packets
    if last.dts is None:  # no packet has one, as in a video with fewer frames than may be out of order
        _fill_dts_in_order(packets)
        return
    dts = last.dts
    for packet in reversed(earlier):
        dts -= packet.duration or 1
        packet.dts = dts


def _fill_dts_in_order(packets: list[Packet[Stream]]) -> None:
    """Use the sorted presentation timestamps as decoding timestamps, shifted so that no packet is decoded too late."""
    times = [packet.pts or 0 for packet in packets]
    shift = max(dts - pts for dts, pts in zip(sorted(times), times, strict=True))
    for packet, dts in zip(packets, sorted(times), strict=True):
        packet.dts = dts - shift
