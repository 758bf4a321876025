"""Edit lists of videos: what they hide stays hidden when packets are copied, and what nothing needs is removed."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, BinaryIO

import av
import pytest
from PIL import Image
from site_support import ANONYMOUS

from priority_support import usual_priority
from pyimgur.server.media.errors import UnsupportedFormatError
from pyimgur.server.media.iso_boxes import boxes
from pyimgur.server.media.probe import probe
from pyimgur.server.media.remux import remux
from pyimgur.server.media.transcode import to_mp4
from pyimgur.server.media.trimming import TrimmedLane, hide_ends

if TYPE_CHECKING:
    from site_support import Site

PIXELS = 1_000_000
FRAMES = 40
RATE = 25
SOUND_RATE = 48_000
SOUND_SAMPLES = 1024
FRAME = Fraction(1, RATE)
ROUNDING = Fraction(1, 1000)
"""ffmpeg rounds some times up and others down."""
EDITS = [(0, 40), (0, 12), (6, 25), (10, 20), (Fraction(25, 4), Fraction(49, 3))]
"""Start and end of what is shown, in frames; the last cuts frames apart."""


@dataclass(frozen=True)
class Coding:
    """How a video is encoded: key frames come every `gop` frames, and `b_frames` between two others."""

    codec: str
    gop: int
    b_frames: int
    more: str = ""


CODINGS = {
    "key frames": Coding("libx264", 1, 0),
    "no B-frames": Coding("libx264", 10, 0),
    "B-frames": Coding("libx264", 10, 2),
    "long": Coding("libx264", 250, 3),
    "open GOP": Coding("libx264", 8, 3, ":open-gop=1:b-pyramid=strict"),
    "HEVC": Coding("libx265", 10, 3),
}


@usual_priority()
def recorded(muxer: str, coding: Coding, *, sound: bool) -> bytes:
    """Return a video whose frames, and so packets, have nothing in common."""
    target = io.BytesIO()
    with av.open(target, "w", format=muxer) as out:
        settings = f"keyint={coding.gop}:min-keyint={coding.gop}:scenecut=0:bframes={coding.b_frames}:b-adapt=0"
        library = coding.codec.removeprefix("lib")
        options = {f"{library}-params": settings + coding.more, "preset": "ultrafast"}
        video = out.add_stream(coding.codec, RATE, options=options)
        video.width, video.height, video.pix_fmt, video.codec_context.thread_count = 64, 48, "yuv420p", 1
        audio = out.add_stream("aac", SOUND_RATE) if sound else None
        for number in range(FRAMES):
            noise = Image.frombytes("RGB", (64, 48), random.Random(number).randbytes(64 * 48 * 3))
            out.mux(video.encode(av.VideoFrame.from_image(noise).reformat(format="yuv420p")))
        out.mux(video.encode(None))
        for number in range(FRAMES * SOUND_RATE // RATE // SOUND_SAMPLES if audio else 0):
            samples = random.Random(number).randbytes(SOUND_SAMPLES * 2)
            noise = av.AudioFrame(format="s16", layout="mono", samples=SOUND_SAMPLES)
            noise.planes[0].update(samples)
            noise.sample_rate, noise.pts = SOUND_RATE, number * SOUND_SAMPLES
            out.mux(audio.encode(noise))
        if audio:
            out.mux(audio.encode(None))
    return target.getvalue()


def found(data: bytes, *names: bytes, within: tuple[int, int] | None = None) -> list[tuple[int, int]]:
    """Return start and end of the content of the boxes that these names lead to."""
    ranges = [within or (0, len(data))]
    for name in names:
        ranges = [(box.start, box.end) for start, end in ranges for box in boxes(data, start, end) if box.name == name]
    return ranges


def number(data: bytes | bytearray, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


@dataclass(frozen=True)
class Track:
    """The times of a track, in seconds: of its edits, and as its header states."""

    range: tuple[int, int]
    edits: list[tuple[Fraction, Fraction]]
    """Duration, and start in the track; an empty edit starts at -1."""
    seconds: Fraction
    ticks: int
    """Ticks of the track in a second."""
    base: int
    """Ticks at which the last edit starts."""


def tracks_of(data: bytes) -> list[Track]:
    scale = number(data, found(data, b"moov", b"mvhd")[0][0] + 12)
    tracks: list[Track] = []
    for track in found(data, b"moov", b"trak"):
        ticks = number(data, found(data, b"mdia", b"mdhd", within=track)[0][0] + 12)
        ((start, end),) = found(data, b"edts", b"elst", within=track)
        entries = list(struct.iter_unpack(">Iii", data[start + 8 : end]))
        edits = [
            (Fraction(length, scale), Fraction(at, ticks) if at >= 0 else Fraction(-1)) for length, at, _ in entries
        ]
        seconds = Fraction(number(data, found(data, b"tkhd", within=track)[0][0] + 20), scale)
        tracks.append(Track(track, edits, seconds, ticks, entries[-1][1]))
    return tracks


def edited(data: bytes, *parts: tuple[Fraction | int, Fraction | int]) -> bytes:
    """Return the video with edit lists that show these parts, given in frames, of every track."""
    made, scale = bytearray(data), number(data, found(data, b"moov", b"mvhd")[0][0] + 12)
    movie = found(data, b"moov")[0][0]
    for track in reversed(tracks_of(data)):
        ((start, end),) = found(data, b"edts", b"elst", within=track.range)
        table = bytes(4) + len(parts).to_bytes(4, "big")
        for first, last in parts:
            length, at = round((last - first) * FRAME * scale), track.base + round(first * FRAME * track.ticks)
            table += struct.pack(">Iii", length, at, 1 << 16)
        made[start:end] = table
        for head in (start - 8, start - 16, track.range[0] - 8, movie - 8):  # elst, edts, trak, moov, which comes last
            made[head : head + 4] = (number(made, head) + len(table) - (end - start)).to_bytes(4, "big")
    return bytes(made)


Frame = tuple[Fraction, bytes]
"""When a frame is shown, in seconds, and its pixels."""


def shown_by_edits(data: bytes) -> list[Frame]:
    """Return the frames that the edit list of the video shows, without those that begin before an edit.

    Some players show the rest of such a frame; ffmpeg, and so Chromium, does not.
    """
    with av.open(io.BytesIO(data), options={"ignore_editlist": "1"}) as film:
        stream = film.streams.video[0]
        frames = [
            (Fraction(each.pts or 0) * stream.time_base, each.to_image().tobytes()) for each in film.decode(stream)
        ]
    shown: list[Frame] = []
    now = Fraction(0)
    for length, start in tracks_of(data)[0].edits:
        shown += [(now + time - start, pixels) for time, pixels in frames if 0 <= start <= time < start + length]
        now += length
    return shown


def shown_by_ffmpeg(data: bytes) -> list[Frame]:
    with av.open(io.BytesIO(data)) as film:
        return [(Fraction(each.time or 0), each.to_image().tobytes()) for each in film.decode(video=0)]


def written(path: Path, data: bytes, write: Callable[[BinaryIO, BinaryIO], None]) -> bytes:
    path.write_bytes(data)
    with path.open("rb") as source, path.with_suffix(".new").open("w+b") as target:
        write(source, target)
        target.seek(0)
        return target.read()


def cleaned(source: BinaryIO, target: BinaryIO) -> None:
    remux(source, target, PIXELS, keep_audio=True)


def converted(source: BinaryIO, target: BinaryIO) -> None:
    to_mp4(source, target, PIXELS)


def packets(data: bytes) -> Iterator[tuple[Fraction, bool, bytes]]:
    """Yield the time of each packet of the video by the edit list, whether it is a key frame, and its last bytes."""
    base = tracks_of(data)[0].edits[-1][1]
    with av.open(io.BytesIO(data), options={"ignore_editlist": "1"}) as film:
        for packet in film.demux(video=0):
            if packet.size and packet.pts is not None:
                yield packet.pts * packet.time_base - base, packet.is_keyframe, bytes(packet)[-48:]


def groups(data: bytes) -> list[list[tuple[Fraction, bytes]]]:
    """Return time and last bytes of each packet, in groups that start with a key frame."""
    made: list[list[tuple[Fraction, bytes]]] = []
    for time, is_key, content in packets(data):
        if is_key:
            made.append([])
        made[-1].append((time, content))
    return made


def assert_trimmed(whole: bytes, data: bytes, new: bytes, start: Fraction, end: Fraction) -> None:
    for name, shown in (("by the edit list", shown_by_edits), ("by ffmpeg", shown_by_ffmpeg)):
        before, after = shown(data), shown(new)
        assert len(after) == len(before), f"{name}, not the same number of frames is shown"
        for at, (was, now) in enumerate(zip(before, after, strict=True)):
            assert was[1] == now[1], f"{name}, frame {at} is another one"
            assert abs(was[0] - now[0]) < FRAME, f"{name}, frame {at} moved from {was[0]} to {now[0]}"
    tracks = tracks_of(new)
    for track in tracks:
        edits = sum(length for length, _ in track.edits)
        assert abs(track.seconds - edits) <= ROUNDING, "the header of the track and its edits differ"
        assert track.seconds < (end - start + 1) * FRAME, "a track ends later than before"
    scale = number(new, found(new, b"moov", b"mvhd")[0][0] + 12)
    stated = Fraction(number(new, found(new, b"moov", b"mvhd")[0][0] + 16), scale)
    assert stated == max(track.seconds for track in tracks), "the movie is not as long as its longest track"
    for group in groups(whole):
        if min(time for time, _ in group) >= end * FRAME:
            kept = [time for time, content in group if content in new]
            assert kept == [], "packets behind the end that no shown frame needs are kept"


@pytest.mark.parametrize("sound", [False, True], ids=["silent", "with sound"])
@pytest.mark.parametrize("muxer", ["mp4", "mov"])
@pytest.mark.parametrize("coding", CODINGS)
def test_what_an_edit_list_cuts_off_is_not_shown_and_the_rest_is(
    tmp_path: Path, coding: str, muxer: str, sound: bool
) -> None:
    """Phones trim by an edit list alone; the reference frames of the last B-frames come behind the end."""
    whole = recorded(muxer, CODINGS[coding], sound=sound)
    for start, end in EDITS:
        data = edited(whole, (start, end))
        for write in (cleaned, converted) if CODINGS[coding].codec == "libx264" else (cleaned,):
            new = written(tmp_path / "x", data, write)
            assert_trimmed(whole, data, new, Fraction(start), Fraction(end))


def test_seconds_end_with_the_last_shown_frame(tmp_path: Path) -> None:
    data = edited(recorded("mp4", CODINGS["B-frames"], sound=False), (0, 12))
    written(tmp_path / "x", data, cleaned)
    with (tmp_path / "x.new").open("rb") as file:
        assert probe(file, PIXELS).duration == 0.48


@pytest.mark.parametrize(
    ("coding", "write"),
    [*((coding, cleaned) for coding in CODINGS), ("key frames", converted), ("B-frames", converted)],
)
def test_an_edit_list_that_joins_parts_is_kept_or_refused_by_its_name(
    tmp_path: Path, coding: str, write: Callable[[BinaryIO, BinaryIO], None]
) -> None:
    whole = recorded("mov", CODINGS[coding], sound=False)
    for parts in ([(0, 12), (20, 30)], [(0, 12), (22, 30)], [(5, 10), (15, 18), (25, 40)], [(20, 30), (0, 10)]):
        data = edited(whole, *parts)
        if coding == "key frames":
            assert [pixels for _, pixels in shown_by_edits(written(tmp_path / "x", data, write))] == [
                pixels for _, pixels in shown_by_edits(data)
            ]
        else:
            with pytest.raises(UnsupportedFormatError, match="an edit list joins several parts are not supported: exp"):
                written(tmp_path / "x", data, write)


def test_an_upload_whose_edit_list_joins_parts_is_told_why(shared_site: Site) -> None:
    data = edited(recorded("mp4", CODINGS["B-frames"], sound=False), (0, 12), (22, 30))
    answer = shared_site.post("/3/image", headers=ANONYMOUS, files={"image": ("a.mp4", data)})
    assert answer.status_code == 400
    assert "an edit list joins several parts are not supported: export the video" in answer.text
    assert "damaged" not in answer.text


def box(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


def header(name: bytes, fields: str, *values: int) -> bytes:
    return box(name, b"\x01" + bytes(3) + struct.pack(f">{fields}", *values))


def test_times_of_64_bits_are_shortened(tmp_path: Path) -> None:
    """Files have them if one is so long that 32 bits are not enough."""

    def movie(seconds: int) -> bytes:
        edits = header(b"elst", "IQqIQqI", 2, 7_000, -1, 1 << 16, (seconds << 32) - 7_000, 0, 1 << 16)
        track = header(b"tkhd", "QQIIQ", 0, 0, 1, 0, seconds << 32) + box(b"edts", edits)
        return box(b"moov", header(b"mvhd", "QQIQ", 0, 0, 1, seconds << 32) + box(b"trak", track))

    lane = TrimmedLane(lambda _: iter(()), 1)
    for pts, hidden in ((0, False), (5 << 32, True), ((3 << 32) - 1, False)):
        packet: Any = SimpleNamespace(pts=pts, dts=None, duration=1, time_base=Fraction(1), size=1, is_discard=hidden)
        assert list(lane(packet)) == []
    with (tmp_path / "x").open("w+b") as file:
        file.write(movie(6))
        hide_ends(file, [lane])
    assert (tmp_path / "x").read_bytes() == movie(3)
