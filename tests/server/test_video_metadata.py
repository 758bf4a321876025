"""Metadata of videos: a new container without tags, and no user data between the coded pictures."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest
from metadata_support import MARK, chunk, drawn, exif, segment

from priority_support import usual_priority
from pyimgur.server.media.metadata_packets import clean_header
from pyimgur.server.media.metadata_removal import write_without_metadata
from pyimgur.server.media.sniff import sniff

PIXELS = 1_000_000
RATE = 25
TEXT = MARK.decode()
Change = Callable[[bytes], bytes]


def unchanged(data: bytes) -> bytes:
    return data


@usual_priority()
def recorded(
    path: Path, muxer: str, codec: str, sound: str | None, hertz: int, change: Change = unchanged, **tags: str
) -> bytes:
    """A short video with a marker in every tag of container and streams, in chapters and attachments."""
    with av.open(str(path), "w", format=muxer) as out:
        out.metadata.update(dict.fromkeys(("title", "artist", "comment", "location", "make", "description"), TEXT))
        video = out.add_stream(codec, RATE)
        video.width, video.height = (176, 144) if codec == "h263" else (64, 48)
        video.pix_fmt = {"mjpeg": "yuvj420p", "png": "rgb24", "prores_ks": "yuv422p10le"}.get(codec, "yuv420p")
        options = {"strict": "experimental"}
        audio = out.add_stream(sound, hertz, options, bit_rate=4 * hertz) if sound else None
        for stream in out.streams:
            stream.metadata.update(dict.fromkeys(("title", "handler_name", "comment", "encoder", "location"), TEXT))
        video.metadata.update(tags)
        if muxer in ("mp4", "mov", "matroska"):
            chapter = {"id": 1, "start": 0, "end": 500, "time_base": Fraction(1, 1000), "metadata": {"title": TEXT}}
            out.set_chapters([chapter])
        if muxer == "matroska":
            out.add_attachment(TEXT, "text/plain", MARK)
        for number in range(8):
            picture = av.VideoFrame.from_image(drawn((video.width, video.height), 20 * number))
            _mux(out, video.encode(picture.reformat(format=video.pix_fmt)), change)
        _mux(out, video.encode(None), change)
        for number in range(8 if audio else 0):
            silence = av.AudioFrame(format="s16", layout="mono" if hertz < 16_000 else "stereo", samples=1024)
            silence.planes[0].update(bytes(silence.planes[0].buffer_size))
            silence.sample_rate, silence.pts, silence.time_base = hertz, number * 1024, Fraction(1, hertz)
            out.mux(audio.encode(silence))
        if audio:
            out.mux(audio.encode(None))
    return path.read_bytes()


def _mux(out: av.container.OutputContainer, packets: list[av.Packet], change: Change) -> None:
    for packet in packets:
        made = av.Packet(change(bytes(packet)))
        made.pts, made.dts, made.time_base, made.stream = packet.pts, packet.dts, packet.time_base, packet.stream
        made.duration, made.is_keyframe = packet.duration, packet.is_keyframe
        out.mux(made)


def played(data: bytes) -> list[tuple[object, ...]]:
    """Time, rotation and visible pixels of every frame, and every packet of sound."""
    with av.open(io.BytesIO(data)) as film:
        frames = [(frame.time, frame.rotation, frame.to_image().tobytes()) for frame in film.decode(video=0)]
    with av.open(io.BytesIO(data)) as film:
        sounds = [
            (packet.pts, bytes(packet)) for packet in film.demux() if packet.stream.type == "audio" and packet.size
        ]
    return [*frames, *sounds]


def stripped(path: Path, data: bytes) -> bytes:
    dirty, clean = path.with_suffix(".dirty"), path.with_suffix(".clean")
    dirty.write_bytes(data)
    with dirty.open("rb") as source, clean.open("w+b") as target:
        write_without_metadata(source, target, PIXELS)
    return clean.read_bytes()


def assert_clean(path: Path, dirty: bytes) -> bytes:
    clean = stripped(path, dirty)
    assert MARK not in clean, f"a marker survived: {clean[max(0, clean.find(MARK) - 40) :][:80]}"
    assert sniff(clean[:64]) == sniff(dirty[:64])
    before, after = played(dirty), played(clean)
    assert len(before) == len(after)
    for number, (was, now) in enumerate(zip(before, after, strict=True)):
        assert was[1:] == now[1:], f"frame or packet {number} changed"
        assert was[0] == pytest.approx(now[0], abs=0.001), f"frame or packet {number} moved"
    return clean


VIDEOS = {
    "mp4": ("mp4", "libx264", "aac", 48_000),
    "mov": ("mov", "libx264", "pcm_s16le", 48_000),
    "hevc": ("mp4", "libx265", None, 0),
    "av1": ("mp4", "libsvtav1", "libopus", 48_000),
    "3gp": ("3gp", "h263", "aac", 8_000),
    "webm": ("webm", "libvpx-vp9", "libopus", 48_000),
    "mkv": ("matroska", "libx264", "flac", 48_000),
    "avi": ("avi", "mpeg4", "libmp3lame", 44_100),
    "mjpeg": ("avi", "mjpeg", None, 0),
    "mpeg": ("vob", "mpeg2video", "mp2", 48_000),
    "mpg": ("mpeg1video", "mpeg1video", None, 0),
    "wmv": ("asf", "wmv2", "wmav2", 44_100),
    "flv": ("flv", "flv", "libmp3lame", 44_100),
}


@pytest.mark.parametrize("name", VIDEOS)
def test_tags_chapters_and_attachments(tmp_path: Path, name: str) -> None:
    assert_clean(tmp_path / "x", recorded(tmp_path / "x", *VIDEOS[name]))


def box(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


def test_boxes_and_bytes_that_no_track_refers_to(tmp_path: Path) -> None:
    data = recorded(tmp_path / "x", *VIDEOS["mp4"])
    at = data.index(b"mdat") - 4
    end = at + int.from_bytes(data[at : at + 4], "big")
    mdat = box(b"mdat", data[at + 8 : end] + MARK)
    extra = box(b"uuid", MARK * 2) + box(b"free", MARK) + box(b"meta", MARK) + box(b"XXXX", MARK)
    assert_clean(tmp_path / "x", data[:at] + mdat + extra + data[end:] + extra)


@pytest.mark.parametrize("name", ["mp4", "mov", "hevc"])
@pytest.mark.parametrize(("skipped", "shown"), [(0, 3), (2, 4)])
def test_frames_behind_the_end_of_a_trimmed_video_are_removed(
    tmp_path: Path, name: str, skipped: int, shown: int
) -> None:
    """Phones trim by an edit list alone: without it, what somebody cut off is seen."""
    whole = recorded(tmp_path / "x", *VIDEOS[name][:2], None, 0)
    edit = whole.index(b"elst") + 12
    start = int.from_bytes(whole[edit + 4 : edit + 8], "big") + skipped * 512
    trimmed = whole[:edit] + struct.pack(">II", shown * 40, start) + whole[edit + 8 :]
    before, after = played(trimmed), played(stripped(tmp_path / "x", trimmed))
    assert (len(before), [frame[2] for frame in after]) == (shown, [frame[2] for frame in before])


def test_codecs_that_the_writer_of_their_container_does_not_take(tmp_path: Path) -> None:
    mov = recorded(tmp_path / "x", "mov", "prores_ks", None, 0).replace(b"ftypqt  ", b"ftypisom", 1)
    assert_clean(tmp_path / "x", mov)
    mkv = recorded(tmp_path / "x", "matroska", "libx264", None, 0)
    webm = mkv.replace(b"\x88matroska", b"\x84webm\xec\x82\x00\x00", 1)  # the rest of its name becomes padding
    clean = stripped(tmp_path / "x", webm)
    assert MARK not in clean
    assert [frame[1:] for frame in played(clean)] == [frame[1:] for frame in played(webm)]


def test_a_track_that_is_neither_picture_nor_sound(tmp_path: Path) -> None:
    dirty = recorded(tmp_path / "x", "mov", "libx264", None, 0, timecode="01:02:03:04", reel_name=TEXT)
    assert dirty.count(b"trak") == 3  # pictures, chapters as text, and time code
    assert assert_clean(tmp_path / "x", dirty).count(b"trak") == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_rotation_and_mirroring_stay(tmp_path: Path, orientation: int) -> None:
    matrix = [(1, 0, 0, 1), (-1, 0, 0, 1), (-1, 0, 0, -1), (1, 0, 0, -1), (0, 1, 1, 0), (0, 1, -1, 0), (0, -1, -1, 0)]
    turn = [*matrix, (0, -1, 1, 0)][orientation - 1]
    a, b, c, d = ((value << 16).to_bytes(4, "big", signed=True) for value in turn)
    data = bytearray(recorded(tmp_path / "x", *VIDEOS["mov"]))
    at = data.index(b"tkhd") + 44
    data[at : at + 36] = a + b + bytes(4) + c + d + bytes(4) + bytes(8) + (1 << 30).to_bytes(4, "big")
    clean = assert_clean(tmp_path / "x", bytes(data))
    assert data[at : at + 36] in clean


def element(id: bytes, content: bytes) -> bytes:
    return id + (0x4000 | len(content)).to_bytes(2, "big") + content


def with_addition(data: bytes, number: int, content: bytes) -> bytes:
    """The WebM with something beside its first block: segment and cluster get an unknown size."""
    segment, cluster = data.index(b"\x18\x53\x80\x67"), data.index(b"\x1f\x43\xb6\x75")
    time = data.index(b"\xe7\x81\x00", cluster)
    start = time + 6
    assert data[time + 3] == 0xA3
    end = start + (int.from_bytes(data[start - 2 : start], "big") & 0x3FFF)
    more = element(b"\xa6", element(b"\xee", bytes([number])) + element(b"\xa5", content))
    group = element(b"\xa0", element(b"\xa1", data[start:end]) + element(b"\x75\xa1", more))
    unknown = b"\x01" + b"\xff" * 7
    head = data[: segment + 4] + unknown + data[segment + 12 : cluster + 4] + unknown
    return head + data[time : time + 3] + group + data[end:]


@pytest.mark.parametrize("number", [1, 4, 5])
def test_what_matroska_has_beside_its_pictures(tmp_path: Path, number: int) -> None:
    data = recorded(tmp_path / "x", "webm", "libvpx", None, 0)
    assert_clean(tmp_path / "x", with_addition(data, number, MARK * 3))


def test_transparency_of_a_webm_stays(tmp_path: Path) -> None:
    alpha, mode = b"coded transparency", b"\x53\xc0\x81\x01"
    data = recorded(tmp_path / "x", "webm", "libvpx", None, 0, alpha_mode="1")
    clean = assert_clean(tmp_path / "x", with_addition(data, 1, alpha))
    assert mode in data
    assert mode in clean
    assert alpha in clean


# ---- between the pictures

OTHER = bytes.fromhex("17ee8c60f84d11d98cd60800200c9a66")
X264 = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef")
NOTE = b"GPS\x00\x00\x00\x01" + MARK * 30 + b"\x00\x00\x00\x00\x03"
CAPTIONS = b"\xb5\x00\x31GA94\x03captions"


def sei(codec: str) -> bytes:
    """An SEI unit with notes of a camera and of an unknown company, captions, and a recovery point."""

    def message(type: int, content: bytes) -> bytes:
        full, rest = divmod(len(content), 255)
        return bytes([type]) + b"\xff" * full + bytes([rest]) + content

    notes = (OTHER + NOTE, b"\xb5\x12\x34" + NOTE)
    content = (
        message(5, notes[0]) + message(4, notes[1]) + message(4, CAPTIONS) + message(6, b"\xc0") + message(5, notes[0])
    )
    escaped, zeros = bytearray(), 0
    for byte in content + b"\x80":
        if zeros >= 2 and byte <= 3:
            escaped.append(3)
            zeros = 0
        escaped.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return {"h264": b"\x06", "hevc": b"\x4e\x01"}[codec] + bytes(escaped)


def before(unit: bytes) -> Change:
    """Put a unit in front of each packet, after a start code."""
    return lambda data: b"\x00\x00\x00\x01" + unit + data


@pytest.mark.parametrize(
    ("muxer", "codec"),
    [("mp4", "h264"), ("mp4", "hevc"), ("avi", "h264"), ("matroska", "hevc"), ("flv", "h264")],
)
def test_user_data_in_sei(tmp_path: Path, muxer: str, codec: str) -> None:
    encoder = {"h264": "libx264", "hevc": "libx265"}[codec]
    clean = assert_clean(tmp_path / "x", recorded(tmp_path / "x", muxer, encoder, None, 0, before(sei(codec))))
    assert clean.count(b"captions") == 8
    if codec == "h264":  # decoders look at it to work around the faults of old versions
        assert X264 in clean


def user_data(start: bytes) -> Change:
    """Put user data in front of each picture that starts so."""
    notes = b"".join(b"\x00\x00\x01\xb2" + text for text in (MARK, b"GA94\x03captions", MARK * 9))
    return lambda data: data.replace(start, notes + start, 1)


@pytest.mark.parametrize(
    ("muxer", "codec", "start"),
    [
        ("avi", "mpeg4", b"\x00\x00\x01\xb6"),
        ("mp4", "mpeg4", b"\x00\x00\x01\xb6"),
        ("vob", "mpeg2video", b"\x00\x00\x01\x01"),
        ("mpeg1video", "mpeg1video", b"\x00\x00\x01\x01"),
    ],
)
def test_user_data_of_mpeg(tmp_path: Path, muxer: str, codec: str, start: bytes) -> None:
    clean = assert_clean(tmp_path / "x", recorded(tmp_path / "x", muxer, codec, None, 0, user_data(start)))
    assert clean.count(b"captions") == 8


@pytest.mark.parametrize("codec", ["mjpeg", "mpeg4"])
def test_exif_of_a_camera_beside_the_format_of_an_avi(tmp_path: Path, codec: str) -> None:
    data = recorded(tmp_path / "x", "avi", codec, "pcm_s16le", 44_100)
    extra = b"strd" + (40).to_bytes(4, "little") + (b"AVIF" + MARK * 4)[:40]
    at = data.index(b"JUNK", data.index(b"strf"))
    size = int.from_bytes(data[at + 4 : at + 8], "little")
    padding = b"JUNK" + (size - len(extra)).to_bytes(4, "little")
    assert_clean(tmp_path / "x", data[:at] + extra + padding + data[at + 8 + len(extra) :])


@pytest.mark.parametrize("muxer", ["avi", "mov"])
def test_metadata_in_the_pictures_of_mjpeg(tmp_path: Path, muxer: str) -> None:
    extra = segment(0xFE, MARK) + segment(0xE1, b"Exif\x00\x00" + exif(6))
    noted = recorded(tmp_path / "x", muxer, "mjpeg", None, 0, lambda data: data[:2] + extra + data[2:])
    assert_clean(tmp_path / "x", noted)


@pytest.mark.parametrize("muxer", ["avi", "mov"])
def test_metadata_in_the_frames_of_png(tmp_path: Path, muxer: str) -> None:
    extra = chunk(b"tEXt", b"Comment\x00" + MARK) + chunk(b"eXIf", exif(1)) + chunk(b"zTXt", MARK)
    noted = recorded(tmp_path / "x", muxer, "png", None, 0, lambda data: data[:33] + extra + data[33:])
    assert_clean(tmp_path / "x", noted)


@pytest.mark.parametrize("muxer", ["mp4", "webm"])
def test_private_units_of_av1(tmp_path: Path, muxer: str) -> None:
    unit = b"\x2a" + bytes([len(MARK) + 2]) + b"\x08" + MARK + b"\x80"
    padding = b"\x7a" + bytes([len(MARK) + 1]) + MARK + b"\x80"
    assert_clean(
        tmp_path / "x", recorded(tmp_path / "x", muxer, "libsvtav1", None, 0, lambda data: data + unit + padding)
    )


def test_comments_of_vorbis(tmp_path: Path) -> None:
    data = recorded(tmp_path / "x", "webm", "libvpx", "vorbis", 48_000)
    at = data.index(b"\x03vorbis") + 7
    size = int.from_bytes(data[at : at + 4], "little")
    assert_clean(tmp_path / "x", data[: at + 4] + MARK[:size].ljust(size) + data[at + 4 + size :])


@pytest.mark.parametrize(("name", "tail"), [(b"\x03vorbis", b"\x01"), (b"\x81theora", b"")])
def test_comments_in_the_header_of_a_codec(name: bytes, tail: bytes) -> None:
    texts = [MARK, b"ARTIST=" + MARK, b"LOCATION=" + MARK]
    vendor, *comments = [len(text).to_bytes(4, "little") + text for text in texts]
    header = b"\x02\x1e\x50setup" + name + vendor + b"\x02\x00\x00\x00" + b"".join(comments) + tail + b"\x05rest"
    clean = clean_header(name[1:].decode(), header)
    assert MARK not in clean
    assert len(clean) == len(header)
    assert clean.startswith(header[: header.index(name) + 7])
    assert clean.endswith(tail + b"\x05rest")
