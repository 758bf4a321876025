"""What files are and what is made of them: the functions that workers run, called here without a worker.

Every picture and video is made by the test that needs it.
"""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from contextlib import suppress
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms, TiffImagePlugin

from media_jobs import look, remux, scaled, strip, thumbnails, to_mp4
from picked import picked
from priority_support import usual_priority
from pyimgur.server.media import THUMBNAILS, TYPES, MediaInfo, MediaTooLargeError, UnsupportedMediaError, pyav
from pyimgur.server.media.frame_timing import MAX_FRAMES, PARSERS
from pyimgur.server.media.metadata_removal import remove_metadata
from pyimgur.server.media.mp4_size import mp4_dimensions
from pyimgur.server.media.sniff import AVI, AVIF, GIF, JPEG, MKV, MOV, MP4, PNG, TIFF, WEBM, WEBP, FileType, sniff
from pyimgur.server.media.thumbnails import smallest_common_size

PIXELS = 100_000_000


def save(path: Path, format: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: object) -> Path:
    color = {"RGB": (200, 30, 60), "RGBA": (200, 30, 60, 0)}.get(mode, 1)
    Image.new(mode, size, color).save(path, format, **options)
    return path


def read(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def animation(
    path: Path, format: str, size: tuple[int, int] = (40, 30), delays: tuple[int, ...] = (70, 140, 70)
) -> Path:
    first, *rest = [Image.new("RGB", size, (60 * number, 200, 30)) for number in range(len(delays))]
    first.save(path, format, save_all=True, append_images=rest, duration=list(delays), loop=0)
    return path


def oriented(path: Path, format: str, orientation: int, size: tuple[int, int] = (60, 20)) -> Path:
    """Left half red, right half blue, and a note how the camera was held; with a place in it."""
    picture = Image.new("RGB", size, "red")
    picture.paste("blue", (size[0] // 2, 0, *size))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "SecretCamera"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSMapDatum] = "SecretPlace"
    if format == "TIFF":
        exif = TiffImagePlugin.ImageFileDirectory_v2()
        exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Make] = orientation, "SecretCamera"
        exif[ExifTags.IFD.GPSInfo] = {ExifTags.GPS.GPSMapDatum: "SecretPlace"}
    options: dict[str, dict[str, object]] = {"WEBP": {"lossless": True}, "TIFF": {"tiffinfo": exif}}
    picture.save(
        path, format, exif=exif, xmp=b"<x:xmpmeta>SecretWord</x:xmpmeta>", quality=95, **options.get(format, {})
    )
    return path


@usual_priority()
def film(
    path: Path,
    muxer: str,
    codec: str,
    sound: str | None = None,
    *,
    rate: int = 25,
    hertz: int = 48_000,
    rotation: int | None = None,
    title: str | None = None,
) -> Path:
    """Two seconds of red that gets greener, 64 by 48."""
    with av.open(str(path), "w", format=muxer) as out:
        if title:
            out.metadata["title"] = title
        video = out.add_stream(codec, rate)
        video.width, video.height, video.pix_fmt = 64, 48, "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if rotation is not None:
            video.set_display_rotation(rotation)
        audio = out.add_stream(sound, hertz, bit_rate=128_000) if sound else None
        for number in range(2 * rate):
            picture = av.VideoFrame.from_image(Image.new("RGB", (64, 48), (200, 4 * number, 0)))
            out.mux(video.encode(picture.reformat(format=video.pix_fmt)))
        out.mux(video.encode(None))
        if audio:
            for number in range(2 * hertz // 1024):
                silence = av.AudioFrame(format="s16", layout="stereo", samples=1024)
                silence.planes[0].update(bytes(silence.planes[0].buffer_size))
                silence.sample_rate, silence.pts, silence.time_base = hertz, number * 1024, Fraction(1, hertz)
                out.mux(audio.encode(silence))
            out.mux(audio.encode(None))
    return path


def png_chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def png_bomb(side: int) -> bytes:
    """A black square of any size in a few kilobytes."""
    packer = zlib.compressobj(9)
    line = bytes(side // 8 + 1)
    data = b"".join([packer.compress(line * 100) for _ in range(side // 100)] + [packer.flush()])
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def still(type: str, ext: str, width: int = 40, height: int = 30) -> MediaInfo:
    return MediaInfo(type, ext, width, height, animated=False, frames=1, has_sound=False, duration=None)


# ---- what it is


@pytest.mark.parametrize(
    ("format", "type", "ext"),
    [
        ("JPEG", "image/jpeg", "jpg"),
        ("PNG", "image/png", "png"),
        ("GIF", "image/gif", "gif"),
        ("TIFF", "image/tiff", "tiff"),
        ("BMP", "image/bmp", "bmp"),
        ("WEBP", "image/webp", "webp"),
        ("AVIF", "image/avif", "avif"),
    ],
)
def test_stills_are_known_whatever_their_name_is(tmp_path: Path, format: str, type: str, ext: str) -> None:
    assert look(save(tmp_path / "cat.txt", format), PIXELS) == still(type, ext)
    assert TYPES[type] == ext


def test_a_multi_picture_jpeg_is_one_jpeg(tmp_path: Path) -> None:
    second = Image.new("RGB", (10, 10))
    Image.new("RGB", (40, 30)).save(tmp_path / "mpo", "MPO", save_all=True, append_images=[second])
    assert look(tmp_path / "mpo", PIXELS) == still("image/jpeg", "jpg")


def test_the_pages_of_a_tiff_do_not_move(tmp_path: Path) -> None:
    assert look(animation(tmp_path / "pages", "TIFF"), PIXELS) == still("image/tiff", "tiff")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "I", "F", "YCbCr", "LAB"])
def test_every_mode_has_a_thumbnail(tmp_path: Path, mode: str) -> None:
    format = "TIFF" if mode in {"CMYK", "I", "F", "YCbCr", "LAB"} else "PNG"
    path = tmp_path / "x"
    Image.new(mode, (40, 30)).save(path, format)
    assert look(path, PIXELS).width == 40
    thumbnails(path, {"s": tmp_path / "s"}, PIXELS)
    assert read(tmp_path / "s").mode in {"L", "RGB"}


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_animations_tell_their_frames_and_seconds(tmp_path: Path, format: str) -> None:
    found = look(animation(tmp_path / "x", format), PIXELS)
    assert (found.animated, found.frames, found.duration) == (True, 3, 0.28)


def test_an_animated_avif_tells_its_frames(tmp_path: Path) -> None:
    found = look(animation(tmp_path / "x", "AVIF"), PIXELS)
    assert (found.animated, found.frames, found.duration) == (True, 3, 0.28)


def test_no_end_of_an_animated_avif_confuses_what_reads_its_delays(tmp_path: Path) -> None:
    data = animation(tmp_path / "x", "AVIF").read_bytes()
    assert [sum(PARSERS[AVIF](data[:end])) for end in range(0, len(data), 3)]
    many = data.replace(bytes((0, 0, 0, 1, 0, 0, 0, 140)), b"\xff\xff\xff\xff\0\0\0\x8c")
    (tmp_path / "y").write_bytes(many)
    assert many != data
    with pytest.raises(MediaTooLargeError, match="frames"):
        look(tmp_path / "y", PIXELS)


def test_frames_in_a_hurry_last_as_long_as_browsers_show_them(tmp_path: Path) -> None:
    assert look(animation(tmp_path / "x", "GIF", delays=(0, 10, 20)), PIXELS).duration == 0.22


FILMS = {
    "mp4": ("mp4", "libx264", "aac", "video/mp4", "mp4"),
    "mov": ("mov", "libx264", "aac", "video/quicktime", "mov"),
    "h265": ("mp4", "libx265", None, "video/mp4", "mp4"),
    "av1": ("mp4", "libsvtav1", None, "video/mp4", "mp4"),
    "webm": ("webm", "libvpx-vp9", "libopus", "video/webm", "webm"),
    "mkv": ("matroska", "libx264", "flac", "video/x-matroska", "mkv"),
    "avi": ("avi", "mpeg4", "libmp3lame", "video/x-msvideo", "avi"),
    "mjpeg": ("avi", "mjpeg", None, "video/x-msvideo", "avi"),
    "mpeg": ("vob", "mpeg2video", "mp2", "video/mpeg", "mpeg"),
    "mpg": ("mpeg1video", "mpeg1video", None, "video/mpeg", "mpeg"),
    "wmv": ("asf", "wmv2", "wmav2", "video/x-ms-wmv", "wmv"),
}


@pytest.mark.parametrize("name", [*FILMS, "flv"])
def test_videos_are_known_converted_muted_and_stripped(tmp_path: Path, name: str) -> None:
    muxer, codec, sound, type, ext = FILMS.get(name, ("flv", "flv", "libmp3lame", "video/x-flv", "flv"))
    source = film(tmp_path / "x", muxer, codec, sound, hertz=44_100 if ext == "flv" else 48_000, title="Secret")
    found = look(source, PIXELS)
    assert picked(found, "type", "ext", "width", "height") == {"type": type, "ext": ext, "width": 64, "height": 48}
    assert (found.animated, found.has_sound) == (True, sound is not None)
    assert found.duration == pytest.approx(2.0, abs=0.15)
    assert found.frames == pytest.approx(50, abs=4)

    to_mp4(source, tmp_path / "mp4", PIXELS)
    remux(source, tmp_path / "mute", PIXELS, sound=False)
    strip(source, tmp_path / "strip", PIXELS)
    made = {name: look(tmp_path / name, PIXELS) for name in ("mp4", "mute", "strip")}
    assert {name: (each.type, each.has_sound) for name, each in made.items()} == {
        "mp4": ("video/mp4", sound is not None),
        "mute": (type, False),
        "strip": (type, sound is not None),
    }
    assert all(each.duration == pytest.approx(2.0, abs=0.15) for each in made.values())
    assert b"Secret" not in (tmp_path / "mute").read_bytes() + (tmp_path / "strip").read_bytes()
    with av.open(str(tmp_path / "mp4")) as converted:
        assert converted.streams.video[0].codec_context.name == "h264"
        assert sum(1 for _ in converted.decode(video=0)) == 50

    thumbnails(source, {"t": tmp_path / "t"}, PIXELS)
    thumbnail = read(tmp_path / "t")
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (64, 48))
    assert all(abs(seen - drawn) < 12 for seen, drawn in zip(thumbnail.getpixel((30, 20)), (200, 0, 0), strict=True))


def test_h264_is_copied_into_mp4_not_encoded_again(tmp_path: Path) -> None:
    source = film(tmp_path / "x", "matroska", "libx264")
    to_mp4(source, tmp_path / "mp4", PIXELS)
    with av.open(str(source)) as before, av.open(str(tmp_path / "mp4")) as after:
        assert [bytes(packet) for packet in before.demux(video=0)] == [bytes(packet) for packet in after.demux(video=0)]


def test_a_recording_that_does_not_tell_its_length_is_counted(tmp_path: Path) -> None:
    source = film(tmp_path / "x", "webm", "libvpx")
    duration, void = b"\x44\x89\x88", b"\xec\x40\x08"  # elements of 8 bytes
    assert duration in source.read_bytes()
    source.write_bytes(source.read_bytes().replace(duration, void, 1))
    found = look(source, PIXELS)
    assert (found.frames, found.duration) == (50, pytest.approx(2.0, abs=0.05))


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_video_held_upright_is_upright_in_every_form(tmp_path: Path, codec: str) -> None:
    source = film(tmp_path / "x", "mov", codec, rotation=-90)
    to_mp4(source, tmp_path / "mp4", PIXELS)
    strip(source, tmp_path / "strip", PIXELS)
    thumbnails(source, {"t": tmp_path / "t"}, PIXELS)
    for path in (source, tmp_path / "mp4", tmp_path / "strip"):
        assert (look(path, PIXELS).width, look(path, PIXELS).height) == (48, 64)
    assert read(tmp_path / "t").size == (48, 64)


def test_first_bytes_decide() -> None:
    boxes = {b"isom": MP4, b"3gp5": MP4, b"qt  ": MOV, b"hevc": None, b"M4A ": None, b"crx ": None}
    assert {brand: sniff(b"\0\0\0\x18ftyp" + brand) for brand in boxes} == boxes
    assert sniff(b"\0\0\0\x08wide\0\0\0\0mdat") is MOV
    assert (sniff(b"RIFF____AVI LIST"), sniff(b"RIFF____WEBPVP8 "), sniff(b"RIFF____WAVEfmt ")) == (AVI, WEBP, None)
    assert sniff(b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm") is WEBM
    assert sniff(b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska") is MKV


# ---- what it is not

NOT_MEDIA = {
    "empty": b"",
    "text": b"hello",
    "HTML": b"<html><script>alert(1)</script></html>",
    "SVG": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
    "PDF": b"%PDF-1.7\n",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "ZIP": b"PK\x03\x04" + bytes(60),
    "icon": b"\0\0\1\0" + bytes(60),
    "playlist": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    "concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "subtitles": b"1\n00:00:00,000 --> 00:00:01,000\nhello\n",
    "WAV": b"RIFF\x24\0\0\0WAVEfmt " + bytes(40),
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(60),
    "script that begins as a GIF": b"GIF89a=1;alert(document.domain)//" + b" " * 200,
    "text that begins as a BMP": b"BMW drivers of the world",
    "JPEG start": b"\xff\xd8\xff\xe0" + bytes(100),
    "PNG start": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "TIFF start": b"II*\0" + bytes(100),
    "TIFF in a circle": b"II*\0\x08\0\0\0\0\0\x08\0\0\0",
    "WebP start": b"RIFF\x64\0\0\0WEBPVP8 " + bytes(90),
    "AVIF start": b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + bytes(90),
    "MP4 start": b"\0\0\0\x18ftypisom\0\0\0\0isomiso2" + bytes(90),
    "WebM start": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + bytes(90),
    "AVI start": b"RIFF\x64\0\0\0AVI LIST" + bytes(90),
    "FLV start": b"FLV\1" + bytes(90),
    "MPEG start": b"\0\0\1\xba" + bytes(90),
    "MPEG stream start": b"\0\0\1\xb3" + bytes(90),
    "WMV start": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(90),
}


@pytest.mark.parametrize("name", NOT_MEDIA)
def test_what_cannot_be_shown_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(NOT_MEDIA[name])
    with pytest.raises(UnsupportedMediaError) as refusal:
        look(path, PIXELS)
    assert str(tmp_path) not in str(refusal.value)


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "x"), "w", format="mp4") as out:
        audio = out.add_stream("aac", 48_000)
        silence = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        silence.sample_rate = 48_000
        for plane in silence.planes:
            plane.update(bytes(plane.buffer_size))
        out.mux(audio.encode(silence))
        out.mux(audio.encode(None))
    with pytest.raises(UnsupportedMediaError, match="no video"):
        look(tmp_path / "x", PIXELS)


def test_a_video_by_a_seldom_used_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedMediaError, match="codec"):
        look(film(tmp_path / "x", "matroska", "ffv1"), PIXELS)


def test_ffmpeg_opens_no_file_but_the_one_it_is_given(tmp_path: Path) -> None:
    film(tmp_path / "secret.ts", "mpegts", "libx264")
    playlist = tmp_path / "playlist"
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nsecret.ts\n#EXT-X-ENDLIST\n")
    with playlist.open("rb") as file, av.open(file, format="hls") as container:
        assert next(container.decode(video=0)).width == 64  # what ffmpeg does when nobody stops it
    with playlist.open("rb") as file, pytest.raises(UnsupportedMediaError), pyav.open_video(file, "hls", PIXELS):
        pass


@pytest.mark.parametrize("format", ["TIFF", "WEBP", "AVIF"])
def test_half_a_picture_that_no_browser_shows_is_refused(tmp_path: Path, format: str) -> None:
    path = tmp_path / "x"
    Image.effect_noise((200, 200), 50).convert("RGB").save(path, format)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UnsupportedMediaError):
        look(path, PIXELS)


def test_a_gif_that_breaks_off_later_shows_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "x"
    first, *rest = [Image.effect_noise((100, 100), 50) for _ in range(4)]
    first.save(path, "GIF", save_all=True, append_images=rest, duration=100)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert look(path, PIXELS).frames in {2, 3}
    path.write_bytes(data[:400])
    with pytest.raises(UnsupportedMediaError):
        look(path, PIXELS)


def test_a_video_that_breaks_off_before_its_index_is_refused(tmp_path: Path) -> None:
    source = film(tmp_path / "x", "mp4", "libx264")
    source.write_bytes(source.read_bytes()[:1000])
    with pytest.raises(UnsupportedMediaError):
        look(source, PIXELS)


def test_html_inside_a_picture_leaves_it_a_picture(tmp_path: Path) -> None:
    path = save(tmp_path / "x.html", "PNG")
    path.write_bytes(path.read_bytes() + b"<html><script>alert(1)</script>")
    assert look(path, PIXELS) == still("image/png", "png")
    path.write_bytes(b"<html><script>alert(1)</script>" + path.read_bytes())
    with pytest.raises(UnsupportedMediaError):
        look(path, PIXELS)


def test_damaged_camera_notes_do_not_make_a_picture_unfit(tmp_path: Path) -> None:
    path = save(tmp_path / "x", "JPEG", exif=b"Exif\0\0MM\0*\0\0\xff\xff\0\x01")
    assert look(path, PIXELS) == still("image/jpeg", "jpg")


# ---- what would unfold too far


def test_a_huge_png_in_a_small_file_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(png_bomb(20_000))
    assert path.stat().st_size < 60_000
    for attempt in (lambda: look(path, PIXELS), lambda: thumbnails(path, {"s": tmp_path / "s"}, PIXELS)):
        with pytest.raises(MediaTooLargeError, match="100000000 pixels"):
            attempt()
    assert look(path, 400_000_000).width == 20_000  # the limit decides, not the library's own


def test_a_picture_just_over_the_limit_is_too_large(tmp_path: Path) -> None:
    path = save(tmp_path / "x", "BMP", (101, 100))
    assert look(path, 10_100).width == 101
    with pytest.raises(MediaTooLargeError):
        look(path, 10_099)


def test_a_gif_with_a_huge_canvas_is_too_large(tmp_path: Path) -> None:
    path = save(tmp_path / "x", "GIF", (1, 1))
    data = bytearray(path.read_bytes())
    data[6:10] = struct.pack("<HH", 60_000, 60_000)
    path.write_bytes(data)
    with pytest.raises(MediaTooLargeError):
        look(path, PIXELS)


def test_too_many_frames_are_too_large(tmp_path: Path) -> None:
    path = save(tmp_path / "x", "GIF", (1, 1))
    data = path.read_bytes()
    at = data.index(b"\x2c\0\0\0\0\x01\0")
    frame = b"\x21\xf9\x04\0\x05\0\0\0" + data[at:-1]
    path.write_bytes(data[:at] + frame * MAX_FRAMES + b";")
    assert look(path, PIXELS).frames == MAX_FRAMES
    path.write_bytes(data[:at] + frame * (MAX_FRAMES + 1) + b";")
    with pytest.raises(MediaTooLargeError, match="frames"):
        look(path, PIXELS)


def test_a_video_of_too_many_pixels_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(MediaTooLargeError):
        look(film(tmp_path / "x", "mp4", "libx264"), 64 * 48 - 1)


# ---- thumbnails


def sizes(tmp_path: Path, source: Path) -> dict[str, tuple[int, int]]:
    targets = {letter: tmp_path / f"thumbnail-{letter}" for letter in THUMBNAILS}
    thumbnails(source, targets, PIXELS)
    pictures = {letter: read(target) for letter, target in targets.items()}
    assert {picture.format for picture in pictures.values()} == {"JPEG"}
    return {letter: picture.size for letter, picture in pictures.items()}


def test_six_thumbnails_of_a_large_photograph(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    source = save(tmp_path / "x", "JPEG", (4000, 3000), exif=exif)
    assert (look(source, PIXELS).width, look(source, PIXELS).height) == (3000, 4000)
    assert sizes(tmp_path, source) == {
        "s": (90, 90),
        "b": (160, 160),
        "t": (120, 160),
        "m": (240, 320),
        "l": (480, 640),
        "h": (768, 1024),
    }


def test_small_pictures_are_not_enlarged(tmp_path: Path) -> None:
    assert sizes(tmp_path, save(tmp_path / "x", "PNG", (120, 50))) == {
        "s": (50, 50),
        "b": (50, 50),
        **dict.fromkeys("tmlh", (120, 50)),
    }


def test_a_panorama_keeps_its_squares_whole(tmp_path: Path) -> None:
    assert sizes(tmp_path, save(tmp_path / "x", "PNG", (8000, 200))) == {
        "s": (90, 90),
        "b": (160, 160),
        "t": (160, 4),
        "m": (320, 8),
        "l": (640, 16),
        "h": (1024, 26),
    }
    assert sizes_of_line(tmp_path) == (1024, 1)


def sizes_of_line(tmp_path: Path) -> tuple[int, int]:
    thumbnails(save(tmp_path / "line", "PNG", (9000, 1)), {"h": tmp_path / "line-h"}, PIXELS)
    return read(tmp_path / "line-h").size


def test_the_least_size_that_serves_all() -> None:
    assert smallest_common_size((4000, 3000), THUMBNAILS.values()) == (1024, 768)
    assert smallest_common_size((4000, 3000), [THUMBNAILS["s"]]) == (120, 90)
    assert smallest_common_size((8000, 200), THUMBNAILS.values()) == (6400, 160)
    assert smallest_common_size((100, 50), THUMBNAILS.values()) == (100, 50)


@pytest.mark.parametrize("format", ["PNG", "WEBP", "GIF", "AVIF"])
def test_transparency_becomes_white(tmp_path: Path, format: str) -> None:
    thumbnails(save(tmp_path / "x", format, mode="RGBA"), {"t": tmp_path / "t"}, PIXELS)
    assert read(tmp_path / "t").getpixel((20, 15)) == (255, 255, 255)


def test_sixteen_bit_grey_is_not_clipped(tmp_path: Path) -> None:
    Image.new("I;16", (20, 20), 0x8000).save(tmp_path / "x", "PNG")
    thumbnails(tmp_path / "x", {"t": tmp_path / "t"}, PIXELS)
    assert abs(read(tmp_path / "t").getpixel((9, 9)) - 127) <= 2


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_thumbnails_stand_upright(tmp_path: Path, format: str, orientation: int) -> None:
    source = oriented(tmp_path / "x", format, orientation)
    if format == "WEBP":  # whose orientation browsers ignore
        orientation = 1
    thumbnails(source, {"t": tmp_path / "t"}, PIXELS)
    scaled(source, tmp_path / "d", "png", None, PIXELS)
    found = look(source, PIXELS)
    for path in (tmp_path / "t", tmp_path / "d"):
        picture = read(path).convert("RGB")
        assert picture.size == (found.width, found.height) == ((20, 60) if orientation > 4 else (60, 20))
        red_at = {1: (5, 10), 3: (55, 10), 6: (10, 5), 8: (10, 55)}[orientation]
        red, _, blue = picture.getpixel(red_at)
        assert red > 200 > 60 > blue
        assert not picture.getexif()


def test_a_small_colour_profile_stays_in_thumbnails(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    thumbnails(save(tmp_path / "x", "JPEG", icc_profile=profile), {"t": tmp_path / "t"}, PIXELS)
    assert read(tmp_path / "t").info["icc_profile"] == profile


def test_the_first_frame_of_an_animation_is_its_thumbnail(tmp_path: Path) -> None:
    thumbnails(animation(tmp_path / "x", "GIF"), {"t": tmp_path / "t"}, PIXELS)
    red, green, _ = read(tmp_path / "t").getpixel((9, 9))
    assert red < 10 < 190 < green


@pytest.mark.parametrize(("ext", "format"), [("jpg", "JPEG"), ("png", "PNG"), ("webp", "WEBP")])
def test_scaling_to_a_width(tmp_path: Path, ext: str, format: str) -> None:
    source = save(tmp_path / "x", "PNG", (1000, 3000), "RGBA")
    scaled(source, tmp_path / "narrow", ext, 520, PIXELS)
    scaled(source, tmp_path / "whole", ext, 5000, PIXELS)
    narrow, whole = read(tmp_path / "narrow"), read(tmp_path / "whole")
    assert (narrow.format, narrow.size, whole.size) == (format, (520, 1560), (1000, 3000))
    assert narrow.has_transparency_data == (ext != "jpg")


def test_a_target_that_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        thumbnails(save(tmp_path / "x", "PNG"), {"t": tmp_path / "t"}, PIXELS)
    assert (tmp_path / "t").read_bytes() == b"mine"


# ---- GIF to MP4


@pytest.mark.parametrize(("size", "made"), [((1, 1), (2, 2)), ((101, 77), (100, 76)), ((64, 64), (64, 64))])
def test_a_gif_becomes_an_mp4_that_plays_at_once(tmp_path: Path, size: tuple[int, int], made: tuple[int, int]) -> None:
    to_mp4(animation(tmp_path / "x", "GIF", size, (70, 140, 70, 500)), tmp_path / "mp4", PIXELS)
    data = (tmp_path / "mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(tmp_path / "mp4")) as container:
        video = container.streams.video[0]
        assert (video.width, video.height) == made
        assert (video.codec_context.name, video.pix_fmt) == ("h264", "yuv420p")
        assert [round(frame.time, 3) for frame in container.decode(video)] == [0, 0.07, 0.21, 0.28]
    assert look(tmp_path / "mp4", PIXELS).duration == 0.78


def test_a_transparent_gif_becomes_a_white_mp4(tmp_path: Path) -> None:
    to_mp4(save(tmp_path / "x", "GIF", mode="RGBA"), tmp_path / "mp4", PIXELS)
    thumbnails(tmp_path / "mp4", {"t": tmp_path / "t"}, PIXELS)
    assert min(read(tmp_path / "t").getpixel((20, 15))) > 250


def test_a_still_does_not_become_a_video(tmp_path: Path) -> None:
    source = save(tmp_path / "x", "PNG")
    with pytest.raises(UnsupportedMediaError):
        to_mp4(source, tmp_path / "mp4", PIXELS)
    with pytest.raises(UnsupportedMediaError):
        remux(source, tmp_path / "mute", PIXELS, sound=False)


def test_sides_that_players_take() -> None:
    assert [mp4_dimensions(size) for size in ((1, 1), (7, 4), (5000, 2500), (40_000, 3))] == [
        (2, 2),
        (6, 4),
        (4096, 2048),
        (4096, 2),
    ]


# ---- what the camera noted


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_notes_are_stripped_and_nothing_else(tmp_path: Path, format: str, orientation: int) -> None:
    source = oriented(tmp_path / "x", format, orientation)
    assert b"SecretPlace" in source.read_bytes()
    strip(source, tmp_path / "clean", PIXELS)
    assert b"Secret" not in (tmp_path / "clean").read_bytes()
    with Image.open(source) as before, read(tmp_path / "clean") as after:
        assert before.tobytes() == after.tobytes()
        if format != "TIFF":  # there, all of the picture's description is called EXIF
            assert dict(after.getexif()) == ({ExifTags.Base.Orientation: orientation} if orientation != 1 else {})
    assert look(tmp_path / "clean", PIXELS) == look(source, PIXELS)


def test_a_jpeg_keeps_how_it_is_shown_and_loses_the_rest(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    noise = Image.effect_noise((200, 200), 80).convert("CMYK")
    source = tmp_path / "x"
    noise.save(source, "JPEG", icc_profile=profile, comment=b"SecretWord", progressive=True, restart_marker_blocks=4)
    source.write_bytes(source.read_bytes() + b"SecretVideo after the end" + save(tmp_path / "y", "JPEG").read_bytes())
    strip(source, tmp_path / "clean", PIXELS)
    assert b"Secret" not in (tmp_path / "clean").read_bytes()
    with Image.open(source) as before, read(tmp_path / "clean") as after:
        assert after.info["icc_profile"] == profile
        assert before.tobytes() == after.tobytes()


def test_an_apng_stays_animated_when_stripped(tmp_path: Path) -> None:
    source = animation(tmp_path / "x", "PNG")
    strip(source, tmp_path / "clean", PIXELS)
    assert look(tmp_path / "clean", PIXELS) == look(source, PIXELS)


@pytest.mark.parametrize("format", ["GIF", "BMP"])
def test_formats_without_notes_are_copied(tmp_path: Path, format: str) -> None:
    source = save(tmp_path / "x", format)
    strip(source, tmp_path / "clean", PIXELS)
    assert (tmp_path / "clean").read_bytes() == source.read_bytes()


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[FileType, bytes]:
    folder = tmp_path_factory.mktemp("samples")
    kinds = {"JPEG": JPEG, "PNG": PNG, "WEBP": WEBP, "TIFF": TIFF, "AVIF": AVIF}
    made = {kind: oriented(folder / format, format, 6).read_bytes() for format, kind in kinds.items()}
    return made | {GIF: animation(folder / "GIF", "GIF").read_bytes()}


@settings(max_examples=300)
@given(data=st.data())
def test_no_damage_confuses_what_reads_structure(samples: dict[FileType, bytes], data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(samples, key=lambda kind: kind.ext)))
    damaged = bytearray(samples[kind][: data.draw(st.integers(16, 2000))])
    for at, value in data.draw(st.lists(st.tuples(st.integers(12, 400), st.integers(0, 255)), max_size=8)):
        damaged[at % len(damaged)] = value
    with suppress(UnsupportedMediaError):
        assert len(remove_metadata(kind, bytes(damaged))) <= len(damaged) + 2
        if kind in PARSERS:
            assert all(delay >= 0 for delay in islice(PARSERS[kind](bytes(damaged)), MAX_FRAMES))


# ---- the package


def test_importing_the_package_loads_no_decoder() -> None:
    decoders = "{'PIL', 'av', 'pyimgur.server.db'}"
    code = f"import sys, pyimgur.server.media as m; m.MediaWorkers; print({decoders} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_what_is_made_on_demand_has_a_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyimgur.server.media.thumbnails.MAX_SCALED_PIXELS", 10_000)
    source = save(tmp_path / "x", "PNG", (400, 300))
    scaled(source, tmp_path / "whole", "jpg", None, PIXELS)
    scaled(source, tmp_path / "narrow", "jpg", 40, PIXELS)
    assert (read(tmp_path / "whole").size, read(tmp_path / "narrow").size) == ((115, 87), (40, 30))
